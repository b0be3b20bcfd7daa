"""What time it is, from evidence, mark and floor: every way in which a clock can be wrong."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.gate.timekeeping import (
    MOST_AHEAD,
    RELEASED,
    TOLERANCE,
    Evidence,
    Mark,
    Source,
    believe,
    binding,
    confirmed,
    expected_at,
    floor_of,
    marked,
    span,
    weighed,
)
from scanner.terms import InputError, Moment

NOON: Final = datetime(2027, 3, 1, 12, tzinfo=UTC)
TICK: Final = timedelta(microseconds=1)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
FEED: Final = NOON - DAY
NTP: Final = Source.TIMESYNCD

# A mark of this boot, made an hour ago by a clock that was synchronised.
VOUCHED: Final = Mark(NOON - HOUR, "this", 100.0, trusted=True, source=NTP)
UNVOUCHED: Final = replace(VOUCHED, trusted=False, source=Source.NONE)
BEFORE: Final = replace(VOUCHED, boot_id="before", boottime_s=9e6)


def seen(wall: datetime, by: Source | None = None, *, after_s: float = 3600.0) -> Evidence:
    """Evidence in this boot, so long after the mark."""
    return Evidence(wall, "this", 100.0 + after_s, by)


# What happened: evidence, mark, what is believed.
CASES: Final[dict[str, tuple[Evidence, Mark | None, Moment]]] = {
    "first start, no network, 1970": (
        seen(datetime(1970, 1, 1, tzinfo=UTC)), None, Moment(FEED, trusted=False),
    ),
    "first start, no network, a clock that looks right": (
        seen(NOON), None, Moment(FEED, trusted=False),
    ),
    "first start with a network": (seen(NOON, NTP), None, Moment(NOON, trusted=True)),
    "the clock is what it was": (seen(NOON), VOUCHED, Moment(NOON, trusted=True)),
    "chrony instead": (seen(NOON, Source.CHRONY), VOUCHED, Moment(NOON, trusted=True)),
    "set back to 1970 by hand": (
        seen(datetime(1970, 1, 1, tzinfo=UTC)), VOUCHED, Moment(NOON, trusted=False),
    ),
    "set back an hour by hand": (seen(NOON - HOUR), VOUCHED, Moment(NOON, trusted=False)),
    "set back an hour by a time server": (
        seen(NOON - HOUR, NTP), VOUCHED, Moment(NOON, trusted=False),
    ),
    "set ahead 400 days by hand": (seen(NOON + 400 * DAY), VOUCHED, Moment(NOON, trusted=False)),
    "set ahead 10 years by a time server": (
        seen(NOON + 3650 * DAY, NTP), VOUCHED, Moment(NOON, trusted=False),
    ),
    "a second that was inserted": (
        seen(NOON - timedelta(seconds=1)), VOUCHED,
        Moment(NOON - timedelta(seconds=1), trusted=True),
    ),
    "steered back by two minutes": (
        seen(NOON - TOLERANCE, NTP), VOUCHED, Moment(NOON - TOLERANCE, trusted=True),
    ),
    "a little more than two minutes": (
        seen(NOON - TOLERANCE - TICK, NTP), VOUCHED, Moment(NOON, trusted=False),
    ),
    "ahead by two minutes, and nobody says so": (
        seen(NOON + TOLERANCE), VOUCHED, Moment(NOON + TOLERANCE, trusted=True),
    ),
    "ahead by more, and nobody says so": (
        seen(NOON + TOLERANCE + TICK), VOUCHED, Moment(NOON, trusted=False),
    ),
    "ahead by 36 hours, as a time server says": (
        seen(NOON + MOST_AHEAD, NTP), VOUCHED, Moment(NOON + MOST_AHEAD, trusted=True),
    ),
    "ahead by more, as a time server says": (
        seen(NOON + MOST_AHEAD + TICK, NTP), VOUCHED, Moment(NOON, trusted=False),
    ),
    "asleep for ten days: the kernel counts them": (
        seen(NOON + 10 * DAY, after_s=3600.0 + 864_000), VOUCHED,
        Moment(NOON + 10 * DAY, trusted=True),
    ),
    "started again, no network: time stands at the mark": (
        seen(NOON), BEFORE, Moment(NOON - HOUR, trusted=False),
    ),
    "started again, with a network": (seen(NOON, NTP), BEFORE, Moment(NOON, trusted=True)),
    "started again, with a battery clock": (
        seen(NOON, Source.RTC), BEFORE, Moment(NOON, trusted=True),
    ),
    "off for 30 days, with a network": (
        seen(NOON + 30 * DAY, NTP), BEFORE, Moment(NOON - HOUR, trusted=False),
    ),
    "a mark of this boot that nobody vouched for": (
        seen(NOON), UNVOUCHED, Moment(NOON, trusted=False),
    ),
    "a time server after a start without one": (
        seen(NOON + HOUR, NTP), UNVOUCHED, Moment(NOON + HOUR, trusted=True),
    ),
    "a mark from the future": (
        seen(NOON, NTP), replace(BEFORE, wall=NOON + 30 * DAY),
        Moment(NOON + 30 * DAY, trusted=False),
    ),
    "a mark that says more seconds than there were": (
        seen(NOON - HOUR), replace(VOUCHED, boottime_s=1e9), Moment(NOON - HOUR, trusted=True),
    ),
    "a feed that is newer than the mark": (
        seen(FEED + HOUR, NTP), replace(BEFORE, wall=RELEASED), Moment(FEED + HOUR, trusted=True),
    ),
    "a mark below the feed, and no network": (
        seen(NOON), replace(BEFORE, wall=RELEASED), Moment(FEED, trusted=False),
    ),
    "a person who was here in this boot": (
        seen(NOON), replace(VOUCHED, source=Source.PERSON), Moment(NOON, trusted=True),
    ),
    "a boot that is not known is no boot of ours": (
        replace(seen(NOON), boot_id=""), replace(VOUCHED, boot_id=""),
        Moment(NOON - HOUR, trusted=False),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_clock_is_believed_or_it_goes_on_alone(case: str) -> None:
    evidence, mark, moment = CASES[case]
    assert believe(evidence, mark=mark, floor=FEED) == moment


@pytest.mark.parametrize("case", CASES)
def test_a_clock_that_is_not_trusted_has_a_reason_in_words(case: str) -> None:
    evidence, mark, moment = CASES[case]
    found = weighed(evidence, mark=mark, floor=FEED)
    assert (found.why is None) is moment.trusted
    assert (found.source is Source.NONE) is not moment.trusted


WHY: Final = {
    "nobody set it": (seen(NOON), None, "nobody has set the machine's clock"),
    "it ran back": (
        seen(NOON - HOUR, NTP), VOUCHED,
        "timesyncd says 2027-03-01 11:00 UTC, which is 1 hour ago for this door",
    ),
    "it ran ahead": (
        seen(NOON + 400 * DAY, Source.CHRONY), VOUCHED,
        "chrony says 2028-04-04 12:00 UTC, which is 400 days ahead of this door",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WHY)
def test_the_reason_names_who_said_what(case: str) -> None:
    evidence, mark, words = WHY[case]
    assert words in str(weighed(evidence, mark=mark, floor=FEED).why)


def test_a_jump_that_was_too_far_is_believed_once_a_newer_feed_was_verified() -> None:
    far = seen(NOON + 30 * DAY, NTP)
    assert not believe(far, mark=BEFORE, floor=FEED).trusted
    assert believe(far, mark=BEFORE, floor=NOON + 29 * DAY) == Moment(far.wall, trusted=True)


def test_time_is_never_below_the_release_whatever_floor_is_given() -> None:
    lost = Evidence(datetime(1970, 1, 1, tzinfo=UTC), "this", 5.0)
    assert believe(lost, mark=None, floor=datetime(1980, 1, 1, tzinfo=UTC)).wall == RELEASED


def test_zones_do_not_matter_to_time() -> None:
    seoul = timezone(timedelta(hours=9))
    here = seen(NOON.astimezone(seoul), NTP)
    assert believe(here, mark=VOUCHED, floor=FEED) == Moment(NOON, trusted=True)


# --- marks -------------------------------------------------------------------------------


def test_a_mark_is_what_is_believed_and_who_vouched_for_it() -> None:
    mark = marked(seen(NOON, NTP), mark=None, floor=FEED)
    assert (mark.wall, mark.boot_id, mark.boottime_s) == (NOON, "this", 3700.0)
    assert (mark.trusted, mark.source) == (True, NTP)


def test_a_mark_of_a_clock_in_doubt_goes_on_and_vouches_for_nothing() -> None:
    mark = marked(seen(NOON), mark=BEFORE, floor=FEED)
    assert (mark.wall, mark.trusted) == (BEFORE.wall, False)


def test_a_door_that_was_never_told_the_time_takes_no_time_servers_word_for_months() -> None:
    late = seen(RELEASED + 400 * DAY, NTP)
    assert believe(late, mark=None, floor=RELEASED) == Moment(RELEASED, trusted=False)
    told = confirmed(late, floor=RELEASED)
    assert believe(late, mark=told, floor=RELEASED) == Moment(late.wall, trusted=True)


def test_a_publisher_whose_clock_runs_ahead_by_minutes_makes_no_door_doubt_its_own() -> None:
    issued = NOON + timedelta(minutes=10)
    assert believe(seen(NOON), mark=VOUCHED, floor=floor_of(issued)).trusted
    assert floor_of(RELEASED) == RELEASED


def test_a_clock_that_is_wrong_for_a_while_does_not_lose_the_trust_of_its_boot() -> None:
    wrong = marked(seen(NOON + 400 * DAY), mark=VOUCHED, floor=FEED)
    assert (wrong.wall, wrong.trusted) == (NOON, True)
    right = seen(NOON + HOUR, after_s=7200)
    assert believe(right, mark=wrong, floor=FEED) == Moment(NOON + HOUR, trusted=True)


def test_a_time_server_moves_a_door_by_36_hours_in_one_boot_in_however_many_steps() -> None:
    mark, wall = marked(seen(NOON, NTP), mark=None, floor=NOON), NOON
    for _ in range(100):
        wall += 5 * HOUR
        mark = marked(seen(wall, NTP), mark=mark, floor=NOON)
    assert mark.wall == NOON + 35 * HOUR
    assert not believe(seen(wall, NTP), mark=mark, floor=NOON).trusted


def test_a_time_server_never_moves_a_mark_back() -> None:
    mark, wall = VOUCHED, VOUCHED.wall
    for _ in range(100):
        wall -= timedelta(minutes=1)
        mark = marked(Evidence(wall, "this", 100.0, NTP), mark=mark, floor=FEED)
    assert mark.wall == VOUCHED.wall


def test_a_time_server_gains_nothing_by_two_minutes_at_a_time_when_its_36_hours_are_used_up() -> (
    None
):
    mark, boottime_s = marked(seen(NOON + MOST_AHEAD, NTP), mark=VOUCHED, floor=FEED), 3700.0
    for _ in range(100):
        boottime_s += 61
        honest = NOON + MOST_AHEAD + timedelta(seconds=boottime_s - 3700)
        ahead = Evidence(honest + timedelta(seconds=119), "this", boottime_s, NTP)
        assert believe(ahead, mark=mark, floor=FEED) == Moment(honest, trusted=True)
        mark = marked(ahead, mark=mark, floor=FEED)
    assert mark.advanced_s == MOST_AHEAD.total_seconds()


STEPS = st.lists(
    st.tuples(
        st.sampled_from([1.0, 61.0, 3600.0, 86_400.0]),
        st.sampled_from([-86_400.0, -119.0, 0.0, 30.0, 119.0, 120.0, 121.0, 7e4, 129_600.0, 1e7]),
        st.none() | st.sampled_from([NTP, Source.CHRONY, Source.RTC]),
        st.booleans(),
    ),
    max_size=60,
)


@given(steps=STEPS, begins=st.sampled_from([None, BEFORE, UNVOUCHED]))
def test_whatever_a_machine_says_in_one_boot_its_door_runs_ahead_by_36_hours_at_most(
    steps: list[tuple[float, float, Source | None, bool]], begins: Mark | None
) -> None:
    mark, boottime_s = begins, 100.0
    first = expected_at(Evidence(NOON, "this", boottime_s), mark=mark, floor=FEED)
    for gone_s, ahead_s, by, is_kept in steps:
        boottime_s += gone_s
        blank = Evidence(NOON, "this", boottime_s, by)
        expected = expected_at(blank, mark=mark, floor=FEED)
        shown = replace(blank, wall=expected + timedelta(seconds=ahead_s))
        elapsed = timedelta(seconds=boottime_s - 100.0)
        gained = believe(shown, mark=mark, floor=FEED).wall - first - elapsed
        assert gained <= MOST_AHEAD + timedelta(milliseconds=1)
        if is_kept:
            mark = marked(shown, mark=mark, floor=FEED)


WALLS = st.datetimes(
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001 - made aware below
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
).map(lambda wall: wall.replace(tzinfo=UTC))
SEEN = st.builds(
    Evidence, WALLS, st.sampled_from(["this", "before", ""]), st.floats(0, 1e8),
    st.none() | st.sampled_from(Source),
)  # fmt: skip


@given(walk=st.lists(SEEN, max_size=12), floor=WALLS)
def test_whatever_a_machine_says_marks_only_ascend_and_stay_above_the_floor(
    walk: list[Evidence], floor: datetime
) -> None:
    mark, lowest = None, max(floor, RELEASED)
    for evidence in walk:
        mark = marked(evidence, mark=mark, floor=floor)
        assert mark.wall >= lowest
        lowest = mark.wall
        assert Mark.from_json(mark.to_json()) == mark


# --- a person ----------------------------------------------------------------------------


def test_a_person_who_confirms_is_believed_until_the_machine_is_switched_off() -> None:
    mark = confirmed(seen(NOON + 400 * DAY), floor=FEED)
    later = seen(NOON + 401 * DAY, after_s=3600 + 86_400)
    assert believe(later, mark=mark, floor=FEED) == Moment(later.wall, trusted=True)
    assert weighed(later, mark=mark, floor=FEED).source is Source.PERSON
    assert not believe(replace(later, boot_id="next"), mark=mark, floor=FEED).trusted


def test_a_person_may_lower_a_mark_that_ran_ahead() -> None:
    ahead = replace(VOUCHED, wall=NOON + 30 * DAY)
    assert not believe(seen(NOON, NTP), mark=ahead, floor=FEED).trusted
    mark = confirmed(seen(NOON, NTP), floor=FEED)
    assert believe(seen(NOON, NTP), mark=mark, floor=FEED) == Moment(NOON, trusted=True)


# --- a feed that was wrong about the time ------------------------------------------------

POISON: Final = NOON + 400 * DAY


def test_what_a_mark_owes_to_a_feed_goes_when_another_feed_says_that_it_is_earlier() -> None:
    mark = marked(seen(NOON), mark=VOUCHED, floor=POISON)
    assert (mark.wall, mark.rests_on, mark.vouched) == (POISON, POISON, NOON)
    later = seen(NOON + HOUR, after_s=7200)
    assert believe(later, mark=mark, floor=POISON) == Moment(POISON + HOUR, trusted=False)
    assert believe(later, mark=mark, floor=FEED) == Moment(NOON + HOUR, trusted=True)
    kept = marked(later, mark=mark, floor=FEED)
    assert (kept.wall, kept.rests_on, kept.vouched) == (NOON + HOUR, None, None)


def test_a_door_that_nobody_told_the_time_counts_on_from_its_feed_as_long_as_that_holds() -> None:
    mark = marked(seen(NOON), mark=None, floor=FEED)
    for hour in range(1, 50):
        later = seen(NOON, after_s=3600.0 + 3600 * hour)
        mark = marked(later, mark=mark, floor=FEED)
        assert (mark.wall, mark.rests_on) == (FEED + hour * HOUR, FEED)
    assert believe(later, mark=mark, floor=FEED + HOUR).wall == FEED + 49 * HOUR
    # The boot's first mark was made at noon; the release is all that stood without the feed.
    assert mark.vouched == RELEASED + 49 * HOUR
    assert believe(later, mark=mark, floor=RELEASED).wall == RELEASED + 49 * HOUR


def test_a_person_who_says_that_the_feed_is_wrong_goes_below_it_until_another_feed_comes() -> None:
    mark = confirmed(seen(NOON), floor=POISON, below_the_feed=True)
    assert (mark.wall, mark.denied) == (NOON, POISON)
    assert believe(seen(NOON), mark=mark, floor=POISON) == Moment(NOON, trusted=True)
    assert binding(POISON, mark=mark) == RELEASED
    next_boot = replace(seen(NOON + HOUR, NTP), boot_id="next")
    for floor in (POISON, RELEASED, POISON):
        mark = marked(next_boot, mark=mark, floor=floor)
        assert (mark.wall, mark.denied) == (NOON + HOUR, POISON)
    other = POISON + HOUR
    assert binding(other, mark=mark) == other
    assert marked(next_boot, mark=mark, floor=other).denied is None


def test_a_person_whose_clock_is_not_below_the_feed_denies_nothing() -> None:
    assert confirmed(seen(NOON), floor=FEED, below_the_feed=True).denied is None


def test_a_person_who_is_refused_because_of_the_feed_is_told_how_to_deny_it() -> None:
    with pytest.raises(InputError, match="not: sudo door-scanner clock confirm --below-the-feed"):
        confirmed(seen(NOON), floor=POISON)
    with pytest.raises(InputError, match=r"set-time 'YYYY-MM-DD HH:MM:SS'$"):
        confirmed(seen(RELEASED - TICK), floor=POISON, below_the_feed=True)


@pytest.mark.parametrize("wall", [FEED - TICK, datetime(1970, 1, 1, tzinfo=UTC)], ids=str)
def test_a_person_cannot_go_below_the_floor(wall: datetime) -> None:
    with pytest.raises(InputError, match="later than 2027-02-28 12:00 UTC; set it first"):
        confirmed(seen(wall), floor=FEED)


def test_a_person_cannot_leave_the_calendar() -> None:
    with pytest.raises(InputError, match="set it first"):
        confirmed(seen(datetime(9999, 1, 1, tzinfo=UTC)), floor=FEED)


def test_the_expected_time_needs_no_mark() -> None:
    assert expected_at(seen(NOON), mark=None, floor=FEED) == FEED


# --- the file ----------------------------------------------------------------------------


def test_a_mark_survives_its_file() -> None:
    mark = replace(VOUCHED, advanced_s=12.5)
    assert Mark.from_json(mark.to_json()) == mark
    more = replace(mark, rests_on=FEED, vouched=FEED, denied=NOON)
    assert Mark.from_json(more.to_json()) == more


def test_a_mark_of_a_version_that_did_not_tell_feeds_from_clocks_is_read() -> None:
    told = json.loads(VOUCHED.to_json())
    older = {name: told[name] for name in told.keys() - {"rests_on", "vouched", "denied"}}
    assert Mark.from_json(json.dumps(older).encode()) == VOUCHED


def changed(**fields: Any) -> bytes:
    """The file of a mark with some of it changed."""
    return json.dumps({**json.loads(VOUCHED.to_json()), **fields}).encode()


DAMAGED: Final[dict[str, bytes]] = {
    "nothing": b"",
    "zeros": bytes(200),
    "half of it": VOUCHED.to_json()[:40],
    "a list": b"[]",
    "nothing in it": b"{}",
    "too long": changed(boot_id="x" * 2000),
    "nested without end": b"[" * 1000,
    "a time without its offset": changed(wall="2027-03-01T12:00:00"),
    "a time that is none": changed(wall=5),
    "a time that no door sees": changed(wall="9999-12-31T23:59:59+00:00"),
    "a boot that is none": changed(boot_id=5),
    "a boot with a name too long": changed(boot_id="x" * 65),
    "seconds in words": changed(boottime_s="5"),
    "seconds that are none": changed(boottime_s=True),
    "seconds below zero": changed(boottime_s=-1),
    "seconds without end": changed(advanced_s=1e300),
    "seconds that are no number": changed(boottime_s=float("nan")),
    "trust in words": changed(trusted="yes"),
    "a feed without the time beside it": changed(rests_on=FEED.isoformat()),
    "a time without the feed above it": changed(vouched=FEED.isoformat()),
    "a feed that holds the time down": changed(rests_on=FEED.isoformat(), vouched=NOON.isoformat()),
    "a denial that is none": changed(denied=5),
    "a source that is none": changed(source="a dream"),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_a_damaged_mark_is_refused(case: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whoever reads it asks for no more
        Mark.from_json(DAMAGED[case])


SPANS: Final = {
    timedelta(seconds=59): "0 min",
    timedelta(minutes=59): "59 min",
    HOUR: "1 hour",
    timedelta(hours=47, minutes=59): "47 hours",
    2 * DAY: "2 days",
    400 * DAY: "400 days",
}


@pytest.mark.parametrize(("length", "words"), SPANS.items(), ids=SPANS.values())
def test_a_span_is_told_by_its_largest_unit(length: timedelta, words: str) -> None:
    assert span(length) == words
