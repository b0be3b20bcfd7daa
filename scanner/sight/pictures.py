"""Picture files through the caged reader, one after another, for `check` and `read`.

Promises an answer for every input: a file that kills or hangs the reader gives an error,
the reader is replaced, and the next file is read. One child serves thousands of files.
"""

import contextlib
import select
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from scanner.process.child import Program
from scanner.sight.memory import FrameMemory
from scanner.sight.reader import READER, Reader
from scanner.sight.sightings import Looked, Serves
from scanner.terms import DeviceError, Payload

MAX_FILE_BYTES: Final = 64 * 1024 * 1024
"""The file as it lies on disk; 2^26 uncompressed grey pixels just fit."""

DEFAULT_TIMEOUT_S: Final = 20.0
"""Trying everything on the largest picture takes a few seconds here."""

_START_TIMEOUT_S: Final = 30.0

_HOPELESS_STARTS: Final = 2
"""A reader that failed to start so often lacks something; every file would wait for it."""


@dataclass(frozen=True, slots=True)
class PictureResult:
    """Codes of one picture, or `error`: why it could not be read, in a few words."""

    codes: tuple[Payload, ...] = ()
    read_ms: float | None = None
    error: str | None = None


class PictureReader:
    """A reader with memory of its own, asked synchronously."""

    def __init__(self, *, program: Program = READER) -> None:
        self._memory = FrameMemory(slots=1, slot_bytes=MAX_FILE_BYTES)
        self._reader = Reader(self._memory, serves=Serves.FILES, program=program)
        self._count = 0
        self._failed_starts = 0
        self._hopeless: str | None = None

    def read_picture(self, data: bytes, *, timeout_s: float = DEFAULT_TIMEOUT_S) -> PictureResult:
        """Read the bytes of one picture file; what is wrong with it is in the result."""
        if not data:
            return PictureResult(error="the file is empty")
        if len(data) > MAX_FILE_BYTES:
            return PictureResult(error=f"the file is larger than {MAX_FILE_BYTES >> 20} MiB")
        try:
            self._await_ready()
            self._memory.write(data, slot=0)
            looked = self._ask(len(data), timeout_s=timeout_s)
        except DeviceError as lost:
            with contextlib.suppress(DeviceError):  # the next picture says so again
                self._reader.replace(now_s=time.monotonic())
            return PictureResult(error=lost.detail)
        return PictureResult(looked.codes, read_ms=looked.read_ms, error=looked.error)

    @property
    def pid(self) -> int | None:
        """The child's process id."""
        return self._reader.pid

    def _await_ready(self) -> None:
        self._failed_starts += 1
        give_up_s = time.monotonic() + _START_TIMEOUT_S
        while not self._reader.ready:
            self._reader.check(time.monotonic())
            self._wait(0.1 if self._reader.fileno() < 0 else give_up_s - time.monotonic())
            self._reader.receive()
        self._failed_starts = 0

    def _ask(self, size_bytes: int, *, timeout_s: float) -> Looked:
        deadline_s = time.monotonic() + timeout_s
        self._count += 1
        self._reader.submit_picture(self._count, size_bytes=size_bytes, deadline_s=deadline_s)
        while True:
            looked = self._reader.receive()
            if looked is not None:
                return looked
            self._reader.check(time.monotonic())
            self._wait(deadline_s - time.monotonic())

    def _wait(self, timeout_s: float) -> None:
        fileno = self._reader.fileno()
        watched = [fileno] if fileno >= 0 else []
        # A millisecond more, so that the deadline has passed when nothing came.
        select.select(watched, [], [], max(0.0, timeout_s) + 0.001)

    def close(self) -> None:
        """End the child and give the memory back."""
        self._reader.close()
        self._memory.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
