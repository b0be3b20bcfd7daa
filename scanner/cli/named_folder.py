"""A folder that a person names: a slip of the pen is told before anything is made or believed."""

import os
import stat
from enum import Enum
from pathlib import Path

from scanner.terms import InputError, NotPermittedError


class Use(Enum):
    """What a folder is wanted for."""

    READING = "read"
    WRITING = "written"


_RIGHTS = {Use.READING: os.R_OK | os.X_OK, Use.WRITING: os.W_OK | os.X_OK}


def check_folder(folder: Path, *, use: Use) -> None:
    """Raise `InputError` unless it is a folder, `NotPermittedError` unless it may be used so."""
    try:
        mode = folder.stat().st_mode
    except PermissionError:
        raise NotPermittedError(f"{folder}: may not be reached; use sudo") from None
    except OSError:
        raise InputError(f"{folder}: no such folder; check the path") from None
    if not stat.S_ISDIR(mode):
        raise InputError(f"{folder}: not a folder; check the path")
    if not os.access(folder, _RIGHTS[use], effective_ids=True):
        raise NotPermittedError(f"{folder}: may not be {use.value}; use sudo")
