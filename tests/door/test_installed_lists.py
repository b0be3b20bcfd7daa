"""An installed door and its lists, in a real loop: news between guests, old age on the lamps."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from scanner.door.clock import RehearsalClock
from scanner.door.events import Events
from scanner.door.furnish import lists_at, no_key
from scanner.door.installed import Installed
from scanner.door.loop import Attendant, Loop
from scanner.door.plan import Plan
from scanner.door.premises import Premises
from scanner.door.timekeeper import MARK, Timekeeper
from scanner.gate.timekeeping import RELEASED, Evidence, Source, floor_of
from scanner.settings import Feed, Settings
from scanner.signals import NoLights, Pattern
from scanner.terms import Payload, Reason
from scanner.trust import Keyring
from tests.door.generations import ISSUED, Generations

if TYPE_CHECKING:
    from tests.conftest import Mint
    from tests.door.conftest import Played, Stage

CORNERS: Final = ((0, 0), (9, 0), (9, 9), (0, 9))


@dataclass(frozen=True, slots=True)
class FrozenMachine:
    """A machine at the mint's present, for ever."""

    evidence: Evidence

    def look(self) -> Evidence:
        return self.evidence

    def boottime_s(self) -> float:
        return self.evidence.boottime_s


@pytest.fixture
def generations(tmp_path: Path) -> Generations:
    (tmp_path / "run").mkdir()
    return Generations(tmp_path)


@pytest.fixture
def plan(mint: "Mint", generations: Generations) -> Plan:
    """A door without local keys."""
    state = generations.places.state
    return Plan(
        camera="frames:/srv/pictures",
        belief=replace(mint.belief, keyring=Keyring()),
        clock=RehearsalClock(mint.now),
        indicator=NoLights(),
        events=Events(),
        premises=Premises(state, state / "run"),
        keyless=no_key(["/etc/door-scanner/trust"]),
        lists=lists_at(state),
    )


class Once:
    """Does one thing in the first turn after so many."""

    def __init__(self, turns: int, *, do: Callable[[], object]) -> None:
        self._left = turns
        self._do = do

    def filenos(self) -> tuple[int, ...]:
        return ()

    def turn(self, now_s: float) -> None:
        del now_s
        self._left -= 1
        if self._left == 0:
            self._do()


def play(
    stage: "Stage",
    installed: Installed,
    *frames: Sequence[Payload],
    then: Sequence[Attendant] = (),
    **how: Any,
) -> "Played":
    """Show frames to the loop of an installed door."""

    def attend(loop: Loop) -> Sequence[Attendant]:
        installed.attend(loop, pins=None)
        return then

    stage.belief = installed.belief
    film = stage.film([tuple(frame) for frame in frames])
    played = stage.play(
        film, attend=attend, on_decision=installed.take_note, standing=installed.standing, **how
    )
    installed.close()
    return played


def told(generations: Generations) -> dict[str, Any]:
    status: dict[str, Any] = json.loads((generations.places.run / "status.json").read_text())
    return status


def trusting(mint: "Mint") -> dict[str, bytes]:
    return {"at.der": mint.issuer.certificate_der}


def test_a_door_that_has_a_generation_needs_no_local_key(
    stage: "Stage", mint: "Mint", plan: Plan, generations: Generations
) -> None:
    generations.make(3, trust=trusting(mint), revoked=["dcc-uci:" + "0" * 32])
    generations.put_in_force(3)
    played = play(stage, Installed(plan), *[[Payload(mint.valid, CORNERS)]] * 4)
    assert [reason for _, reason in played.told] == ["admitted"]
    status = told(generations)
    assert (status["keys"], status["revoked"]) == (1, 1)
    assert status["lists"] == {
        "generation": 3,
        "issued": ISSUED.isoformat(),
        "source": "https://lists.example.org/door",
        "rungs": {"trust": "fresh", "revoked": "fresh"},
        "entries": {"health": 1},
        "courier": None,
        "limits": [],
    }


def test_a_door_without_any_key_stands_in_a_fault_that_names_both_remedies(
    stage: "Stage", plan: Plan, generations: Generations
) -> None:
    installed = Installed(plan)
    (fault,) = installed.standing
    assert fault.reason is Reason.LIST_MISSING
    assert "put keys into /etc/door-scanner/trust" in fault.detail
    assert "door-scanner trust pin" in fault.detail
    played = play(stage, installed, *[()] * 3)
    assert played.told == [(0, "list_missing")]
    assert told(generations)["lists"]["generation"] is None


