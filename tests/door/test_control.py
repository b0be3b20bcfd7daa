"""The control socket: one question and one answer each, and nobody makes the door wait."""

import contextlib
import errno
import grp
import json
import os
import resource
import socket
import stat
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from scanner.door import control as control_module
from scanner.door.answers import Happened
from scanner.door.clock import Clock, MachineClock
from scanner.door.control import Control
from scanner.door.events import Events
from scanner.door.journal import MAX_ENTRIES, Journal
from scanner.door.lights import Lights
from scanner.door.timekeeper import Timekeeper
from scanner.gate.timekeeping import Evidence
from scanner.process import wire
from scanner.signals import Lamps, Pattern
from scanner.terms import Decision, Reason, Verdict

AT: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)
NOBODY: Final = 65534

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


class Shown:
    """Whoever shows the lamps."""

    def __init__(self) -> None:
        self.patterns: list[Pattern] = []

    def signal(self, pattern: Pattern, lamps: Lamps, *, at_ms: int, words: str = "") -> None:
        del lamps, at_ms, words
        self.patterns.append(pattern)

    def lamps(self, lamps: Lamps) -> None:
        del lamps

    def note(self, words: str) -> None:
        del words

    def close(self) -> None:
        pass


class Desk:
    """A control socket, and callers at it; its time is the test's."""

    def __init__(self, folder: Path, *, clock: Clock | None = None) -> None:
        self.path = folder / "control.sock"
        self.journal = Journal()
        self.shown = Shown()
        self.lights = Lights(self.shown, events=Events())
        self.control = Control(
            self.path,
            journal=self.journal,
            rehearse=self._rehearse,
            clock=clock or MachineClock(),
        )
        self.callers: list[socket.socket] = []
        self.now_s = 100.0

    def _rehearse(self, pattern: Pattern) -> str | None:
        return None if self.lights.rehearse(pattern, at_ms=0) else "a guest is being answered"

    def call(self) -> socket.socket:
        caller = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.callers.append(caller)
        caller.settimeout(10)
        caller.connect(str(self.path))
        return caller

    def ask(self, packet: bytes | dict[str, Any]) -> bytes:
        """Ask, let the door turn once, and give what comes back; nothing if it hung up."""
        caller = self.call()
        caller.send(packet if isinstance(packet, bytes) else json.dumps(packet).encode())
        self.turn()
        return caller.recv(wire.MAX_MESSAGE_BYTES)

    def turn(self, *, after_s: float = 0.01) -> None:
        self.now_s += after_s
        self.control.turn(self.now_s)

    def close(self) -> None:
        for caller in self.callers:
            caller.close()
        self.control.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.close()


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def _note(journal: Journal, *, times: int, detail: str = "why") -> None:
    refused = Decision(Verdict.REFUSE, Reason.EXPIRED, detail=detail)
    for _ in range(times):
        journal.add(Happened(1, 67, 1.0, refused), at=AT)


# --- questions ---------------------------------------------------------------------------


def test_the_log_is_told(desk: Desk) -> None:
    _note(desk.journal, times=3)
    told = json.loads(desk.ask({"log": 2}))
    assert told == {"entries": desk.journal.entries(newest=2)}
    assert len(told["entries"]) == 2


def test_a_door_that_decided_nothing_has_an_empty_log(desk: Desk) -> None:
    assert json.loads(desk.ask({"log": MAX_ENTRIES})) == {"entries": []}


def test_the_whole_log_goes_through_the_socket_though_every_entry_is_long(desk: Desk) -> None:
    _note(desk.journal, times=MAX_ENTRIES, detail="x" * 1000)
    assert len(json.loads(desk.ask({"log": MAX_ENTRIES}))["entries"]) == MAX_ENTRIES


def test_of_a_log_that_no_answer_holds_the_newest_entries_are_told(desk: Desk) -> None:
    _note(desk.journal, times=MAX_ENTRIES, detail="\U0001f6aa" * 1000)
    told = json.loads(desk.ask({"log": MAX_ENTRIES}))["entries"]
    assert 10 < len(told) < MAX_ENTRIES
    assert told == desk.journal.entries(newest=len(told))


