"""The time at which a feed is judged: the door's own, and never a server's.

What is in force may have been signed with a stolen key and say that it is years later. So its
time does not bind a feed whose offline keys have named another online key since, nor another
root that a person pinned: those are judged by what clocks and people vouch for.
"""

from typing import Protocol

from scanner.gate.marks import Evidence
from scanner.gate.timekeeping import RELEASED, believe, floor_of
from scanner.store import read_file
from scanner.store.evidence import Machine
from scanner.store.marks import MARK, read_mark
from scanner.store.places import Places
from scanner.store.shelf import Shelf
from scanner.sync.accept.held import Held, held_at
from scanner.sync.accept.offer import Offered
from scanner.sync.inbox import MAX_ROOT_BYTES
from scanner.terms import InputError, Moment
from scanner.trust.feed import Chain, read_root, verify
from scanner.trust.refusal import Cause, FeedRefused


class Clocks(Protocol):
    """The clocks of a machine."""

    def look(self) -> Evidence:
        """Return the present."""


def believed_now(places: Places, *, machine: Clocks | None = None) -> Moment:
    """Return what may be believed of the machine's clock, by the door's mark and its last feed."""
    evidence = (machine or Machine()).look()
    mark, _ = read_mark(places.state / MARK)
    held = held_at(Shelf(places.state).current(), state=places.state)
    floor = RELEASED if held is None else floor_of(held.generation.issued)
    moment = believe(evidence, mark=mark, floor=floor)
    if moment.trusted or held is None:
        return moment
    alone = believe(evidence, mark=mark, floor=RELEASED)
    return alone if _begins_anew(places, held=held, moment=moment, alone=alone) else moment


def _begins_anew(places: Places, *, held: Held, moment: Moment, alone: Moment) -> bool:
    """Say whether an offer fails by the time of what is held alone, and is not bound by it.

    It is not where the offline keys, or a person, have let go of whoever signed what is held. An
    offer that comes after this look gains nothing: it must follow what is held, and expires later.
    """
    try:
        pinned = read_file(places.pinned_root, max_bytes=MAX_ROOT_BYTES)
        before = held.below(pinned)
        with Offered(places.inbox) as offered:
            chain = offered.chain(after=read_root(pinned).version)
        if not _has_expired(pinned, chain, at=moment, before=before):
            return False
        feed = verify(pinned, chain, now=alone.wall, before=before)
    except (InputError, FeedRefused, OSError):
        return False
    return feed.online_key_changed or not held.is_of(pinned)


def _has_expired(pinned: bytes, chain: Chain, *, at: Moment, before: Chain | None) -> bool:
    try:
        verify(pinned, chain, now=at.wall, before=before)
    except FeedRefused as refused:
        return refused.cause is Cause.EXPIRED
    return False
