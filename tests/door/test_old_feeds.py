"""A real feed, really accepted, and a door that comes back late: the ladder decides, no surprise.

What is fetched, accepted and believed is the project's own; the machine's clock alone is set.
"""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from scanner.door.events import Events
from scanner.door.furnish import lists_at
from scanner.door.installed import Installed
from scanner.door.plan import Plan
from scanner.door.premises import Premises
from scanner.door.timekeeper import MARK, Timekeeper
from scanner.gate import judge
from scanner.gate.timekeeping import Evidence, Source
from scanner.signals import NoLights
from scanner.sync.accept.acceptance import accept
from scanner.sync.accept.clock import believed_now
from scanner.sync.accept.outcome import Outcome, Result
from scanner.terms import Payload
from scanner.trust import Keyring
from scanner.trust.ids import hashed
from scanner.trust.refusal import Cause
from tests.door.test_installed_lists import CORNERS, FrozenMachine, play
from tests.sync.house import DAY, NOON, House

if TYPE_CHECKING:
    from tests.conftest import Mint
    from tests.door.conftest import Stage

HOUR: Final = timedelta(hours=1)
LATER: Final = NOON + 30 * DAY
KEYS_OLD: Final = "the trust list is {} (expired): staff is asked about good passes"
IDS_OLD: Final = "the revoked list is {} ({}): staff is asked about good passes"


@dataclass(frozen=True, slots=True)
class Told:
    """What a door answers its four guests, and what its status says limits it."""

    good: str
    revoked: str
    expired: str
    stranger: str
    limits: list[str]


@dataclass(frozen=True, slots=True)
class Venue:
    """A door with a feed, and four guests before it."""

    house: House
    stage: "Stage"
    plan: Plan
    guests: tuple[bytes, ...]

    def opens(
        self,
        *,
        at: datetime,
        boot: str,
        by: Source | None = Source.TIMESYNCD,
        confirmed: bool = False,
    ) -> Told:
        """Switch the door on for a few seconds, in a boot of that name."""
        machine = FrozenMachine(Evidence(at, boot, 50.0, by))
        clock = Timekeeper(self.house.places.state / MARK, machine=machine)
        if confirmed:
            assert clock.confirm() is None
        frames = [[Payload(raw, CORNERS)] for raw in self.guests for _ in range(3)]
        self.stage.clock = clock
        played = play(self.stage, Installed(replace(self.plan, clock=clock)), *frames)
        reasons = [reason for _, reason in played.told]
        status: dict[str, Any] = json.loads((self.house.places.run / "status.json").read_text())
        good, revoked, expired, stranger = reasons
        return Told(good, revoked, expired, stranger, limits=status["lists"]["limits"])

    def takes_news(self, *, at: datetime, boot: str) -> Outcome:
        """Bring what is published, and accept it at the time that this machine is believed."""
        self.house.deliver()
        machine = FrozenMachine(Evidence(at, boot, 50.0, Source.TIMESYNCD))
        now = believed_now(self.house.places, machine=machine)
        return accept(self.house.places, now=now)


@pytest.fixture
def venue(mint: "Mint", strange_mint: "Mint", stage: "Stage", tmp_path: Path) -> Venue:
    """A door that accepted its feed at noon, and was open then."""
    house = House(tmp_path / "house")
    until = int((NOON + 31 * DAY).timestamp())
    good = mint.strike(mint.claims(exp=until))
    revoked = mint.strike(mint.claims(exp=until + 1))
    over = mint.strike(mint.claims(exp=int((NOON - 20 * DAY).timestamp())))
    stranger = strange_mint.strike(strange_mint.claims(exp=until))
    verified = judge(revoked, belief=mint.belief, moment=mint.now).verified
    other = judge(good, belief=mint.belief, moment=mint.now).verified
    assert verified is not None
    assert other is not None
    # They share the certificate's own id; the signature is theirs alone.
    (own,) = set(verified.ids) - set(other.ids)
    house.trust(at_der=mint.issuer.certificate_der)
    house.release(revoke=[hashed(own)])
    assert house.bring().result is Result.ACCEPTED
    state = house.places.state
    (state / "run").mkdir(exist_ok=True)
    plan = Plan(
        camera="frames:/srv/pictures",
        belief=replace(mint.belief, keyring=Keyring()),
        clock=stage.clock,
        indicator=NoLights(),
        events=Events(),
        premises=Premises(state, state / "run"),
        lists=lists_at(state),
    )
    found = Venue(house, stage, plan, (good, revoked, over, stranger))
    first = found.opens(at=NOON, boot="first")
    assert first == Told("admitted", "revoked", "expired", "unknown_issuer", limits=[])
    return found


# --- off for 30 days ---------------------------------------------------------------------


def test_after_30_days_off_a_clock_that_a_person_confirmed_makes_good_passes_asked_about(
    venue: Venue,
) -> None:
    told = venue.opens(at=LATER, boot="second", confirmed=True)
    limits = [KEYS_OLD.format("30 days old"), IDS_OLD.format("30 days old", "expired")]
    assert told == Told("list_stale", "revoked", "expired", "list_stale", limits=limits)


