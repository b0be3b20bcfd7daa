"""Reader, eye and door killed in the middle: told, replaced, and nothing left behind."""

import fcntl
import signal
import sys
import termios
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.journeys.conftest import Album, Running

Opening = Callable[..., "Running"]
Another = Callable[[int], bytes]
Gone = Callable[..., bool]
READER = "scanner.sight.reader_child"
EYE = "scanner.sight.eye_child"
REPLACED_WITHIN_S = 2.0


def _hurt_and_await_ready(
    door: "Running", module: str, *, reason: str, how: signal.Signals = signal.SIGKILL
) -> None:
    """Kill or stop a child; its fault must be told, and be over within two seconds."""
    buried = door.hurt(module, how=how)
    killed_s = time.monotonic()
    fault = door.await_event("decision", reason=reason)
    assert (fault["verdict"], fault["format"], fault["latency_ms"]) == ("fault", None, None)
    door.await_event("state", state="ready")
    assert time.monotonic() - killed_s < REPLACED_WITHIN_S
    assert door.child(module) != buried


def test_children_that_die_or_hang_are_replaced_and_the_next_pass_is_admitted(
    album: "Album", open_door: Opening, another: Another, gone: Gone
) -> None:
    for number in range(8):
        album.show((another(number), 3))
    door = open_door(f"frames:{album.folder}?realtime&fps=15&hold=15")
    door.await_event("decision", verdict="admit")
    _hurt_and_await_ready(door, READER, reason="reader_lost")
    door.await_event("decision", verdict="admit")
    _hurt_and_await_ready(door, READER, reason="reader_lost", how=signal.SIGSTOP)
    admitted = door.await_event("decision", verdict="admit")
    _hurt_and_await_ready(door, EYE, reason="camera_lost")
    later = door.await_event("decision", verdict="admit")
    assert later["frame"] > admitted["frame"]
    assert later["frame_time_ms"] > admitted["frame_time_ms"]

    children = [door.child(READER), door.child(EYE)]
    door.process.send_signal(signal.SIGTERM)
    told_s = time.monotonic()
    code, err = door.finish()
    assert time.monotonic() - told_s < 2
    assert code == 0
    assert "Traceback" not in err
    stopping, dark = door.events[-2:]
    assert stopping == {"event": "state", "state": "stopping"}
    assert (dark["event"], dark["pattern"], dark["green"]) == ("signal", "dark", False)
    assert gone(children, within_s=1)
    faults = [e["reason"] for e in door.events if e.get("verdict") == "fault"]
    assert faults == ["reader_lost", "reader_lost", "camera_lost"]


def test_a_rehearsal_goes_on_with_the_next_frame_when_its_reader_is_killed(
    album: "Album", open_door: Opening, another: Another
) -> None:
    """No frame but the one in the reader's hands is lost."""
    album.show((another(0), 3), frames=1)
    album.show(frames=600)
    album.show((another(1), 3), frames=3)
    door = open_door(f"frames:{album.folder}", "--once")
    door.await_event("decision", verdict="admit")
    door.hurt(READER, how=signal.SIGKILL)
    code, _ = door.finish()
    assert code == 3
    reasons = [e["reason"] for e in door.events if e["event"] == "decision"]
    assert reasons == ["admitted", "reader_lost", "admitted"]
    assert [e for e in door.events if e["event"] == "decision"][-1]["frame"] in (601, 602)


def test_a_door_that_is_killed_leaves_no_child_behind(
    album: "Album", open_door: Opening, another: Another, gone: Gone
) -> None:
    album.show((another(0), 3))
    door = open_door(f"frames:{album.folder}?realtime&hold=1000")
    door.await_event("decision", verdict="admit")
    children = [door.child(READER), door.child(EYE)]
    door.process.kill()
    assert gone(children, within_s=2)


def test_an_interrupt_at_the_terminal_ends_the_door_like_sigterm(
    album: "Album", open_door: Opening, another: Another
) -> None:
    album.show((another(0), 3))
    door = open_door(f"frames:{album.folder}?realtime&hold=1000")
    door.await_event("state", state="ready")
    door.process.send_signal(signal.SIGINT)
    code, err = door.finish()
    assert code == 0
    assert "Traceback" not in err
    assert door.events[-1]["pattern"] == "dark"


def test_a_camera_that_is_not_there_is_a_fault_light_and_no_end(open_door: Opening) -> None:
    door = open_door("opencv:99")
    door.await_event("decision", verdict="fault", reason="camera_lost")
    door.await_event("signal", pattern="fault", green=True, red=True)
    door.process.send_signal(signal.SIGTERM)
    code, err = door.finish()
    assert code == 0
    assert "99" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("ends", [signal.SIGTERM, signal.SIGINT])
def test_a_script_that_stops_reading_does_not_hold_a_live_door(
    ends: signal.Signals, album: "Album", open_door: Opening, another: Another
) -> None:
    for number in range(60):
        album.show((another(number), 3), frames=1)
    door = open_door(f"frames:{album.folder}?realtime&fps=30")
    assert door.process.stdout is not None
    pipe = door.process.stdout.fileno()
    fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 4096)
    deadline_s = time.monotonic() + 20
    while _waiting_bytes(pipe) < 3900:
        assert time.monotonic() < deadline_s, "the door told too little"
    door.process.send_signal(ends)
    assert door.process.wait(2.0) == 0


def _waiting_bytes(pipe: int) -> int:
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)
