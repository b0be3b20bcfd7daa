"""Camera specifications as typed on the command line, checked before anything starts.

    frames:PATH[?fps=15][&realtime][&hold=N]    folder, picture or video file
    opencv:DEV                                  number or path of a video device
    scenes:                                     a rehearsal; its script comes separately

Refuses with `InputError`: unknown cameras and options, an fps outside 1 to 120, a hold
outside 1 to 1000, a path that is not there.
"""

import os
import re
from dataclasses import dataclass
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
_FORMS: Final = "frames:PATH or opencv:DEV"
_WHOLE: Final = re.compile(r"[0-9]{1,4}")
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


@dataclass(frozen=True, slots=True)
class ScenesSpec:
    """Rehearsal scenes drawn from a script."""


CameraSpec = FramesSpec | DeviceSpec | ScenesSpec


def parse_camera(text: str) -> CameraSpec:
    """Parse and check one `--camera` argument."""
    kind, colon, rest = text.partition(":")
    if colon and kind == "frames":
        return _frames(rest)
    if colon and kind == "opencv":
        return _device(rest)
    if text == "scenes:":
        return ScenesSpec()
    raise InputError(f"camera {text!r}: unknown; use {_FORMS}")


def written(spec: CameraSpec) -> str:
    """Write a specification so that a child in another working directory reads the same."""
    match spec:
        case FramesSpec():
            path = os.path.abspath(spec.path)  # noqa: PTH100 - as below
            realtime = "&realtime" if spec.pace is Pace.REALTIME else ""
            return f"frames:{path}?fps={spec.fps:.3f}{realtime}&hold={spec.hold}"
        case DeviceSpec():
            return f"opencv:{spec.device}"
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
