"""What a service manager hears: READY and signs of life from what was finished, never a timer."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from scanner.door.supervisor import Supervisor, is_there, tell
from scanner.terms import Reason

if TYPE_CHECKING:
    from tests.door.conftest import Stage, Wired

MOST: Final = 4096


class Manager:
    """The service manager's end of sd_notify(3)."""

    def __init__(self, address: str) -> None:
        self._end = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._end.bind(address)

    def heard(self) -> list[str]:
        """Give what came since the last time."""
        words = []
        while True:
            try:
                words.append(self._end.recv(MOST).decode())
            except BlockingIOError:
                return words

    def close(self) -> None:
        self._end.close()


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Manager]:
    address = str(tmp_path / "notify")
    manager = Manager(address)
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    yield manager
    manager.close()


def _turns(supervisor: Supervisor, *, since_s: float, until_s: float) -> None:
    now_s = since_s
    while now_s < until_s:
        supervisor.turn(now_s)
        now_s += 0.125


def test_a_door_that_has_finished_nothing_is_not_ready(
    backstage: "Wired", manager: Manager
) -> None:
    backstage.loop.state = "starting"
    _turns(Supervisor(backstage.loop), since_s=0, until_s=60)
    assert manager.heard() == []


def test_the_first_frame_that_was_looked_at_makes_it_ready_once(
    backstage: "Wired", manager: Manager
) -> None:
    supervisor = Supervisor(backstage.loop)
    backstage.loop.state = "ready"
    backstage.loop.looking.looks += 1
    _turns(supervisor, since_s=100, until_s=110)
    assert manager.heard() == ["READY=1\nSTATUS=ready"]


def test_a_fault_that_stands_makes_it_ready_and_is_told(
    backstage: "Wired", manager: Manager
) -> None:
    """A missing camera is a light and a status, and no restart."""
    backstage.begin(Reason.CAMERA_LOST)
    backstage.begin(Reason.PINS_LOST)
    Supervisor(backstage.loop).turn(100.0)
    assert manager.heard() == ["READY=1\nSTATUS=camera_lost; pins_lost"]


def test_a_rehearsal_that_is_over_lives(backstage: "Wired", manager: Manager) -> None:
    backstage.eye.ended = True
    backstage.loop.state = "ready"
    supervisor = Supervisor(backstage.loop)
    _turns(supervisor, since_s=100, until_s=103)
    assert manager.heard() == [
        "READY=1\nSTATUS=ready",
        "WATCHDOG=1\nSTATUS=ready",
        "WATCHDOG=1\nSTATUS=ready",
    ]


def test_frames_are_signs_of_life_once_a_second_at_most(
    backstage: "Wired", manager: Manager
) -> None:
    supervisor = Supervisor(backstage.loop)
    backstage.loop.state = "ready"
    for turn in range(15 * 10):
        backstage.loop.looking.looks += 1
        supervisor.turn(100 + turn / 15)
    heard = manager.heard()
    assert heard[0] == "READY=1\nSTATUS=ready"
    assert set(heard[1:]) == {"WATCHDOG=1\nSTATUS=ready"}
    assert len(heard) == 10


def test_a_loop_that_turns_without_progress_gives_no_sign_of_life(
    backstage: "Wired", manager: Manager
) -> None:
    supervisor = Supervisor(backstage.loop)
    backstage.loop.looking.looks += 1
    supervisor.turn(100.0)
    manager.heard()
    _turns(supervisor, since_s=101, until_s=200)
    assert manager.heard() == []
    backstage.loop.looking.looks += 1
    supervisor.turn(200.0)
    assert manager.heard() == ["WATCHDOG=1\nSTATUS="]


def test_a_fault_that_begins_and_ends_is_told_at_once(backstage: "Wired", manager: Manager) -> None:
    supervisor = Supervisor(backstage.loop)
    loop = backstage.loop
    loop.state = "ready"
    loop.looking.looks += 1
    supervisor.turn(100.0)
    backstage.begin(Reason.READER_LOST)
    supervisor.turn(100.1)
    loop.faults.end(Reason.READER_LOST)
    loop.looking.looks += 1
    supervisor.turn(100.2)
    assert manager.heard()[1:] == ["WATCHDOG=1\nSTATUS=reader_lost", "WATCHDOG=1\nSTATUS=ready"]


def test_the_end_is_told_and_nothing_else_any_more(backstage: "Wired", manager: Manager) -> None:
    supervisor = Supervisor(backstage.loop)
    backstage.loop.stopping = True
    backstage.loop.looking.looks += 1
    supervisor.turn(100.0)
    assert manager.heard() == ["STOPPING=1"]


def test_a_whole_rehearsal_tells_ready_then_stopping(stage: "Stage", manager: Manager) -> None:
    stage.play(stage.film([()] * 5), attend=lambda loop: [Supervisor(loop)])
    heard = manager.heard()
    assert heard[0].startswith("READY=1\n")
    assert heard[-1] == "STOPPING=1"
    assert [words for words in heard if "READY" in words] == heard[:1]


def test_a_name_without_a_path_is_an_abstract_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    manager = Manager("\0door-scanner-test-notify")
    try:
        monkeypatch.setenv("NOTIFY_SOCKET", "@door-scanner-test-notify")
        assert tell("STATUS=x")
        assert manager.heard() == ["STATUS=x"]
    finally:
        manager.close()


NOBODY: dict[str, str | None] = {
    "no service manager": None,
    "an empty name": "",
    "a socket that is gone": "/nowhere/notify",
    "a name that is too long": "/" + "x" * 200,
}


@pytest.mark.parametrize("case", NOBODY)
def test_where_nobody_listens_nothing_is_told_and_nothing_fails(
    case: str, backstage: "Wired", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    address = NOBODY[case]
    if address is not None:
        monkeypatch.setenv("NOTIFY_SOCKET", address)
    assert not tell("READY=1")
    assert is_there() is bool(address)
    backstage.begin(Reason.CAMERA_LOST)
    Supervisor(backstage.loop).turn(100.0)


def test_a_manager_that_does_not_read_does_not_make_the_door_wait(
    backstage: "Wired", manager: Manager
) -> None:
    while tell("STATUS=" + "x" * 1000):
        pass
    backstage.begin(Reason.CAMERA_LOST)
    supervisor = Supervisor(backstage.loop)
    supervisor.turn(100.0)
    manager.heard()
    supervisor.turn(101.0)
    assert manager.heard() == ["READY=1\nSTATUS=camera_lost"]
