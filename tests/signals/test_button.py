"""A button as its pin bounces: which edges at which times are how many presses."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.signals.button import (
    DEBOUNCE_MS,
    MOST_PRESSES,
    REST_MS,
    SAMPLE_MS,
    STUCK_MS,
    Button,
)

PRESS: Final = (0, 120)
BOUNCE: Final = (0, 1, 2, 4, 7)


def presses(count: int, *, held_ms: int = 120, apart_ms: int = 300) -> tuple[int, ...]:
    """Give the edges of so many clean presses."""
    return tuple(edge for n in range(count) for edge in (n * apart_ms, n * apart_ms + held_ms))


def levels(edges: tuple[int, ...], *, at_ms: int) -> bool:
    """Say whether the button is down: it is up before the first edge and turns at each."""
    return sum(edge <= at_ms for edge in edges) % 2 == 1


def said(
    edges: tuple[int, ...], *, phase_ms: int = 0, for_ms: int = 30_000, every_ms: int = SAMPLE_MS
) -> tuple[list[int], list[bool]]:
    """Sample a pin with these edges; give the runs that were told, and the changes of stuck."""
    began_ms = -1000 + phase_ms
    button = Button(down=levels(edges, at_ms=began_ms), at_ms=began_ms)
    runs, stuck = [], [False]
    for at_ms in range(began_ms, for_ms, every_ms):
        if run := button.sample(down=levels(edges, at_ms=at_ms), at_ms=at_ms):
            runs.append(run)
        if button.is_stuck is not stuck[-1]:
            stuck.append(button.is_stuck)
    return runs, stuck[1:]


# Times of edges in milliseconds, and the runs that they are.
RUNS: Final[dict[str, tuple[tuple[int, ...], list[int]]]] = {
    "nothing": ((), []),
    "one press": (PRESS, [1]),
    "a hasty press": ((0, 60), [1]),
    "two": (presses(2), [2]),
    "three": (presses(3), [3]),
    "four": (presses(4), [4]),
    "five mean the same as four": (presses(5), [4]),
    "nineteen too": (presses(19), [4]),
    "hasty ones": (presses(3, held_ms=60, apart_ms=130), [3]),
    "slow ones": (presses(3, held_ms=400, apart_ms=1000), [3]),
    "held for three seconds": ((0, 3000), [1]),
    "held for nearly ten seconds": ((0, 9900), [1]),
    "one held long, then two more": ((0, 3000, 3300, 3420, 3700, 3820), [3]),
    "contacts that bounce when they close": ((*BOUNCE, 120), [1]),
    "contacts that bounce when they open": ((0, *(120 + edge for edge in BOUNCE)), [1]),
    "contacts that bounce for twenty milliseconds": (
        (0, 1, 3, 6, 8, 11, 14, 15, 18, 19, 20, 120, 121, 125, 129, 138),
        [1],
    ),
    "bounces within two presses": (
        (0, 2, 3, 120, 122, 123, 300, 301, 305, 420, 424, 425),
        [2],
    ),
    "a contact that opens for a moment in the middle": ((0, 60, 75, 140), [1]),
    "a spark": ((0, 5), []),
    "sparks without end": (tuple(range(0, 8000, 25)), []),
    "a spark behind a press": ((*PRESS, 500, 505), [1]),
    "a press, a rest, a press": ((0, 120, 1000, 1120), [1, 1]),
    "two, a rest, one": ((*presses(2), 1500, 1620), [2, 1]),
    "the second just before the rest is over": ((0, 120, 760, 880), [2]),
}


@pytest.mark.parametrize("phase_ms", range(0, SAMPLE_MS, 3))
@pytest.mark.parametrize("name", RUNS)
def test_a_run_is_as_many_presses_as_a_hand_made(name: str, phase_ms: int) -> None:
    edges, runs = RUNS[name]
    assert said(edges, phase_ms=phase_ms) == (runs, [])


def test_a_run_is_told_when_the_button_has_rested_and_not_before() -> None:
    button = Button(down=False, at_ms=0)
    told_ms = [
        at_ms
        for at_ms in range(0, 2000, SAMPLE_MS)
        if button.sample(down=levels((100, 200), at_ms=at_ms), at_ms=at_ms)
    ]
    assert told_ms == [200 + DEBOUNCE_MS + REST_MS]


# Times of edges, the runs told, and what is said of a button that sticks.
STUCK: Final[dict[str, tuple[tuple[int, ...], list[int], list[bool]]]] = {
    "held for eleven seconds": ((0, 11_000), [], [True, False]),
    "held for ever": ((0,), [], [True]),
    "held, and pressed again later": ((0, 11_000, 15_000, 15_120), [1], [True, False]),
    "held, and pressed again at once": ((0, 11_000, 11_300, 11_420), [], [True, False]),
    "a wire that swings and never rests": (presses(100, apart_ms=250), [], [True, False]),
    "twice": ((0, 11_000, 12_500, 24_000), [], [True, False, True, False]),
}


@pytest.mark.parametrize("name", STUCK)
def test_a_button_that_does_not_rest_is_told_once_and_is_no_press(name: str) -> None:
    edges, runs, stuck = STUCK[name]
    assert said(edges) == (runs, stuck)


# The button is down when somebody begins to look: what follows.
HELD: Final[dict[str, tuple[tuple[int, ...], list[int], list[bool]]]] = {
    "let go": ((-2000, 500), [], []),
    "let go, and pressed after a rest": ((-2000, 500, 1500, 1620), [1], []),
    "let go, and pressed at once": ((-2000, 500, 700, 820), [1], []),
    "held on": ((-2000,), [], [True]),
}


@pytest.mark.parametrize("name", HELD)
def test_what_was_down_when_nobody_looked_is_no_press(name: str) -> None:
    edges, runs, stuck = HELD[name]
    assert said(edges) == (runs, stuck)


def test_a_machine_that_stands_still_in_a_press_counts_it_once() -> None:
    button = Button(down=False, at_ms=0)
    times_ms = [*range(0, 300, SAMPLE_MS), *range(5000, 7000, SAMPLE_MS)]
    runs = [button.sample(down=200 <= at_ms < 5100, at_ms=at_ms) for at_ms in times_ms]
    assert [run for run in runs if run] == [1]


def _any_edges() -> st.SearchStrategy[tuple[int, ...]]:
    gaps = st.one_of(st.integers(1, 40), st.integers(40, 1000), st.integers(1000, 12_000))
    return st.lists(gaps, max_size=60).map(_laid)


def _laid(gaps: list[int]) -> tuple[int, ...]:
    return tuple(sum(gaps[: n + 1]) for n in range(len(gaps)))


@given(edges=_any_edges(), phase_ms=st.integers(0, SAMPLE_MS - 1))
def test_whatever_a_wire_does_it_says_no_more_than_a_hand_can(
    edges: tuple[int, ...], phase_ms: int
) -> None:
    end_ms = (edges[-1] if edges else 0) + STUCK_MS + 5000
    runs, stuck = said(edges, phase_ms=phase_ms, for_ms=end_ms)
    assert all(1 <= run <= MOST_PRESSES for run in runs)
    assert len(runs) <= 1 + end_ms / (REST_MS + 2 * DEBOUNCE_MS)
    assert len(stuck) <= 2 * (1 + end_ms / STUCK_MS)
    if edges and edges[-1] - edges[0] < DEBOUNCE_MS and len(edges) % 2 == 0:
        assert (runs, stuck) == ([], [])
