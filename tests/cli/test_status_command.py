"""`door-scanner status`: one screen for a person, one object for a script, one exit code."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from scanner.cli import control

if TYPE_CHECKING:
    from tests.cli.conftest import Command, FakeDoor

Told = dict[str, Any]
CHECKOUT: Final = Path(__file__).resolve().parents[2]
BOUND_S: Final = 20.0

SCREEN: Final = """\
door       door-3f0a91c2, version 0.1.0, process 4711
state      READY since 2026-11-22 19:00:00 UTC
camera     imx708; 15.0 frames/s, 13500 in all; opened once
reader     caged; second opinion; started once
lights     ready; pinctrl-bcm2711: green 17, red 27, buzzer 18
rules      no-infection/1
believes   2 keys; 5 revoked; clock trusted
decisions  3 admitted, 1 two_passes, 1 expired
"""


def _faulty(ready: Told) -> Told:
    return {
        **ready,
        "state": "fault",
        "pattern": "fault",
        "faults": [
            {
                "reason": "camera_lost",
                "detail": "no picture for 2 seconds",
                "since": "2026-11-22T19:10:00+00:00",
            }
        ],
    }


def _one_line(err: str) -> str:
    assert err.count("\n") == 1
    assert "Traceback" not in err
    return err.removeprefix("door-scanner: ").rstrip("\n")


# --- one screen --------------------------------------------------------------------------


def test_a_door_that_is_ready_is_one_screen_and_exit_0(
    door_scanner: "Command", fake_door: "FakeDoor", ready: Told
) -> None:
    fake_door.tell(ready)
    done = door_scanner("status", "--state", fake_door.state)
    assert (done.code, done.out, done.err) == (0, SCREEN, "")


LISTS: Final = {
    "generation": 12,
    "issued": "2026-11-22T17:10:00+00:00",
    "source": "https://lists.example.org/door",
    "rungs": {"trust": "fresh", "revoked": "fresh"},
    "entries": {"health": 1_000_000},
    "courier": {"outcome": "no_news", "cause": None, "detail": None, "at": "",
                "next": "2026-11-22T19:24:30+00:00"},
    "limits": [],
}  # fmt: skip
SHOWN: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "all is well": ({}, "fresh, 2 hours old; 1,000,000 revoked; next round in 9 min"),
    "nobody fetches": ({"courier": None}, "fresh, 2 hours old; 1,000,000 revoked"),
    "one of them is old": (
        {"rungs": {"trust": "fresh", "revoked": "stale"}, "courier": None},
        "trust fresh, revoked STALE, 2 hours old; 1,000,000 revoked",
    ),
    "a root is pinned, and nothing came yet": (
        {"generation": None, "issued": None, "rungs": {"trust": "expired", "revoked": "expired"},
         "entries": {}},
        "none came from a feed; next round in 9 min",
    ),
    "a door without a feed": (
        {"generation": None, "issued": None, "rungs": {}, "entries": {}, "courier": None},
        "local files alone",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SHOWN)
def test_the_lists_are_told_in_one_row(
    case: str, door_scanner: "Command", fake_door: "FakeDoor", ready: Told
) -> None:
    changes, row = SHOWN[case]
    fake_door.tell({**ready, "lists": {**LISTS, **changes}})
    done = door_scanner("status", "--state", fake_door.state)
    assert f"lists      {row}\n" in done.out
    assert done.code == 0


def test_what_limits_the_door_is_told(
    door_scanner: "Command", fake_door: "FakeDoor", ready: Told
) -> None:
    fake_door.tell({**ready, "lists": {**LISTS, "limits": ["one thing", "another"]}})
    lines = door_scanner("status", "--state", fake_door.state).out.splitlines()
    assert lines[-3:-1] == ["limit      one thing", "limit      another"]


def test_a_fault_is_told_with_its_hint_and_exit_3(
    door_scanner: "Command", fake_door: "FakeDoor", ready: Told
) -> None:
    fake_door.tell(_faulty(ready))
    done = door_scanner("status", "--state", fake_door.state)
    assert (done.code, done.err) == (3, "")
    lines = done.out.splitlines()
    assert lines[1] == "state      FAULT since 2026-11-22 19:00:00 UTC"
    assert lines[2] == "fault      camera_lost: no picture for 2 seconds"
    assert lines[3].startswith("           -> Check its cable")


@pytest.mark.parametrize("state", ["starting", "stopping"])
def test_a_door_that_is_not_ready_yet_or_any_more_is_exit_3(
    state: str, door_scanner: "Command", fake_door: "FakeDoor", ready: Told
) -> None:
    fake_door.tell({**ready, "state": state})
    done = door_scanner("status", "--state", fake_door.state)
    assert done.code == 3
    assert f"state      {state.upper()} since" in done.out


FAULTS: Final = ("list_missing", "camera_lost", "reader_lost", "pins_lost", "internal")


@pytest.mark.parametrize("reason", [*FAULTS, "of_a_later_version"])
def test_every_fault_has_a_hint(
    reason: str, door_scanner: "Command", fake_door: "FakeDoor", ready: Told
) -> None:
    fake_door.tell({**ready, "state": "fault", "faults": [{"reason": reason, "detail": "gone"}]})
    lines = door_scanner("status", "--state", fake_door.state).out.splitlines()
    at = lines.index(f"fault      {reason}: gone")
    assert lines[at + 1].startswith("           -> ")


CHANGES: dict[str, tuple[Callable[[Told], Told], str]] = {
    "a clock that is not trusted": (
        lambda told: {**told, "clock": {"trusted": False}},
        "CLOCK NOT TRUSTED",
    ),
    "a warning": (lambda told: {**told, "warnings": ["the disk is full"]}, "the disk is full"),
    "no id": (lambda told: {**told, "door_id": None}, "no id, version 0.1.0, process 4711"),
    "no decision": (lambda told: {**told, "decisions": {}}, "none since the start"),
    "no pins": (lambda told: {**told, "signals": None}, "lights     ready; no pins"),
    "pins that are lost": (
        lambda told: {**told, "signals": {"output": "gpio", "detail": None, "starts": 3}},
        "no pins held",
    ),
    "what staff decided": (
        lambda told: {
            **told,
            "signals": {"output": "gpio", "detail": "x", "starts": 1, "staff": {"staff_paper": 2}},
        },
        "staff      2 paper",
    ),
    "no cage": (
        lambda told: {**told, "reader": {"cage": "limits", "second_opinion": False, "starts": 2}},
        "under limits only; no second opinion; started 2 times",
    ),
    "a camera without a name": (
        lambda told: {**told, "camera": {**told["camera"], "name": None}},
        "picamera2:0?fps=15; 15.0 frames/s",
    ),
    "one key": (lambda told: {**told, "keys": 1}, "1 key;"),
    "two rule sets": (
        lambda told: {**told, "rules": ["no-infection/1", "adult/2"]},
        "no-infection/1 + adult/2",
    ),
}


@pytest.mark.parametrize("case", CHANGES)
def test_what_differs_is_shown(
    case: str, door_scanner: "Command", fake_door: "FakeDoor", ready: Told
) -> None:
    change, words = CHANGES[case]
    fake_door.tell(change(ready))
    assert words in door_scanner("status", "--state", fake_door.state).out


def test_a_screen_is_80_columns_wide_whatever_it_has_to_say(
    door_scanner: "Command", fake_door: "FakeDoor", ready: Told
) -> None:
    long = "a-name/that/is/longer/than-a-screen" * 5
    told = _faulty({**ready, "warnings": [long, "many short words " * 20], "rules": [long] * 3})
    told["camera"]["name"] = told["faults"][0]["detail"] = long
    told["signals"]["detail"] = long
    told["decisions"] = {f"refuse.reason_{number}": number for number in range(40)}
    fake_door.tell(told)
    out = door_scanner("status", "--state", fake_door.state).out
    assert max(map(len, out.splitlines())) < 80
    assert len(out.splitlines()) < 50


def test_nothing_in_a_status_steers_a_terminal(
    door_scanner: "Command", fake_door: "FakeDoor", ready: Told
) -> None:
    evil = "\x1b[2J\x9b31m\u202e"
    told = _faulty({**ready, "warnings": [evil], "door_id": evil, "rules": [evil]})
    told["faults"][0]["detail"] = told["camera"]["name"] = evil
    fake_door.tell(told)
    for option in ([], ["--json"]):
        out = door_scanner("status", *option, "--state", fake_door.state).out
        assert out.replace("\n", "").isprintable()


# --- one object --------------------------------------------------------------------------


@pytest.mark.parametrize("code", [0, 3], ids=["ready", "fault"])
def test_a_script_gets_the_status_as_one_object_a_line(
    code: int, door_scanner: "Command", fake_door: "FakeDoor", ready: Told
) -> None:
    told = _faulty(ready) if code else ready
    fake_door.tell(told)
    done = door_scanner("status", "--json", "--state", fake_door.state)
    assert (done.code, done.objects, done.err) == (code, [told], "")


# --- no door -----------------------------------------------------------------------------


def test_without_a_door_there_is_one_line_and_exit_3(
    door_scanner: "Command", tmp_path: Path
) -> None:
    done = door_scanner("status", "--state", tmp_path / "nowhere")
    assert _one_line(done.err) == f"no door is running on {tmp_path}/nowhere"
    assert (done.code, done.out) == (3, "")


@pytest.mark.parametrize("age_s", [60.0, -3600.0], ids=["old", "from the future"])
def test_a_door_that_does_not_write_any_more_does_not_answer(
    age_s: float, door_scanner: "Command", fake_door: "FakeDoor", ready: Told
) -> None:
    fake_door.tell(ready, age_s=age_s)
    done = door_scanner("status", "--state", fake_door.state)
    told = f"the door has not told its state for {abs(age_s):.0f} s: "
    assert _one_line(done.err).startswith(told)
    assert (done.code, done.out) == (3, "")


def test_a_door_under_load_may_be_late(
    door_scanner: "Command", fake_door: "FakeDoor", ready: Told
) -> None:
    fake_door.tell(ready, age_s=3.0)
    assert door_scanner("status", "--state", fake_door.state).code == 0


DAMAGED: dict[str, object] = {
    "nothing": b"",
    "half of it": b'{"state": "ready", "fau',
    "no JSON": b"\xff\xfe\x00",
    "zeros": bytes(2000),
    "a list": [],
    "nothing in it": {},
    "a state that is none": {"state": None},
    "faults that are none": {"state": "ready", "faults": 3},
    "a fault without words": {"state": "fault", "faults": [{}]},
    "a camera that is none": {"state": "ready", "camera": 3},
    "a reader without its parts": {"state": "ready", "reader": {"cage": "seccomp"}},
    "lists without their parts": {"state": "ready", "updated": "", "lists": {"generation": 1}},
    "lists of no time": {"state": "ready", "updated": "noon", "lists": LISTS},
    "decisions in a list": {"state": "ready", "decisions": [3]},
    "nested without end": b"[" * 60_000,
    "too long": {"state": "ready", "warnings": ["x" * 70_000]},
}


@pytest.mark.parametrize("option", [[], ["--json"]], ids=["screen", "json"])
@pytest.mark.parametrize("case", DAMAGED)
def test_a_status_that_is_damaged_is_one_line_and_exit_3(
    case: str, option: list[str], door_scanner: "Command", fake_door: "FakeDoor"
) -> None:
    fake_door.tell(DAMAGED[case])
    done = door_scanner("status", *option, "--state", fake_door.state)
    assert _one_line(done.err)
    assert (done.code, done.out) == (3, "")


def test_an_installed_door_that_is_gone_names_the_remedy(
    door_scanner: "Command", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "RUN", tmp_path / "run")
    done = door_scanner("status")
    assert _one_line(done.err) == (
        "no door is running here; look at: systemctl status door-scanner"
    )
    assert done.code == 3


def test_without_a_command_the_installed_doors_status_is_shown(
    door_scanner: "Command",
    fake_door: "FakeDoor",
    ready: Told,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(control, "RUN", fake_door.run)
    fake_door.tell(ready)
    assert (door_scanner().code, door_scanner().out) == (0, SCREEN)
    fake_door.tell(_faulty(ready))
    assert door_scanner().code == door_scanner("status").code == 3


# --- watching ----------------------------------------------------------------------------


class Watch:
    """`status --watch` under way."""

    def __init__(self, *arguments: object) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "scanner", "status", "--watch", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=CHECKOUT,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "PYTHONUNBUFFERED": "1"},
        )
        self._text = ""

    def until(self, words: str) -> str:
        """Read until it says that; give all since the last time."""
        out = self.process.stdout
        assert out is not None
        while words not in self._text:
            assert select.select([out], [], [], BOUND_S)[0], f"never said {words}: {self._text}"
            more = os.read(out.fileno(), 65536).decode()
            assert more, f"ended before {words}: {self._text}"
            self._text += more
        before, _, self._text = self._text.partition(words)
        return before + words

    def interrupt(self) -> tuple[int, str]:
        """Press Ctrl-C; give the exit code, and what was said beyond the end of the line."""
        self.process.send_signal(signal.SIGINT)
        _, err = self.process.communicate(timeout=BOUND_S)
        return self.process.returncode, err.decode().strip()


@pytest.fixture
def watch() -> Iterator[Callable[..., Watch]]:
    watches: list[Watch] = []

    def start(*arguments: object) -> Watch:
        watches.append(Watch(*arguments))
        return watches[-1]

    yield start
    for one in watches:
        one.process.kill()
        one.process.communicate(timeout=BOUND_S)


def test_a_watch_goes_on_through_a_door_that_comes_and_goes_until_ctrl_c(
    watch: Callable[..., Watch], fake_door: "FakeDoor", ready: Told
) -> None:
    watching = watch("--state", fake_door.state)
    gone = watching.until("GONE\n")
    assert "no door is running on" in gone + watching.until("decisions")
    fake_door.tell(ready, age_s=-3.0)
    assert "\x1b" not in watching.until("READY")
    fake_door.path.unlink()
    watching.until("GONE")
    assert watching.interrupt() == (130, "")


def test_a_watching_script_gets_an_object_a_second(
    watch: Callable[..., Watch], fake_door: "FakeDoor", ready: Told
) -> None:
    fake_door.tell(ready, age_s=-4.0)
    watching = watch("--json", "--state", fake_door.state)
    lines = [watching.until("\n") for _ in range(2)]
    assert [json.loads(line)["state"] for line in lines] == ["ready", "ready"]
    fake_door.path.unlink()
    while '"gone"' not in (line := watching.until("\n")):
        assert json.loads(line) == ready
    assert json.loads(line)["faults"][0]["reason"] == "internal"
    assert watching.interrupt() == (130, "")
