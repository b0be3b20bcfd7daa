"""The table of signals: which decision shows what, and how signals differ."""

import pytest

from scanner.signals import PATTERNS, Pattern, Score, pattern_for
from scanner.signals.patterns import UNIT_MS
from scanner.terms import Decision, Reason, Verdict
from scanner.terms.verdict import VERDICT_OF

PATTERN_OF: dict[Reason, Pattern | None] = {
    Reason.ADMITTED: Pattern.ACCEPT,
    Reason.ADMITTED_MARKED: Pattern.ACCEPT,
    Reason.NOT_A_PASS: Pattern.CLICK,
    Reason.NO_CODE: None,
    Reason.MALFORMED: Pattern.REFUSE,
    Reason.TOO_LARGE: Pattern.REFUSE,
    Reason.UNSUPPORTED: Pattern.REFUSE,
    Reason.ONLINE_ONLY: Pattern.ASK,
    Reason.UNKNOWN_ISSUER: Pattern.REFUSE,
    Reason.ISSUER_MISMATCH: Pattern.REFUSE,
    Reason.WRONG_ALGORITHM: Pattern.REFUSE,
    Reason.BAD_SIGNATURE: Pattern.REFUSE,
    Reason.REVOKED: Pattern.REFUSE,
    Reason.KEY_EXPIRED: Pattern.REFUSE,
    Reason.KEY_PURPOSE: Pattern.REFUSE,
    Reason.NOT_YET_VALID: Pattern.REFUSE,
    Reason.EXPIRED: Pattern.REFUSE,
    Reason.RULE_NOT_MET: Pattern.REFUSE,
    Reason.WRONG_EVENT: Pattern.REFUSE,
    Reason.WRONG_GATE: Pattern.REFUSE,
    Reason.ALREADY_USED: Pattern.USED,
    Reason.MORE_NEEDED: Pattern.ASK,
    Reason.TWO_PASSES: Pattern.ASK,
    Reason.CHECK_ID: Pattern.ASK,
    Reason.PASSBACK: Pattern.ASK,
    Reason.LIST_MISSING: Pattern.FAULT,
    Reason.CLOCK_UNTRUSTED: Pattern.ASK,
    Reason.CAMERA_LOST: Pattern.FAULT,
    Reason.READER_LOST: Pattern.FAULT,
    Reason.PINS_LOST: Pattern.FAULT,
    Reason.INTERNAL: Pattern.FAULT,
}
# Told from the first answer, or from the venue's choice, and tested on their own below.
WITHOUT_OWN_VERDICT = {Reason.REPEATED, Reason.LIST_STALE}
MEANT_FOR_A_GUEST = (Pattern.ACCEPT, Pattern.REFUSE, Pattern.USED, Pattern.ASK)
TOLD_APART = (*MEANT_FOR_A_GUEST, Pattern.STAFF, Pattern.FAULT, Pattern.READY, Pattern.WARY)
BLINKING_IN_TURN = {Pattern.ASK, Pattern.STALE}


def _tones(pattern: Pattern) -> list[tuple[int, int]]:
    """Give (hertz, units) of each tone in order; silence between equal tones separates them."""
    return [(step.tone_hz, step.units) for step in PATTERNS[pattern].steps if step.tone_hz]


