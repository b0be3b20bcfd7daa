"""A whole fleet with the courier's own timing: no herd, whatever the origin does."""

from scanner.sync.pacing import PERIOD_S
from tests.fleet.simulation import (
    AFTER_S,
    OUTAGE_S,
    SETTLED_S,
    Course,
    courteous,
    naive,
    outage,
    power_cut,
)

DOORS = 5_000
BIN_S = 10.0  # of so few doors, a second holds too few for a rate
ENDS_S = SETTLED_S + OUTAGE_S


def worst(course: Course) -> float:
    """The highest rate from the outage on, as a multiple of the steady rate."""
    return course.peak(SETTLED_S, ENDS_S + AFTER_S) / course.mean(PERIOD_S, SETTLED_S)


def test_ten_minutes_without_the_origin_bring_at_most_six_times_the_steady_rate() -> None:
    course = outage(DOORS, wait=courteous, bin_s=BIN_S)
    assert 0.9 < course.mean(PERIOD_S, SETTLED_S) / (DOORS / PERIOD_S) < 1.1
    assert 2 < worst(course) < 6


def test_retrying_every_five_seconds_would_bring_more_than_a_hundred_times() -> None:
    assert worst(outage(DOORS, wait=naive, bin_s=BIN_S)) > 100


def test_after_the_outage_the_fleet_is_back_at_its_steady_rate() -> None:
    course = outage(DOORS, wait=courteous, bin_s=BIN_S)
    last = ENDS_S + AFTER_S
    assert 0.9 < course.mean(last - PERIOD_S, last) / course.mean(PERIOD_S, SETTLED_S) < 1.1


def test_doors_that_are_switched_on_at_once_come_over_five_minutes() -> None:
    course = power_cut(DOORS, bin_s=BIN_S)
    assert course.peak(0, 300) < 1.5 * DOORS / 300
    assert course.peak(300, AFTER_S) < 4 * DOORS / PERIOD_S
