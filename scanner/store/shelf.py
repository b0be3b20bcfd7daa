"""Generations of what a door believes: one in force, the one before kept, never half of one.

    STATE/generations/NUMBER/...     a generation: files that never change once they are there
    STATE/current                    a link to the one in force, changed by one rename

A generation is written beside the others, synced file by file and folder by folder, named,
and only then put in force. Whatever is cut short on the way leaves the old one in force, and
is removed by the next writer. One writer at a time; readers need no lock: they open `current`
once, and what they hold open stays readable when its generation goes.
"""

import contextlib
import errno
import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scanner.store.durable import sync_folder, write_new
from scanner.store.lock import Lock

_GENERATIONS: Final = "generations"
_CURRENT: Final = "current"
_NEW: Final = ".new"
_LOCK: Final = "accept.lock"
"""Another one than that of the door, which runs meanwhile."""

_NEW_LINK: Final = ".current.new"
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,15}")
_TARGET: Final = re.compile(rf"{_GENERATIONS}/({_NUMBER.pattern})")
_FOLDER_MODE, _FILE_MODE = 0o700, 0o600
_COPY_BYTES: Final = 1024 * 1024

SPARE_BYTES: Final = 1024 * 1024
"""Left on the disk for counts, ledger and the clock's mark."""

_NO_LINKS: Final = frozenset({errno.EPERM, errno.EXDEV, errno.EMLINK, errno.EOPNOTSUPP})
"""A file system without hard links (FAT), or a file that has as many as it may have."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: how many bytes, and their SHA-256 in hex."""

    size: int
    sha256: str


class Shelf:
    """The generations in a state folder; `OSError` wherever the disk does not do as told."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._generations = state / _GENERATIONS
        self._new = self._generations / _NEW
        self._next = 0

    def current(self) -> Path | None:
        """Return the folder of the generation in force, or None before the first."""
        try:
            found = _TARGET.fullmatch(str((self._state / _CURRENT).readlink()))
        except OSError:
            return None
        folder = None if found is None else self._generations / found[1]
        return folder if folder is not None and folder.is_dir() else None

    def older(self) -> list[Path]:
        """Return the generations before the one in force, the newest first.

        One that was being removed when the power went may be among them, with files missing.
        """
        current = self.current()
        if current is None:
            return []
        older = [number for number in self._numbers() if number < int(current.name)]
        return [self._generations / str(number) for number in sorted(older, reverse=True)]

    @contextlib.contextmanager
    def locked(self) -> Iterator[bool]:
        """Hold the writers' lock for the block; False when another process has it."""
        self._state.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        lock = Lock(self._state, name=_LOCK)
        taken = lock.take()
        try:
            yield taken
        finally:
            lock.give_back()

    def begin(self) -> Path:
        """Make and return a folder for the next generation; what a killed writer left is gone."""
        if not self._generations.is_dir():
            self._generations.mkdir(mode=_FOLDER_MODE)
            sync_folder(self._state)
        # Above the damaged one too, which goes now: whoever has it open must see another name.
        self._next = max([0, *self._numbers()]) + 1
        self.abandon()
        self._new.mkdir(mode=_FOLDER_MODE)
        return self._new

    def next_number(self) -> int:
        """Return the number that the new generation gets: above all that there were."""
        return self._next

    def put(self, name: str, chunks: Iterable[bytes]) -> Written:
        """Write a file of the new generation, `FILE` or `FOLDER/FILE`, and sync it."""
        digest, size = hashlib.sha256(), 0

        def counted() -> Iterator[bytes]:
            nonlocal size
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                yield chunk

        write_new(self._place(name), counted(), mode=_FILE_MODE)
        return Written(size, digest.hexdigest())

    @property
    def new(self) -> Path:
        """Return the folder of the generation that was begun."""
        return self._new

    def replace(self, source: str, name: str) -> None:
        """Put a file of the new generation in the place of another one of it."""
        (self._new / source).rename(self._new / name)

    def drop(self, name: str) -> None:
        """Remove a file of the new generation that turned out wrong."""
        (self._new / name).unlink(missing_ok=True)

    def check_room(self, size: int) -> None:
        """Raise `OSError` (no space) unless `size` bytes more leave room for the door's own."""
        found = os.statvfs(self._generations)
        if size + SPARE_BYTES > found.f_bavail * found.f_frsize:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def link(self, name: str, *, of: Path, source: str | None = None) -> None:
        """Take a file over from the generation `of`; copied where there are no hard links."""
        old, new = of / (source or name), self._place(name)
        try:
            os.link(old, new, follow_symlinks=False)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            with old.open("rb") as file:
                chunks = iter(lambda: file.read(_COPY_BYTES), b"")
                write_new(new, chunks, mode=_FILE_MODE)

    def commit(self) -> Path:
        """Put the new generation in force; then remove all but it and the one before."""
        before = self.current()
        for folder in sorted(path for path in self._new.iterdir() if path.is_dir()):
            sync_folder(folder)
        sync_folder(self._new)
        named = self._generations / str(self.next_number())
        self._new.rename(named)
        sync_folder(self._generations)
        self._point_to(named)
        kept = {path.name for path in (named, before) if path is not None}
        self._remove(number for number in self._numbers() if str(number) not in kept)
        return named

    def abandon(self) -> None:
        """Remove what was begun and is not wanted; again is harmless.

        With it goes what is newer than the generation in force: named and never put in force, or
        found damaged.
        """
        if self._new.is_symlink() or self._new.is_file():
            self._new.unlink()
        elif self._new.exists():
            shutil.rmtree(self._new)
        current = self.current()
        if current is not None:
            newer = {number for number in self._numbers() if number > int(current.name)}
            self._remove(newer)

    def fall_back(self, older: Path) -> None:
        """Put an older generation in force; the damaged one goes when the next one is begun."""
        self._point_to(older)

    def _place(self, name: str) -> Path:
        path = self._new / name
        if path.parent != self._new and not path.parent.is_dir():
            path.parent.mkdir(mode=_FOLDER_MODE)
        return path

    def _point_to(self, folder: Path) -> None:
        link = self._state / _NEW_LINK
        link.unlink(missing_ok=True)
        link.symlink_to(f"{_GENERATIONS}/{folder.name}")
        link.rename(self._state / _CURRENT)
        sync_folder(self._state)

    def _remove(self, numbers: Iterable[int]) -> None:
        # What cannot be removed takes room, and is tried again the next time.
        for number in numbers:
            shutil.rmtree(self._generations / str(number), ignore_errors=True)

    def _numbers(self) -> list[int]:
        try:
            names = [path.name for path in self._generations.iterdir()]
        except FileNotFoundError:
            return []
        return [int(name) for name in names if _NUMBER.fullmatch(name)]
