"""A feed in a folder, such as one on a USB stick: the same names, no web server.

A stick may be of any file system, FAT too, and may be pulled at any moment. Only plain files
are read, so that nothing on it can make the courier wait.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from scanner.sync.source import NotThere
from scanner.trust.refusal import Cause, FeedRefused

CHUNK_BYTES: Final = 64 * 1024
_MAX_NAME: Final = 1000
"""What an offer takes for its source."""


class Mirror:
    """A feed below a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def name(self) -> str:
        """Return the folder's path, as one line of text whatever is in it."""
        path = os.path.abspath(self._folder)  # noqa: PTH100 - links stay as they were given
        return "".join(c if c.isprintable() else "?" for c in path)[:_MAX_NAME]

    def read(self, name: str, *, max_bytes: int) -> bytes:
        """Return a small file as a whole."""
        content = b"".join(self._pieces(name, start=0, most=max_bytes + 1))
        if len(content) > max_bytes:
            raise FeedRefused(Cause.TOO_LARGE, f"{name}: larger than {max_bytes:,} bytes")
        return content

    def stream(self, name: str, *, start: int, size: int) -> Iterator[bytes]:
        """Yield a file of `size` bytes from `start` on."""
        for piece in self._pieces(name, start=start, most=size - start):
            start += len(piece)
            yield piece
        if start < size:
            words = f"{self._folder / name}: {start:,} of {size:,} bytes; is the copy whole?"
            raise FeedRefused(Cause.MISSING, words)

    def _pieces(self, name: str, *, start: int, most: int) -> Iterator[bytes]:
        fd = -1
        try:
            fd = os.open(self._folder / name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                raise FeedRefused(Cause.NOT_A_FILE, f"{self._folder / name} is no plain file")
            while most and (piece := os.pread(fd, min(most, CHUNK_BYTES), start)):
                yield piece
                start, most = start + len(piece), most - len(piece)
        except OSError as error:
            raise self._refusal(name, error) from None
        finally:
            if fd >= 0:
                os.close(fd)

    def _refusal(self, name: str, error: OSError) -> FeedRefused:
        if isinstance(error, PermissionError):
            words = f"{self._folder / name}: the courier may not read it; mount it for all to read"
            return FeedRefused(Cause.DISK, words)
        if not isinstance(error, FileNotFoundError | NotADirectoryError):
            words = f"{self._folder / name}: {error.strerror}; was the stick pulled, is it worn?"
            return FeedRefused(Cause.DISK, words)
        if not (self._folder / "metadata").is_dir():
            hint = "is the stick in? Name the folder that holds metadata/"
            words = f"{self._folder}: no feed there; {hint}"
            return FeedRefused(Cause.MISSING, words)
        return NotThere(Cause.MISSING, f"{self._folder / name}: no such file; is the copy whole?")
