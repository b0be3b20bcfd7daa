"""A feed that lies about the time: refused where it can be known, and a way back where not."""

import dataclasses
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from scanner.door.kept import kept_time
from scanner.door.timekeeper import Timekeeper
from scanner.gate.timekeeping import Evidence, Source, floor_of
from scanner.store.marks import MARK
from scanner.sync.accept.acceptance import accept
from scanner.sync.accept.clock import believed_now
from scanner.sync.accept.outcome import Outcome, Result
from scanner.sync.accept.recheck import recheck
from scanner.sync.accept.withdrawn import Removals
from scanner.trust.refusal import Cause
from tests.sync.house import DAY, NOON, QUARTER, House, some_ids
from tests.sync.thief import Thief

# Long, and what it goes through is measured by the tests of the rooms.
pytestmark = pytest.mark.no_cover

IDS: Final = some_ids(200, seed=11)
HOUR: Final = timedelta(hours=1)
ONLINE: Final = ("revoked", "snapshot", "timestamp")
FAR: Final = NOON + 80 * DAY
"""Before the curator's signatures expire, and long after those of the next honest timestamp."""


class Machine:
    """A machine whose clock nobody vouches for, until somebody does."""

    def __init__(self, wall: datetime, by: Source | None = None) -> None:
        self.wall, self.by = wall, by

    def look(self) -> Evidence:
        return Evidence(self.wall, "boot", self.boottime_s(), self.by)

    def boottime_s(self) -> float:
        return 50.0 + (self.wall - NOON).total_seconds()


@dataclasses.dataclass
class Door:
    """A door whose lists a thief of the online key has dated to a time to come."""

    house: House
    machine: Machine

    def tries(self, *, removals: Removals = Removals.WITHDRAWN) -> Outcome:
        """Look into the inbox at the time that this machine is believed."""
        self.machine.wall = self.house.now
        now = believed_now(self.house.places, machine=self.machine)
        return accept(self.house.places, now=now, removals=removals)

    def takes_news(self, *, removals: Removals = Removals.WITHDRAWN) -> Outcome:
        """Bring what the operator published, and look."""
        self.house.deliver()
        return self.tries(removals=removals)

    def clock(self) -> Timekeeper:
        """Return the clock of the running door, which goes by the lists in force."""
        self.machine.wall = self.house.now
        clock = Timekeeper(self.house.places.state / MARK, machine=self.machine)
        clock.go_by_floor(floor_of(self.house.generation().issued))
        return clock

    def is_right(self) -> bool:
        """Say whether a door that starts now believes its machine's clock, and its disk holds."""
        self.machine.wall = self.house.now
        known = kept_time(self.house.places, machine=self.machine).reckoning.moment
        return known.trusted and known.wall == self.house.now


def dated(house: House, issued: datetime) -> None:
    """Lay a feed into the inbox that a thief has dated."""
    Thief(house).publish(dataclasses.replace(house.manifest(), issued=issued))


@pytest.fixture
def house(tmp_path: Path) -> House:
    one = House(tmp_path / "house")
    one.release(revoke=IDS[:100])
    assert one.bring().result is Result.ACCEPTED
    one.now += HOUR
    return one


@pytest.fixture
def poisoned(house: House) -> Door:
    """A door that was switched on without a network: nobody could say that it is not spring."""
    door = Door(house, Machine(house.now))
    dated(house, FAR)
    outcome = door.tries()
    assert outcome.result is Result.ACCEPTED, outcome.detail
    clock = door.clock()
    assert clock.moment(0).wall == floor_of(FAR)
    clock.close()
    house.now += HOUR
    return door


@pytest.mark.parametrize("trusted", [True, False], ids=["a good clock", "a clock in doubt"])
@pytest.mark.parametrize("ahead", [90 * DAY, 4 * 365 * DAY], ids=["90 days", "4 years"])
def test_nothing_is_issued_after_those_who_vouch_for_it_have_expired(
    ahead: timedelta, house: House, *, trusted: bool
) -> None:
    dated(house, NOON + ahead)
    before = house.belief()
    outcome = house.accept(trusted=trusted)
    assert (outcome.result, outcome.cause) == (Result.REFUSED, Cause.FUTURE)
    assert trusted or "json has expired" in outcome.detail
    assert house.belief() == before


