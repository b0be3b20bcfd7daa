"""Keys that are right each by itself, and do not go together."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise

from scanner.settings.lists import RevokedList, TrustList
from scanner.settings.schema import Settings


@dataclass(frozen=True, slots=True)
class Clash:
    """Two keys of a section that do not go together, and what to say at either of them."""

    section: str
    names: tuple[str, str]
    words: tuple[str, str]


def clashes(settings: Settings) -> Iterator[Clash]:
    """Find keys that do not go together."""
    pins = settings.signals.pins_in_use
    for first, second in combinations(pins, 2):
        if pins[first] == pins[second]:
            yield Clash("signals", (first, second), (_same(second), _same(first)))
    yield from _descents("trust_list", settings.trust_list)
    yield from _descents("revoked_list", settings.revoked_list)


def _same(other: str) -> str:
    return f"the same as {other}; give each a pin of its own"


def _descents(section: str, ages: TrustList | RevokedList) -> Iterator[Clash]:
    """Find the steps of a ladder that do not come after one another."""
    hours = {"ageing_h": ages.ageing_h, "stale_h": ages.stale_h, "expired_h": ages.expired_h}
    for earlier, later in pairwise(hours):
        if hours[earlier] >= hours[later]:
            words = (
                f"not before {later}; give fewer hours than {hours[later]}",
                f"not after {earlier}; give more hours than {hours[earlier]}",
            )
            yield Clash(section, (earlier, later), words)