def test_the_fault_ends_by_itself_when_the_first_generation_comes(
    stage: "Stage", mint: "Mint", plan: Plan, generations: Generations
) -> None:
    generations.make(1, trust=trusting(mint), revoked=[])
    news = Once(4, do=lambda: generations.put_in_force(1))
    # Frames until it has been looked at again, which is after a second.
    played = play(
        stage,
        Installed(plan),
        *[()] * 8,
        then=[news],
        once=False,
        until=lambda lights: lights.patterns[-1] is Pattern.READY,
    )
    assert played.states[-2:] == ["ready", "stopping"]
    assert [reason for _, reason in played.told] == ["list_missing"]
    assert told(generations)["keys"] == 1


def test_local_files_that_cannot_be_read_stand_whatever_a_feed_brings(
    stage: "Stage", mint: "Mint", plan: Plan, generations: Generations
) -> None:
    generations.make(1, trust=trusting(mint), revoked=[])
    generations.put_in_force(1)
    broken = replace(plan, standing=(no_key([]),), keyless=None)
    installed = Installed(broken)
    assert len(installed.belief.keyring) == 0
    played = play(stage, installed, *[[Payload(mint.valid, CORNERS)]] * 4)
    assert {reason for _, reason in played.told} == {"list_missing"}


OLD: Final = {
    "fresh": (1, Pattern.READY),
    "ageing": (50, Pattern.READY),
    "stale": (80, Pattern.WARY),
}


@pytest.mark.parametrize("case", OLD)
def test_old_lists_are_seen_on_the_lamps_of_a_door_that_waits(
    case: str, stage: "Stage", mint: "Mint", plan: Plan, generations: Generations
) -> None:
    hours, pattern = OLD[case]
    issued = mint.now.wall - timedelta(hours=hours)
    generations.make(1, trust=trusting(mint), revoked=[], issued=issued)
    generations.put_in_force(1)
    played = play(stage, Installed(plan), *[()] * 10)
    assert pattern in played.lights.patterns
    shown = {e["pattern"] for e in played.events if e["event"] == "signal"}
    assert shown == {"ready", "dark"}
    limits = told(generations)["lists"]["limits"]
    stale = "the revoked list is 3 days old (stale): good passes are let in with a mark"
    assert limits == ([stale] if hours == 80 else [])


def test_a_clock_that_is_not_trusted_is_seen_too(
    stage: "Stage", mint: "Mint", plan: Plan, generations: Generations
) -> None:
    generations.make(1, trust=trusting(mint), revoked=[])
    generations.put_in_force(1)
    doubted = replace(plan, clock=RehearsalClock(replace(mint.now, trusted=False)))
    played = play(stage, Installed(doubted), *[()] * 10)
    assert Pattern.WARY in played.lights.patterns
    assert told(generations)["lists"]["limits"][0].startswith("the clock is not trusted: ")


def test_a_verified_feed_is_the_floor_of_the_clock_and_the_mark_is_kept(
    stage: "Stage", mint: "Mint", plan: Plan, generations: Generations
) -> None:
    issued = mint.now.wall + timedelta(days=365)
    generations.make(1, trust=trusting(mint), revoked=[], issued=issued)
    generations.put_in_force(1)
    machine = FrozenMachine(Evidence(mint.now.wall, "this", 50.0, Source.TIMESYNCD))
    clock = Timekeeper(generations.places.state / MARK, machine=machine)
    play(stage, Installed(replace(plan, clock=clock)), *[()] * 3)
    assert clock.moment(0).wall == floor_of(issued)
    assert told(generations)["clock"]["floor"] == floor_of(issued).isoformat()
    assert (generations.places.state / MARK).exists()


COURIER: Final = {
    "boot_id": "th-is",
    "next_boottime_s": 590.0,
    "outcome": "failed",
    "cause": "dns",
    "detail": "lists.example.org is not known",
    "at": "2026-06-01T11:51:00+00:00",
    "source": "https://lists.example.org/door",
}


