"""The mark that a door keeps of time, read from its state folder by whoever asks the time."""

import contextlib
from pathlib import Path
from typing import Final

from scanner.gate.marks import Mark
from scanner.store.files import read_file
from scanner.terms import InputError

MARK: Final = "clock.json"
"""The mark's file in the state folder."""

_MAX_BYTES: Final = 4096


def read_mark(path: Path) -> tuple[Mark | None, str]:
    """Return the mark in a file, or none and the words about why it cannot be used."""
    with contextlib.suppress(OSError):
        if not path.exists():
            return None, ""
    try:
        return Mark.from_json(read_file(path, max_bytes=_MAX_BYTES)), ""
    except InputError as error:
        return None, str(error)
    except ValueError:
        return None, f"{path}: damaged; the time is looked for anew"
