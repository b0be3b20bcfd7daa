"""When rounds begin: spread out, patient, within bounds."""

from hypothesis import given
from hypothesis import strategies as st

from scanner.sync.pacing import (
    BOOT_SPREAD_S,
    MAX_PERIOD_S,
    MAX_RETRY_AFTER_S,
    MIN_WAIT_S,
    PERIOD_S,
    Pacing,
)

HALF = Pacing(0.5)
MOST = 1.1 + 1e-9  # sums of floats
DAY_S = 24 * 3600
phases = st.floats(0, 1, exclude_max=True)
draws = st.floats(0, 1, exclude_max=True)
anything = st.none() | st.floats(-1e9, 1e9)


def lowest() -> float:
    return 0.0


def middle() -> float:
    return 0.5


@given(phases)
def test_after_a_power_cut_first_rounds_are_spread_over_five_minutes(phase: float) -> None:
    assert Pacing(phase).first_s() == phase * BOOT_SPREAD_S < 300


def test_the_period_is_a_quarter_of_an_hour_and_wavers_by_a_tenth() -> None:
    assert HALF.after_success_s(min_wait_s=None, random=middle) == 900
    assert HALF.after_success_s(min_wait_s=None, random=lowest) == 810
    assert 989 < HALF.after_success_s(min_wait_s=None, random=lambda: 0.999) < 990


@given(anything, draws)
def test_a_feed_may_ask_for_longer_waits_but_never_shorter_and_never_above_a_day(
    asked: float | None, draw: float
) -> None:
    wait = HALF.after_success_s(min_wait_s=asked, random=lambda: draw)
    assert 0.9 * PERIOD_S <= wait <= MOST * MAX_PERIOD_S
    if asked is not None and PERIOD_S <= asked <= MAX_PERIOD_S:
        assert 0.9 * asked <= wait <= MOST * asked


def test_after_failures_the_wait_is_any_part_of_a_doubling_time() -> None:
    def waits(failures: int) -> float:
        return HALF.after_failure_s(
            failures, min_wait_s=None, retry_after_s=None, random=lambda: 0.999999
        )

    assert [round(waits(number)) for number in range(1, 8)] == [60, 120, 240, 480, 900, 900, 900]
    assert round(waits(10**9)) == 900


def test_the_luckiest_draw_still_leaves_the_server_in_peace_for_ten_seconds() -> None:
    wait = HALF.after_failure_s(1, min_wait_s=None, retry_after_s=None, random=lowest)
    assert wait == MIN_WAIT_S == 10


def test_a_door_that_asks_once_a_day_does_not_ask_every_few_minutes_after_failures() -> None:
    wait = HALF.after_failure_s(11, min_wait_s=DAY_S, retry_after_s=None, random=middle)
    assert wait == 0.5 * 60 * 2**10


def test_what_a_server_asks_for_is_honoured_with_jitter_on_top() -> None:
    wait = HALF.after_failure_s(1, min_wait_s=None, retry_after_s=120, random=middle)
    assert wait == 120 + 30


@given(st.integers(0, 10**6), anything, anything, draws)
def test_no_answer_of_a_server_silences_a_door_for_more_than_bounds_allow(
    failures: int, min_wait: float | None, retry_after: float | None, draw: float
) -> None:
    wait = HALF.after_failure_s(
        failures, min_wait_s=min_wait, retry_after_s=retry_after, random=lambda: draw
    )
    assert MIN_WAIT_S <= wait <= MAX_RETRY_AFTER_S + MAX_PERIOD_S
