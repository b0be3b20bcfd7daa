"""What an installed door does beside deciding, in a real loop: kept, told, never in the way."""

import json
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from scanner.cli.control import ask
from scanner.door.clock import RehearsalClock
from scanner.door.events import Events
from scanner.door.installed import Installed
from scanner.door.loop import Attendant, Loop
from scanner.door.plan import Plan
from scanner.door.premises import Premises
from scanner.door.staff import StaffReason
from scanner.gate import Present
from scanner.rules import Family, Finding, Met, Shown, Use
from scanner.signals import NoLights
from scanner.terms import Moment, Payload, Reason

if TYPE_CHECKING:
    from tests.conftest import Mint
    from tests.door.conftest import Played, Stage

Attend = Callable[[Loop], list[Attendant]]


@pytest.fixture
def premises(tmp_path: Path) -> Premises:
    for name in ("state", "run"):
        (tmp_path / name).mkdir()
    return Premises(tmp_path / "state", tmp_path / "run")


@pytest.fixture
def plan(mint: "Mint", premises: Premises) -> Plan:
    return Plan(
        camera="frames:/srv/pictures",
        belief=mint.belief,
        clock=RehearsalClock(mint.now),
        indicator=NoLights(),
        events=Events(),
        premises=premises,
        counts_days=400,
        door_id="door-3f0a91c2",
        warnings=("one note",),
    )


def _play(stage: "Stage", mint: "Mint", *, installed: Installed, frame_ms: int = 67) -> "Played":
    """Let one guest in, and end."""

    def attend(loop: Loop) -> list[Attendant]:
        installed.attend(loop, pins=None)
        return []

    code = Payload(mint.valid, ((0, 0), (9, 0), (9, 9), (0, 9)))
    film = stage.film([*[()] * 3, *[(code,)] * 3, *[()] * 3], frame_ms=frame_ms)
    played = stage.play(film, attend=attend, on_decision=installed.take_note)
    installed.close()
    return played


def _status(premises: Premises) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((premises.run / "status.json").read_text())
    return told


def test_a_guest_is_counted_on_disk_and_in_the_status(
    stage: "Stage", mint: "Mint", plan: Plan, premises: Premises
) -> None:
    _play(stage, mint, installed=Installed(plan))
    (line,) = (premises.state / "counts" / "2026-06.jsonl").read_text().splitlines()
    assert json.loads(line) == {
        "quarter": "2026-06-01T12:00:00+00:00",
        "counts": {"admit.admitted": 1},
    }
    told = _status(premises)
    assert told["state"] == "stopping"
    assert told["decisions"] == {"admit.admitted": 1}
    assert told["warnings"] == ["one note"]
    assert told["camera"]["source"] == "frames:/srv/pictures"


def test_no_word_of_a_pass_is_left_in_any_file(
    stage: "Stage", mint: "Mint", plan: Plan, premises: Premises
) -> None:
    _play(stage, mint, installed=Installed(plan))
    kept = [path for folder in (premises.state, premises.run) for path in folder.rglob("*")]
    text = "".join(path.read_text() for path in kept if path.is_file())
    assert "admitted" in text
    secret = (
        mint.person.family,
        mint.person.given,
        str(mint.person.born),
        mint.valid.decode()[:30],
    )
    assert [one for one in secret if one in text] == []


def test_a_technician_is_answered_while_the_door_runs(
    stage: "Stage", plan: Plan, premises: Premises
) -> None:
    """Asked from within a turn: the answer lies there when the turn is over."""
    installed = Installed(plan)
    answers: list[dict[str, Any]] = []
    caller = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    class Technician:
        def filenos(self) -> tuple[int, ...]:
            return ()

        def turn(self, now_s: float) -> None:
            del now_s
            if not answers:
                try:
                    answers.append(json.loads(caller.recv(65536, socket.MSG_DONTWAIT)))
                except BlockingIOError:
                    return

    def attend(loop: Loop) -> list[Attendant]:
        installed.attend(loop, pins=None)
        caller.connect(str(premises.run / "control.sock"))
        caller.send(b'{"log": 10}')
        return [Technician()]

    with caller:
        stage.play(stage.film([()] * 5), attend=attend)
    installed.close()
    assert answers == [{"entries": []}]
    with pytest.raises(Exception, match="no door is running"):
        ask(premises.run, {"log": 1})


def _no_counts(premises: Premises) -> None:
    (premises.state / "counts").write_text("")


def _no_socket(premises: Premises) -> None:
    (premises.run / "control.sock").mkdir()


def _no_status(premises: Premises) -> None:
    (premises.run / "status.json").mkdir()


TROUBLE: dict[str, tuple[Callable[[Premises], None], str]] = {
    "counts": (_no_counts, "counts are not written: File exists"),
    "control": (_no_socket, "control.sock: no control socket"),
}


