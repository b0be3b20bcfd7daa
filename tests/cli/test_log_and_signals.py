"""`door-scanner log` and `signals`: a technician's word to the running door."""

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from scanner.cli.control import ask
from scanner.signals import PATTERNS, Pattern
from scanner.terms import DeviceError, NotPermittedError

if TYPE_CHECKING:
    from tests.cli.conftest import Command, FakeDoor

NOBODY: Final = 65534
ENTRY: Final = {
    "at": "2026-11-22T19:14:59+00:00",
    "verdict": "admit",
    "reason": "admitted",
    "format": "dcc",
    "kind": "vaccination",
    "issuer": "AT",
    "rule": None,
    "detail": None,
    "latency_ms": 6.2,
}
REFUSED: Final = {
    **ENTRY,
    "verdict": "refuse",
    "reason": "rule_not_met",
    "rule": "no-infection/1 no-positive-test",
    "detail": "a positive test",
}

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


def _one_line(err: str) -> str:
    assert err.count("\n") == 1
    assert "Traceback" not in err
    return err.removeprefix("door-scanner: ").rstrip("\n")


@pytest.fixture
def logged(fake_door: "FakeDoor") -> "FakeDoor":
    """A door with two decisions in its memory."""
    fake_door.answers = lambda asked: {"entries": [ENTRY, REFUSED][-asked["log"] :]}
    fake_door.listen()
    return fake_door


@pytest.fixture
def playing(fake_door: "FakeDoor", ready: dict[str, Any]) -> "FakeDoor":
    """A door that plays what it is told, very fast."""
    fake_door.answers = lambda asked: {"pattern": asked["play"], "length_ms": 1}
    fake_door.tell(ready, age_s=-4.0)
    fake_door.listen()
    return fake_door


# --- log ---------------------------------------------------------------------------------


def test_a_decision_is_a_line_with_its_time_and_reason(
    door_scanner: "Command", logged: "FakeDoor"
) -> None:
    done = door_scanner("log", "--state", logged.state)
    assert (done.code, done.err) == (0, "")
    first, second = done.out.splitlines()
    assert first == "19:14:59  ADMIT   admitted         dcc vaccination AT"
    assert second.startswith("19:14:59  REFUSE  rule_not_met     dcc vaccination AT; no-infection")
    assert logged.questions == [{"log": 200}]


def test_a_script_gets_the_entries_as_they_are(door_scanner: "Command", logged: "FakeDoor") -> None:
    done = door_scanner("log", "--json", "--state", logged.state)
    assert (done.code, done.objects) == (0, [ENTRY, REFUSED])


@pytest.mark.parametrize("option", ["-n", "--newest"])
def test_the_newest_can_be_asked_for(
    option: str, door_scanner: "Command", logged: "FakeDoor"
) -> None:
    done = door_scanner("log", option, "1", "--json", "--state", logged.state)
    assert done.objects == [REFUSED]
    assert logged.questions == [{"log": 1}]


@pytest.mark.parametrize("number", ["0", "-1", "201", "all"])
def test_a_number_that_no_log_has_is_wrong_usage(
    number: str, door_scanner: "Command", logged: "FakeDoor"
) -> None:
    done = door_scanner("log", "-n", number, "--state", logged.state)
    assert "-n" in _one_line(done.err)
    assert (done.code, done.out, logged.questions) == (2, "", [])


@pytest.mark.parametrize(
    ("option", "out"),
    [([], "Nothing decided since the door was started.\n"), (["--json"], "")],
    ids=["words", "json"],
)
def test_a_door_that_decided_nothing_has_nothing_to_tell(
    option: list[str], out: str, door_scanner: "Command", fake_door: "FakeDoor"
) -> None:
    fake_door.answers = lambda _: {"entries": []}
    fake_door.listen()
    done = door_scanner("log", *option, "--state", fake_door.state)
    assert (done.code, done.out, done.err) == (0, out, "")


def test_a_line_fits_the_screen_and_steers_no_terminal(
    door_scanner: "Command", fake_door: "FakeDoor"
) -> None:
    entry = {**REFUSED, "detail": "\x1b[2J\x9b31m\u202e" + "x" * 500, "rule": None}
    fake_door.answers = lambda _: {"entries": [entry]}
    fake_door.listen()
    out = door_scanner("log", "--state", fake_door.state).out
    assert out.rstrip("\n").isprintable()
    assert len(out) < 120
    assert door_scanner("log", "--json", "--state", fake_door.state).out[:-1].isprintable()


# --- signals -----------------------------------------------------------------------------


def test_every_signal_is_played_and_named(door_scanner: "Command", playing: "FakeDoor") -> None:
    done = door_scanner("signals", "--state", playing.state)
    assert (done.code, done.err) == (0, "")
    played = [asked["play"] for asked in playing.questions]
    assert set(played) == {pattern.value for pattern in Pattern} - {"dark"}
    assert len(played) == len(set(played))
    assert [line.split()[0] for line in done.out.splitlines()] == played
    assert max(map(len, done.out.splitlines())) < 80


def test_signals_are_played_in_the_order_in_which_they_are_named(
    door_scanner: "Command", playing: "FakeDoor"
) -> None:
    done = door_scanner("signals", "refuse", "dark", "accept", "--state", playing.state)
    assert done.code == 0
    assert [asked["play"] for asked in playing.questions] == ["refuse", "dark", "accept"]
    assert done.out.splitlines()[1] == "dark    all dark"


