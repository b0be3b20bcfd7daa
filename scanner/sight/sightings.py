"""What the children report, after the door has checked it: plain values without pixels."""

from dataclasses import dataclass
from enum import Enum

from scanner.terms import Payload


class Serves(Enum):
    """What a reader process is warmed up for; it answers nothing else."""

    FRAMES = "frames"
    """Live frames: one rescue at most, no picture file is ever parsed."""
    FILES = "files"
    """Picture files, each tried as hard as can be."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The camera is there; `paced` means frames come in real time and may be dropped.

    `name` says in a few words what it is, `note` what it does not offer, if anything.
    """

    paced: bool
    name: str = ""
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Shot:
    """One frame in memory: `slot` holds `height` rows of `width` bytes of luma.

    `at_ms` counts from the camera's start, `changed_cells` is what the motion gate
    counted, `note` says what was done to the picture (scaled down), if anything.
    """

    frame: int
    at_ms: int
    slot: int
    width: int
    height: int
    changed_cells: int
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A frame that could not be given: its index is used up, `why` names it."""

    frame: int
    at_ms: int
    why: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The last frame has been given; `note` says how many there were."""

    note: str


@dataclass(frozen=True, slots=True)
class Looked:
    """What the reader found in frame `frame`; `error` says why a picture file was not read."""

    frame: int
    codes: tuple[Payload, ...]
    read_ms: float
    error: str | None = None
