"""Files named by their digest, brought from a source into the inbox.

Fetched beside the inbox, resumed where the last attempt ended, checked, synced, and only then
renamed: what lies in the inbox under a digest has that digest. What is there is not fetched.
"""

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from scanner.store import replace_file
from scanner.sync.inbox import FILE_MODE, FOLDER_MODE
from scanner.sync.source import NotThere, Source
from scanner.trust.refusal import Cause, FeedRefused

MIN_PROGRESS_BYTES: Final = 64 * 1024
"""A request that brought so much before its time was over is gone on with at once."""

_CHUNK_BYTES: Final = 64 * 1024


class Carrier:
    """Carries files of one source; `incoming` is a folder on the disk of the inbox."""

    def __init__(self, source: Source, *, incoming: Path) -> None:
        self._source = source
        self._incoming = incoming

    def bring(self, name: str, *, to: Path, sha256: str, size: int) -> None:
        """Bring the file `name` to a path, unless it is there; `FeedRefused`, `OSError`."""
        if is_whole(to, sha256=sha256, size=size):
            return
        partial = self._incoming / sha256
        self._incoming.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        resumed = self._complete(name, partial=partial, size=size)
        if _digest(partial) != sha256 and resumed:
            # The part that lay there may have been torn by a power cut.
            partial.unlink()
            self._complete(name, partial=partial, size=size)
        if _digest(partial) != sha256:
            partial.unlink()
            raise FeedRefused(Cause.TAMPERED, f"{name}: other bytes than the feed promises")
        partial.rename(to)

    def bring_if_there(self, name: str, *, to: Path, sha256: str, max_bytes: int) -> None:
        """Bring a file of unknown, small size; a source that has none is no error."""
        if to.exists() and _digest(to) == sha256:
            return
        with contextlib.suppress(NotThere):
            content = self._source.read(name, max_bytes=max_bytes)
            if hashlib.sha256(content).hexdigest() != sha256:
                raise FeedRefused(Cause.TAMPERED, f"{name}: other bytes than the feed promises")
            replace_file(to, content, mode=FILE_MODE)

    def _complete(self, name: str, *, partial: Path, size: int) -> bool:
        """Fetch what is missing of a file; say whether some of it was there before."""
        fd = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, FILE_MODE)
        try:
            os.fchmod(fd, FILE_MODE)
            if os.fstat(fd).st_size > size:
                os.ftruncate(fd, 0)
            at_first = os.fstat(fd).st_size
            while (start := os.fstat(fd).st_size) < size:
                try:
                    self._append(fd, self._source.stream(name, start=start, size=size))
                except FeedRefused as refused:
                    progress = os.fstat(fd).st_size - start
                    if refused.cause is not Cause.SLOW or progress < MIN_PROGRESS_BYTES:
                        raise
            os.fsync(fd)
        finally:
            os.close(fd)
        return at_first > 0

    @staticmethod
    def _append(fd: int, pieces: Iterator[bytes]) -> None:
        with contextlib.closing(pieces):  # type: ignore[type-var] # generators, all of them
            for piece in pieces:
                if not piece:
                    os.ftruncate(fd, 0)
                os.lseek(fd, 0, os.SEEK_END)
                rest = memoryview(piece)
                while rest:
                    rest = rest[os.write(fd, rest) :]


def is_whole(path: Path, *, sha256: str, size: int) -> bool:
    """Say whether a file is there, has this size, and this digest."""
    try:
        return path.stat().st_size == size and _digest(path) == sha256
    except FileNotFoundError:
        return False


def _digest(path: Path) -> str:
    # In small pieces: a process that reads a megabyte at a time holds it.
    found = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while piece := file.read(_CHUNK_BYTES):
            found.update(piece)
    return found.hexdigest()
