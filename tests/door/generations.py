"""Generations of belief on disk, as whoever accepts a feed writes them, and the link to one."""

import hashlib
import os
import shutil
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from scanner.store.places import Places
from scanner.trust.generation import NAME, Generation, StoredFile, StoredList
from scanner.trust.ids import hashed
from scanner.trust.idtable import WIRE_SHAPE, encode

ISSUED: Final = datetime(2026, 6, 1, 10, tzinfo=UTC)
"""Two hours before the mint's present."""

SHAPE: Final = (8, 6)


class Generations:
    """The generations of one state folder."""

    def __init__(self, state: Path) -> None:
        self.places = Places.at(state)
        self.places.generations.mkdir(parents=True)

    def make(  # noqa: PLR0913 - one name for each thing that a generation holds
        self,
        number: int,
        *,
        issued: datetime = ISSUED,
        trust: Mapping[str, bytes] | None = None,
        revoked: Iterable[str] | None = None,
        adds: Iterable[str] = (),
        removes: Iterable[str] = (),
        typed: bytes | None = None,
        rules: Mapping[str, bytes] | None = None,
    ) -> Path:
        """Write a generation; `revoked`, `adds` and `removes` are typed ids of one list."""
        folder = self.places.generations / str(number)
        if folder.exists():
            shutil.rmtree(folder)
        for name in ("trust", "revoked", "metadata", "rules"):
            (folder / name).mkdir(parents=True)
        lists = {}
        if revoked is not None:
            table = _table(revoked, shape=SHAPE)
            lists["health"] = StoredList(
                seq=number,
                entries=len(set(revoked)),
                sha256=hashlib.sha256(table).hexdigest(),
                table=_write(folder, "revoked/health.table", table),
                adds=_overlay(folder, "revoked/health.adds", adds),
                removes=_overlay(folder, "revoked/health.removes", removes),
            )
        generation = Generation(
            number=number,
            issued=issued,
            accepted_at=issued,
            source="https://lists.example.org/door",
            root_version=1,
            timestamp_version=number,
            manifest_sha256="0" * 64,
            min_wait_s=900,
            lists=lists,
            trust={
                name: _write(folder, f"trust/{name}", content)
                for name, content in (trust or {}).items()
            },
            rules={
                name: _write(folder, f"rules/{name}", content)
                for name, content in (rules or {}).items()
            },
            metadata=(),
            typed=None if typed is None else _write(folder, "revoked/typed.txt", typed),
        )
        (folder / NAME).write_bytes(generation.to_bytes())
        return folder

    def put_in_force(self, number: int) -> None:
        """Move the link, as whoever accepts does: one rename."""
        new = self.places.state / ".current.new"
        new.symlink_to(f"generations/{number}")
        os.replace(new, self.places.current)  # noqa: PTH105 - the call that is meant


def _overlay(folder: Path, path: str, ids: Iterable[str]) -> StoredFile | None:
    listed = list(ids)
    return _write(folder, path, _table(listed, shape=WIRE_SHAPE)) if listed else None


def _table(ids: Iterable[str], *, shape: tuple[int, int]) -> bytes:
    k, r = shape
    return encode([hashed(one) for one in ids], k=k, r=r)


def _write(folder: Path, path: str, content: bytes) -> StoredFile:
    (folder / path).write_bytes(content)
    return StoredFile(path, len(content), hashlib.sha256(content).hexdigest())
