"""A fleet of doors in simulated time: when each would ask, by the courier's own timing code."""

import heapq
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from scanner.sync.pacing import PERIOD_S, Pacing

Wait = Callable[[Pacing, int, random.Random], float]
"""From a door's pacing, its failures in a row and chance to its next wait in seconds."""

NAIVE_S: Final = 5.0
OUTAGE_S: Final = 600.0
SETTLED_S: Final = 2 * PERIOD_S
"""Before the outage: long enough to measure the steady rate."""

AFTER_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Course:
    """Rounds begun, in bins of `bin_s` seconds, of a fleet whose origin was dead for a while."""

    bins: Counter[int]
    bin_s: float

    def peak(self, begin_s: float, end_s: float) -> float:
        """Return the highest rate between two times, in rounds a second."""
        return max(self._between(begin_s, end_s)) / self.bin_s

    def mean(self, begin_s: float, end_s: float) -> float:
        """Return the mean rate between two times, in rounds a second."""
        return sum(self._between(begin_s, end_s)) / (end_s - begin_s)

    def _between(self, begin_s: float, end_s: float) -> list[int]:
        return [
            self.bins[number]
            for number in range(int(begin_s / self.bin_s), int(end_s / self.bin_s))
        ]


def courteous(pacing: Pacing, failures: int, chance: random.Random) -> float:
    """Wait as the courier does."""
    if failures:
        return pacing.after_failure_s(
            failures, min_wait_s=None, retry_after_s=None, random=chance.random
        )
    return pacing.after_success_s(min_wait_s=None, random=chance.random)


def naive(pacing: Pacing, failures: int, chance: random.Random) -> float:
    """Wait as the courier does, and five seconds after a failure."""
    return NAIVE_S if failures else courteous(pacing, 0, chance)


def outage(doors: int, *, wait: Wait, bin_s: float, seed: int = 1) -> Course:
    """Run a fleet that has been up for long through ten minutes without its origin."""
    chance = random.Random(seed)  # noqa: S311 - a simulation
    begins, ends = SETTLED_S, SETTLED_S + OUTAGE_S
    pacings = [Pacing(chance.random()) for _ in range(doors)]
    queue = [(chance.random() * PERIOD_S, door) for door in range(doors)]
    return _run(queue, pacings=pacings, wait=wait, dead=(begins, ends), bin_s=bin_s, chance=chance)


def power_cut(doors: int, *, bin_s: float, seed: int = 1) -> Course:
    """Run a fleet that is switched on at once."""
    chance = random.Random(seed)  # noqa: S311 - a simulation
    pacings = [Pacing(chance.random()) for _ in range(doors)]
    queue = [(pacing.first_s(), door) for door, pacing in enumerate(pacings)]
    return _run(queue, pacings=pacings, wait=courteous, dead=(0, 0), bin_s=bin_s, chance=chance)


def _run(  # noqa: PLR0913 - the whole world of a simulation
    queue: list[tuple[float, int]],
    *,
    pacings: list[Pacing],
    wait: Wait,
    dead: tuple[float, float],
    bin_s: float,
    chance: random.Random,
) -> Course:
    bins: Counter[int] = Counter()
    failures = [0] * len(pacings)
    heapq.heapify(queue)
    while queue[0][0] < dead[1] + AFTER_S:
        now, door = queue[0]
        bins[int(now / bin_s)] += 1
        failures[door] = failures[door] + 1 if dead[0] <= now < dead[1] else 0
        wait_s = wait(pacings[door], failures[door], chance)
        heapq.heapreplace(queue, (now + wait_s, door))
    return Course(bins, bin_s)