@pytest.mark.parametrize("case", TROUBLE)
def test_trouble_beside_deciding_is_a_warning_and_everybody_is_answered(
    case: str, stage: "Stage", mint: "Mint", plan: Plan, premises: Premises
) -> None:
    make, words = TROUBLE[case]
    make(premises)
    # A frame each quarter hour, so that counts are written while the door runs.
    played = _play(stage, mint, installed=Installed(plan), frame_ms=901_000)
    assert {reason for _, reason in played.told} == {"admitted"}
    assert words in "; ".join(_status(premises)["warnings"])


def test_a_status_that_cannot_be_written_harms_nobody(
    stage: "Stage", mint: "Mint", plan: Plan, premises: Premises
) -> None:
    _no_status(premises)
    played = _play(stage, mint, installed=Installed(plan))
    assert [reason for _, reason in played.told] == ["admitted"]
    assert (premises.state / "counts" / "2026-06.jsonl").exists()


def test_a_door_without_premises_leaves_no_trace(
    stage: "Stage", mint: "Mint", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    plan = Plan(
        camera="frames:.",
        belief=mint.belief,
        clock=RehearsalClock(mint.now),
        indicator=NoLights(),
        events=Events(),
    )
    played = _play(stage, mint, installed=Installed(plan))
    assert [reason for _, reason in played.told] == ["admitted"]
    assert list(tmp_path.iterdir()) == []


# --- tickets and staff --------------------------------------------------------------------


@dataclass(frozen=True)
class Once:
    """A rule set by which every pass is a ticket for one evening."""

    name: str = "gala"
    version: str = "1"
    title: str = "the gala"
    family: Family = Family.ENTITLEMENT
    ends: datetime = datetime(2026, 6, 1, 23, tzinfo=UTC)

    def find(self, shown: Shown) -> Finding:
        (serial, *_) = shown.passes[0].ids
        use = Use(serial=serial, event="gala", most=1, at_once=1, reenters=False, ends=self.ends)
        return Met("gala/1/ticket", use=use)


@pytest.fixture
def ticketed(mint: "Mint", plan: Plan) -> Plan:
    belief = replace(mint.belief, rule_sets=(Once(),))
    return replace(plan, belief=belief, hmac_key=b"k" * 32)


def _shown(installed: Installed, mint: "Mint", *, at: Moment) -> Reason:
    present = Present(installed.belief, at)
    return installed.entrance.judge([mint.valid], present=present).reason


def test_tickets_are_used_up_in_the_state_folder_and_known_after_a_restart(
    ticketed: Plan, mint: "Mint", premises: Premises
) -> None:
    for expected in (Reason.ADMITTED, Reason.ALREADY_USED):
        installed = Installed(ticketed)
        assert _shown(installed, mint, at=mint.now) is expected
        installed.close()
    assert (premises.state / "ledger.sqlite").stat().st_mode & 0o077 == 0


def test_tickets_are_forgotten_while_the_door_turns_once_their_event_ended(
    stage: "Stage", ticketed: Plan, mint: "Mint"
) -> None:
    installed = Installed(ticketed)
    assert _shown(installed, mint, at=mint.now) is Reason.ADMITTED
    installed.close()
    late = Moment(mint.now.wall + timedelta(days=1), trusted=True)
    longer = replace(ticketed.belief, rule_sets=(Once(ends=late.wall + timedelta(days=1)),))
    after = replace(ticketed, clock=RehearsalClock(late), belief=longer)
    installed = Installed(after)
    _play(stage, mint, installed=installed)
    installed = Installed(after)
    assert _shown(installed, mint, at=late) is Reason.ADMITTED
    installed.close()


def test_a_ledger_that_cannot_be_opened_is_a_warning_and_lets_nobody_in(
    stage: "Stage", ticketed: Plan, mint: "Mint", premises: Premises
) -> None:
    (premises.state / "ledger.sqlite").write_bytes(b"damaged" * 1000)
    installed = Installed(ticketed)
    assert _shown(installed, mint, at=mint.now) is Reason.INTERNAL
    _play(stage, mint, installed=installed)
    (warning, *_) = [one for one in _status(premises)["warnings"] if one != "one note"]
    assert warning.startswith("used tickets: ")
    assert "ledger.sqlite" in warning


def test_what_staff_decides_is_counted_on_disk_beside_the_verdicts(
    stage: "Stage", mint: "Mint", plan: Plan, premises: Premises
) -> None:
    installed = Installed(plan)
    installed.count_staff(StaffReason.PAPER)
    _play(stage, mint, installed=installed)
    (line,) = (premises.state / "counts" / "2026-06.jsonl").read_text().splitlines()
    assert json.loads(line)["counts"] == {"admit.admitted": 1, "staff.staff_paper": 1}


def test_a_door_that_keeps_nothing_counts_no_staff(plan: Plan, premises: Premises) -> None:
    installed = Installed(replace(plan, premises=None))
    installed.count_staff(StaffReason.PAPER)
    installed.close()
    assert [*premises.state.iterdir(), *premises.run.iterdir()] == []
