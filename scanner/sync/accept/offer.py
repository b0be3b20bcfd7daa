"""What the inbox offers, read once: fixed names, plain files, bounded, nothing ever listed.

The inbox belongs to the courier, which speaks with the network, so anything may lie in it.
Folders and files are opened without following links and without waiting for pipes; what was
read and verified is what is used, whatever happens to the file meanwhile.
"""

import contextlib
import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from scanner.sync.inbox import MAX_OFFER_BYTES, MAX_ROOT_BYTES, OFFER, Offer
from scanner.trust.chain import MAX_ROOTS, ROLES
from scanner.trust.feed import Chain, Target
from scanner.trust.manifest import PART_BYTES, Blob
from scanner.trust.refusal import Cause, FeedRefused

MAX_TIMESTAMP_BYTES: Final = 16 * 1024
MAX_SNAPSHOT_BYTES: Final = 2 * 1024 * 1024
MAX_TARGETS_BYTES: Final = 5 * 1024 * 1024
"""As TUF's own client: python-tuf's `UpdaterConfig`."""

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_ODD: Final = frozenset({errno.ELOOP, errno.ENOTDIR, errno.ENXIO, errno.EISDIR})
_AGAIN: Final = "it is fetched again in the next round: door-scanner sync --now"


class Offered:
    """An open inbox; a context manager. Every method raises `FeedRefused` or `OSError`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[str, int] = {}
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def offer(self) -> Offer | None:
        """Return what the courier says of its delivery; None where nothing was delivered."""
        try:
            content = self.read(OFFER, max_bytes=MAX_OFFER_BYTES)
        except FeedRefused as refused:
            if refused.cause is Cause.MISSING:
                return None
            raise
        return Offer.parse(content)

    def timestamp(self) -> bytes:
        """Return the smallest and newest of the metadata."""
        return self.read("metadata/timestamp.json", max_bytes=MAX_TIMESTAMP_BYTES)

    def chain(self, *, after: int) -> Chain:
        """Return all metadata, with the roots that follow version `after`."""
        roots: list[bytes] = []
        while len(roots) <= MAX_ROOTS:
            name = f"metadata/{after + len(roots) + 1}.root.json"
            try:
                roots.append(self.read(name, max_bytes=MAX_ROOT_BYTES))
            except FeedRefused as refused:
                if refused.cause is not Cause.MISSING:
                    raise
                break
        return Chain(
            roots=tuple(roots),
            timestamp=self.timestamp(),
            snapshot=self.read("metadata/snapshot.json", max_bytes=MAX_SNAPSHOT_BYTES),
            targets=self.read("metadata/targets.json", max_bytes=MAX_TARGETS_BYTES),
            delegated={
                role: self.read(f"metadata/{role}.json", max_bytes=MAX_TARGETS_BYTES)
                for role in ROLES
            },
        )

    def target(self, name: str, *, target: Target) -> bytes:
        """Return a file of the feed, as its signer saw it."""
        content = self.read(f"targets/{target.sha256}", max_bytes=target.length)
        if len(content) != target.length or not _is(content, sha256=target.sha256):
            raise FeedRefused(Cause.TAMPERED, f"{name} is not what was signed; {_AGAIN}")
        return content

    def has(self, blob: Blob) -> bool:
        """Say whether every part of a blob lies there, whatever is in it."""
        folder = self._folder_at("parts")
        for part in blob.parts:
            try:
                found = os.stat(part, dir_fd=folder, follow_symlinks=False)
            except FileNotFoundError:
                return False
            if not stat.S_ISREG(found.st_mode):
                raise FeedRefused(Cause.NOT_A_FILE, f"parts/{part[:12]} is no plain file")
        return True

    def blob(self, blob: Blob) -> Iterator[bytes]:
        """Yield the parts of a blob, each checked; the whole is for the caller to check."""
        for number, sha256 in enumerate(blob.parts):
            size = blob.part_size(number)
            content = self.read(f"parts/{sha256}", max_bytes=size)
            if len(content) != size or not _is(content, sha256=sha256):
                words = f"parts/{sha256[:12]} is not what was signed; {_AGAIN}"
                raise FeedRefused(Cause.TAMPERED, words)
            yield content

    def whole(self, blob: Blob) -> bytes:
        """Return a small blob."""
        content = b"".join(self.blob(blob))
        if not _is(content, sha256=blob.sha256):
            raise FeedRefused(Cause.TAMPERED, "a list does not consist of its parts; renew it")
        return content

    def small_blob(self, sha256: str) -> bytes | None:
        """Return a blob of one part by its digest; None where it is not there."""
        try:
            content = self.read(f"parts/{sha256}", max_bytes=PART_BYTES)
        except FeedRefused as refused:
            if refused.cause is Cause.MISSING:
                return None
            raise
        if not _is(content, sha256=sha256):
            raise FeedRefused(Cause.TAMPERED, f"parts/{sha256[:12]} was changed; {_AGAIN}")
        return content

    def read(self, name: str, *, max_bytes: int) -> bytes:
        """Return the content of a plain file of at most `max_bytes`."""
        where, _, base = name.rpartition("/")
        told = name if len(base) < len("0" * 64) else f"{where}/{base[:12]}"
        folder = self._folder_at(where)
        try:
            fd = os.open(base, _FILE, dir_fd=folder)
        except OSError as error:
            raise _refusal(told, error) from None
        try:
            found = os.fstat(fd)
            if not stat.S_ISREG(found.st_mode):
                raise FeedRefused(Cause.NOT_A_FILE, f"{told} is no plain file; remove it")
            # Looked at first: a file of 1 TB costs nothing.
            content = b"" if found.st_size > max_bytes else _all(fd, max_bytes=max_bytes + 1)
        finally:
            os.close(fd)
        if found.st_size > max_bytes or len(content) > max_bytes:
            words = f"{told} is larger than {max_bytes:,} bytes; {_AGAIN}"
            raise FeedRefused(Cause.TOO_LARGE, words)
        return content

    def _folder_at(self, name: str) -> int:
        if name not in self._open:
            try:
                if name:
                    fd = os.open(name, _FOLDER, dir_fd=self._folder_at(""))
                else:
                    fd = os.open(self._folder, _FOLDER)
            except OSError as error:
                raise _refusal(name or "the inbox", error) from None
            self._stack.callback(os.close, fd)
            self._open[name] = fd
        return self._open[name]


def _all(fd: int, *, max_bytes: int) -> bytes:
    pieces: list[bytes] = []
    held = 0
    while held < max_bytes and (piece := os.read(fd, max_bytes - held)):
        pieces.append(piece)
        held += len(piece)
    return b"".join(pieces)


def _is(content: bytes, *, sha256: str) -> bool:
    return hashlib.sha256(content).hexdigest() == sha256


def _refusal(name: str, error: OSError) -> Exception:
    if isinstance(error, FileNotFoundError):
        return FeedRefused(Cause.MISSING, f"{name} is not in the inbox; {_AGAIN}")
    if error.errno in _ODD:
        return FeedRefused(Cause.NOT_A_FILE, f"{name} is no plain file or folder; remove it")
    return error
