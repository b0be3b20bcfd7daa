"""The real keeper plays on simulated pins, and what the pins do is measured."""

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pytest

from scanner.signals import PATTERNS, Pattern, Step
from scanner.signals.patterns import UNIT_MS
from scanner.signals.wiring import Active, BuzzerKind, LampKind, Wiring

if TYPE_CHECKING:
    from tests.machine.emulated import Machine, Watched

GREEN, RED, BLUE, BUZZER = 17, 27, 22, 18

# Emulation is slow and the host has other work: six times what is measured where it has none.
TOLERANCE_S: Final = 0.060
# Emulated timers of 250 microseconds are late now and then; a wrong tone is off by far more.
TONE_TOLERANCE: Final = 0.25
# Dark and long enough that the limit of changes has forgotten the pattern before.
PAUSE_S: Final = 1.2
MAX_CHANGES_PER_S: Final = 6


@dataclass(frozen=True, slots=True)
class Played:
    """One pattern as it was seen, from its start to the next pattern's."""

    pattern: Pattern
    watched: "Watched"
    began_s: float
    ended_s: float

    def edges(self, pin: int) -> list[tuple[float, int]]:
        """Return the changes of a pin, in seconds after the door's word."""
        found = self.watched.edges(pin, since_s=self.began_s, until_s=self.ended_s)
        return [(at_s - self.began_s, level) for at_s, level in found]

    def waves(self, start_s: float, end_s: float) -> int:
        """Count how often the buzzer was switched on between two times after the door's word."""
        since_s, until_s = self.began_s + start_s, self.began_s + end_s
        written = self.watched.writes(BUZZER, since_s=since_s, until_s=until_s)
        return sum(level for _, level in written)


def length_s(pattern: Pattern) -> float:
    """Say how long to play: to the end, or where there is none, nearly twice, into the dark."""
    score = PATTERNS[pattern]
    return score.length_ms / 1000 * (1.75 if score.repeats else 1)


def steps(pattern: Pattern) -> list[tuple[float, float, Step]]:
    """Lay the steps of a pattern out: from when to when, in seconds after its start."""
    laid: list[tuple[float, float, Step]] = []
    at_s = 0.0
    while at_s < length_s(pattern):
        for step in PATTERNS[pattern].steps:
            end_s = at_s + step.units * UNIT_MS / 1000
            laid.append((at_s, end_s, step))
            at_s = end_s
    return [(start_s, end_s, step) for start_s, end_s, step in laid if start_s < length_s(pattern)]


def expected_edges(pattern: Pattern, lamp: str) -> list[tuple[float, int]]:
    """Say when a lamp must change, from dark to dark."""
    levels = [(start_s, int(getattr(step, lamp))) for start_s, _, step in steps(pattern)]
    levels = [(-1.0, 0), *levels, (length_s(pattern), 0)]
    return [after for before, after in itertools.pairwise(levels) if before[1] != after[1]]


@pytest.fixture(scope="module")
def performance(machine: "Machine") -> dict[Pattern, Played]:
    """Play every pattern once, with a pause in the dark after each."""
    program = [
        part
        for pattern in Pattern
        for part in ((pattern.value, length_s(pattern)), (Pattern.DARK.value, PAUSE_S))
    ]
    watched = machine.watch(GREEN, RED, BUZZER)
    door = machine.open_door(Wiring(), *program)
    assert door.end().code == 0
    began = [(Pattern(one["played"]), one["at_s"]) for one in door.said() if "played" in one]
    seen = watched()
    # A pattern's own end lies in the pause that follows it.
    ends_s = [at_s for _, at_s in began[2::2]] + [began[-1][1] + PAUSE_S]
    return {
        pattern: Played(pattern, seen, began_s=at_s, ended_s=end_s)
        for (pattern, at_s), end_s in zip(began[::2], ends_s, strict=True)
    }


def test_the_header_is_found_by_its_label_though_it_is_not_the_first_chip(
    machine: "Machine",
) -> None:
    chips = machine.sh("gpiodetect").splitlines()
    assert chips == ["gpiochip0 [gpio-brcmstb] (15 lines)", "gpiochip1 [pinctrl-rp1] (54 lines)"]
    said = machine.open_door(Wiring()).said()
    assert said[0]["told"] == "pinctrl-rp1: green 17, red 27, buzzer 18"


def test_a_board_that_tells_no_revision_is_no_hindrance(machine: "Machine") -> None:
    machine.sh("! grep -q Revision /proc/cpuinfo && [ ! -e /proc/device-tree ]")
    assert "told" in machine.open_door(Wiring()).said()[0]


