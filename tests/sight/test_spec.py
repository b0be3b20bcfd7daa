"""Camera specifications: what is understood, and one clear line for everything else."""

from pathlib import Path

import pytest

from scanner.sight.spec import (
    CameraSpec,
    DeviceSpec,
    Focus,
    FramesSpec,
    Pace,
    PicameraSpec,
    ScenesSpec,
    parse_camera,
    written,
)
from scanner.terms import InputError


def test_a_folder_is_shown_without_loss_at_fifteen_frames_a_second(tmp_path: Path) -> None:
    assert parse_camera(f"frames:{tmp_path}") == FramesSpec(
        str(tmp_path), fps=15.0, pace=Pace.LOSSLESS, hold=1
    )


def test_every_option_of_frames_is_understood(tmp_path: Path) -> None:
    assert parse_camera(f"frames:{tmp_path}?fps=7.5&realtime&hold=3") == FramesSpec(
        str(tmp_path), fps=7.5, pace=Pace.REALTIME, hold=3
    )


def test_devices_go_by_number_or_path() -> None:
    assert parse_camera("opencv:0") == DeviceSpec(0)
    assert parse_camera("opencv:/dev/null") == DeviceSpec("/dev/null")


def test_a_camera_of_the_pi_has_a_number_and_is_set_for_twenty_centimetres() -> None:
    assert parse_camera("picamera2") == PicameraSpec(
        0, fps=15.0, focus=Focus.FIXED, dioptres=5.0, exposure_us=8000
    )
    assert parse_camera("picamera2:1") == PicameraSpec(1)


def test_every_option_of_a_camera_of_the_pi_is_understood() -> None:
    options = "fps=30&focus=auto&dioptres=4.5&exposure_us=0"
    assert parse_camera(f"picamera2?{options}") == PicameraSpec(
        0, fps=30.0, focus=Focus.AUTO, dioptres=4.5, exposure_us=0
    )
    assert parse_camera("picamera2:2?focus=fixed") == PicameraSpec(2)


@pytest.mark.parametrize(
    "spec",
    [
        FramesSpec("/", fps=7.5, pace=Pace.REALTIME, hold=3),
        DeviceSpec(1),
        PicameraSpec(1, fps=12.5, focus=Focus.AUTO, dioptres=0.125, exposure_us=33_000),
        PicameraSpec(),
        ScenesSpec(),
    ],
)
def test_a_written_camera_reads_the_same(spec: CameraSpec) -> None:
    assert parse_camera(written(spec)) == spec


def test_scenes_need_no_path() -> None:
    assert parse_camera("scenes:") == ScenesSpec()


WRONG = {
    "nothing": ("", "frames:PATH"),
    "an unknown camera": ("webcam:0", "frames:PATH"),
    "a camera without a colon": ("frames", "frames:PATH"),
    "frames without a path": ("frames:", "name a folder"),
    "a path that is not there": ("frames:/no/such/folder", "name a folder"),
    "an unknown option": ("frames:/?speed=2", "knows fps=N, realtime and hold=N"),
    "realtime with a value": ("frames:/?realtime=no", "knows fps=N"),
    "no frames a second": ("frames:/?fps=0", "from 1 to 120"),
    "too many frames a second": ("frames:/?fps=121", "from 1 to 120"),
    "a rate that is a word": ("frames:/?fps=fast", "from 1 to 120"),
    "a rate that is not a number": ("frames:/?fps=nan", "from 1 to 120"),
    "a rate in foreign digits": ("frames:/?fps=١٥", "from 1 to 120"),
    "a rate without value": ("frames:/?fps", "from 1 to 120"),
    "holding for no frame": ("frames:/?hold=0", "from 1 to 1000"),
    "holding for half a frame": ("frames:/?hold=1.5", "from 1 to 1000"),
    "a camera of the pi by name": ("picamera2:imx708", "by its number: picamera2:0"),
    "a camera of the pi far too many": ("picamera2:100", "by its number: picamera2:0"),
    "a camera of the pi without number": ("picamera2:", "by its number: picamera2:0"),
    "another camera of the pi": ("picamera3", "frames:PATH, picamera2 or opencv:DEV"),
    "an unknown option of the pi": ("picamera2?zoom=2", "knows fps=N, focus=fixed"),
    "a slow camera of the pi": ("picamera2?fps=0.5", "from 1 to 60"),
    "a fast camera of the pi": ("picamera2?fps=61", "from 1 to 60"),
    "a focus that is none": ("picamera2?focus=sharp", "focus=auto"),
    "a focus without value": ("picamera2?focus", "focus=auto"),
    "a lens beyond its end": ("picamera2?dioptres=15.1", "from 0 to 15"),
    "a lens the other way": ("picamera2?dioptres=-1", "from 0 to 15"),
    "half an exposure": ("picamera2?exposure_us=0.5", "from 0 to 33000"),
    "a long exposure": ("picamera2?exposure_us=33001", "from 0 to 33000"),
    "scenes with a path": ("scenes:/tmp", "frames:PATH"),
    "a device that is not there": ("opencv:/dev/no-such-camera", "a number (opencv:0)"),
    "a device with a negative number": ("opencv:-1", "a number (opencv:0)"),
    "a network camera": ("opencv:rtsp://host/stream", "a number (opencv:0)"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_camera_is_one_line_with_the_remedy(wrong: str) -> None:
    text, remedy = WRONG[wrong]
    with pytest.raises(InputError) as refused:
        parse_camera(text)
    assert remedy in str(refused.value)
    assert "\n" not in str(refused.value)
