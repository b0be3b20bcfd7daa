"""What the keeper plays over time, with time as an argument."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.signals import DARK, PATTERNS, Lamps, Pattern
from scanner.signals.follower import SILENCE_MS, Follower
from scanner.signals.player import MAX_CHANGES_PER_S

BOTH = Lamps(green=True, red=True)
GREEN = Lamps(green=True)


def _until(
    follower: Follower, at_ms: int, *, until_ms: int, speaks: bool
) -> list[tuple[int, Lamps]]:
    """Ask whenever the follower wants to be asked; give the changes."""
    shown: list[tuple[int, Lamps]] = []
    while at_ms < until_ms:
        if speaks:
            follower.heard(at_ms)
        lamps = follower.at(at_ms)
        if not shown or shown[-1][1] != lamps:
            shown.append((at_ms, lamps))
        next_ms = follower.next_ms(at_ms)
        assert next_ms > at_ms
        at_ms = next_ms
    return shown


def test_it_begins_dark() -> None:
    assert Follower(at_ms=0).at(0) == DARK


def test_an_answer_is_followed_by_the_state() -> None:
    follower = Follower(at_ms=0)
    follower.play(Pattern.READY, at_ms=0)
    follower.play(Pattern.STAFF, at_ms=100)
    shown = _until(follower, 100, until_ms=8000, speaks=True)
    # The wink comes 3.9 s after the signal ended, as after any other rest.
    assert [at_ms for at_ms, lamps in shown if lamps == BOTH] == [300, 1600 + 3900]


def test_an_answer_that_comes_a_second_late_is_not_played() -> None:
    """Its guest is gone: green would be for the next one."""
    follower = Follower(at_ms=0)
    follower.play(Pattern.ACCEPT, at_ms=5000, late_ms=1000)
    assert follower.at(5000) == DARK
    follower.play(Pattern.ACCEPT, at_ms=6000, late_ms=999)
    assert follower.at(6000).green


def test_ready_waits_for_a_running_answer() -> None:
    follower = Follower(at_ms=0)
    follower.play(Pattern.ACCEPT, at_ms=0)
    follower.play(Pattern.READY, at_ms=500)
    assert follower.at(1400) == GREEN


@pytest.mark.parametrize("state", [Pattern.FAULT, Pattern.DARK])
def test_fault_and_dark_do_not_wait(state: Pattern) -> None:
    follower = Follower(at_ms=0)
    follower.play(Pattern.ACCEPT, at_ms=0)
    assert follower.at(0).green
    follower.play(state, at_ms=500)
    assert follower.at(500) == (BOTH if state is Pattern.FAULT else DARK)


@pytest.mark.parametrize("over", [Pattern.FAULT, Pattern.DARK])
def test_a_fault_that_is_over_ends_at_once(over: Pattern) -> None:
    follower = Follower(at_ms=0)
    follower.play(over, at_ms=0)
    follower.at(0)
    follower.play(Pattern.READY, at_ms=300)
    assert follower.at(300) == DARK
    assert _until(follower, 300, until_ms=4300, speaks=True)[1][0] == 300 + 3900


def test_the_same_state_said_twice_keeps_its_rhythm() -> None:
    follower = Follower(at_ms=0)
    for at_ms in range(0, 2000, 300):
        follower.play(Pattern.FAULT, at_ms=at_ms)
    assert follower.at(1900) == DARK
    assert follower.at(2000) == BOTH


def test_a_signal_over_a_fault_does_not_bring_the_fault_back_by_itself() -> None:
    follower = Follower(at_ms=0)
    follower.play(Pattern.FAULT, at_ms=0)
    follower.at(0)
    follower.play(Pattern.CLICK, at_ms=1500)
    shown = _until(follower, 1500, until_ms=4000, speaks=True)
    assert not any(lamps.green or lamps.red for _, lamps in shown)


def test_silence_is_dark_after_a_second_and_not_before() -> None:
    follower = Follower(at_ms=0)
    follower.play(Pattern.ACCEPT, at_ms=0)
    assert _until(follower, 0, until_ms=5000, speaks=False)[-2:] == [(200, GREEN), (1000, DARK)]


def test_a_door_that_speaks_again_gets_its_state_back_but_no_answer() -> None:
    follower = Follower(at_ms=0)
    follower.play(Pattern.READY, at_ms=0)
    follower.play(Pattern.ACCEPT, at_ms=0)
    _until(follower, 0, until_ms=1500, speaks=False)
    follower.heard(1500)
    shown = _until(follower, 1500, until_ms=9000, speaks=True)
    assert [lamps for _, lamps in shown[:2]] == [DARK, BOTH]
    assert shown[1][0] == 1500 + 3900


@given(
    st.lists(
        st.tuples(st.sampled_from([*Pattern, None]), st.integers(0, 1500)), min_size=1, max_size=60
    )
)
def test_whatever_is_said_and_when_the_lamps_change_six_times_a_second_at_most(
    said: list[tuple[Pattern | None, int]],
) -> None:
    follower, at_ms, shown = Follower(at_ms=0), 0, DARK
    changes: list[int] = []
    for pattern, pause_ms in said:
        if pattern is None:
            follower.heard(at_ms)
        else:
            follower.play(pattern, at_ms=at_ms)
        until_ms, last_heard_ms = at_ms + pause_ms, at_ms
        while at_ms <= until_ms:
            lamps = follower.at(at_ms)
            changes += [at_ms] * ((lamps.green is not shown.green) + (lamps.red is not shown.red))
            shown = lamps
            assert at_ms - last_heard_ms < SILENCE_MS or not lamps.green
            at_ms = follower.next_ms(at_ms)
        at_ms = until_ms + 1
    for early, late in zip(changes, changes[MAX_CHANGES_PER_S:], strict=False):
        assert late - early > 1000


@given(
    st.lists(st.tuples(st.sampled_from(Pattern), st.integers(0, 1500)), max_size=12),
    st.integers(0, 20),
)
def test_whatever_was_shown_what_staff_decided_never_shows_green_alone(
    before: list[tuple[Pattern, int]], storm: int
) -> None:
    follower, at_ms = Follower(at_ms=0), 0
    for pattern, pause_ms in before:
        follower.play(pattern, at_ms=at_ms)
        _until(follower, at_ms, until_ms=at_ms + pause_ms, speaks=True)
        at_ms += pause_ms
    for _ in range(storm):
        follower.play(Pattern.STAFF, at_ms=at_ms)
        at_ms += 50
    follower.play(Pattern.STAFF, at_ms=at_ms)
    shown = _until(follower, at_ms, until_ms=at_ms + 1500, speaks=True)
    assert GREEN not in [lamps for _, lamps in shown]


def test_every_pattern_can_be_played() -> None:
    for pattern in PATTERNS:
        follower = Follower(at_ms=0)
        follower.play(pattern, at_ms=0)
        wanted = PATTERNS[pattern].steps[0]
        assert follower.at(0) == Lamps(wanted.green, wanted.red, wanted.tone_hz)