def test_no_signal_is_played_while_a_guest_is_answered(desk: Desk) -> None:
    expired = Decision(Verdict.REFUSE, Reason.EXPIRED)
    desk.lights.answer(expired, frame=1, at_ms=0, words="")
    assert "guest" in json.loads(desk.ask({"play": "accept"}))["refused"]
    assert desk.shown.patterns == [Pattern.REFUSE]


@pytest.mark.parametrize("pattern", Pattern, ids=lambda pattern: pattern.value)
def test_every_signal_can_be_played_by_its_name(pattern: Pattern, desk: Desk) -> None:
    told = json.loads(desk.ask({"play": pattern.value}))
    assert told["pattern"] == pattern.value
    assert 100 <= told["length_ms"] <= 4000
    assert desk.shown.patterns == [pattern]


REFUSED: dict[str, dict[str, Any]] = {
    "no pattern is called disco": {"play": "disco"},
    "no pattern is called ": {"play": ""},
    "no pattern is called ?[31m": {"play": "\x1b[31m"},
    "not understood": {"open": "sesame"},
}


@pytest.mark.parametrize(("why", "question"), REFUSED.items(), ids=REFUSED)
def test_what_cannot_be_done_is_refused_with_words(
    why: str, question: dict[str, Any], desk: Desk
) -> None:
    assert json.loads(desk.ask(question)) == {"refused": why}
    assert desk.shown.patterns == []


GARBAGE: dict[str, bytes] = {
    "no JSON": b"\xff\xfe\x00log",
    "a list": b"[]",
    "a number": b"1",
    "nested without end": b"[" * 3000,
    "too long": b" " * (wire.SMALL_BYTES + 1),
    "a log of words": b'{"log": "all"}',
    "a log of minus one": b'{"log": -1}',
    "a log of more than there is": b'{"log": 201}',
    "a log of true": b'{"log": true}',
    "a pattern that is no text": b'{"play": {"pattern": "accept"}}',
    "a pattern with a name that is too long": b'{"play": "' + b"x" * 501 + b'"}',
}


@pytest.mark.parametrize("case", GARBAGE)
def test_garbage_is_hung_up_on_and_the_next_is_answered(case: str, desk: Desk) -> None:
    assert desk.ask(GARBAGE[case]) == b""
    assert json.loads(desk.ask({"log": 0})) == {"entries": []}
    assert desk.shown.patterns == []


# --- who may -----------------------------------------------------------------------------


