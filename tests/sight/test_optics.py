"""What a camera of the Raspberry Pi is set to, out of what it lists."""

import pytest

from scanner.sight.optics import settings_for
from scanner.sight.spec import Focus, PicameraSpec

EVERYTHING = {
    "FrameDurationLimits": (8_000, 1_000_000, None),
    "ExposureTime": (9, 30_000, 20_000),
    "AeExposureMode": (0, 3, 0),
    "AeFlickerMode": (0, 1, 0),
    "AeFlickerPeriod": (100, 1_000_000, None),
    "AfMode": (0, 2, 0),
    "AfRange": (0, 2, 0),
    "LensPosition": (0.0, 10.0, 1.0),
}

LIMITED = {
    "a frame time that the camera has": (
        PicameraSpec(fps=20),
        "FrameDurationLimits",
        (50_000,) * 2,
    ),
    "no faster than the sensor": (
        PicameraSpec(fps=60),
        "FrameDurationLimits",
        (20_000,) * 2,
    ),
    "an exposure within its frame": (
        PicameraSpec(fps=60, exposure_us=33_000),
        "ExposureTime",
        16_667,
    ),
    "an exposure that the camera has": (PicameraSpec(exposure_us=33_000), "ExposureTime", 30_000),
    "a lens that goes no further": (PicameraSpec(dioptres=15.0), "LensPosition", 10.0),
    "a lens at infinity": (PicameraSpec(dioptres=0.0), "LensPosition", 0.0),
}


@pytest.mark.parametrize("what", LIMITED)
def test_a_control_is_kept_within_the_limits_that_are_listed(what: str) -> None:
    spec, name, value = LIMITED[what]
    offered = EVERYTHING | {"FrameDurationLimits": (20_000, 1_000_000, None)}
    assert settings_for(spec, offered).controls[name] == value


def test_limits_that_are_no_numbers_limit_nothing() -> None:
    optics = settings_for(PicameraSpec(), {"LensPosition": (None, None, None)})
    assert optics.controls == {"LensPosition": 5.0}


def test_with_a_set_exposure_the_gain_stays_free() -> None:
    controls = settings_for(PicameraSpec(exposure_us=4000), EVERYTHING).controls
    assert controls["ExposureTime"] == 4000
    assert not controls.keys() & {"AeEnable", "AnalogueGain", "AeExposureMode"}


@pytest.mark.parametrize("focus", list(Focus))
def test_a_camera_that_lists_nothing_is_set_to_nothing(focus: Focus) -> None:
    optics = settings_for(PicameraSpec(focus=focus), {})
    assert optics.controls == {}
    assert optics.focus == "fixed focus"
    assert {"FrameDurationLimits", "ExposureTime", "AfMode"} <= set(optics.missing)
