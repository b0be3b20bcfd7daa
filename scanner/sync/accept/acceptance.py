"""From the inbox to what the door believes: verified again from the pinned root, then merged.

Everything is checked at the door's own time, against what it accepted last, before a single
byte of belief changes; then a whole new generation is written and put in force by one rename.
Whatever is refused, or fails on the way, leaves the old belief bit for bit as it was.
"""

from dataclasses import dataclass
from typing import Final

from scanner.store.places import Places
from scanner.store.shelf import Shelf
from scanner.sync.accept.clock import believed_now
from scanner.sync.accept.generation import SomeWanted, written
from scanner.sync.accept.held import Held, held_at
from scanner.sync.accept.offer import Offered
from scanner.sync.accept.outcome import BUSY, Outcome, Result, tell
from scanner.sync.accept.verified import NothingNew, verified
from scanner.sync.accept.withdrawn import Removals
from scanner.sync.inbox import OFFER
from scanner.terms import Moment
from scanner.trust.refusal import Cause, FeedRefused

_MOST_AT_ONCE: Final = 3
"""Offers that come while the one before is accepted; the next round brings the rest."""

_DISK: Final = "free space, or check the disk and who owns the folder"


def accept(
    places: Places,
    *,
    now: Moment | None = None,
    rechecked: Outcome | None = None,
    removals: Removals = Removals.WITHDRAWN,
) -> Outcome:
    """Accept what the inbox offers, if it can be believed; accepted.json says what became of it.

    `rechecked` is what a look at the disk has just found: it stands if the offer is an old one.
    `removals` is what may leave the lists.
    """
    moment = believed_now(places) if now is None else now
    shelf = Shelf(places.state)
    try:
        with shelf.locked() as is_mine:
            if not is_mine:
                return BUSY
            for _ in range(_MOST_AT_ONCE):
                seen = _offer_seen(places)
                attempt = _Attempt(moment, rechecked, removals)
                outcome = _attempted(places, shelf=shelf, attempt=attempt)
                if _offer_seen(places) == seen:
                    break
            tell(outcome, places=places, now=moment)
    except OSError as error:
        # Not even the lock could be had.
        outcome = _failed(places, shelf=shelf, error=error)
        tell(outcome, places=places, now=moment)
    return outcome


def _offer_seen(places: Places) -> tuple[int, int] | None:
    """Return which offer lies there; one that comes meanwhile wakes nobody."""
    try:
        found = (places.inbox / OFFER).lstat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What holds for one attempt."""

    now: Moment
    rechecked: Outcome | None
    removals: Removals


def _attempted(places: Places, *, shelf: Shelf, attempt: _Attempt) -> Outcome:
    held = held_at(shelf.current(), state=places.state)
    in_force = None if held is None else held.generation
    rotten = frozenset[str]() if held is None else held.rotten
    try:
        with Offered(places.inbox) as offered:
            if attempt.rechecked is not None and _is_known(offered, held=held):
                return attempt.rechecked
            now, removals = attempt.now, attempt.removals
            found = verified(offered, places=places, held=held, now=now, removals=removals)
            generation = written(found, offered=offered, shelf=shelf, places=places, now=now)
    except NothingNew as nothing:
        unchanged = Outcome(Result.UNCHANGED, None, nothing.detail, in_force, rotten)
        return attempt.rechecked or unchanged
    except FeedRefused as refused:
        names = refused.names if isinstance(refused, SomeWanted) else frozenset[str]()
        return Outcome(Result.REFUSED, refused.cause, refused.detail, in_force, rotten | names)
    except OSError as error:
        return _failed(places, shelf=shelf, error=error)
    detail = f"generation {generation.number}, issued {generation.issued:%Y-%m-%d %H:%M} UTC"
    return Outcome(Result.ACCEPTED, None, detail, generation)


def _is_known(offered: Offered, *, held: Held | None) -> bool:
    """Say whether the offer is the very one that is in force, and nothing of it is damaged."""
    if held is None or held.chain is None or held.damaged:
        return False
    try:
        return offered.timestamp() == held.chain.timestamp
    except (FeedRefused, OSError):
        return False


def _failed(places: Places, *, shelf: Shelf, error: OSError) -> Outcome:
    # Asked again: the last step may have failed after the link was changed.
    held = held_at(shelf.current(), state=places.state)
    detail = f"{error.strerror or error}; {_DISK}"
    if held is None:
        return Outcome(Result.FAILED, Cause.DISK, detail, None)
    return Outcome(Result.FAILED, Cause.DISK, detail, held.generation, held.rotten)
