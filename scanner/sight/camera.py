"""What every camera of the eye gives: grey frames with the time they were taken.

An adapter opens its device in the constructor and raises `DeviceError` with reason
`camera_lost` when it is not there. It yields luma planes only; colour is never kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture: `grey` has shape (height, width), `at_ms` counts from the camera's start."""

    grey: Grey
    at_ms: int


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A picture that is there but cannot be decoded; it uses up one frame."""

    why: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Finished:
    """The last thing an ending camera yields: how it ended, for a person."""

    note: str


class Camera(Protocol):
    """A source of frames."""

    @property
    def paced(self) -> bool:
        """True when frames come in real time and may be dropped; False when none may be lost."""

    def frames(self) -> Iterator[Frame | Unreadable | Finished]:
        """Yield frames in order; ends when a rehearsal ends, raises `DeviceError` when lost."""

    def close(self) -> None:
        """Give the device back."""