@pytest.fixture
def open_desk() -> Iterator[Desk]:
    """A desk in a folder that everybody reaches, its socket open to everybody."""
    with tempfile.TemporaryDirectory(prefix="door-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        desk = Desk(folder)
        desk.path.chmod(0o666)
        yield desk
        desk.close()


def _ask_as(uid: int, desk: Desk, question: dict[str, Any]) -> bytes:
    """Ask as another user, from a process of its own."""
    hears, says = os.pipe()
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            os.setgroups([])
            os.setgid(uid)
            os.setuid(uid)
            caller = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            caller.settimeout(10)
            caller.connect(str(desk.path))
            caller.send(json.dumps(question).encode())
            os.write(says, b"asked")
            os.write(says, caller.recv(wire.MAX_MESSAGE_BYTES) or b"nothing")
        os._exit(0)
    os.close(says)
    with os.fdopen(hears, "rb", buffering=0) as told:
        assert told.read(5) == b"asked"
        desk.turn()
        answer = told.read(4096)
    os.waitpid(child, 0)
    assert answer is not None
    return answer


@as_root
def test_somebody_else_reads_and_may_not_make_lamps_burn(open_desk: Desk) -> None:
    _note(open_desk.journal, times=1)
    read = json.loads(_ask_as(NOBODY, open_desk, {"log": 1}))
    assert read == {"entries": open_desk.journal.entries()}
    played = json.loads(_ask_as(NOBODY, open_desk, {"play": "accept"}))
    assert played == {"refused": "not permitted"}
    assert open_desk.shown.patterns == []


@as_root
def test_root_may_make_lamps_burn(open_desk: Desk) -> None:
    assert json.loads(_ask_as(0, open_desk, {"play": "accept"}))["pattern"] == "accept"
    assert open_desk.shown.patterns == [Pattern.ACCEPT]


# --- what time it is ---------------------------------------------------------------------


class SetMachine:
    """A machine whose clock a person looked at."""

    def look(self) -> Evidence:
        return Evidence(AT.replace(year=2027), "this", self.boottime_s())

    def boottime_s(self) -> float:
        return 100.0


@pytest.fixture
def clock(tmp_path: Path) -> Timekeeper:
    return Timekeeper(tmp_path / "clock.json", machine=SetMachine())


def test_a_person_says_what_time_it_is(tmp_path: Path, clock: Timekeeper) -> None:
    desk = Desk(tmp_path, clock=clock)
    assert not clock.moment(0).trusted
    told = json.loads(desk.ask({"clock": "confirm"}))["clock"]
    assert (told["trusted"], told["source"]) == (True, "person")
    assert clock.moment(0).trusted
    desk.close()


def test_a_person_who_cannot_be_right_is_told_why(tmp_path: Path, clock: Timekeeper) -> None:
    clock.go_by_floor(AT.replace(year=2028))
    desk = Desk(tmp_path, clock=clock)
    why = json.loads(desk.ask({"clock": "confirm"}))["refused"]
    assert "later than 2028-06-01 12:00 UTC" in why
    assert not clock.moment(0).trusted
    told = json.loads(desk.ask({"clock": "confirm", "below_the_feed": True}))["clock"]
    assert (told["trusted"], told["source"]) == (True, "person")
    assert clock.moment(0).wall.year == 2027
    desk.close()


def test_a_door_that_goes_by_its_frames_takes_no_time(desk: Desk) -> None:
    refused = json.loads(desk.ask({"clock": "confirm"}))["refused"]
    assert refused == "this door goes by the time of its frames"


@as_root
def test_somebody_else_may_not_say_what_time_it_is(open_desk: Desk) -> None:
    answer = json.loads(_ask_as(NOBODY, open_desk, {"clock": "confirm"}))
    assert answer == {"refused": "not permitted"}


@pytest.mark.parametrize("word", ["lower", "", 5, None, ["confirm"]], ids=str)
def test_other_words_about_the_clock_are_not_understood(word: object, desk: Desk) -> None:
    assert json.loads(desk.ask({"clock": word})) == {"refused": "not understood"}


# --- who does not ask, who does not listen -----------------------------------------------


def test_a_silent_caller_is_hung_up_on_after_two_seconds(desk: Desk) -> None:
    caller = desk.call()
    desk.turn()
    caller.settimeout(0)
    desk.turn(after_s=1.9)
    with pytest.raises(BlockingIOError):
        caller.recv(1)
    desk.turn(after_s=0.2)
    assert caller.recv(1) == b""


def test_more_callers_than_there_is_room_for_wait_and_do_not_keep_the_loop_turning(
    desk: Desk,
) -> None:
    silent = [desk.call() for _ in range(8)]
    desk.turn()
    assert len(list(desk.control.filenos())) == 9 - 1
    ninth = desk.call()
    ninth.send(b'{"log": 0}')
    desk.turn()
    assert len(list(desk.control.filenos())) == 8
    desk.turn(after_s=2.1)
    desk.turn()
    assert [caller.recv(1) for caller in silent] == [b""] * 8
    assert json.loads(ninth.recv(100)) == {"entries": []}


def test_a_crowd_beyond_the_backlog_is_turned_away_and_not_waited_for(desk: Desk) -> None:
    turned_away = 0
    for _ in range(40):
        caller = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK)
        desk.callers.append(caller)
        turned_away += caller.connect_ex(str(desk.path)) == errno.EAGAIN
    assert turned_away >= 20
    for _ in range(5):
        desk.turn(after_s=2.1)
    assert json.loads(desk.ask({"log": 0})) == {"entries": []}


