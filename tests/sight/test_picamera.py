"""The eye on cameras of the Raspberry Pi, each with a fault of its own."""

import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from scanner.process.child import Program
from scanner.sight.eye import PACED_SILENCE_S, PI_EYE, Eye, Sighting
from scanner.sight.memory import FrameMemory
from scanner.sight.picamera import in_a_line
from scanner.sight.sightings import Opened, Shot
from scanner.terms import DeviceError, Reason

HERE = Path(__file__).resolve().parent
FAKE = Program("scanner.sight.eye_child", path=f"{HERE.parents[1]}:{HERE / 'fake_camera'}")
SEEN_WITHIN_S = 2.5
Starting = Callable[..., Eye]


@pytest.fixture
def memory() -> Iterator[FrameMemory]:
    with FrameMemory(slots=2, slot_bytes=1280 * 720) as memory:
        yield memory


@pytest.fixture
def start(memory: FrameMemory) -> Iterator[Starting]:
    started: list[Eye] = []

    def starting(camera: str, *, program: Program = FAKE) -> Eye:
        eye = Eye(camera, memory=memory, program=program)
        eye.start(now_s=time.monotonic())
        started.append(eye)
        return eye

    yield starting
    for eye in started:
        eye.close()


def _next(eye: Eye) -> Sighting:
    """Wait for the next sighting as the door does; raises when the camera is lost."""
    while (sighting := eye.receive(now_s=time.monotonic())) is None:
        eye.check(time.monotonic())
        select.select([eye.fileno()], [], [], 0.1)
    if isinstance(sighting, Shot):
        eye.free(sighting.slot)
    return sighting


def _set_to(eye: Eye, memory: FrameMemory) -> dict[str, Any]:
    """Read from the first picture what the camera was set to."""
    shot = _next(eye)
    assert isinstance(shot, Shot)
    row = os.pread(memory.readable_fd, shot.width, shot.slot * memory.slot_bytes)
    told: dict[str, Any] = json.loads(row)
    return told


def _watch_until_lost(eye: Eye) -> tuple[DeviceError, float]:
    """See frames until the camera is lost; return how, and how long after the last frame."""
    last_s = time.monotonic()
    while True:
        try:
            _next(eye)
        except DeviceError as lost:
            return lost, time.monotonic() - last_s
        last_s = time.monotonic()


def test_a_camera_is_asked_for_little_and_set_for_a_hand_close_by(
    memory: FrameMemory, start: Starting
) -> None:
    eye = start("picamera2")
    assert _next(eye) == Opened(paced=True, name="imx708 1280x720 15 fps focus 5.0 dpt", note=None)
    assert _set_to(eye, memory) == {
        "main": {"format": "YUV420", "size": [1280, 720]},
        "raw": None,
        "buffer_count": 4,
        "queue": False,
        "controls": {
            "FrameDurationLimits": [66667, 66667],
            "ExposureTime": 8000,
            "AfMode": 0,
            "LensPosition": 5.0,
        },
    }


def test_autofocus_looks_close_by_and_a_free_exposure_is_kept_short(
    memory: FrameMemory, start: Starting
) -> None:
    eye = start("picamera2:0?fps=30&focus=auto&exposure_us=0")
    assert _next(eye) == Opened(paced=True, name="imx708 1280x720 30 fps autofocus")
    assert _set_to(eye, memory)["controls"] == {
        "FrameDurationLimits": [33333, 33333],
        "AeExposureMode": 1,
        "AeFlickerMode": 1,
        "AeFlickerPeriod": 10000,
        "AfMode": 2,
        "AfRange": 1,
    }


def test_a_lens_is_moved_no_further_than_it_goes(memory: FrameMemory, start: Starting) -> None:
    eye = start("picamera2?dioptres=15")
    assert _next(eye) == Opened(paced=True, name="imx708 1280x720 15 fps focus 10.0 dpt")
    assert _set_to(eye, memory)["controls"]["LensPosition"] == 10.0


def test_what_a_camera_does_not_offer_is_left_alone_and_noted(
    memory: FrameMemory, start: Starting
) -> None:
    eye = start("picamera2:1")
    assert _next(eye) == Opened(
        paced=True,
        name="imx708 1280x720 15 fps fixed focus",
        note="not offered: ExposureTime, AfMode, LensPosition",
    )
    assert _set_to(eye, memory)["controls"] == {"FrameDurationLimits": [33333, 33333]}


