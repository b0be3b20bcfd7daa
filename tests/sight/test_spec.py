"""Camera specifications: what is understood, and one clear line for everything else."""

from pathlib import Path

import pytest

from scanner.sight.spec import DeviceSpec, FramesSpec, Pace, ScenesSpec, parse_camera
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
