"""Files that survive a power cut: the old content or the new, never a torn one.

Written under another name in the same folder, synced, renamed, and the folder synced:
without the last two a power cut can lose what a rename alone would keep.
"""

import contextlib
import errno
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

MAX_LINE_BYTES: Final = 16 * 1024
"""A line of counts takes a few hundred."""


def replace_file(path: Path, content: bytes, *, mode: int) -> None:
    """Put `content` at `path` with `mode`, and sync it to the disk.

    `OSError` leaves what was there, unless it is the folder that could not be synced.
    """
    _replace(path, content, mode=mode, finish=os.fsync)
    sync_folder(path.parent)


def publish_file(path: Path, content: bytes, *, mode: int) -> None:
    """Put `content` at `path` for readers of this moment: whole or not at all, but not synced."""
    _replace(path, content, mode=mode, finish=lambda _fd: None)


def _replace(path: Path, content: bytes, *, mode: int, finish: Callable[[int], None]) -> None:
    # One name for every attempt: what a killed writer left is written over. Whoever writes
    # holds the lock of the folder.
    new = path.with_name(f".{path.name}.new")
    try:
        # Nothing that was put in its place is written through, or waited for.
        new.unlink(missing_ok=True)
        fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        with os.fdopen(fd, "wb") as file:
            # The mask of the process must not decide who may read.
            os.fchmod(fd, mode)
            file.write(content)
            file.flush()
            finish(fd)
        new.rename(path)
    except OSError:
        with contextlib.suppress(OSError):
            new.unlink()
        raise


def append_line(path: Path, line: str, *, mode: int) -> None:
    """Append one line; one that a power cut tore before is ended first.

    Not synced: a slow card must not keep its caller waiting, and a power cut within half a
    minute may cost the line. `OSError` leaves what was there untouched.
    """
    data = line.encode() + b"\n"
    if len(data) > MAX_LINE_BYTES:
        raise ValueError("a line is too long")
    fd = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, mode)
    with os.fdopen(fd, "r+b", buffering=0):
        size = os.fstat(fd).st_size
        if size and os.pread(fd, 1, size - 1) != b"\n":
            data = b"\n" + data
        try:
            _write_whole(fd, data)
        except OSError:
            # It will be written again: half of it is waste, and all of it would count twice.
            with contextlib.suppress(OSError):
                os.ftruncate(fd, size)
            raise


def write_new(path: Path, chunks: Iterable[bytes], *, mode: int) -> None:
    """Write a file that is not there yet and sync it; its folder is synced by who made that.

    For files whose folder is named only when all of them are there. `OSError` may leave a part.
    """
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(fd, "wb") as file:
        os.fchmod(fd, mode)
        for chunk in chunks:
            file.write(chunk)
        file.flush()
        os.fsync(fd)


def _write_whole(fd: int, data: bytes) -> None:
    # A disk that fills up takes a part and complains at the next write only.
    if os.write(fd, data) != len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def sync_folder(folder: Path) -> None:
    """Sync the names in a folder to the disk."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
