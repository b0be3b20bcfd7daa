"""A picamera2 of ten cameras, each with a fault of its own; found in place of the real one.

The first row of a picture tells, as JSON, what the camera was set to.
"""

import contextlib
import itertools
import json
import os
import time
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

FRAMES_BEFORE_FAULT = 3
FOR_EVER_S = 3600.0

EVERYTHING: dict[str, tuple[Any, Any, Any]] = {
    "FrameDurationLimits": (8_000, 1_000_000, None),
    "ExposureTime": (9, 1_000_000, 20_000),
    "AeExposureMode": (0, 3, 0),
    "AeFlickerMode": (0, 1, 0),
    "AeFlickerPeriod": (100, 1_000_000, None),
    "AfMode": (0, 2, 0),
    "AfRange": (0, 2, 0),
    "LensPosition": (0.0, 10.0, 1.0),
}


class Kind(IntEnum):
    """Which number is which camera."""

    GOOD = 0
    PLAIN = 1
    PADDED = 2
    STALLS_ONCE = 3
    STALLS = 4
    ABORTS = 5
    HANGS = 6
    BUSY = 7
    USB = 8
    CLOSE_HANGS = 9
    BLIND = 10
    BREAKS = 11


class Picamera2:
    """What the eye uses of the real class."""

    opened = 0

    @staticmethod
    def global_camera_info() -> list[dict[str, Any]]:
        return [{"Num": kind.value} for kind in Kind]

    def __init__(self, camera_num: int = 0) -> None:
        self._kind = Kind(camera_num)
        Picamera2.opened += 1
        self._stalls = Picamera2.opened == 1 or self._kind is not Kind.STALLS_ONCE
        self._frames = itertools.count()
        self._asked: dict[str, Any] = {}
        self._controls: dict[str, Any] = {}
        self.camera_properties = {"Model": "imx708"}
        self.camera_controls = dict(EVERYTHING)
        if self._kind is Kind.PLAIN:
            self.camera_controls = {"FrameDurationLimits": (33_333, 33_333, None)}
        if self._kind is Kind.BUSY:
            _fail_in_steps()

    def create_video_configuration(
        self,
        main: dict[str, Any],
        raw: dict[str, Any] | None,
        buffer_count: int,
        queue: bool,  # noqa: FBT001 - as the real one
    ) -> dict[str, Any]:
        return {"main": main, "raw": raw, "buffer_count": buffer_count, "queue": queue}

    def configure(self, camera_config: dict[str, Any]) -> None:
        self._asked = camera_config

    def camera_configuration(self) -> dict[str, Any]:
        main = self._asked["main"]
        return {"main": main | {"format": "MJPEG"} if self._kind is Kind.USB else main}

    def set_controls(self, controls: dict[str, Any]) -> None:
        assert controls.keys() <= self.camera_controls.keys()
        self._controls = controls

    def start(self) -> None:
        assert self._asked

    def capture_array(self, name: str, wait: float) -> NDArray[np.uint8]:
        assert name == "main"
        assert type(wait) is float
        shown = next(self._frames)
        is_dark = self._kind is Kind.BLIND or (self._kind is Kind.STALLS and Picamera2.opened > 1)
        if is_dark or shown >= FRAMES_BEFORE_FAULT:
            self._fail(wait)
        width, height = self._asked["main"]["size"]
        stride = width + (64 if self._kind is Kind.PADDED else 0)
        picture = np.full((height * 3 // 2, stride), 200, np.uint8)
        picture[:height, :width] = 100
        told = json.dumps(self._asked | {"controls": self._controls}).encode().ljust(width)
        picture[0, :width] = np.frombuffer(told, np.uint8)
        return picture

    def _fail(self, wait: float) -> None:
        match self._kind:
            case Kind.BLIND | Kind.STALLS | Kind.STALLS_ONCE | Kind.CLOSE_HANGS if self._stalls:
                time.sleep(wait)
                raise TimeoutError
            case Kind.ABORTS:
                os.abort()
            case Kind.HANGS:
                time.sleep(FOR_EVER_S)
            case Kind.BREAKS:
                raise RuntimeError("Failed to queue request.\n")

    def cancel_all_and_flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        if self._kind is Kind.CLOSE_HANGS:
            time.sleep(FOR_EVER_S)


def _fail_in_steps() -> None:
    """Raise as the real one does when another program has the camera."""
    try:
        raise RuntimeError("Failed to acquire camera: Device or resource busy")  # noqa: TRY301
    except RuntimeError as error:
        with contextlib.suppress(KeyError):
            raise RuntimeError("Camera __init__ sequence did not complete.") from error
