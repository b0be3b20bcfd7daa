"""The time at which a feed is judged: the door's own, and never a server's."""

from datetime import datetime
from typing import Final, Protocol

from scanner.gate.timekeeping import RELEASED, Evidence, Mark, believe, floor_of
from scanner.store import read_file
from scanner.store.evidence import Machine
from scanner.store.places import Places
from scanner.store.shelf import Shelf
from scanner.sync.accept_held import described
from scanner.terms import InputError, Moment

_MARK: Final = "clock.json"
_MAX_BYTES: Final = 4096


class Clocks(Protocol):
    """The clocks of a machine."""

    def look(self) -> Evidence:
        """Return the present."""


def believed_now(places: Places, *, machine: Clocks | None = None) -> Moment:
    """Return what may be believed of the machine's clock, by the door's mark and its last feed."""
    evidence = (machine or Machine()).look()
    return believe(evidence, mark=_mark(places), floor=_floor(places))


def _mark(places: Places) -> Mark | None:
    try:
        return Mark.from_json(read_file(places.state / _MARK, max_bytes=_MAX_BYTES))
    except (InputError, ValueError):
        return None


def _floor(places: Places) -> datetime:
    current = Shelf(places.state).current()
    generation = None if current is None else described(current)
    return RELEASED if generation is None else floor_of(generation.issued)
