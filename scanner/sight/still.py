"""A still picture: nothing follows it, so everything is tried.

In order of cost: plain, every rescue, zbar, and both again on a smaller copy of a large
picture. The first attempt that finds anything ends it.
"""

from collections.abc import Iterator
from typing import Final

import cv2

from scanner.sight.camera import Grey
from scanner.sight.decode import read_codes
from scanner.sight.rescue import RESCUES, Rescue
from scanner.sight.second import SecondOpinion
from scanner.terms import Payload

_LARGE_PIXELS: Final = 1_000_000
"""Above this, halving removes noise and moire and leaves modules of two pixels."""


def read_still(grey: Grey, *, second: SecondOpinion) -> tuple[Payload, ...]:
    """Read one picture of shape (height, width), trying harder as long as nothing is found."""
    for found in _attempts(grey, second=second):
        if found:
            return found
    return ()


def _attempts(grey: Grey, *, second: SecondOpinion) -> Iterator[tuple[Payload, ...]]:
    yield read_codes(grey)
    for rescue in RESCUES:
        yield rescue.read(grey)
    yield second.ask(grey)
    if grey.size > _LARGE_PIXELS:
        yield _HALVED.read(grey)


def _halve(grey: Grey) -> Grey:
    halved: Grey = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    return halved


_HALVED: Final = Rescue(_halve, scale=0.5)
