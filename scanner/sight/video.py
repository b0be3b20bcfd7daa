"""A video file as a camera: every frame in order, luma only.

Promises to say how many frames it gave, and how many the file had announced when that
differs: a video that ends in the middle is noticed, and is no error.
"""

from collections.abc import Iterator
from typing import Any

import cv2
from numpy.typing import NDArray

from scanner.sight.camera import Finished, Frame, Grey, Unreadable
from scanner.sight.pace import Metronome
from scanner.sight.spec import FramesSpec, Pace
from scanner.terms import DeviceError, Reason


class VideoCamera:
    """Plays a video file."""

    def __init__(self, spec: FramesSpec) -> None:
        self._spec = spec
        self._video = cv2.VideoCapture(spec.path, cv2.CAP_FFMPEG)
        self._first = _read(self._video)
        if self._first is None:
            raise DeviceError(
                Reason.CAMERA_LOST,
                f"{spec.path} is neither a picture nor a video that can be read",
            )

    @property
    def paced(self) -> bool:
        """Whether frames come in real time."""
        return self._spec.pace is Pace.REALTIME

    def frames(self) -> Iterator[Frame | Unreadable | Finished]:
        """Play to the end; each frame is shown `hold` times."""
        metronome = Metronome(self._spec)
        given = 0
        grey, self._first = self._first, None
        while grey is not None:
            given += 1
            for _ in range(self._spec.hold):
                yield Frame(grey, at_ms=metronome.tick())
            grey = _read(self._video)
        yield Finished(self._note(given))

    def _note(self, given: int) -> str:
        announced = int(self._video.get(cv2.CAP_PROP_FRAME_COUNT))
        if announced > given:
            return f"the video ended after {given} of {announced} frames; the file is cut short"
        return f"{given} frames played"

    def close(self) -> None:
        """Close the file."""
        self._video.release()


def _read(video: cv2.VideoCapture) -> Grey | None:
    try:
        there, pixels = video.read()
    except cv2.error:
        return None
    return to_luma(pixels) if there else None


def to_luma(pixels: NDArray[Any]) -> Grey:
    """Reduce what OpenCV captured to one plane."""
    if pixels.ndim == 2:  # noqa: PLR2004 - rows and columns: grey already
        return pixels
    luma: Grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)  # type: ignore[assignment]
    return luma
