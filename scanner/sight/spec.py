"""Camera specifications as typed on the command line, checked before anything starts.

    frames:PATH[?fps=15][&realtime][&hold=N]    folder, picture or video file
    opencv:DEV                                  number or path of a video device
    picamera2[:NUMBER][?fps=15&focus=fixed|auto&dioptres=5.0&exposure_us=8000]
    scenes:                                     a rehearsal; its script comes separately

Refuses with `InputError`: unknown cameras and options, a number outside its bounds (they
stand below), a path that is not there.
"""

import os
import re
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from scanner.terms import InputError

PICTURE_SUFFIXES: Final = frozenset(
    {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".pgm"}
)
"""What a file that is meant as a picture is called."""

DEFAULT_FPS: Final = 15.0
_FPS: Final = (1.0, 120.0)
_HOLD: Final = (1.0, 1000.0)
_PICAMERA_FPS: Final = (1.0, 60.0)
_DIOPTRES: Final = (0.0, 15.0)
_EXPOSURE_US: Final = (0.0, 33_000.0)
_FORMS: Final = "frames:PATH, picamera2 or opencv:DEV"
_PICAMERA: Final = re.compile(r"picamera2(?::(?P<number>[0-9]{1,2}))?(?:\?(?P<query>.*))?")
_WHOLE: Final = re.compile(r"[0-9]{1,5}")
_NUMBER: Final = re.compile(r"[0-9]{1,4}(\.[0-9]{1,3})?")


class Pace(Enum):
    """Whether frames wait for the door or come in real time."""

    LOSSLESS = "lossless"
    REALTIME = "realtime"


@dataclass(frozen=True, slots=True)
class FramesSpec:
    """A folder, picture or video file; each still is shown for `hold` frames."""

    path: str
    fps: float = DEFAULT_FPS
    pace: Pace = Pace.LOSSLESS
    hold: int = 1


@dataclass(frozen=True, slots=True)
class DeviceSpec:
    """A camera that OpenCV opens by number or path."""

    device: int | str


class Focus(Enum):
    """How a lens that can move is set; one that cannot stays as it is."""

    FIXED = "fixed"
    AUTO = "auto"


@dataclass(frozen=True, slots=True)
class PicameraSpec:
    """A camera of the Raspberry Pi by its number.

    `dioptres` is one over the distance in metres, for a fixed focus. No picture takes longer
    than `exposure_us`; 0 leaves that to the camera.
    """

    number: int = 0
    fps: float = DEFAULT_FPS
    focus: Focus = Focus.FIXED
    dioptres: float = 5.0
    exposure_us: int = 8000


@dataclass(frozen=True, slots=True)
class ScenesSpec:
    """Rehearsal scenes drawn from a script."""


CameraSpec = FramesSpec | DeviceSpec | PicameraSpec | ScenesSpec


def parse_camera(text: str) -> CameraSpec:
    """Parse and check one `--camera` argument."""
    kind, colon, rest = text.partition(":")
    if colon and kind == "frames":
        return _frames(rest)
    if colon and kind == "opencv":
        return _device(rest)
    if is_picamera(text):
        return _picamera(text)
    if text == "scenes:":
        return ScenesSpec()
    raise InputError(f"camera {text!r}: unknown; use {_FORMS}")


def is_picamera(text: str) -> bool:
    """Tell whether a camera argument names a camera of the Raspberry Pi."""
    return re.split("[:?]", text, maxsplit=1)[0] == "picamera2"


def written(spec: CameraSpec) -> str:
    """Write a specification so that a child in another working directory reads the same."""
    match spec:
        case FramesSpec():
            path = os.path.abspath(spec.path)  # noqa: PTH100 - as below
            realtime = "&realtime" if spec.pace is Pace.REALTIME else ""
            return f"frames:{path}?fps={spec.fps:.3f}{realtime}&hold={spec.hold}"
        case DeviceSpec():
            return f"opencv:{spec.device}"
        case PicameraSpec():
            how = f"focus={spec.focus.value}&dioptres={spec.dioptres:.3f}"
            options = f"fps={spec.fps:.3f}&{how}&exposure_us={spec.exposure_us}"
            return f"picamera2:{spec.number}?{options}"
        case ScenesSpec():
            return "scenes:"


def _device(rest: str) -> DeviceSpec:
    if rest.isascii() and rest.isdecimal() and len(rest) <= len("99"):
        return DeviceSpec(int(rest))
    if rest.startswith("/") and os.path.exists(rest):  # noqa: PTH110 - pathlib costs the door RAM
        return DeviceSpec(rest)
    raise InputError(
        f"camera 'opencv:{rest}': no such device; name a number (opencv:0) or a path (/dev/video0)"
    )


def _picamera(text: str) -> PicameraSpec:
    named = _PICAMERA.fullmatch(text)
    if not named:
        raise InputError(f"camera {text!r}: name a camera by its number: picamera2:0")
    spec = PicameraSpec(int(named["number"] or 0))
    for option in filter(None, (named["query"] or "").split("&")):
        spec = _with(spec, option)
    return spec


def _with(spec: PicameraSpec, option: str) -> PicameraSpec:
    name, _, value = option.partition("=")
    match name:
        case "fps":
            return replace(spec, fps=_number(option, value=value, bounds=_PICAMERA_FPS))
        case "focus" if value in {focus.value for focus in Focus}:
            return replace(spec, focus=Focus(value))
        case "dioptres":
            return replace(spec, dioptres=_number(option, value=value, bounds=_DIOPTRES))
        case "exposure_us":
            exposure_us = _number(option, value=value, bounds=_EXPOSURE_US, pattern=_WHOLE)
            return replace(spec, exposure_us=int(exposure_us))
    raise InputError(
        f"camera option {option!r}: unknown; picamera2 knows fps=N, focus=fixed, focus=auto, "
        "dioptres=N and exposure_us=N"
    )


def _frames(rest: str) -> FramesSpec:
    path, _, query = rest.partition("?")
    if not path or not os.path.exists(path):  # noqa: PTH110 - as above
        raise InputError(f"camera 'frames:{path}': not there; name a folder, picture or video file")
    if not os.access(path, os.R_OK):
        raise InputError(f"camera 'frames:{path}': not readable; check its permissions")
    fps, pace, hold = DEFAULT_FPS, Pace.LOSSLESS, 1
    for option in filter(None, query.split("&")):
        name, _, value = option.partition("=")
        if name == "fps":
            fps = _number(option, value=value, bounds=_FPS)
        elif name == "hold":
            hold = int(_number(option, value=value, bounds=_HOLD, pattern=_WHOLE))
        elif option == "realtime":
            pace = Pace.REALTIME
        else:
            raise InputError(
                f"camera option {option!r}: unknown; frames: knows fps=N, realtime and hold=N"
            )
    return FramesSpec(path, fps=fps, pace=pace, hold=hold)


def _number(
    option: str,
    *,
    value: str,
    bounds: tuple[float, float],
    pattern: re.Pattern[str] = _NUMBER,
) -> float:
    low, high = bounds
    if not pattern.fullmatch(value) or not low <= float(value) <= high:
        raise InputError(f"camera option {option!r}: give a number from {low:g} to {high:g}")
    return float(value)
