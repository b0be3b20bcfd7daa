"""A generation of belief, opened: its keys, its typed lines, its tables of revoked ids.

The small files are compared with their digests, the tables by size: hashing gigabytes is the
business of whoever accepts them, at each boot. What changed since a table was written lies in
memory, as long as that is a few megabytes. Opening goes on in slices of a millisecond or
so, and a guest is answered between any two of them. Files are opened once and held: whatever
happens to the folder, a belief reads from the files that it began with.
"""

import functools
import hashlib
import os
import stat
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from scanner.door.rulesets import MAX_RULES_BYTES
from scanner.store import read_file
from scanner.terms import InputError
from scanner.trust import Anchor, Key, RevocationList, read_revocations, reading_trust
from scanner.trust.generation import MAX_BYTES, NAME, Generation, StoredFile, StoredList, parse
from scanner.trust.idtable import IdTable
from scanner.trust.lists import MAX_TRUST_BYTES
from scanner.trust.revocation import RevokedTable

_T = TypeVar("_T")

MAX_TYPED_BYTES: Final = 16 * 1024 * 1024
_PIECE_BYTES: Final = 256 * 1024
_LINES_AT_ONCE: Final = 500
_MOST_IN_MEMORY: Final = 4 * 1024 * 1024
"""Half a million ids; a day brings ten thousand. More is read from the disk, as tables are."""


@dataclass(slots=True)
class Opened:
    """What a generation says; `close` it when nobody asks its tables any more."""

    generation: Generation
    keys: tuple[Key, ...] = ()
    anchors: tuple[Anchor, ...] = ()
    revoked: RevocationList = field(default_factory=RevocationList)
    rules: Mapping[str, bytes] = field(default_factory=dict)
    """Files of rule sets by their names in the feed."""

    notes: tuple[str, ...] = ()
    descriptors: list[int] = field(default_factory=list)
    in_memory: int = 0
    """Bytes of changes that are held."""

    def close(self) -> None:
        """Close the tables; again is harmless."""
        while self.descriptors:
            os.close(self.descriptors.pop())


def open_generation(folder: Path) -> Opened:
    """Open a generation at once; raise `InputError` where it is damaged or not there."""
    opening = opening_generation(folder)
    while True:
        try:
            next(opening)
        except StopIteration as ended:
            opened: Opened = ended.value
            return opened


def opening_generation(folder: Path) -> Generator[None, None, Opened]:
    """Open a generation, slice by slice; what was begun is closed again if it fails."""
    # By its own name: `current` may lead elsewhere before the last file is open.
    folder = _resolved(folder)
    content = read_file(folder / NAME, max_bytes=MAX_BYTES)
    try:
        opened = Opened(parse(content))
    except InputError as error:
        raise InputError(f"{folder / NAME}: {error}") from None
    is_whole = False
    try:
        yield from _trust(opened, folder=folder)
        opened.rules = yield from _rules(opened.generation.rules, folder=folder)
        typed = yield from _typed(opened.generation.typed, folder=folder)
        tables = []
        for name, stored in opened.generation.lists.items():
            yield
            table = yield from _list(name, stored, folder=folder, opened=opened)
            tables.append(table)
        opened.revoked = RevocationList.joined((*typed, RevocationList(tables=tuple(tables))))
        is_whole = True
    finally:
        if not is_whole:
            opened.close()
    return opened


def _resolved(folder: Path) -> Path:
    try:
        return folder.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        words = getattr(error, "strerror", None) or "a link that leads nowhere"
        raise InputError(f"{folder}: {words}") from None


def _trust(opened: Opened, *, folder: Path) -> Iterator[None]:
    """Read the keys; a file of another kind is a note, for then its issuers stay unknown."""
    keys: list[Key] = []
    anchors: list[Anchor] = []
    notes: list[str] = []
    for name, stored in opened.generation.trust.items():
        content = yield from _content(stored, folder=folder, max_bytes=MAX_TRUST_BYTES)
        try:
            found = yield from reading_trust(content)
        except InputError as error:
            notes.append(f"feed: trust/{name}: {error}")
            continue
        keys.extend(found.keys)
        anchors.extend(found.anchors)
        notes.extend(f"feed: trust/{name}: {note}" for note in found.notes)
    opened.keys, opened.anchors, opened.notes = tuple(keys), tuple(anchors), tuple(notes)


