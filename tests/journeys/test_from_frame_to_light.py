"""From pictures to lights through the real processes, on passes held up by the hour's guests."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import pytest

from scanner.publish.dcc import tampered
from scanner.sight.scenes.script import Carrier
from scanner.sight.scenes.still import empty, still

if TYPE_CHECKING:
    from tests.conftest import Mint
    from tests.journeys.conftest import Album, Running

Opening = Callable[..., "Running"]
Another = Callable[[int], bytes]
CHECKOUT = Path(__file__).resolve().parents[2]
POSTER = b"https://example.org/menu"


def _decisions(events: list[dict[str, Any]]) -> list[tuple[int, str]]:
    return [(e["frame"], e["reason"]) for e in events if e["event"] == "decision"]


def _without_latency(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{k: v for k, v in event.items() if k != "latency_ms"} for event in events]


def test_phone_and_paper_before_a_door(
    album: "Album", open_door: Opening, mint: "Mint", expired: bytes
) -> None:
    album.add(empty(seed=3), frames=2)
    album.add(still(mint.valid, carrier=Carrier.PHONE, seed=3), frames=4)
    album.add(empty(seed=3), frames=2)
    album.add(still(expired, carrier=Carrier.PAPER, seed=4), frames=4)
    door = open_door(f"frames:{album.folder}", "--once")
    code, err = door.finish()
    assert code == 1
    admitted, refused = (e for e in door.events if e["event"] == "decision")
    assert (admitted["verdict"], admitted["reason"]) == ("admit", "admitted")
    assert 2 <= admitted["frame"] <= 5
    assert admitted["frame_time_ms"] == round(admitted["frame"] * 1000 / 15)
    assert (refused["verdict"], refused["reason"]) == ("refuse", "expired")
    assert 9 <= refused["frame"] <= 11
    patterns = [e["pattern"] for e in door.events if e["event"] == "signal"]
    assert patterns == ["ready", "accept", "refuse", "dark"]
    lights = {e["pattern"]: (e["green"], e["red"]) for e in door.events if e["event"] == "signal"}
    assert lights["accept"] == (True, False)
    assert lights["refuse"] == (False, True)
    assert lights["dark"] == (False, False)
    states = [e["state"] for e in door.events if e["event"] == "state"]
    assert states == ["starting", "ready", "stopping"]
    # The lamps themselves are on the other stream, after the line that says how it is caged.
    first, *lines = err.splitlines()
    assert first.startswith("door-scanner ")
    assert "reader caged" in first or "limits only" in first
    assert "1 key;" in first
    assert "rules no-infection/1" in first
    assert any("GREEN" in line and "admitted" in line for line in lines)
    assert mint.person.given not in err
    assert mint.person.family not in err
    assert any("RED" in line and "expired" in line for line in lines)


def test_an_hour_of_guests(
    album: "Album", open_door: Opening, another: Another, expired: bytes
) -> None:
    """Four frames a second; the frame numbers tell when each decision was due."""
    forged = tampered(another(8).decode()).encode()
    album.show(frames=2)
    album.show((another(1), 3), frames=4)  # 2 to 5: held, answered once
    album.show(frames=5)
    album.show((another(1), 3))  # 11: back after 1.25 s, 2.25 s after its answer
    album.show(frames=12)
    album.show((another(1), 3))  # 24: back after five seconds
    album.show((expired, 3), frames=2)  # 25, 26: pre-empts, refused in its second frame
    album.show((forged, 3))  # 27: one frame accuses nobody
    album.show((another(2), 3), (another(3), 3), frames=2)  # 28, 29
    album.show((another(4), 4), (another(5), 2))  # 30: four times the area
    album.show((POSTER, 6), (another(6), 3))  # 31
    album.show((POSTER, 6), frames=2)  # 32, 33: its first frames beside no pass
    album.show((forged, 3), frames=2)  # 34, 35
    expected = [
        (2, "admitted"),
        (11, "repeated"),
        (24, "admitted"),
        (26, "expired"),
        (29, "two_passes"),
        (30, "admitted"),
        (31, "admitted"),
        (33, "not_a_pass"),
        (35, "bad_signature"),
    ]
    doors = [open_door(f"frames:{album.folder}?fps=4", "--once") for _ in range(2)]
    for door in doors:
        code, _ = door.finish()
        assert code == 1
        assert _decisions(door.events) == expected
    first, second = (_without_latency(door.events) for door in doors)
    assert first == second
    latencies = [e["latency_ms"] for e in doors[0].events if e["event"] == "decision"]
    assert all(0 < latency_ms < 1000 for latency_ms in latencies)


def test_only_admissions_exit_with_0(album: "Album", open_door: Opening, another: Another) -> None:
    album.show((another(1), 3), frames=2)
    album.show((another(2), 3), frames=2)
    here = os.path.relpath(album.folder, CHECKOUT)
    door = open_door(f"frames:{here}", "--once", "--signals", "none")
    code, err = door.finish()
    assert code == 0
    assert _decisions(door.events) == [(0, "admitted"), (2, "admitted")]
    # Without lights the first line is still told.
    assert err.startswith("door-scanner ")
    assert err.count("\n") <= 2


def test_a_damaged_picture_is_a_fault_in_its_place_and_the_next_is_read(
    album: "Album", open_door: Opening, mint: "Mint"
) -> None:
    album.add_bytes(b"\x89PNG\r\n\x1a\n" + bytes(99))
    album.show((mint.valid, 3))
    door = open_door(f"frames:{album.folder}", "--once")
    code, err = door.finish()
    assert code == 3
    assert _decisions(door.events) == [(0, "internal"), (1, "admitted")]
    first, *others = err.splitlines()
    assert first.startswith("door-scanner ")
    assert any("00000.png" in line and "damaged" in line for line in others)


@pytest.mark.parametrize("kind", ["an empty folder", "no video"])
def test_frames_that_are_none_are_a_fault_and_end_a_rehearsal(
    kind: str, open_door: Opening, tmp_path: Path
) -> None:
    path = tmp_path / "named"
    if kind == "no video":
        path.write_bytes(bytes(1000))
    else:
        path.mkdir()
    door = open_door(f"frames:{path}", "--once")
    code, err = door.finish()
    assert code == 3
    assert [reason for _, reason in _decisions(door.events)] == ["camera_lost"]
    assert str(path) in err
    assert "Traceback" not in err


def test_a_video_that_ends_in_the_middle_is_said_so_and_what_there_was_is_judged(
    open_door: Opening, mint: "Mint", tmp_path: Path
) -> None:
    path = tmp_path / "cut.avi"
    frame = still(mint.valid, seed=3, size=(960, 720))
    video = cv2.VideoWriter(
        str(path), cv2.VideoWriter.fourcc(*"MJPG"), 15, (960, 720), isColor=False
    )
    for _ in range(20):
        video.write(frame)
    video.release()
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    door = open_door(f"frames:{path}", "--once")
    code, err = door.finish()
    assert code == 0
    assert [reason for _, reason in _decisions(door.events)] == ["admitted"]
    assert "Traceback" not in err
    assert "the file is cut short" in err


def test_events_read_by_nobody_end_nothing(
    album: "Album", trusting: tuple[str, ...], mint: "Mint"
) -> None:
    album.show((mint.valid, 3), frames=30)
    line = '"$@" run --once --events - --camera "frames:$FRAMES" $OPTIONS | head -1'
    ended = subprocess.run(
        ["bash", "-c", line, "bash", sys.executable, "-m", "scanner"],
        capture_output=True,
        text=True,
        timeout=30,
        cwd=CHECKOUT,
        env={
            "PATH": "/usr/bin:/bin",
            "FRAMES": str(album.folder),
            "OPTIONS": " ".join([*trusting, "--at", "2026-06-01T12:00:00Z"]),
        },
        check=False,
    )
    assert ended.stdout == '{"event": "state", "state": "starting"}\n'
    assert "Traceback" not in ended.stderr
    assert "GREEN" in ended.stderr