@pytest.mark.parametrize(
    "by",
    [Source.TIMESYNCD, Source.RTC, None],
    ids=["a time server", "a battery clock", "nobody"],
)
def test_after_30_days_off_a_clock_that_nobody_confirmed_lets_good_passes_in_with_a_mark(
    by: Source | None, venue: Venue
) -> None:
    told = venue.opens(at=LATER, boot="second", by=by)
    assert told.limits.pop().startswith("the clock is not trusted: ")
    assert told == Told("admitted_marked", "revoked", "expired", "unknown_issuer", limits=[])


def test_after_30_days_off_news_bring_time_and_lists_back_without_a_hand(venue: Venue) -> None:
    venue.house.now = LATER - HOUR
    venue.house.renew()
    outcome = venue.takes_news(at=LATER, boot="second")
    assert outcome.result is Result.ACCEPTED, outcome.detail
    told = venue.opens(at=LATER, boot="second")
    assert told == Told("admitted", "revoked", "expired", "unknown_issuer", limits=[])


def test_after_30_days_off_a_feed_that_nobody_renewed_is_refused_and_what_was_believed_stays(
    venue: Venue,
) -> None:
    venue.opens(at=LATER, boot="second", confirmed=True)
    outcome = venue.takes_news(at=LATER, boot="second")
    # Nothing else was published: it is the very feed that is in force.
    assert (outcome.result, outcome.cause) == (Result.REFUSED, Cause.EXPIRED)
    told = venue.opens(at=LATER, boot="second")
    assert told.limits[-1].startswith("the last offer refused: expired: timestamp.json")
    assert (told.good, told.revoked) == ("list_stale", "revoked")


# --- on all the time, and the feed's timestamp expired -----------------------------------

EXPIRED_FOR: Final = 3 * DAY
LIVES: Final = 7 * DAY


def _day_by_day(venue: Venue, *, until: datetime) -> list[str]:
    """Open every day; return what a good pass was answered."""
    at, answers = NOON, []
    while at < until:
        at += DAY
        answers.append(venue.opens(at=at, boot=f"{at:%d}").good)
    return answers


def test_a_feed_whose_timestamp_expired_3_days_ago_leads_down_the_ladder_step_by_step(
    venue: Venue,
) -> None:
    until = NOON + LIVES + EXPIRED_FOR
    answers = _day_by_day(venue, until=until)
    assert answers == ["admitted"] * 2 + ["admitted_marked"] * 4 + ["list_stale"] * 4
    outcome = venue.takes_news(at=until, boot="last")
    assert (outcome.result, outcome.cause) == (Result.REFUSED, Cause.EXPIRED)
    told = venue.opens(at=until, boot="last")
    # Keys have a ladder of their own: ten days are no more than a mark there.
    assert (told.good, told.revoked, told.expired) == ("list_stale", "revoked", "expired")
    assert told.limits[1] == IDS_OLD.format("10 days old", "expired")
    assert told.limits[-1].startswith("the last offer refused: expired: timestamp.json")


def test_a_renewed_timestamp_ends_all_that(venue: Venue) -> None:
    until = NOON + LIVES + EXPIRED_FOR
    _day_by_day(venue, until=until)
    venue.house.now = until - HOUR
    venue.house.renew()
    assert venue.takes_news(at=until, boot="last").result is Result.ACCEPTED
    told = venue.opens(at=until, boot="last")
    assert told == Told("admitted", "revoked", "expired", "unknown_issuer", limits=[])


# --- clocks that are wrong ---------------------------------------------------------------

WRONG: Final[dict[str, datetime]] = {
    "1970": datetime(1970, 1, 1, tzinfo=UTC),
    "400 days ahead": NOON + 400 * DAY,
    "ten years ahead": NOON + 3652 * DAY,
}


@pytest.mark.parametrize("boot", ["first", "second"], ids=["while it is on", "at the start"])
@pytest.mark.parametrize("clock", WRONG)
def test_a_clock_that_a_bad_server_set_changes_no_verdict_and_is_told(
    clock: str, boot: str, venue: Venue
) -> None:
    told = venue.opens(at=WRONG[clock], boot=boot)
    (limit,) = told.limits
    assert limit.startswith("the clock is not trusted: timesyncd says ")
    told.limits.clear()
    assert told == Told("admitted_marked", "revoked", "expired", "unknown_issuer", limits=[])


@pytest.mark.parametrize("clock", WRONG)
def test_a_wrong_clock_neither_keeps_news_away_nor_stays_when_it_is_right_again(
    clock: str, venue: Venue
) -> None:
    venue.opens(at=WRONG[clock], boot="second")
    venue.house.now = NOON + HOUR
    venue.house.renew()
    assert venue.takes_news(at=WRONG[clock], boot="second").result is Result.ACCEPTED
    told = venue.opens(at=NOON + 2 * HOUR, boot="second")
    assert told == Told("admitted", "revoked", "expired", "unknown_issuer", limits=[])