def test_rows_longer_than_the_picture_are_cut(memory: FrameMemory, start: Starting) -> None:
    eye = start("picamera2:2")
    _next(eye)
    shot = _next(eye)
    assert isinstance(shot, Shot)
    assert (shot.width, shot.height) == (1280, 720)
    below = os.pread(memory.readable_fd, 1280 * 719, shot.slot * memory.slot_bytes + 1280)
    assert set(below) == {100}


def test_a_camera_that_runs_ahead_is_held_back(start: Starting) -> None:
    eye = start("picamera2?fps=40")
    _next(eye)
    shots = [_next(eye) for _ in range(25)]
    times_ms = [shot.at_ms for shot in shots if isinstance(shot, Shot)]
    assert len(times_ms) == 25
    assert times_ms[-1] - times_ms[0] >= 24 * 25 * 0.95
    assert all(later - sooner >= 25 * 0.7 for sooner, later in pairwise(times_ms))


def test_a_stall_that_opening_anew_ends_is_not_told(start: Starting) -> None:
    eye = start("picamera2:3?fps=60")
    _next(eye)
    shots = [_next(eye) for _ in range(20)]
    times_ms = [shot.at_ms for shot in shots if isinstance(shot, Shot)]
    pauses_ms = sorted(later - sooner for sooner, later in pairwise(times_ms))
    assert pauses_ms[-2] < 200 < pauses_ms[-1] < PACED_SILENCE_S * 1000


LOST = {
    "it stalls for ever": (4, "gives no picture for 1.4 s; check its cable"),
    "it aborts inside libcamera": (5, "the camera process ended"),
    "it hangs inside libcamera": (6, "no picture for 2 seconds"),
    "it stalls and cannot be closed": (9, "gives no picture any more; check its cable"),
    "it breaks": (11, "cannot be read: Failed to queue request"),
}


@pytest.mark.parametrize("how", LOST)
def test_a_camera_that_is_lost_is_seen_in_time(how: str, start: Starting) -> None:
    number, why = LOST[how]
    lost, after_s = _watch_until_lost(start(f"picamera2:{number}"))
    assert lost.reason is Reason.CAMERA_LOST
    assert why in lost.detail
    assert after_s < SEEN_WITHIN_S


NO_CAMERA = {
    "another program has it": (7, "did not complete: Failed to acquire camera: Device or res"),
    "it is not there": (99, "camera 99 is not there: libcamera sees 12, counted from 0"),
    "it is a USB camera": (8, "gives MJPEG, not YUV420; a USB camera goes by opencv:"),
    "no light arrives": (10, "gives no picture for 3.0 s; check its cable"),
}


@pytest.mark.parametrize("why", NO_CAMERA)
def test_a_camera_that_cannot_be_opened_is_one_line_with_the_cause(
    why: str, start: Starting
) -> None:
    number, words = NO_CAMERA[why]
    with pytest.raises(DeviceError) as lost:
        _next(start(f"picamera2:{number}"))
    assert words in lost.value.detail
    assert "\n" not in lost.value.detail


def test_without_picamera2_the_remedy_is_named(start: Starting) -> None:
    with pytest.raises(DeviceError) as lost:
        _next(start("picamera2", program=Program("scanner.sight.eye_child")))
    assert lost.value.detail == (
        f"picamera2 is not installed for {sys.executable} "
        "(remedy: apt-get install python3-picamera2)"
    )


def test_the_eye_for_picamera2_runs_under_the_python_of_the_system(memory: FrameMemory) -> None:
    assert PI_EYE.interpreter == "/usr/bin/python3"
    eye = Eye("picamera2?fps=10", memory=memory)
    eye.start(now_s=time.monotonic())
    try:
        assert Path(f"/proc/{eye.pid}/exe").resolve() == Path("/usr/bin/python3").resolve()
    finally:
        eye.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_to_the_whole_service_are_left_to_the_door(
    number: signal.Signals, start: Starting
) -> None:
    eye = start("picamera2?fps=60")
    _next(eye)
    os.kill(eye.pid or 0, number)
    assert [type(_next(eye)) for _ in range(10)] == [Shot] * 10


def test_an_error_and_its_causes_are_one_line() -> None:
    cause = OSError(16, "Device or resource\n busy")
    middle = RuntimeError("the pipeline failed.")
    middle.__cause__ = cause
    outer = RuntimeError("the pipeline failed.")
    outer.__context__ = middle
    assert in_a_line(outer) == "the pipeline failed: [Errno 16] Device or resource busy"
    assert in_a_line(ValueError()) == "ValueError"
