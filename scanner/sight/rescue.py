"""Rescues: pictures made from a picture in which nothing was found.

Each undoes one kind of damage (small or blurred modules, noise, hard shadows, glare).
A live frame that was missed gets one of them, the next missed frame another: on a slow
machine a long cascade would sleep through the sharp frame. A still picture gets all.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import cv2

from scanner.sight.camera import Grey
from scanner.sight.decode import read_codes
from scanner.terms import Payload

MAX_PIXELS: Final = 4_000_000
"""Enlarging more than this costs over 50 ms and 16 MB; such a picture has pixels enough."""

Treatment = Callable[[Grey], Grey]


@dataclass(frozen=True, slots=True)
class Rescue:
    """A treatment and by how much it enlarges the picture."""

    treat: Treatment
    scale: float = 1

    def read(self, grey: Grey) -> tuple[Payload, ...]:
        """Read the treated picture; corners are those of the untreated one."""
        if self.scale > 1 and grey.size > MAX_PIXELS:
            return ()
        return tuple(self._unscaled(payload) for payload in read_codes(self.treat(grey)))

    def _unscaled(self, payload: Payload) -> Payload:
        corners = tuple((round(x / self.scale), round(y / self.scale)) for x, y in payload.corners)
        return replace(payload, corners=corners)


def _doubled(grey: Grey) -> Grey:
    doubled: Grey = cv2.resize(grey, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)  # type: ignore[assignment]
    return doubled


def _blurred(grey: Grey) -> Grey:
    blurred: Grey = cv2.blur(grey, (3, 3))  # type: ignore[assignment]
    return blurred


def _sharpened(grey: Grey) -> Grey:
    # Sharpened before it is enlarged: the same picture nearly, at a quarter of the work.
    soft = cv2.GaussianBlur(grey, (0, 0), 1.5)
    sharp: Grey = cv2.addWeighted(grey, 2.0, soft, -1.0, 0)  # type: ignore[assignment]
    return _doubled(sharp)


def _thresholded(grey: Grey) -> Grey:
    method = cv2.ADAPTIVE_THRESH_MEAN_C
    black: Grey = cv2.adaptiveThreshold(grey, 255, method, cv2.THRESH_BINARY, 31, 3)  # type: ignore[assignment]
    return black


def _doubled_blurred(grey: Grey) -> Grey:
    return _blurred(_doubled(grey))


RESCUES: Final = (
    Rescue(_doubled, scale=2),
    Rescue(_blurred),
    Rescue(_thresholded),
    Rescue(_sharpened, scale=2),
    Rescue(_doubled_blurred, scale=2),
)
"""In rotation, the most fruitful first. All read dark-mode codes: decoding inverts by itself."""


class Rotation:
    """Gives each missed frame the next rescue."""

    def __init__(self) -> None:
        self._turn = 0

    def read(self, grey: Grey) -> tuple[Payload, ...]:
        """Try the rescue whose turn it is."""
        rescue = RESCUES[self._turn]
        self._turn = (self._turn + 1) % len(RESCUES)
        return rescue.read(grey)
