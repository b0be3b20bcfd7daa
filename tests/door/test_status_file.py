"""status.json: the whole state of a door, fresh, whole, and harmless where it cannot be kept."""

import contextlib
import json
import os
import stat
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import pytest

from scanner import __version__
from scanner.door.clock import MachineClock
from scanner.door.events import Events
from scanner.door.pins import Pins
from scanner.door.plan import Plan
from scanner.door.status import Beside, Status
from scanner.signals import NoLights, Pattern
from scanner.terms import Decision, Reason, Verdict, rfc3339

if TYPE_CHECKING:
    from tests.conftest import Mint
    from tests.door.conftest import Wired

# As the interface lists them.
KEYS: Final = {
    "state", "since", "updated", "version", "door_id", "pid", "pattern", "faults", "camera",
    "reader", "signals", "rules", "keys", "revoked", "clock", "lists", "warnings", "decisions",
}  # fmt: skip
PINS: Final = {"output": "gpio", "detail": "pinctrl-bcm2711: green 17, red 27", "starts": 1}

Make = Callable[..., Status]


class HeldPins:
    """Pins that a keeper holds."""

    def told(self) -> dict[str, Any]:
        return PINS


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "status.json"


@pytest.fixture
def status(backstage: "Wired", mint: "Mint", path: Path) -> Make:
    """A status of the loop that nobody turns; `warnings` may grow."""

    def make(warnings: list[str] | None = None, *, pins: HeldPins | None = None) -> Status:
        plan = Plan(
            camera="picamera2:0",
            belief=mint.belief,
            clock=MachineClock(),
            indicator=NoLights(),
            events=Events(),
            door_id="door-3f0a91c2",
        )
        return Status(
            path,
            loop=backstage.loop,
            plan=plan,
            pins=cast("Pins | None", pins),
            beside=lambda: Beside(warnings or []),
        )

    return make