def test_a_door_that_was_told_a_time_to_come_refuses_all_and_names_the_way_back(
    poisoned: Door,
) -> None:
    poisoned.house.release(revoke=IDS[100:110])
    outcome = poisoned.takes_news()
    assert (outcome.result, outcome.cause) == (Result.REFUSED, Cause.EXPIRED)
    assert "if that is wrong: door-scanner clock confirm" in outcome.detail
    why_not = str(poisoned.clock().confirm())
    assert "sudo door-scanner clock confirm --below-the-feed" in why_not


@pytest.mark.parametrize("by", [Source.TIMESYNCD, None], ids=["a time server", "nobody"])
def test_new_online_keys_bring_lists_and_time_back_without_a_hand(
    by: Source | None, poisoned: Door
) -> None:
    house = poisoned.house
    poisoned.machine.by = by
    house.rotate(*ONLINE)
    house.now += QUARTER
    house.release(revoke=IDS[100:110])
    outcome = poisoned.takes_news()
    assert outcome.result is Result.ACCEPTED, outcome.detail
    with house.revoked() as has:
        assert all(map(has, IDS[:110]))
    assert house.generation().issued == house.now
    assert recheck(house.places, now=believed_now(house.places)).cause is None
    clock = poisoned.clock()
    known = clock.moment(0)
    assert known.wall == (floor_of(house.now) if by is None else house.now)
    assert known.trusted is (by is not None)
    assert clock.confirm() is None
    clock.close()
    assert poisoned.is_right()
    house.now += DAY
    house.renew()
    assert poisoned.takes_news().result is Result.ACCEPTED


def test_another_root_that_is_pinned_is_not_judged_by_the_time_of_the_old_feed(
    poisoned: Door, tmp_path: Path
) -> None:
    old, other = poisoned.house, House(tmp_path / "other")
    other.now = old.now
    other.release(revoke=IDS[100:110])
    root = other.places.pinned_root.read_bytes()
    other.door, other.places = old.door, old.places
    other.places.pinned_root.write_bytes(root)
    outcome = dataclasses.replace(poisoned, house=other).takes_news()
    assert outcome.result is Result.ACCEPTED, outcome.detail
    with other.revoked() as has:
        assert has(IDS[100])


def test_a_person_brings_a_door_back_whose_feed_has_no_new_keys(poisoned: Door) -> None:
    house = poisoned.house
    house.now += DAY
    for _ in range(3):
        house.now += QUARTER
        house.release(revoke=[IDS[150]])
    poisoned.machine.wall = house.now
    clock = poisoned.clock()
    assert clock.confirm(below_the_feed=True) is None
    assert clock.moment(0).trusted
    clock.close()
    assert poisoned.is_right()
    assert poisoned.takes_news().cause is Cause.ROLLBACK
    outcome = poisoned.takes_news(removals=Removals.ANY)
    assert outcome.result is Result.ACCEPTED, outcome.detail
    with house.revoked() as has:
        assert has(IDS[0])
        assert has(IDS[150])
    assert poisoned.is_right()


def test_a_feed_that_was_denied_is_no_way_to_bring_an_expired_one(poisoned: Door) -> None:
    clock = poisoned.clock()
    assert clock.confirm(below_the_feed=True) is None
    clock.close()
    poisoned.house.now += 20 * DAY
    assert poisoned.takes_news(removals=Removals.ANY).cause is Cause.EXPIRED


def test_an_inbox_that_cannot_be_read_leaves_the_time_of_the_feed(poisoned: Door) -> None:
    (poisoned.house.places.inbox / "metadata/timestamp.json").unlink()
    moment = believed_now(poisoned.house.places, machine=poisoned.machine)
    assert not moment.trusted
    assert moment.wall == floor_of(FAR)


@pytest.mark.parametrize("minutes", [16, 35 * 60])
def test_a_feed_from_later_today_takes_no_clock_from_a_door_that_has_a_good_one(
    tmp_path: Path, minutes: int
) -> None:
    house = House(tmp_path)
    house.release(revoke=IDS)
    house.bring()
    thief = Thief(house)
    ahead = house.now + timedelta(minutes=minutes)
    thief.publish(dataclasses.replace(house.manifest(), issued=ahead))
    assert house.accept().cause is Cause.FUTURE
    house.now += QUARTER
    assert house.bring().result is not Result.FAILED
    assert floor_of(house.generation().issued) <= house.now
