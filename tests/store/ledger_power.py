"""A ledger's disk after a power cut: the house's model, and what SQLite does besides.

The index of the log is shared memory that SQLite makes anew; its file is left out. Beside the
model's any-of-what-is-not-synced one order is kept, which the ledger says that it needs: bytes
written to a file after it was cut are not there with the old length and the old bytes.
"""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from tests.store import crashmodel
from tests.store.conftest import command
from tests.store.disks import Disk, Names, Operation, Recording, Sync, Truncate, Write

_INDEX: Final = "ledger.sqlite-shm"
LOG: Final = "ledger.sqlite-wal"
_BOUND_S: Final = 60
_LONGEST_BYTES: Final = 8 * 1024 * 1024


class _Reader(crashmodel._Reader):  # noqa: SLF001 - the same calls, and one file more
    def _mapped(self, args: list[str]) -> None:
        if self._inode(int(args[4])) not in self._indexes():
            super()._mapped(args)

    def _do(self, one: Operation) -> None:
        if one.inode not in self._indexes():
            super()._do(one)
        else:
            self._disk.apply(one)

    def _indexes(self) -> set[int]:
        return {
            inode
            for one in self.operations
            if isinstance(one, Names)
            for name, inode in one.changes
            if name == _INDEX and inode is not None
        }


@dataclass(frozen=True, slots=True)
class PowerCuts(Recording):
    """States of the disk in which no cut is forgotten that later bytes rest on."""

    def _chosen(self, moment: int) -> Iterator[tuple[str, list[Operation]]]:
        for words, kept in Recording._chosen(self, moment):  # noqa: SLF001
            if not self._forgets_a_cut(kept, moment=moment):
                yield f"{moment}: {words}", kept

    def _forgets_a_cut(self, kept: list[Operation], *, moment: int) -> bool:
        there = {id(one) for one in kept}
        cut: set[int] = set()
        for one in self.operations[:moment]:
            if isinstance(one, Truncate) and id(one) not in there:
                cut.add(one.inode)
            if isinstance(one, Write) and one.inode in cut and _is_kept(one, kept=kept, ids=there):
                return True
        return False

    def granted(self, serial: str) -> int:
        """Return the operation at which a ticket had been granted, by the file that says so."""
        return next(
            number
            for number, one in enumerate(self.operations)
            if isinstance(one, Names) and one.changes[0][0] == f"granted {serial}"
        )

    def is_synced(self, serial: str, *, before: int) -> bool:
        """Say whether the log was synced between the grant and a moment."""
        log = {
            inode
            for one in self.operations
            if isinstance(one, Names)
            for name, inode in one.changes
            if name == LOG
        }
        return any(
            isinstance(one, Sync) and one.inode in log
            for one in self.operations[self.granted(serial) : before]
        )


def _is_kept(one: Write, *, kept: list[Operation], ids: set[int]) -> bool:
    torn = any(
        isinstance(part, Write)
        and (part.inode, part.offset) == (one.inode, one.offset)
        and one.data.startswith(part.data)
        for part in kept
    )
    return id(one) in ids or torn


def recorded(code: str, *, folder: Path, log: Path, strace: str) -> PowerCuts:
    """Run code in a child that is handed the folder, and return what it did there."""
    start = Disk.of(folder)
    python, *rest = command(crashmodel.BEGIN + code, folder)
    watch = [strace, "-f", "-xx", "-s", str(_LONGEST_BYTES), "-o", str(log)]
    calls = ["-e", "trace=%file,%desc,sync,dup,dup2,dup3,fork,vfork,clone,clone3"]
    ended = subprocess.run(
        [*watch, *calls, python, "-B", *rest],
        capture_output=True,
        text=True,
        timeout=_BOUND_S,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    reader = _Reader(folder, disk=start.copy())
    for line in log.read_text().splitlines():
        reader.read(line)
    return PowerCuts(start, tuple(reader.operations), reader.made)


class Record(Protocol):
    """Records what code does to a folder with a ledger that knows these tickets."""

    def __call__(self, code: str, *, known: str = "ab") -> PowerCuts: ...
