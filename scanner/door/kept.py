"""What a state folder keeps of time, for whoever asks without a running door: read only."""

from dataclasses import dataclass
from datetime import datetime

from scanner.door.timekeeper import Machine
from scanner.gate.timekeeping import RELEASED, Evidence, Mark, Reckoning, floor_of, weighed
from scanner.store import read_file
from scanner.store.marks import MARK, read_mark
from scanner.store.places import Places
from scanner.terms import InputError
from scanner.trust.generation import MAX_BYTES, NAME, Generation, parse


@dataclass(frozen=True, slots=True)
class KeptTime:
    """The machine's clock against mark and floor; `note` says why there is no mark."""

    evidence: Evidence
    mark: Mark | None
    floor: datetime
    reckoning: Reckoning
    note: str


def kept_time(places: Places, *, machine: Machine) -> KeptTime:
    """Return what a door that starts now would believe of its time."""
    evidence = machine.look()
    mark, note = read_mark(places.state / MARK)
    floor = RELEASED
    try:
        floor = floor_of(generation_in(places).issued)
    except InputError:
        # None, or one that cannot be read: the floor is lower, which only costs trust.
        floor = RELEASED
    return KeptTime(evidence, mark, floor, weighed(evidence, mark=mark, floor=floor), note)


def generation_in(places: Places) -> Generation:
    """Read what the generation in force is; `InputError` if there is none, or it is damaged."""
    path = places.current / NAME
    try:
        return parse(read_file(path, max_bytes=MAX_BYTES))
    except InputError as error:
        words = str(error)
        raise InputError(words if words.startswith(str(path)) else f"{path}: {words}") from None