def _colour_blind(score: Score, *, units: int = 80) -> tuple[tuple[bool, bool], ...]:
    """Give what one sees and hears without colour and pitch: something lit, something sounding."""
    once = [
        (step.green or step.red, step.tone_hz > 0)
        for step in score.steps
        for _ in range(step.units)
    ]
    rounds = once * (units // len(once) + 1) if score.repeats else once
    return tuple((rounds + [(False, False)] * units)[:units])


def test_every_reason_has_its_pattern_in_this_table() -> None:
    assert set(PATTERN_OF) == set(Reason) - WITHOUT_OWN_VERDICT


@pytest.mark.parametrize("reason", PATTERN_OF, ids=lambda reason: reason.value)
def test_a_reason_shows_its_pattern(reason: Reason) -> None:
    assert pattern_for(Decision(VERDICT_OF[reason], reason)) is PATTERN_OF[reason]


@pytest.mark.parametrize("reason", PATTERN_OF, ids=lambda reason: reason.value)
def test_a_repeated_answer_shows_the_first_answers_pattern(reason: Reason) -> None:
    again = Decision(VERDICT_OF[reason], Reason.REPEATED, repeats=reason)
    assert pattern_for(again) is PATTERN_OF[reason]


@pytest.mark.parametrize("verdict", [Verdict.ASK, Verdict.REFUSE])
def test_a_stale_list_has_a_light_of_its_own_whatever_the_venue_chose(verdict: Verdict) -> None:
    assert pattern_for(Decision(verdict, Reason.LIST_STALE)) is Pattern.STALE


def test_every_pattern_has_a_score() -> None:
    assert set(PATTERNS) == set(Pattern)
    assert all(score.length_ms > 0 for score in PATTERNS.values())


def test_a_length_is_the_sum_of_its_steps_in_units_of_100_ms() -> None:
    assert UNIT_MS == 100
    assert PATTERNS[Pattern.ACCEPT].length_ms == 2000
    assert PATTERNS[Pattern.CLICK].length_ms == 100


def test_only_an_admission_begins_with_green_alone() -> None:
    green_first = {
        pattern
        for pattern, score in PATTERNS.items()
        if next((step.green and not step.red for step in score.steps if step.green or step.red), 0)
    }
    assert green_first == {Pattern.ACCEPT}


def test_green_alone_burns_only_in_an_admission_and_where_both_lights_take_turns() -> None:
    alone = {
        pattern
        for pattern, score in PATTERNS.items()
        if any(step.green and not step.red for step in score.steps)
    }
    assert alone == {Pattern.ACCEPT} | BLINKING_IN_TURN


def test_an_admission_is_steady_green_with_one_short_high_tone() -> None:
    assert all((step.green, step.red) == (True, False) for step in PATTERNS[Pattern.ACCEPT].steps)
    ((hertz, units),) = _tones(Pattern.ACCEPT)
    assert hertz >= 1500
    assert units <= 2


def test_a_refusal_is_a_slow_red_blink_with_one_long_low_tone() -> None:
    steps = PATTERNS[Pattern.REFUSE].steps
    assert not any(step.green for step in steps)
    assert [step.red for step in steps] == [True, False] * 3
    ((hertz, units),) = _tones(Pattern.REFUSE)
    assert hertz <= 500
    assert units >= 5


def test_a_used_ticket_is_red_with_two_low_tones() -> None:
    assert all((step.green, step.red) == (False, True) for step in PATTERNS[Pattern.USED].steps)
    (first, _), (second, _) = _tones(Pattern.USED)
    assert max(first, second) <= 500


@pytest.mark.parametrize("pattern", sorted(BLINKING_IN_TURN, key=str))
def test_both_lights_take_turns_where_a_person_decides(pattern: Pattern) -> None:
    assert all(step.green is not step.red for step in PATTERNS[pattern].steps)
    assert {step.green for step in PATTERNS[pattern].steps} == {True, False}


def test_asking_sounds_high_then_low() -> None:
    (high, _), (low, _) = _tones(Pattern.ASK)
    assert high > low


def test_a_fault_is_slow_silent_and_lasts() -> None:
    score = PATTERNS[Pattern.FAULT]
    assert score.repeats
    assert not _tones(Pattern.FAULT)
    assert all(step.units >= 10 for step in score.steps)


def test_ready_is_a_short_silent_wink_every_few_seconds() -> None:
    score = PATTERNS[Pattern.READY]
    assert score.repeats
    assert not _tones(Pattern.READY)
    assert 2000 <= score.length_ms <= 5000
    assert sum(step.units for step in score.steps if step.green or step.red) == 1


def test_a_door_that_needs_a_look_winks_twice_and_is_ready_to_scripts() -> None:
    score = PATTERNS[Pattern.WARY]
    assert score.repeats
    assert not _tones(Pattern.WARY)
    assert score.length_ms == PATTERNS[Pattern.READY].length_ms
    assert [step.units for step in score.steps if step.green and step.red] == [1, 1]
    assert Pattern.WARY.told == "ready"
    assert all(one.told == one.value for one in Pattern if one is not Pattern.WARY)


def test_a_click_lights_nothing() -> None:
    assert not any(step.green or step.red for step in PATTERNS[Pattern.CLICK].steps)


def test_dark_is_dark_and_silent() -> None:
    assert not any(s.green or s.red or s.tone_hz for s in PATTERNS[Pattern.DARK].steps)


def test_tones_stay_where_buzzers_are_loud_and_old_ears_hear() -> None:
    tones = {hertz for pattern in Pattern for hertz, _ in _tones(pattern)}
    assert min(tones) >= 300
    assert max(tones) < 3000


def test_signals_are_told_apart_without_colour_and_without_pitch() -> None:
    rhythms = [_colour_blind(PATTERNS[pattern]) for pattern in TOLD_APART]
    assert len(set(rhythms)) == len(TOLD_APART)


def test_what_staff_decided_burns_in_both_colours_and_sounds_like_no_answer() -> None:
    assert all(step.green and step.red for step in PATTERNS[Pattern.STAFF].steps)
    assert not PATTERNS[Pattern.STAFF].repeats
    ((hertz, _),) = _tones(Pattern.STAFF)
    assert hertz not in {hertz for pattern in MEANT_FOR_A_GUEST for hertz, _ in _tones(pattern)}


def test_signals_for_guests_are_told_apart_by_ear_alone() -> None:
    assert len({tuple(_tones(pattern)) for pattern in MEANT_FOR_A_GUEST}) == len(MEANT_FOR_A_GUEST)


def test_signals_for_guests_end_and_states_go_on() -> None:
    repeating = {pattern for pattern, score in PATTERNS.items() if score.repeats}
    assert repeating == {Pattern.FAULT, Pattern.READY, Pattern.WARY, Pattern.DARK}
