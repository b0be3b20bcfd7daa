"""A camera that OpenCV can open, in real time.

Promises frames with the time they arrived; a device that is not there, or that gives
nothing for two seconds, is `DeviceError(camera_lost)`. A driver that blocks for ever is
noticed by the door, which gets no frame.
"""

import time
from collections.abc import Iterator
from typing import Final

import cv2

from scanner.sight.camera import Frame
from scanner.sight.spec import DeviceSpec
from scanner.sight.video import to_luma
from scanner.terms import DeviceError, Reason

_SILENCE_S: Final = 2.0
"""A USB camera may drop a few frames while it adapts; two seconds is a fault."""

_RETRY_S: Final = 0.02
"""Less than the frame interval of any camera."""

_WIDTH, _HEIGHT = 1280, 720


class DeviceCamera:
    """Captures from a video device."""

    paced: Final = True

    def __init__(self, spec: DeviceSpec) -> None:
        self._device = spec.device
        self._capture = _open(spec.device)
        if not self._capture.isOpened():
            raise DeviceError(
                Reason.CAMERA_LOST,
                f"camera {spec.device} is not there; check its cable, and `ls /dev/video*`",
            )
        self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, _WIDTH)
        self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, _HEIGHT)
        # One frame queued in the driver at most: an old frame is worth nothing.
        self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)

    def frames(self) -> Iterator[Frame]:
        """Capture until the device is lost."""
        start_s = last_s = time.monotonic()
        while True:
            there, pixels = self._capture.read()
            now_s = time.monotonic()
            if there and pixels is not None:
                last_s = now_s
                yield Frame(to_luma(pixels), at_ms=round((now_s - start_s) * 1000))
            elif now_s - last_s > _SILENCE_S:
                raise DeviceError(
                    Reason.CAMERA_LOST, f"camera {self._device} gives no picture any more"
                )
            else:
                time.sleep(_RETRY_S)

    def close(self) -> None:
        """Release the device."""
        self._capture.release()


def _open(device: int | str) -> cv2.VideoCapture:
    # Two overloads of one constructor: by number and by path.
    if isinstance(device, int):
        return cv2.VideoCapture(device, cv2.CAP_V4L2)
    return cv2.VideoCapture(device, cv2.CAP_V4L2)
