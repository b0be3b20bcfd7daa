"""What a loop is wired to."""

from collections.abc import Callable
from dataclasses import dataclass

from scanner.door.answers import Answers
from scanner.door.events import Events
from scanner.door.lights import Lights
from scanner.sight.eye import Eye
from scanner.sight.reader import Reader
from scanner.terms import DeviceError


@dataclass(frozen=True, slots=True)
class Door:
    """What a loop is wired to; `once` ends it after the camera's last frame.

    `standing` are faults that last as long as the door runs, such as no keys at all.
    """

    eye: Eye
    reader: Reader
    answers: Answers
    lights: Lights
    events: Events
    once: bool = False
    standing: tuple[DeviceError, ...] = ()
    on_ready: Callable[[], None] = lambda: None
