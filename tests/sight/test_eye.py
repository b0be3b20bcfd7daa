"""The real eye process on folders, videos and cameras that are not there."""

import os
import select
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from scanner.process.child import Program
from scanner.sight.eye import (
    LOSSLESS_SILENCE_S,
    OPEN_DEADLINE_S,
    PACED_SILENCE_S,
    Eye,
    Sighting,
)
from scanner.sight.memory import FrameMemory
from scanner.sight.sightings import Ended, Opened, Shot, Skipped
from scanner.terms import DeviceError, Reason

Grey = NDArray[np.uint8]
HERE = Path(__file__).resolve().parent
Starting = Callable[..., Eye]


@pytest.fixture
def memory() -> Iterator[FrameMemory]:
    with FrameMemory(slots=2, slot_bytes=1 << 20) as memory:
        yield memory


@pytest.fixture
def start(memory: FrameMemory) -> Iterator[Starting]:
    started: list[Eye] = []

    def starting(camera: str, *, program: str = "scanner.sight.eye_child") -> Eye:
        path = f"{HERE.parents[1]}:{HERE}"
        eye = Eye(camera, memory=memory, program=Program(program, path=path))
        eye.start(now_s=time.monotonic())
        started.append(eye)
        return eye

    yield starting
    for eye in started:
        eye.close()


def _next(eye: Eye) -> Sighting:
    while (sighting := eye.receive(now_s=time.monotonic())) is None:
        select.select([eye.fileno()], [], [], 10)
    return sighting


def _watch(eye: Eye) -> list[Sighting]:
    """See everything, freeing each slot at once."""
    seen: list[Sighting] = []
    while not eye.ended:
        seen.append(_next(eye))
        if isinstance(seen[-1], Shot):
            eye.free(seen[-1].slot)
    return seen


def _save(path: Path, level: int, *, size: tuple[int, int] = (40, 60)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full(size, level, np.uint8))


def test_a_folder_is_shown_in_the_order_of_its_paths(
    tmp_path: Path, memory: FrameMemory, start: Starting
) -> None:
    for level, name in enumerate(["a/2.png", "a/b/1.PNG", "b.png", "c.webp"]):
        _save(tmp_path / name, level * 50)
    (tmp_path / "a" / "notes.txt").write_text("no picture")
    eye = start(f"frames:{tmp_path}?fps=10")
    assert _next(eye) == Opened(paced=False, name=tmp_path.name)
    levels = []
    for number in range(4):
        shot = _next(eye)
        assert isinstance(shot, Shot)
        assert (shot.frame, shot.at_ms, shot.width, shot.height) == (number, number * 100, 60, 40)
        levels.append(os.pread(memory.readable_fd, 1, shot.slot * memory.slot_bytes)[0])
        eye.free(shot.slot)
    assert levels == [0, 50, 100, 150]
    assert _next(eye) == Ended("4 pictures shown")


def test_each_picture_is_held(tmp_path: Path, start: Starting) -> None:
    _save(tmp_path / "1.png", 9)
    _save(tmp_path / "2.png", 99)
    shots = [seen for seen in _watch(start(f"frames:{tmp_path}?hold=3")) if isinstance(seen, Shot)]
    assert [shot.frame for shot in shots] == [0, 1, 2, 3, 4, 5]
    changed = [shot.changed_cells > 0 for shot in shots]
    assert changed == [True, False, False, True, True, True]


def test_a_damaged_picture_is_named_and_uses_up_its_frame(tmp_path: Path, start: Starting) -> None:
    _save(tmp_path / "1.png", 9)
    (tmp_path / "2.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    (tmp_path / "3.jpg").write_bytes(b"")
    _save(tmp_path / "4.png", 9)
    seen = _watch(start(f"frames:{tmp_path}?fps=10"))
    assert seen[2:4] == [
        Skipped(1, at_ms=100, why="2.png: the picture is damaged"),
        Skipped(2, at_ms=200, why="3.jpg: the file is empty"),
    ]
    assert seen[-1] == Ended("4 pictures shown, 2 of them unreadable")


def test_no_frame_is_lost_while_the_door_is_slow(tmp_path: Path, start: Starting) -> None:
    for number in range(9):
        _save(tmp_path / f"{number}.png", number)
    eye = start(f"frames:{tmp_path}")
    held = [_next(eye) for _ in range(3)][1:]
    eye.check(time.monotonic() + 1000)  # the door keeps it waiting: that is no loss
    for shot in held:
        assert isinstance(shot, Shot)
        eye.free(shot.slot)
    later = [seen.frame for seen in _watch(eye) if isinstance(seen, Shot)]
    assert later == [2, 3, 4, 5, 6, 7, 8]


def test_a_camera_in_real_time_drops_what_nobody_takes(tmp_path: Path, start: Starting) -> None:
    _save(tmp_path / "1.png", 9)
    eye = start(f"frames:{tmp_path}?fps=120&realtime&hold=12")
    seen = [_next(eye) for _ in range(4)]
    assert seen[0] == Opened(paced=True, name=tmp_path.name)
    assert [type(one) for one in seen] == [Opened, Shot, Shot, Ended]


def test_a_picture_larger_than_a_slot_is_scaled_down_with_a_note(
    tmp_path: Path, start: Starting
) -> None:
    _save(tmp_path / "large.png", 77, size=(1500, 2000))
    _, shot, _ = _watch(start(f"frames:{tmp_path}/large.png"))
    assert isinstance(shot, Shot)
    assert (shot.width, shot.height) == (1000, 750)
    assert shot.note == "scaled down from 2000x1500 by 2"


def test_a_picture_too_thin_to_be_scaled_down_is_a_dot_and_no_end(
    tmp_path: Path, start: Starting
) -> None:
    _save(tmp_path / "thin.png", 77, size=(1, 40_000))
    _, shot, _ = _watch(start(f"frames:{tmp_path}/thin.png"))
    assert isinstance(shot, Shot)
    assert (shot.width, shot.height) == (1, 1)


def _film(path: Path, *, frames: int) -> None:
    film = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 15, (64, 48))
    for number in range(frames):
        film.write(np.full((48, 64, 3), number * 5, np.uint8))
    film.release()


