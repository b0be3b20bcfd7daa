"""A thousand guests through an installed door: nothing grows, and nothing of them is kept.

    python -m tests.service.endurance [GUESTS]

Every guest has a pass of their own, shown for ten frames; no frame is left out. Prints what
the processes take on the way, and where anything of a pass was found.
"""

import sys
import time
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from tests.service import guests
from tests.service.conftest import change
from tests.service.container import UNIT, Container
from tests.service.endurance_memory import Weight, together, weighed
from tests.service.endurance_search import Needles, searched
from tests.service.guests import Guest
from tests.service.house import TRUST, House, house

GUESTS: Final = 1000
FRAMES_EACH: Final = 10
# At a fifth of the way the ring of 200 decisions is full, and every table has its size.
SHARES: Final = (0.1, 0.2, 0.5, 1.0)
SETTLED: Final = 0.2
_FOLDER: Final = "/srv/guests"
_LIMIT_S: Final = 900.0


@dataclass(slots=True)
class Walk:
    """What became of all the guests."""

    people: tuple[Guest, ...]
    needles: Needles
    weights: dict[float, dict[str, Weight]] = field(default_factory=dict)
    status: dict[str, Any] = field(default_factory=dict)
    took_s: float = 0.0

    @property
    def frames(self) -> int:
        """How many frames there were."""
        return len(self.people) * FRAMES_EACH

    def growth_mb(self) -> dict[str, float]:
        """Return what each process grew by since it had settled, in memory of its own."""
        before, after = self.weights[SETTLED], self.weights[1.0]
        return {trade: after[trade].uss_mb - before[trade].uss_mb for trade in after}


def walk(system: Container, *, count: int = GUESTS) -> Walk:
    """Let the guests pass a door that is booted; samples are taken on the way."""
    signer = guests.issuer()
    people = tuple(guests.guests(count, by=signer))
    kid = signer.kid
    done = Walk(people, Needles(people, also=(kid.hex(), b64encode(kid).decode())))
    system.run("systemctl", "stop", UNIT)
    system.write(TRUST, signer.certificate_der)
    lay_out(system, people=people)
    change(system, source=f"frames:{_FOLDER}?hold={FRAMES_EACH}")
    system.run("systemctl", "start", UNIT)
    started = time.monotonic()
    for share in SHARES:
        system.await_that(
            lambda at=share * done.frames: _frames(system) >= at,  # type: ignore[misc]
            why=f"{share:.0%} of the frames are seen",
            within_s=_LIMIT_S,
        )
        done.weights[share] = weighed(system)
    done.took_s = time.monotonic() - started
    system.await_that(lambda: _decided(system) >= count, why="the last guest is answered")
    done.status = system.status()
    return done


def lay_out(system: Container, *, people: Iterable[Guest]) -> None:
    """Put one picture of each guest before the camera."""
    for number, guest in enumerate(people):
        system.write(f"{_FOLDER}/{number:05}.png", guests.png(guests.shown(guest.text)))


def report(at: House, *, count: int) -> bool:
    """Print what became of the guests; say whether nothing of them was found."""
    with at.off() as system:
        system.boot()
        done = walk(system, count=count)
        print(f"{done.frames} frames, {count} guests in {done.took_s:.0f} s", end="; ")
        print(f"decisions {done.status['decisions']}")
        for share, weights in done.weights.items():
            print(f"after {share:.0%}:")
            for trade, weight in weights.items():
                print(f"  {trade:<7} {weight.line}")
            print(f"  {'all':<7} {together(weights).line}")
        for trade, grown in done.growth_mb().items():
            print(f"{trade}: own memory {grown:+.2f} MB from {SETTLED:.0%} to 100%")
        found, total = searched(system, needles=done.needles)
        system.run("systemctl", "stop", UNIT)
        later, _ = searched(system, needles=done.needles)
        print(f"{len(done.needles)} pieces searched for in {total / 1e6:.1f} MB: {found | later}")
        return not found and not later


def main(arguments: list[str]) -> int:
    """Print the report."""
    count = int(arguments[0]) if arguments else GUESTS
    with house() as at:
        return 0 if report(at, count=count) else 1


def _frames(system: Container) -> int:
    return int((system.status().get("camera") or {}).get("frames", 0))


def _decided(system: Container) -> int:
    return sum(system.status().get("decisions", {}).values())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
