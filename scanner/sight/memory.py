"""Memory for frames, shared with the children by descriptor.

Promises: the eye may write it, the reader may only read it, nobody can change its
size (so a mapping never faults), and it has no name in any file system. Pages that
were never written cost nothing.
"""

import fcntl
import os
from types import TracebackType
from typing import Final, Self

DEFAULT_SLOTS: Final = 4
"""One being read, one waiting, one being written, and one for the eye to be ahead."""

DEFAULT_SLOT_BYTES: Final = 16 * 1024 * 1024
"""A 16-megapixel luma plane; larger pictures are scaled down by the eye."""

_SEALS: Final = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL


class FrameMemory:
    """`slots` frames of `slot_bytes` bytes each behind one anonymous file."""

    def __init__(self, *, slots: int = DEFAULT_SLOTS, slot_bytes: int = DEFAULT_SLOT_BYTES) -> None:
        self.slots = slots
        self.slot_bytes = slot_bytes
        self.writable_fd = os.memfd_create("frames", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(self.writable_fd, self.size_bytes)
        fcntl.fcntl(self.writable_fd, fcntl.F_ADD_SEALS, _SEALS)
        # Opened anew, not dup'ed: a dup would share the writable open file description.
        path = f"/proc/self/fd/{self.writable_fd}"
        self.readable_fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    @property
    def size_bytes(self) -> int:
        """All slots together."""
        return self.slots * self.slot_bytes

    def write(self, data: bytes, *, slot: int) -> None:
        """Put the bytes of a picture file into a slot; ValueError when they do not fit."""
        if len(data) > self.slot_bytes or not 0 <= slot < self.slots:
            raise ValueError(f"{len(data)} bytes do not fit slot {slot}")
        written = 0
        while written < len(data):
            chunk = memoryview(data)[written:]
            written += os.pwrite(self.writable_fd, chunk, slot * self.slot_bytes + written)

    def close(self) -> None:
        """Give the memory back; children keep theirs until they end."""
        for fd in (self.writable_fd, self.readable_fd):
            if fd >= 0:
                os.close(fd)
        self.writable_fd = self.readable_fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