def test_a_video_is_played_frame_by_frame(tmp_path: Path, start: Starting) -> None:
    _film(tmp_path / "film.avi", frames=10)
    seen = _watch(start(f"frames:{tmp_path}/film.avi?fps=20"))
    shots = [one for one in seen if isinstance(one, Shot)]
    assert [shot.at_ms for shot in shots] == list(range(0, 500, 50))
    assert seen[-1] == Ended("10 frames played")


def test_a_video_that_ends_in_the_middle_says_after_how_many_frames(
    tmp_path: Path, start: Starting
) -> None:
    film = tmp_path / "film.avi"
    _film(film, frames=40)
    film.write_bytes(film.read_bytes()[: film.stat().st_size // 2])
    seen = _watch(start(f"frames:{film}"))
    given = sum(isinstance(one, Shot) for one in seen)
    assert 0 < given < 40
    assert isinstance(seen[-1], Ended)
    assert str(given) in seen[-1].note


NOT_A_CAMERA = {
    "an empty folder": ("frames:{folder}/empty", "holds no picture"),
    "a text file": ("frames:{folder}/notes.txt", "neither a picture nor a video"),
    "an empty file": ("frames:{folder}/nothing.avi", "neither a picture nor a video"),
    "a device that is not there": ("opencv:99", "is not there; check its cable"),
    "a device that is no camera": ("opencv:/dev/null", "is not there; check its cable"),
}


@pytest.mark.parametrize("what", NOT_A_CAMERA)
def test_what_is_no_camera_is_lost_with_one_clear_line(
    what: str, tmp_path: Path, start: Starting
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("no video")
    (tmp_path / "nothing.avi").touch()
    camera, why = NOT_A_CAMERA[what]
    with pytest.raises(DeviceError, match=why) as lost:
        _watch(start(camera.format(folder=tmp_path)))
    assert lost.value.reason is Reason.CAMERA_LOST
    assert "\n" not in lost.value.detail


def test_a_killed_eye_is_a_lost_camera_and_starts_again(tmp_path: Path, start: Starting) -> None:
    _save(tmp_path / "1.png", 9)
    eye = start(f"frames:{tmp_path}?hold=1000")
    _next(eye)
    os.kill(eye.pid or 0, 9)
    with pytest.raises(DeviceError, match="ended"):
        _watch(eye)
    assert eye.fileno() == -1
    eye.start(now_s=time.monotonic())
    assert [type(_next(eye)) for _ in range(2)] == [Opened, Shot]


@pytest.mark.parametrize(
    ("greeting", "silence_s"),
    [
        ("none", OPEN_DEADLINE_S),
        ("paced", PACED_SILENCE_S),
        ("lossless", LOSSLESS_SILENCE_S),
    ],
)
def test_a_silent_camera_is_lost(greeting: str, silence_s: float, start: Starting) -> None:
    eye = start(greeting, program="rogue_eye")
    heard_s = time.monotonic()
    if greeting != "none":
        _next(eye)
    eye.check(heard_s + silence_s - 0.1)
    with pytest.raises(DeviceError, match=f"no picture for {silence_s:g} seconds"):
        eye.check(time.monotonic() + silence_s + 0.1)


@pytest.mark.parametrize(
    "lie",
    [
        "a slot that is not there",
        "a slot twice",
        "a picture larger than its slot",
        "a width that is a word",
        "a frame below zero",
        "a note that is a number",
        "a time that leaps",
        "a time that goes back",
        "a name that is a number",
        "a note of the camera that is a list",
        "a long error",
        "opened twice",
        "a frame after the end",
        "no JSON",
        "a long message",
    ],
)
def test_an_eye_that_lies_is_killed(lie: str, start: Starting) -> None:
    with pytest.raises(DeviceError) as lost:
        _watch_holding(start(lie, program="rogue_eye"))
    assert "broke the protocol" in lost.value.detail


def _watch_holding(eye: Eye) -> None:
    while True:
        _next(eye)