@pytest.mark.parametrize("pattern", Pattern, ids=lambda pattern: pattern.value)
@pytest.mark.parametrize(("lamp", "pin"), [("green", GREEN), ("red", RED)])
def test_a_lamp_burns_when_and_as_long_as_the_table_says(
    performance: dict[Pattern, Played], pattern: Pattern, lamp: str, pin: int
) -> None:
    expected, seen = expected_edges(pattern, lamp), performance[pattern].edges(pin)
    late_ms = [round((at_s - due_s) * 1000) for (due_s, _), (at_s, _) in zip(expected, seen)]  # noqa: B905
    print(f"{pattern.value:6} {lamp:5} {len(expected)} changes, late by ms: {late_ms}")
    assert [level for _, level in seen] == [level for _, level in expected]
    for (due_s, _), (at_s, _) in zip(expected, seen, strict=True):
        assert due_s == pytest.approx(at_s, abs=TOLERANCE_S)


@pytest.mark.parametrize("pattern", Pattern, ids=lambda pattern: pattern.value)
def test_a_tone_has_its_pitch_and_the_rest_is_silence(
    performance: dict[Pattern, Played], pattern: Pattern
) -> None:
    played = performance[pattern]
    for start_s, end_s, step in steps(pattern):
        inner_s = end_s - start_s - 2 * TOLERANCE_S if step.units > 1 else 0
        if inner_s <= 0:
            continue
        waves = played.waves(start_s + TOLERANCE_S, end_s - TOLERANCE_S)
        if step.tone_hz:
            print(f"{pattern.value:6} {step.tone_hz:4} Hz: measured {waves / inner_s:6.0f} Hz")
        assert waves / inner_s == pytest.approx(step.tone_hz, rel=TONE_TOLERANCE)


def test_a_click_is_short_and_moves_no_lamp(performance: dict[Pattern, Played]) -> None:
    click = performance[Pattern.CLICK]
    assert click.edges(GREEN) == click.edges(RED) == []
    assert click.waves(0, 0.1 + TOLERANCE_S) > 10
    assert click.waves(0.1 + TOLERANCE_S, PAUSE_S) == 0


def test_the_pins_are_dark_before_the_first_pattern_and_after_the_last(
    performance: dict[Pattern, Played],
) -> None:
    first, last = performance[Pattern.ACCEPT], performance[Pattern.DARK]
    seen = first.watched
    for pin in (GREEN, RED, BUZZER):
        assert seen.edges(pin, until_s=first.began_s) == []
        assert seen.writes(pin)[0][1] == 0
        assert seen.writes(pin)[-1][1] == 0
        assert seen.edges(pin, since_s=last.began_s) == []


def changes_in_any_second(watched: "Watched") -> int:
    """Count the lamp changes in the worst second, less the jitter of both its ends."""
    times = sorted(at_s for pin in (GREEN, RED) for at_s, _ in watched.edges(pin))
    second_s = 1 - TOLERANCE_S
    return max(sum(start_s <= at_s < start_s + second_s for at_s in times) for start_s in times)


def test_lamps_change_at_most_six_times_in_any_second_of_all_patterns(
    performance: dict[Pattern, Played],
) -> None:
    assert changes_in_any_second(performance[Pattern.ACCEPT].watched) <= MAX_CHANGES_PER_S


def test_lamps_change_at_most_six_times_a_second_while_answers_alternate_wildly(
    machine: "Machine",
) -> None:
    watched = machine.watch(GREEN, RED)
    door = machine.open_door(Wiring(), *[("accept", 0.1), ("refuse", 0.1), ("ask", 0.1)] * 15)
    assert door.end().code == 0
    assert 3 < changes_in_any_second(watched()) <= MAX_CHANGES_PER_S


def test_an_active_buzzer_is_switched_and_not_played(machine: "Machine") -> None:
    watched = machine.watch(BUZZER)
    door = machine.open_door(Wiring(buzzer=BuzzerKind.ACTIVE), ("used", 3.2))
    assert door.end().code == 0
    began_s = door.said()[1]["at_s"]
    edges = watched().edges(BUZZER)
    assert [level for _, level in edges] == [1, 0, 1, 0]
    for (at_s, _), due_s in zip(edges, (0, 0.2, 0.4, 0.6), strict=True):
        assert at_s - began_s == pytest.approx(due_s, abs=TOLERANCE_S)


def test_the_blue_channel_of_an_rgb_lamp_never_burns(machine: "Machine") -> None:
    # As if it had been left burning.
    machine.pull(BLUE, level=1)
    watched = machine.watch(BLUE, GREEN)
    door = machine.open_door(Wiring(lamps=LampKind.RGB), ("accept", 2.2))
    assert door.end().code == 0
    seen = watched()
    assert {level for _, level in seen.writes(BLUE)} == {0}
    assert 1 in {level for _, level in seen.writes(GREEN)}


def test_lamps_lit_at_low_are_taken_at_high_and_never_flash(machine: "Machine") -> None:
    # The boards that want this hold their inputs high.
    machine.pull(GREEN, RED, level=1)
    watched = machine.watch(GREEN, RED)
    door = machine.open_door(Wiring(active=Active.LOW), ("accept", 2.4))
    assert door.end().code == 0
    seen = watched()
    assert [level for _, level in seen.edges(GREEN)] == [0, 1]
    assert seen.edges(RED) == []
    assert {level for _, level in seen.writes(RED)} == {1}
