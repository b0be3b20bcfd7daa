"""Sorted arrays of 64-bit ids on the publisher's disk, named by the digest of their bytes."""

import hashlib
from pathlib import Path
from typing import Final

import numpy as np

from scanner.publish.tables import Ids
from scanner.store import replace_file
from scanner.terms import InputError
from scanner.trust.idtable import ID_BITS

NOTHING: Final[Ids] = np.zeros(0, dtype=np.uint64)
_STORED: Final = np.dtype("<u8")


class Arrays:
    """A folder of arrays; equal ids are one file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, ids: Ids) -> str:
        """Keep ids, and return their name."""
        content = ids.astype(_STORED, copy=False).tobytes()
        name = hashlib.sha256(content).hexdigest()
        path = self._folder / name
        if not path.exists():
            replace_file(path, content, mode=0o600)
        return name

    def get(self, name: str | None) -> Ids:
        """Return ids by their name, none for None; `InputError` when the file is damaged."""
        if name is None:
            return NOTHING
        path = self._folder / name
        try:
            with path.open("rb") as file:
                whole = hashlib.file_digest(file, "sha256").hexdigest() == name
        except OSError:
            whole = False
        if not whole:
            raise InputError(f"{path}: damaged or missing; restore the repository from its copy")
        return np.fromfile(path, dtype=_STORED).astype(np.uint64, copy=False)

    def keep_only(self, names: set[str]) -> None:
        """Remove every other file."""
        for path in self._folder.iterdir():
            if path.name not in names:
                path.unlink(missing_ok=True)


def neighbours(ids: Ids, *, of: Ids, bits: int) -> Ids:
    """Return those of the sorted `ids` that share their first `bits` bits with one of `of`."""
    shift = np.uint64(ID_BITS - bits)
    low = np.unique(of >> shift) << shift
    high = low | ((np.uint64(1) << shift) - np.uint64(1))
    first, last = np.searchsorted(ids, low), np.searchsorted(ids, high, side="right")
    spans = zip(first, last, strict=True)
    return np.concatenate([NOTHING, *(ids[a:b] for a, b in spans if a < b)])