def test_a_caller_that_is_gone_before_its_answer_is_harmless(desk: Desk) -> None:
    caller = desk.call()
    caller.send(b'{"log": 200}')
    caller.close()
    desk.turn()
    assert json.loads(desk.ask({"log": 0})) == {"entries": []}


def test_without_descriptors_a_caller_waits_and_does_not_keep_the_loop_turning(
    desk: Desk,
) -> None:
    caller = desk.call()
    caller.send(json.dumps({"log": 1}).encode())
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        desk.turn()
        assert list(desk.control.filenos()) == []
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    desk.turn(after_s=1.1)
    assert json.loads(caller.recv(4096)) == {"entries": []}
    assert len(list(desk.control.filenos())) == 1


def test_a_caller_wakes_the_loop(desk: Desk) -> None:
    (ear,) = desk.control.filenos()
    desk.call()
    desk.turn()
    ears = list(desk.control.filenos())
    assert ears[0] == ear
    assert len(ears) == 2


def test_nothing_is_left_open_after_many_calls(desk: Desk) -> None:
    desk.ask({"log": 0})
    before = _descriptors()
    for _ in range(50):
        desk.ask({"log": 0})
        desk.callers.pop().close()
    assert _descriptors() == before


# --- the socket itself -------------------------------------------------------------------


def test_the_socket_is_for_its_owner_and_one_group(desk: Desk) -> None:
    found = desk.path.stat()
    assert stat.S_ISSOCK(found.st_mode)
    assert stat.S_IMODE(found.st_mode) == 0o660
    assert found.st_uid == os.getuid()


@as_root
def test_the_socket_is_given_to_the_technicians(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any group that exists here stands for theirs."""
    group = next(one for one in grp.getgrall() if one.gr_gid != os.getgid())
    monkeypatch.setattr(control_module, "GROUP", group.gr_name)
    desk = Desk(tmp_path)
    assert desk.path.stat().st_gid == group.gr_gid
    desk.close()


def test_without_technicians_the_socket_stays_its_owners(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control_module, "GROUP", "no-such-group")
    desk = Desk(tmp_path)
    assert desk.path.stat().st_gid == os.getgid()
    desk.close()


def test_the_mask_of_the_process_is_left_as_it_was(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        Desk(tmp_path).close()
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(before)


def _left_by_a_killed_door(path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as left:
        left.bind(str(path))


IN_THE_WAY: dict[str, Callable[[Path], object]] = {
    "a socket that a killed door left": _left_by_a_killed_door,
    "a file": lambda path: path.write_text(""),
    "a link to nothing": lambda path: path.symlink_to("/nowhere"),
}


@pytest.mark.parametrize("case", IN_THE_WAY)
def test_what_stands_in_its_place_is_replaced(case: str, tmp_path: Path) -> None:
    IN_THE_WAY[case](tmp_path / "control.sock")
    desk = Desk(tmp_path)
    assert json.loads(desk.ask({"log": 0})) == {"entries": []}
    desk.close()


def _long(folder: Path) -> Path:
    long = folder / ("x" * 120)
    long.mkdir()
    return long


def _taken(folder: Path) -> Path:
    (folder / "control.sock").mkdir()
    return folder


IMPOSSIBLE: dict[str, Callable[[Path], Path]] = {
    "a folder in its place": _taken,
    "no folder": lambda folder: folder / "nowhere",
    "a path that is too long for a socket": _long,
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_a_socket_that_cannot_be_made_is_an_error_and_leaves_nothing_open(
    case: str, tmp_path: Path
) -> None:
    folder = IMPOSSIBLE[case](tmp_path)
    before = _descriptors()
    with pytest.raises(OSError, match=r"Errno|too long"):
        Desk(folder)
    assert _descriptors() == before