def test_an_unknown_signal_is_wrong_usage_and_nothing_is_played(
    door_scanner: "Command", playing: "FakeDoor"
) -> None:
    done = door_scanner("signals", "accept", "disco", "--state", playing.state)
    line = _one_line(done.err)
    assert line.startswith("no signal is called disco; there are accept, refuse, ")
    assert (done.code, done.out, playing.questions) == (2, "", [])


def test_who_is_not_root_is_told_so(door_scanner: "Command", playing: "FakeDoor") -> None:
    playing.answers = lambda _: {"refused": "not permitted"}
    done = door_scanner("signals", "accept", "--state", playing.state)
    assert _one_line(done.err) == ("only root may make lamps burn: sudo door-scanner signals")
    assert (done.code, done.out) == (4, "")


def test_lost_pins_play_nothing_and_say_why(
    door_scanner: "Command", playing: "FakeDoor", ready: dict[str, Any]
) -> None:
    lost = {"reason": "pins_lost", "detail": "no GPIO chip is called pinctrl-rp1"}
    playing.tell({**ready, "state": "fault", "faults": [lost]}, age_s=-4.0)
    done = door_scanner("signals", "accept", "--state", playing.state)
    assert _one_line(done.err) == "pins_lost: no GPIO chip is called pinctrl-rp1"
    assert (done.code, done.out, playing.questions) == (3, "", [])


def test_a_door_without_pins_plays_and_says_where(
    door_scanner: "Command", playing: "FakeDoor", ready: dict[str, Any]
) -> None:
    playing.tell({**ready, "signals": {"output": "none", "detail": None, "starts": 0}}, age_s=-4.0)
    done = door_scanner("signals", "accept", "--state", playing.state)
    assert done.out.splitlines()[0].startswith("This door drives no pins")
    assert [asked["play"] for asked in playing.questions] == ["accept"]
    assert done.code == 0


def test_the_words_of_a_signal_say_what_its_lamps_do(
    door_scanner: "Command", playing: "FakeDoor"
) -> None:
    """Green is said only of what burns green, red only of what burns red."""
    for line in door_scanner("signals", "--state", playing.state).out.splitlines():
        name, _, words = line.partition(" ")
        steps = PATTERNS[Pattern(name)].steps
        lamps = words.partition(":")[0]
        both = "both" in lamps
        assert any(step.green for step in steps) is (both or "green" in lamps), line
        assert any(step.red for step in steps) is (both or "red" in lamps), line
        assert any(step.tone_hz for step in steps) is (
            "no tone" not in lamps and any(w in lamps for w in ("tone", "tick", "high"))
        ), line


# --- no door, or one that does not answer ------------------------------------------------

COMMANDS: Final = (["log"], ["signals", "accept"])


@pytest.mark.parametrize("command", COMMANDS, ids=["log", "signals"])
def test_without_a_door_there_is_one_line_and_exit_3(
    command: list[str], door_scanner: "Command", tmp_path: Path
) -> None:
    done = door_scanner(*command, "--state", tmp_path / "nowhere")
    assert _one_line(done.err) == f"no door is running on {tmp_path}/nowhere"
    assert (done.code, done.out) == (3, "")


@pytest.mark.parametrize("command", COMMANDS, ids=["log", "signals"])
def test_a_door_that_hangs_up_is_no_door(
    command: list[str], door_scanner: "Command", fake_door: "FakeDoor", ready: dict[str, Any]
) -> None:
    fake_door.tell(ready, age_s=-4.0)
    fake_door.listen()
    done = door_scanner(*command, "--state", fake_door.state)
    assert "no door is running on" in _one_line(done.err)
    assert (done.code, done.out) == (3, "")


def test_a_socket_that_a_killed_door_left_is_no_door(fake_door: "FakeDoor") -> None:
    fake_door.listen()
    fake_door.close()
    with pytest.raises(DeviceError, match="no door is running on"):
        ask(fake_door.run, {"log": 1})


def test_another_refusal_is_told_as_it_is(fake_door: "FakeDoor") -> None:
    fake_door.answers = lambda _: {"refused": "no pattern is called disco"}
    fake_door.listen()
    with pytest.raises(DeviceError, match="the door refused: no pattern is called disco"):
        ask(fake_door.run, {"play": "disco"})


@pytest.fixture
def strangers_folder() -> Iterator[Path]:
    """A folder of root's that everybody reaches."""
    folder = Path(tempfile.mkdtemp(prefix="door-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def _as_nobody(work: Callable[[], object]) -> str:
    """Do it as somebody without rights, in a process of its own; the error that it ends with."""
    hears, says = os.pipe()
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            try:
                work()
            except NotPermittedError as error:
                os.write(says, json.dumps(["not permitted", str(error)]).encode())
            except DeviceError as error:
                os.write(says, json.dumps(["device", str(error)]).encode())
        os._exit(0)
    os.close(says)
    with os.fdopen(hears) as told:
        raised: list[str] = json.loads(told.read())
    os.waitpid(child, 0)
    return ": ".join(raised)


@as_root
def test_who_may_not_open_the_socket_is_told_the_group_that_may(
    strangers_folder: Path, fake_door: "FakeDoor"
) -> None:
    fake_door.run = strangers_folder
    fake_door.listen()
    (strangers_folder / "control.sock").chmod(0o660)
    told = _as_nobody(lambda: ask(strangers_folder, {"log": 1}))
    assert told == (
        f"not permitted: {strangers_folder}/control.sock: you may not ask this door; "
        "use sudo (to read, the group door-tech does)"
    )
