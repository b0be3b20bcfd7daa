"""What a camera of the Raspberry Pi is set to: frame time, exposure, focus.

Promises controls that the camera lists, within the limits it lists, and the names of those
it lacks. A short exposure with free gain, because a hand moves; a fixed lens position,
because autofocus hunts when a screen comes and goes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from scanner.sight.spec import Focus, PicameraSpec

Limits = Mapping[str, tuple[Any, Any, Any]]
"""Lowest, highest and default value by the name of the control."""

_SECOND_US: Final = 1_000_000

# libcamera's numbers: the names moved between its versions, the numbers did not.
_AF_MANUAL: Final = 0
_AF_CONTINUOUS: Final = 2
_AF_MACRO: Final = 1
_AE_SHORT: Final = 1
_FLICKER_MANUAL: Final = 1

_FLICKER_PERIOD_US: Final = 10_000
"""Lamps on 50 Hz mains; where the exposure is left to the camera only."""


@dataclass(frozen=True, slots=True)
class Optics:
    """Controls to set, the focus in words, and the controls that are not offered."""

    controls: Mapping[str, object]
    focus: str
    missing: tuple[str, ...]


def settings_for(spec: PicameraSpec, offered: Limits) -> Optics:
    """Choose what to set, out of what the camera offers."""
    wanted = _frame_time(spec) | _exposure(spec) | _focus(spec)
    there = {
        name: _within(value, offered[name]) for name, value in wanted.items() if name in offered
    }
    return Optics(
        controls=there,
        focus=_words(spec, there),
        missing=tuple(name for name in wanted if name not in offered),
    )


def _interval_us(spec: PicameraSpec) -> int:
    return round(_SECOND_US / spec.fps)


def _frame_time(spec: PicameraSpec) -> dict[str, object]:
    return {"FrameDurationLimits": (_interval_us(spec), _interval_us(spec))}


def _exposure(spec: PicameraSpec) -> dict[str, object]:
    if spec.exposure_us:
        # Alone, not with AeEnable off: that would freeze the gain too.
        return {"ExposureTime": min(spec.exposure_us, _interval_us(spec))}
    return {
        "AeExposureMode": _AE_SHORT,
        "AeFlickerMode": _FLICKER_MANUAL,
        "AeFlickerPeriod": _FLICKER_PERIOD_US,
    }


def _focus(spec: PicameraSpec) -> dict[str, object]:
    if spec.focus is Focus.AUTO:
        return {"AfMode": _AF_CONTINUOUS, "AfRange": _AF_MACRO}
    return {"AfMode": _AF_MANUAL, "LensPosition": spec.dioptres}


def _within(value: Any, limits: tuple[Any, Any, Any]) -> object:
    if isinstance(value, tuple):
        return tuple(_within(one, limits) for one in value)
    low, high, _ = limits
    if any(type(limit) not in (int, float) for limit in (low, high)):
        return value
    return type(value)(min(max(value, low), high))


def _words(spec: PicameraSpec, there: Mapping[str, object]) -> str:
    if spec.focus is Focus.AUTO:
        return "autofocus" if "AfMode" in there else "fixed focus"
    position = there.get("LensPosition")
    return f"focus {position:.1f} dpt" if isinstance(position, float) else "fixed focus"