def test_the_status_tells_how_the_last_round_went_and_when_the_next_is(
    stage: "Stage", plan: Plan, generations: Generations
) -> None:
    places = generations.places
    places.courier.mkdir()
    places.courier_record.write_text(json.dumps(COURIER))
    refused = {"outcome": "refused", "cause": "rollback", "detail": "older", "at": COURIER["at"]}
    places.accepted.write_text(json.dumps(refused))
    wall = RELEASED + timedelta(hours=12)
    machine = FrozenMachine(Evidence(wall, "this", 50.0, Source.TIMESYNCD))
    clock = Timekeeper(places.state / MARK, machine=machine)
    play(stage, Installed(replace(plan, clock=clock)), *[()] * 3)
    lists = told(generations)["lists"]
    assert lists["courier"] == {
        "outcome": "failed",
        "cause": "dns",
        "detail": "lists.example.org is not known",
        "at": "2026-06-01T11:51:00+00:00",
        "next": (wall + timedelta(minutes=9)).isoformat(),
    }
    assert lists["limits"] == [
        "the last round failed: dns: lists.example.org is not known",
        "the last offer refused: rollback: older",
    ]


def test_a_feed_that_is_named_and_not_pinned_is_told_with_the_remedy(
    stage: "Stage", plan: Plan, generations: Generations
) -> None:
    venue = Settings(feed=Feed(url="https://lists.example.org/door"))
    named = replace(plan, lists=lists_at(generations.places.state, venue=venue))
    play(stage, Installed(named), *[()] * 3)
    (limit,) = told(generations)["lists"]["limits"]
    assert limit == (
        "a feed is named, but its root is not pinned: door-scanner trust pin ROOT.json --sha256 HEX"
    )


STRANGE: Final[dict[str, bytes]] = {
    "nothing": b"",
    "half of it": b'{"outcome": "fai',
    "a list": b"[]",
    "other words": b'{"outcome": 3}',
    "what could steer a terminal": (
        b'{"outcome": "\\u001b[2J", "cause": null, "detail": null, "at": ""}'
    ),
    "nested without end": b"[" * 60_000,
    "too long": b'"' + b"x" * 400_000 + b'"',
}


@pytest.mark.parametrize("case", STRANGE)
def test_records_that_are_not_understood_are_as_good_as_none(
    case: str, stage: "Stage", plan: Plan, generations: Generations
) -> None:
    generations.places.courier.mkdir()
    generations.places.courier_record.write_bytes(STRANGE[case])
    generations.places.accepted.write_bytes(STRANGE[case])
    play(stage, Installed(plan), *[()] * 3)
    lists = told(generations)["lists"]
    assert (lists["courier"], lists["limits"]) == (None, [])


@pytest.mark.parametrize("boot", ["null", "5", "[]", '"\\u001b"'])
def test_a_record_whose_boot_makes_no_sense_tells_no_next_round_and_ends_no_door(
    boot: str, stage: "Stage", plan: Plan, generations: Generations
) -> None:
    places = generations.places
    places.courier.mkdir()
    told_by = {**COURIER, "boot_id": json.loads(boot)}
    places.courier_record.write_text(json.dumps(told_by))
    machine = FrozenMachine(Evidence(RELEASED, "this", 50.0, Source.TIMESYNCD))
    clock = Timekeeper(places.state / MARK, machine=machine)
    play(stage, Installed(replace(plan, clock=clock)), *[()] * 3)
    courier = told(generations)["lists"]["courier"]
    assert (courier["outcome"], courier["next"]) == ("failed", None)


def test_a_table_that_cannot_be_read_is_a_fault_once_for_each_guest_and_never_green(
    stage: "Stage", mint: "Mint", plan: Plan, generations: Generations
) -> None:
    folder = generations.make(1, trust=trusting(mint), revoked=["dcc-uci:" + "0" * 32])
    generations.put_in_force(1)
    installed = Installed(plan)
    (folder / "revoked" / "health.table").write_bytes(b"")
    played = play(stage, installed, *[[Payload(mint.valid, CORNERS)]] * 6)
    assert [reason for _, reason in played.told] == ["internal"]
    (happened,) = played.happened
    assert "the revoked ids cannot be read" in str(happened.decision.detail)
    assert Pattern.ACCEPT not in played.lights.patterns
