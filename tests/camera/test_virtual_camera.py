"""The real eye, picamera2 and libcamera on a virtual camera: pictures, pace, faults."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray

from scanner.sight.decode import read_codes
from scanner.sight.eye import Eye, Sighting
from scanner.sight.sightings import Opened, Shot
from scanner.terms import DeviceError, Reason

if TYPE_CHECKING:
    from tests.camera.conftest import Booth

pytestmark = pytest.mark.camera

AwaitShot = Callable[[Eye], Shot]
AwaitSighting = Callable[[Eye], Sighting]

STALL_SEEN_WITHIN_S = 2.5
BACK_WITHIN_S = 5.0
MEMORY_LIMIT_KB = 80 * 1024
"""All processes together may take 200 MB, the others of them about 120."""


def test_frames_are_the_luma_of_the_picture(
    booth: "Booth", await_sighting: AwaitSighting, picture: NDArray[np.uint8]
) -> None:
    eye = booth.open()
    assert await_sighting(eye) == Opened(
        paced=True,
        name="imx708 1280x720 15 fps fixed focus",
        note="not offered: ExposureTime, AfMode, LensPosition",
    )
    shot = await_sighting(eye)
    assert isinstance(shot, Shot)
    assert (shot.width, shot.height) == (1280, 720)
    luma = booth.luma(shot)
    assert np.abs(luma.astype(int) - picture).mean() < 2.0
    assert [code.raw for code in read_codes(luma)] == [b"HC1:A PASS IN THE PICTURE"]


@pytest.mark.parametrize("fps", [5, 15])
def test_the_pace_is_the_one_asked_for(fps: int, booth: "Booth", await_shot: AwaitShot) -> None:
    eye = booth.open(f"picamera2?fps={fps}")
    first = await_shot(eye)
    while (last := await_shot(eye)).at_ms - first.at_ms < 2500:
        pass
    measured = (last.frame - first.frame) * 1000 / (last.at_ms - first.at_ms)
    assert measured == pytest.approx(fps, rel=0.2)


def _await_loss(eye: Eye, await_shot: AwaitShot) -> DeviceError:
    with pytest.raises(DeviceError) as lost:  # noqa: PT012 - which of the frames is the last
        while True:
            await_shot(eye)
    return lost.value


def _await_return(eye: Eye, await_shot: AwaitShot) -> None:
    """Start the eye anew until it gives a frame, as the door does."""
    while True:
        try:
            await_shot(eye)
        except DeviceError:
            eye.start(now_s=time.monotonic())
        else:
            return


@pytest.mark.parametrize("fault", ["stall", "gone"])
def test_a_camera_that_gives_nothing_is_seen_and_comes_back(
    fault: str, booth: "Booth", await_shot: AwaitShot, record_property: Callable[..., None]
) -> None:
    eye = booth.open()
    await_shot(eye)
    with booth.fault(fault):
        began_s = time.monotonic()
        lost = _await_loss(eye, await_shot)
        seen_s = time.monotonic() - began_s
        assert lost.reason is Reason.CAMERA_LOST
        # One more try fails too: the fault lasts longer than a process.
        eye.start(now_s=time.monotonic())
        assert "check its cable" in _await_loss(eye, await_shot).detail
        eye.start(now_s=time.monotonic())
    ended_s = time.monotonic()
    _await_return(eye, await_shot)
    back_s = time.monotonic() - ended_s
    record_property("seen_s", round(seen_s, 2))
    record_property("back_s", round(back_s, 2))
    assert seen_s <= STALL_SEEN_WITHIN_S
    assert back_s <= BACK_WITHIN_S


def test_a_short_stall_costs_no_process(booth: "Booth", await_shot: AwaitShot) -> None:
    eye = booth.open()
    before = await_shot(eye)
    pid = eye.pid
    with booth.fault("stall"):
        time.sleep(0.9)  # longer than a hiccup, shorter than patience
    while (after := await_shot(eye)).at_ms - before.at_ms < 1500:
        pass
    assert after.frame > before.frame
    assert eye.pid == pid


def test_a_camera_that_is_not_there_is_one_line(booth: "Booth", await_shot: AwaitShot) -> None:
    eye = booth.open("picamera2:1")
    assert _await_loss(eye, await_shot).detail == (
        "camera 1 is not there: libcamera sees 1, counted from 0; "
        "check its cable (`rpicam-hello --list-cameras`)"
    )


def test_a_camera_is_opened_again_and_again_without_growth(booth: "Booth") -> None:
    told = booth.run_inside("open_again_and_again")
    assert len(told["descriptors"]) == 10
    assert told["descriptors"][-1] == told["descriptors"][0]


def test_a_camera_that_is_open_already_is_one_line_with_the_cause(booth: "Booth") -> None:
    told = booth.run_inside("open_twice")
    assert told.startswith("camera 0 cannot be opened: Camera __init__ sequence did not complete: ")
    assert told.endswith("; check its cable, and that no other program uses it")
    assert "acquire" in told
    assert "\n" not in told


def test_the_fake_of_the_quick_tests_is_called_like_the_real_class(booth: "Booth") -> None:
    told = booth.run_inside("compare_with_the_fake")
    assert told["foreign"] == []
    assert {"capture_array", "cancel_all_and_flush", "close", "configure"} <= set(told["compared"])


def test_the_eye_keeps_within_its_share_of_memory(
    booth: "Booth", await_shot: AwaitShot, capsys: pytest.CaptureFixture[str]
) -> None:
    eye = booth.open("picamera2?fps=30")
    started_s = time.monotonic()
    await_shot(eye)
    open_s = time.monotonic() - started_s
    while await_shot(eye).frame < 60:
        pass
    descriptors = sum(1 for _ in Path(f"/proc/{eye.pid}/fd").iterdir())
    rss_kb, pss_kb = (_memory_kb(eye.pid or 0, kind) for kind in ("Rss", "Pss"))
    with capsys.disabled():
        print(
            f"\neye with picamera2: first frame after {open_s:.2f} s, RSS {rss_kb / 1024:.1f} MB, "
            f"PSS {pss_kb / 1024:.1f} MB, {descriptors} descriptors"
        )
    assert pss_kb <= MEMORY_LIMIT_KB


def _memory_kb(pid: int, kind: str) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    (amount,) = (int(line.split()[1]) for line in lines if line.startswith(f"{kind}:"))
    return amount