def _read(path: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(path.read_text())
    return told


def test_a_door_that_starts_says_so(status: Make, backstage: "Wired", path: Path) -> None:
    backstage.loop.state = "starting"
    backstage.loop.state_since_s = time.monotonic()
    status().turn(100.0)
    told = _read(path)
    assert set(told) == KEYS
    assert rfc3339(told["since"]) <= rfc3339(told["updated"])
    camera = told["camera"]
    assert (camera["source"], camera["frames"]) == ("picamera2:0", 0)
    assert (camera["fps"], camera["starts"]) == (0.0, 0)
    del told["since"], told["updated"], told["camera"]
    assert told == {
        "state": "starting",
        "version": __version__,
        "door_id": "door-3f0a91c2",
        "pid": os.getpid(),
        "pattern": "dark",
        "faults": [],
        "reader": {"cage": "seccomp", "second_opinion": True, "starts": 1},
        "signals": {"output": "none", "detail": None, "starts": 0, "staff": {}},
        "rules": ["genuine-only/1"],
        "keys": 1,
        "revoked": 0,
        "clock": {
            "trusted": True,
            "source": "none",
            "why": None,
            "floor": "2026-11-22T00:00:00+00:00",
        },
        "lists": None,
        "warnings": [],
        "decisions": {},
    }


def test_a_door_that_is_ready_tells_camera_pins_and_decisions(
    status: Make, backstage: "Wired", path: Path
) -> None:
    loop = backstage.loop
    loop.state = "ready"
    loop.watching.name, loop.watching.fps = "imx708", 14.96
    loop.watching.frames, loop.watching.starts = 4711, 2
    loop.looking.losses = 3
    loop.door.lights.rest(Pattern.READY, at_ms=0)
    for _ in range(3):
        backstage.answers.tally.add(Decision(Verdict.ADMIT, Reason.ADMITTED))
    backstage.answers.tally.add(Decision(Verdict.REFUSE, Reason.EXPIRED))
    status(["the disk is full"], pins=HeldPins()).turn(100.0)
    told = _read(path)
    assert (told["state"], told["pattern"]) == ("ready", "ready")
    camera = told["camera"]
    assert (camera["name"], camera["fps"]) == ("imx708", 15.0)
    assert (camera["frames"], camera["starts"]) == (4711, 2)
    assert told["reader"]["starts"] == 4
    assert told["signals"] == PINS
    assert told["warnings"] == ["the disk is full"]
    assert told["decisions"] == {"admit.admitted": 3, "refuse.expired": 1}


def test_every_fault_is_told_with_its_words_and_its_beginning(
    status: Make, backstage: "Wired", path: Path
) -> None:
    backstage.begin(Reason.LIST_MISSING, "no trusted key")
    backstage.begin(Reason.CAMERA_LOST, "no picture for 2 seconds")
    backstage.loop.state = "fault"
    status().turn(100.0)
    told = _read(path)
    assert [(fault["reason"], fault["detail"]) for fault in told["faults"]] == [
        ("list_missing", "no trusted key"),
        ("camera_lost", "no picture for 2 seconds"),
    ]
    updated = rfc3339(told["updated"])
    for fault in told["faults"]:
        assert 0 <= (updated - rfc3339(fault["since"])).total_seconds() < 60


def test_a_beginning_lies_as_far_back_as_it_is(
    status: Make, backstage: "Wired", path: Path
) -> None:
    backstage.loop.state_since_s = time.monotonic() - 3600
    status().turn(100.0)
    told = _read(path)
    ago = rfc3339(told["updated"]) - rfc3339(told["since"])
    assert ago.total_seconds() == pytest.approx(3600, abs=5)
    assert datetime.fromisoformat(told["since"]).utcoffset() is not None


def test_it_is_written_once_a_second_while_nothing_changes(status: Make, path: Path) -> None:
    writer = status()
    written = []
    for now_s in (100.0, 100.2, 100.99, 101.0, 101.5, 102.1):
        path.unlink(missing_ok=True)
        writer.turn(now_s)
        written.append(path.exists())
    assert written == [True, False, False, True, False, True]


CHANGES: dict[str, Callable[["Wired"], object]] = {
    "the state": lambda wired: setattr(wired.loop, "state", "ready"),
    "the lights": lambda wired: wired.loop.door.lights.rehearse(Pattern.ACCEPT, at_ms=5000),
    "a fault that begins": lambda wired: wired.begin(Reason.PINS_LOST),
    "other words about a fault": lambda wired: wired.begin(Reason.READER_LOST, "killed"),
    "a fault that ends": lambda wired: wired.loop.faults.end(Reason.READER_LOST),
}


@pytest.mark.parametrize("case", CHANGES)
def test_what_matters_is_written_in_the_turn_in_which_it_changes(
    case: str, status: Make, backstage: "Wired", path: Path
) -> None:
    backstage.begin(Reason.READER_LOST)
    writer = status()
    writer.turn(100.0)
    before = _read(path)
    CHANGES[case](backstage)
    writer.turn(100.01)
    after = _read(path)
    assert {**after, "updated": ""} != {**before, "updated": ""}


def test_everybody_may_read_it_and_nothing_else_is_left(status: Make, path: Path) -> None:
    status().turn(100.0)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [found.name for found in path.parent.iterdir()] == ["status.json"]


def test_a_folder_that_takes_nothing_is_harmless_and_tried_again(status: Make, path: Path) -> None:
    path.mkdir()
    writer = status()
    writer.turn(100.0)
    path.rmdir()
    writer.turn(101.0)
    assert _read(path)["version"] == __version__


def test_a_list_with_a_thousand_notes_leaves_a_status_that_can_be_read(
    status: Make, path: Path
) -> None:
    notes = [f"list.json: entry {number} is left out: " + "x" * 5000 for number in range(1000)]
    status(["the disk is full", *notes]).turn(100.0)
    told = _read(path)["warnings"]
    assert told[0] == "the disk is full"
    assert told[-1] == "993 more; look at: journalctl -u door-scanner"
    assert path.stat().st_size < 16 * 1024


def test_nobody_ever_reads_half_of_it(status: Make, backstage: "Wired", path: Path) -> None:
    writer = status()
    writer.turn(0.0)
    whole = threading.Event()
    over = threading.Event()
    broken: list[str] = []

    def read() -> None:
        while not over.is_set():
            text = path.read_text()
            with contextlib.suppress(ValueError):
                if set(json.loads(text)) == KEYS:
                    whole.set()
                    continue
            broken.append(text)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for turn in range(1, 100):
            backstage.begin(Reason.INTERNAL, "x" * (turn % 7) * 2000)
            writer.turn(float(turn))
        assert whole.wait(10)
    finally:
        over.set()
        reader.join(10)
    assert broken == []
