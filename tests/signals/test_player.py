"""Patterns over time: pre-emption, the resting pattern, and the limit of flashes."""

import itertools
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.signals import DARK, PATTERNS, Lamps, Pattern, Player
from scanner.signals.player import MAX_CHANGES_PER_S

GREEN = Lamps(green=True)
RED = Lamps(red=True)
WITHOUT_GREEN = (Pattern.REFUSE, Pattern.USED, Pattern.CLICK, Pattern.DARK)
# Green alone belongs to an admission, and to the two patterns whose lights take turns.
GREEN_ALONE = (Pattern.ACCEPT, Pattern.ASK, Pattern.STALE)

Seen = list[tuple[int, Pattern, Lamps]]
PLAYS = st.lists(st.tuples(st.integers(0, 1500), st.sampled_from(Pattern)), max_size=30)


def _watch(plays: Iterable[tuple[int, Pattern]], *, resting: Pattern, tail_ms: int = 4000) -> Seen:
    """Play each pattern after its gap, and look whenever the player asks to be looked at."""
    player = Player(resting=resting)
    seen: Seen = []

    def look_until(end_ms: int, *, now_ms: int) -> None:
        while now_ms < end_ms:
            seen.append((now_ms, player.current(now_ms), player.at(now_ms)))
            now_ms = player.next_change_ms(now_ms)

    at_ms = 0
    for gap_ms, pattern in plays:
        look_until(at_ms + gap_ms, now_ms=at_ms)
        at_ms += gap_ms
        player.play(pattern, at_ms=at_ms)
        seen.append((at_ms, player.current(at_ms), player.at(at_ms)))
    look_until(at_ms + tail_ms, now_ms=at_ms)
    return seen


def _changes(seen: Seen) -> list[int]:
    """Give the time of each change, one entry a lamp."""
    lamps = [DARK, *(lamps for _, _, lamps in seen)]
    return [
        at_ms
        for (at_ms, _, now), before in zip(seen, lamps, strict=False)
        for changed in (now.green is not before.green, now.red is not before.red)
        if changed
    ]


def _most_in_a_second(changes: list[int]) -> int:
    return max(
        (sum(start <= other < start + 1000 for other in changes) for start in changes), default=0
    )


def test_the_lamps_are_dark_before_anything_is_played() -> None:
    assert Player().at(0) == DARK
    assert Player().current(0) is Pattern.DARK


def test_an_admission_burns_green_to_its_end_and_no_longer() -> None:
    player = Player()
    player.play(Pattern.ACCEPT, at_ms=70)
    assert player.at(70) == Lamps(green=True, tone_hz=2000)
    assert player.at(270) == GREEN
    assert player.at(2069) == GREEN
    assert player.at(2070) == DARK
    assert player.current(2070) is Pattern.DARK


def test_steps_follow_each_other_at_their_times() -> None:
    player = Player()
    player.play(Pattern.REFUSE, at_ms=1000)
    reds = [player.at(at_ms).red for at_ms in (1000, 1499, 1500, 1999, 2000, 2500, 3000)]
    assert reds == [True, True, False, False, True, False, True]


def test_a_new_signal_preempts_the_running_one_at_once() -> None:
    player = Player()
    player.play(Pattern.ACCEPT, at_ms=0)
    player.at(0)
    player.play(Pattern.REFUSE, at_ms=500)
    assert player.at(500) == Lamps(red=True, tone_hz=400)
    assert player.current(500) is Pattern.REFUSE


def test_the_same_signal_again_begins_from_its_start() -> None:
    player = Player()
    player.play(Pattern.ACCEPT, at_ms=0)
    player.at(0)
    player.play(Pattern.ACCEPT, at_ms=1900)
    assert player.at(1900).tone_hz == 2000
    assert player.at(3899).green
    assert not player.at(3900).green


def test_a_signal_ends_in_the_resting_pattern_from_its_beginning() -> None:
    player = Player(resting=Pattern.READY)
    player.play(Pattern.ACCEPT, at_ms=3000)
    player.at(3000)
    assert player.current(5000) is Pattern.READY
    assert player.at(5000 + 3899) == DARK
    assert player.at(5000 + 3900) == Lamps(green=True, red=True)
    assert player.at(5000 + 4000) == DARK


def test_a_resting_pattern_changed_during_a_signal_waits_for_its_end() -> None:
    player = Player(resting=Pattern.READY)
    player.play(Pattern.ACCEPT, at_ms=0)
    player.at(0)
    player.rest(Pattern.FAULT, at_ms=100)
    assert player.current(1999) is Pattern.ACCEPT
    assert player.at(2000) == Lamps(green=True, red=True)
    assert player.at(3000) == DARK


def test_resting_on_the_same_pattern_again_does_not_begin_it_anew() -> None:
    player = Player(resting=Pattern.FAULT)
    player.rest(Pattern.FAULT, at_ms=900)
    assert player.at(1000) == DARK