def rules_at(folder: Path) -> Mapping[str, bytes]:
    """Return the rule sets of a generation; none where it is damaged or not there."""
    try:
        folder = _resolved(folder)
        stored = parse(read_file(folder / NAME, max_bytes=MAX_BYTES)).rules
        reading = _rules(stored, folder=folder)
        while True:
            next(reading)
    except StopIteration as ended:
        rules: Mapping[str, bytes] = ended.value
        return rules
    except InputError:
        # Opening the generation tells what is wrong with it.
        return {}


def _rules(
    stored: Mapping[str, StoredFile], *, folder: Path
) -> Generator[None, None, Mapping[str, bytes]]:
    found = {}
    for name, file in stored.items():
        found[name] = yield from _content(file, folder=folder, max_bytes=MAX_RULES_BYTES)
    return found


def _typed(
    stored: StoredFile | None, *, folder: Path
) -> Generator[None, None, tuple[RevocationList, ...]]:
    if stored is None:
        return ()
    content = yield from _content(stored, folder=folder, max_bytes=MAX_TYPED_BYTES)
    lines = content.split(b"\n")
    found = []
    for first in range(0, len(lines), _LINES_AT_ONCE):
        piece = b"\n".join(lines[first : first + _LINES_AT_ONCE])
        found.append(_named(folder / stored.path, functools.partial(read_revocations, piece)))
        yield
    return tuple(found)


def _list(
    name: str, stored: StoredList, *, folder: Path, opened: Opened
) -> Generator[None, None, RevokedTable]:
    table = _on_disk(stored.table, folder=folder, opened=opened)
    adds = yield from _change(stored.adds, folder=folder, opened=opened)
    removes = yield from _change(stored.removes, folder=folder, opened=opened)
    return RevokedTable(name, table, adds, removes)


def _change(
    stored: StoredFile | None, *, folder: Path, opened: Opened
) -> Generator[None, None, IdTable | None]:
    """Open what was added or removed since a table was written: in memory while that is small."""
    if stored is None:
        return None
    if opened.in_memory + stored.size > _MOST_IN_MEMORY:
        return _on_disk(stored, folder=folder, opened=opened)
    opened.in_memory += stored.size
    content = yield from _content(stored, folder=folder, max_bytes=_MOST_IN_MEMORY)
    return _named(folder / stored.path, functools.partial(IdTable.of, content))


def _on_disk(stored: StoredFile, *, folder: Path, opened: Opened) -> IdTable:
    return _named(
        folder / stored.path, lambda: _table(stored, folder, descriptors=opened.descriptors)
    )


def _table(stored: StoredFile, folder: Path, *, descriptors: list[int]) -> IdTable:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        fd = os.open(folder / stored.path, flags)
    except OSError as error:
        raise InputError(error.strerror or "cannot be opened") from None
    descriptors.append(fd)
    found = os.fstat(fd)
    if not stat.S_ISREG(found.st_mode) or found.st_size != stored.size:
        raise InputError(f"damaged: {found.st_size} bytes, where {stored.size} are expected")
    try:
        return IdTable.opened(functools.partial(_read_at, fd), size=stored.size)
    except OSError as error:
        raise InputError(error.strerror or "cannot be read") from None


def _read_at(fd: int, offset: int, size: int) -> bytes:
    return os.pread(fd, size, offset)


def _content(stored: StoredFile, *, folder: Path, max_bytes: int) -> Generator[None, None, bytes]:
    path = folder / stored.path
    if stored.size > max_bytes:
        raise InputError(f"{path}: larger than {max_bytes:,} bytes, the most that is read")
    content = read_file(path, max_bytes=stored.size)
    digest = hashlib.sha256()
    for at in range(0, len(content), _PIECE_BYTES):
        digest.update(content[at : at + _PIECE_BYTES])
        yield
    if len(content) != stored.size or digest.hexdigest() != stored.sha256:
        raise InputError(f"{path}: damaged; its digest is not the one that was accepted")
    return content


def _named(path: Path, read: Callable[[], _T]) -> _T:
    try:
        return read()
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
