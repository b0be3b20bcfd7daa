"""What an import would change in the lists: shown first, and done when that was agreed to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from scanner.publish import staging
from scanner.publish.repository import Repository
from scanner.publish.tables import Ids, among, difference, unique
from scanner.terms import InputError
from scanner.trust.ids import ExactId, hashed, read_id
from scanner.trust.manifest import end_of_month

SHOWN: Final = 5
"""Entries of each kind that a person is shown."""

_MONTH_CHARACTERS: Final = len("-2026-12")


@dataclass(slots=True)
class Source:
    """What the files of an import say: typed ids by list, and lines that have no hash.

    `lists` are the names (without a month) and `prefixes` the beginnings of lines that these
    files speak for; what stands there and not in the files is to leave.
    """

    ids: dict[str, dict[str, None]] = field(default_factory=dict)
    lines: dict[str, None] = field(default_factory=dict)
    lists: set[str] = field(default_factory=set)
    prefixes: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    def add(self, typed: str, *, name: str) -> None:
        """Add a typed id; `InputError` when it is none."""
        if isinstance(read_id(typed), ExactId):
            self.ids.setdefault(name, {})[typed] = None
        else:
            self.lines[typed] = None


@dataclass(frozen=True, slots=True)
class Difference:
    """What changes in one list; `shown` are the first of it, for a person."""

    name: str
    added: Ids
    removed: Ids
    unchanged: int
    shown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an import would change; nothing of it is done yet."""

    lists: tuple[Difference, ...]
    new_lines: tuple[str, ...]
    old_lines: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.lists or self.new_lines or self.old_lines)

    def apply(self, repository: Repository) -> None:
        """Stage the changes; `InputError` without the curator's key where something leaves."""
        leaving = {one.name: one.removed for one in self.lists if len(one.removed)}
        if leaving or self.old_lines:
            staging.reinstate(repository, ids_by_list=leaving, lines=self.old_lines)
        for one in self.lists:
            staging.revoke(repository, one.added, name=one.name)
        staging.revoke_lines(repository, self.new_lines)


def propose(repository: Repository, source: Source, *, add_only: bool) -> Proposal:
    """Compare what a source says with what the lists will hold after the next release."""
    names = set(source.ids)
    if not add_only:
        names |= {n for n in staging.known_lists(repository) if _stem(n) in source.lists}
    lists = [
        _difference(repository, name=name, typed=source.ids.get(name, {}), add_only=add_only)
        for name in sorted(names)
        if not staging.is_over(name, now=repository.now)
    ]
    present = set(staging.coming_lines(repository))
    gone = {line for line in present if line.startswith(tuple(source.prefixes))} - set(source.lines)
    return Proposal(
        tuple(one for one in lists if len(one.added) or len(one.removed)),
        new_lines=tuple(line for line in source.lines if line not in present),
        old_lines=() if add_only else tuple(sorted(gone)),
    )


def _stem(name: str) -> str:
    return name if end_of_month(name) is None else name[:-_MONTH_CHARACTERS]


def _difference(
    repository: Repository, *, name: str, typed: Mapping[str, None], add_only: bool
) -> Difference:
    in_order = np.fromiter((hashed(one) for one in typed), dtype=np.uint64, count=len(typed))
    present = staging.coming(repository, name=name)
    is_new = ~among(in_order, others=present)
    said = unique(in_order.copy())
    added = difference(said, gone=present)
    removed = said[:0] if add_only else difference(present, gone=said)
    texts = list(typed)
    first = [f"+ {texts[at]}" for at in np.flatnonzero(is_new)[:SHOWN]]
    last = [f"- id {one:016x} (hash)" for one in removed[:SHOWN].tolist()]
    return Difference(name, added, removed, len(present) - len(removed), (*first, *last))


def once(entries: Iterable[str], *, what: str) -> list[str]:
    """Return entries of a file, none of which may stand there twice."""
    seen: dict[str, None] = {}
    for entry in entries:
        if entry in seen:
            raise InputError(f"{what} {entry[:40]!r} stands there twice; fetch the file again")
        seen[entry] = None
    return list(seen)