def test_a_repeating_pattern_repeats() -> None:
    player = Player()
    player.rest(Pattern.FAULT, at_ms=0)
    lit = [player.at(at_ms) == Lamps(green=True, red=True) for at_ms in range(0, 8000, 1000)]
    assert lit == [True, False] * 4


def test_the_next_change_is_the_end_of_the_step() -> None:
    player = Player(resting=Pattern.READY)
    assert player.next_change_ms(0) == 3900
    player.play(Pattern.USED, at_ms=1000)
    assert player.next_change_ms(1000) == 1200
    assert player.next_change_ms(1150) == 1200


@given(plays=PLAYS, resting=st.sampled_from(Pattern))
def test_time_always_goes_on(plays: list[tuple[int, Pattern]], resting: Pattern) -> None:
    times = [at_ms for at_ms, _, _ in _watch(plays, resting=resting)]
    assert times == sorted(times)


@pytest.mark.parametrize("pattern", Pattern)
def test_one_pattern_alone_is_shown_whole_within_the_limit(pattern: Pattern) -> None:
    seen = _watch([(0, pattern)], resting=Pattern.DARK, tail_ms=PATTERNS[pattern].length_ms)
    shown = {at_ms: (lamps.green, lamps.red) for at_ms, _, lamps in seen}
    at_ms = 0
    for step in PATTERNS[pattern].steps:
        assert shown[at_ms] == (step.green, step.red)
        at_ms += step.units * 100
    assert _most_in_a_second(_changes(seen)) <= MAX_CHANGES_PER_S


def test_the_limit_is_that_of_photosensitive_epilepsy() -> None:
    assert MAX_CHANGES_PER_S == 6


@pytest.mark.parametrize("one", Pattern)
@settings(max_examples=25)
@given(
    other=st.sampled_from(Pattern),
    gaps_ms=st.lists(st.integers(0, 700), min_size=2, max_size=24),
    resting=st.sampled_from([Pattern.DARK, Pattern.READY, Pattern.FAULT]),
)
def test_two_alternating_signals_flash_no_more_than_six_times_in_any_second(
    one: Pattern, other: Pattern, gaps_ms: list[int], resting: Pattern
) -> None:
    seen = _watch(zip(gaps_ms, itertools.cycle((one, other)), strict=False), resting=resting)
    assert _most_in_a_second(_changes(seen)) <= MAX_CHANGES_PER_S


@given(plays=PLAYS, resting=st.sampled_from([Pattern.DARK, Pattern.READY, Pattern.FAULT]))
def test_green_goes_out_at_once_under_a_signal_without_green(
    plays: list[tuple[int, Pattern]], resting: Pattern
) -> None:
    for _, pattern, lamps in _watch(plays, resting=resting):
        assert not (pattern in WITHOUT_GREEN and lamps.green)


@given(plays=PLAYS, tail_ms=st.integers(1, 5000))
def test_green_goes_out_at_once_when_its_signal_ends(
    plays: list[tuple[int, Pattern]], tail_ms: int
) -> None:
    player = Player()
    at_ms = 0
    for gap_ms, pattern in [*plays, (0, Pattern.ACCEPT)]:
        at_ms += gap_ms
        player.play(pattern, at_ms=at_ms)
        player.at(at_ms)
    player.at(at_ms + min(tail_ms, 1999))
    assert not player.at(at_ms + 2000).green


@given(plays=PLAYS, resting=st.sampled_from([Pattern.DARK, Pattern.READY, Pattern.FAULT]))
def test_the_limit_never_turns_another_signal_into_green_alone(
    plays: list[tuple[int, Pattern]], resting: Pattern
) -> None:
    for _, pattern, lamps in _watch(plays, resting=resting):
        assert pattern in GREEN_ALONE or not (lamps.green and not lamps.red)


@given(plays=PLAYS, resting=st.sampled_from([Pattern.DARK, Pattern.READY, Pattern.FAULT]))
def test_what_sounds_is_never_held_back(plays: list[tuple[int, Pattern]], resting: Pattern) -> None:
    seen = _watch(plays, resting=resting)
    for at_ms, pattern, lamps in seen:
        tones = {step.tone_hz for step in PATTERNS[pattern].steps}
        assert lamps.tone_hz in tones, at_ms


def test_asking_never_begins_with_green_alone_though_red_had_to_wait() -> None:
    """Four signals within half a second use up the changes; the next one is ASK."""
    player = Player()
    shown: list[Lamps] = []
    plays = {133: Pattern.ACCEPT, 267: Pattern.REFUSE, 333: Pattern.ACCEPT, 467: Pattern.ASK}
    for at_ms in range(0, 2600, 10):
        starting = [pattern for due, pattern in plays.items() if at_ms - 10 < due <= at_ms]
        for pattern in starting:
            player.play(pattern, at_ms=at_ms)
        lamps = player.at(at_ms)
        if at_ms >= 470:
            shown.append(lamps)
    lit = [lamps for lamps in shown if lamps.green or lamps.red]
    assert lit[0].red
    assert any(lamps.green and not lamps.red for lamps in lit)
