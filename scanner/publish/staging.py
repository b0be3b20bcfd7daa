"""Changes of the lists that wait for the next release: revoked and reinstated ids.

Revoking is a matter of the online machine. Reinstating needs the curator's key: what may leave
a list is a table whose digest the curator signs, so that a stolen online key cannot do it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from scanner.publish.repository import Repository
from scanner.publish.state import Staged
from scanner.publish.steps import capacity
from scanner.publish.tables import Ids, among, difference, union
from scanner.publish.targets import sign_withdrawn
from scanner.publish.withdrawal import take_out
from scanner.terms import InputError
from scanner.trust.idtable import MAX_ENTRIES
from scanner.trust.manifest import MAX_LISTS, end_of_month, is_list_name

MAX_LINES: Final = 20_000
"""Lines that are not looked up by id are gone through one by one at a door."""


@dataclass(frozen=True, slots=True)
class Counted:
    """How many ids leave each list, and how many lines."""

    by_list: dict[str, int] = field(default_factory=dict)
    lines: int = 0

    def __bool__(self) -> bool:
        return bool(self.by_list or self.lines)


def list_name(name: str, *, until: str | None) -> str:
    """Return the name of a list, with the month in which the last of its passes expires."""
    if until is not None and end_of_month(name) is not None:
        raise InputError(f"{name}: a month stands there already; leave out {until}")
    full = name if until is None else f"{name}-{until}"
    if until is not None and end_of_month(full) is None:
        raise InputError(f"{until}: a month is YYYY-MM")
    check_name(full)
    return full


def check_name(name: str) -> None:
    """Raise `InputError` for a name that doors refuse, and with it the whole feed."""
    if not is_list_name(name):
        raise InputError(f"{name[:60]}: a list is called by 1 to 48 of a-z, 0-9 and dashes")


def coming(repository: Repository, *, name: str) -> Ids:
    """Return what a list will hold after the next release."""
    one = repository.state.lists.get(name)
    ids = repository.arrays.get(None if one is None else one.ids)
    staged = repository.state.staged.get(name)
    if staged is None:
        return ids
    for _, removed in staged.removes:
        ids = difference(ids, gone=repository.arrays.get(removed))
    return union(ids, more=repository.arrays.get(staged.adds))


def known_lists(repository: Repository) -> list[str]:
    """Return the names of all lists, released or waiting."""
    return sorted({*repository.state.lists, *repository.state.staged})


def revoke(repository: Repository, ids: Ids, *, name: str) -> int:
    """Put sorted ids into a list with the next release; return how many it did not hold."""
    check_name(name)
    state = repository.state
    closes = end_of_month(name)
    if closes is not None and closes <= repository.now:
        raise InputError(f"{name}: that month is over; its passes have expired by themselves")
    if name in state.withdrawn.lists:
        raise InputError(f"{name}: the curator let this list go; use another name")
    if name not in known_lists(repository) and len(known_lists(repository)) >= MAX_LISTS:
        raise InputError(f"{name}: more than {MAX_LISTS} lists; use one that is there")
    present = coming(repository, name=name)
    known = among(ids, others=present)
    _check_room(repository, name=name, n=len(present) + len(ids) - int(known.sum()))
    del present
    # Ten million ids are 80 MB: no copy is made where none is needed.
    new = ids[~known] if known.any() else ids
    if len(new):
        staged = state.staged.setdefault(name, Staged())
        waiting = repository.arrays.get(staged.adds)
        staged.adds = repository.arrays.put(union(waiting, more=new) if len(waiting) else new)
    return len(new)


def revoke_lines(repository: Repository, lines: Iterable[str]) -> int:
    """Put lines that are not looked up by id into the feed; return how many are new."""
    state = repository.state
    new = set(lines) - set(coming_lines(repository))
    for line in new:
        state.staged_lines[line] = True
    if len(coming_lines(repository)) > MAX_LINES:
        raise InputError(
            f"more than {MAX_LINES:,} keys, windows and timed rids; doors take no more"
        )
    return len(new)


def coming_lines(repository: Repository) -> list[str]:
    """Return the lines that are not looked up by id, as they will be after the next release."""
    staged = repository.state.staged_lines
    kept = {line for line in repository.state.lines if staged.get(line, True)}
    return sorted(kept | {line for line, stays in staged.items() if stays})


def reinstate(
    repository: Repository, *, ids_by_list: dict[str, Ids], lines: Collection[str] = ()
) -> Counted:
    """Take ids and lines out with the next release, and sign with the curator's key that they may.

    Raises `InputError` without that key.
    """
    repository.signers("trust")
    state = repository.state
    found: dict[str, int] = {}
    for name, ids in ids_by_list.items():
        held = among(ids, others=coming(repository, name=name))
        if held.any():
            found[name] = int(held.sum())
            take_out(repository, name=name, ids=ids[held])
    leaving = set(lines) & set(coming_lines(repository))
    for line in leaving:
        state.staged_lines[line] = False
    kept = set(coming_lines(repository))
    state.withdrawn.lines = sorted((set(state.withdrawn.lines) | leaving) - kept)
    if found or leaving:
        sign_withdrawn(repository)
    return Counted(found, len(leaving))


def drop_lists(repository: Repository, names: Collection[str]) -> None:
    """Let whole lists leave the feed with the next release, signed by the curator."""
    for name in names:
        if name not in known_lists(repository):
            raise InputError(f"{name}: no such list; door-scanner publish status names them")
    withdrawn = repository.state.withdrawn
    withdrawn.lists = sorted({*withdrawn.lists, *names})
    sign_withdrawn(repository)


def _check_room(repository: Repository, *, name: str, n: int) -> None:
    """Refuse ids for which a list's table has no room; doors take none that is wider."""
    one = repository.state.lists.get(name)
    most = MAX_ENTRIES if one is None else capacity(one.k + 8 * one.r)
    if n > most:
        raise InputError(f"{name}: full with {most:,} ids; put these into another list (--list)")


def is_over(name: str, *, now: datetime) -> bool:
    """Say whether a list by month may leave by itself."""
    closes = end_of_month(name)
    return closes is not None and closes <= now
