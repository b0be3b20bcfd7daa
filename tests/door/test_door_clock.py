"""Where the time comes from, and what is believed of it."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from scanner.door.clock import RELEASED, MachineClock, RehearsalClock, believed
from scanner.terms import Moment

SEOUL = timezone(timedelta(hours=9))
NOON = datetime(2021, 12, 13, 11, 40, tzinfo=SEOUL)


@pytest.mark.parametrize(
    "lost",
    [datetime(1970, 1, 1, tzinfo=UTC), RELEASED - timedelta(microseconds=1)],
    ids=["a clock without a battery", "just before the release"],
)
def test_a_time_before_this_software_existed_is_not_trusted(lost: datetime) -> None:
    assert believed(lost) == Moment(RELEASED, trusted=False)


@pytest.mark.parametrize("wall", [RELEASED, RELEASED + timedelta(days=4000)], ids=str)
def test_a_later_time_is_believed_as_it_is(wall: datetime) -> None:
    assert believed(wall) == Moment(wall, trusted=True)


def test_a_time_is_compared_by_instant_whatever_its_zone() -> None:
    assert believed(RELEASED.astimezone(SEOUL)).trusted


@pytest.mark.parametrize("trusted", [True, False])
def test_a_rehearsals_time_is_its_start_and_the_frames_time(trusted: bool) -> None:  # noqa: FBT001
    clock = RehearsalClock(Moment(NOON, trusted=trusted))
    assert clock.moment(0) == Moment(NOON, trusted=trusted)
    assert clock.moment(90_067).wall - NOON == timedelta(seconds=90, milliseconds=67)
    assert clock.moment(90_067).trusted is trusted


def test_the_machines_time_is_aware_never_before_the_release_and_no_frames_time() -> None:
    moment = MachineClock().moment(0)
    assert moment.wall.utcoffset() == timedelta(0)
    assert moment.wall >= RELEASED
    assert MachineClock().moment(1 << 40).wall - moment.wall < timedelta(hours=1)
