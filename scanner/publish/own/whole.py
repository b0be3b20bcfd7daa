"""A folder that is there as a whole or not at all: made under a hidden name, then renamed.

What a killed command leaves is hidden beside it, and may be deleted.
"""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from scanner.store.durable import sync_folder
from scanner.terms import InputError, NotPermittedError

# What lies in it is worth money at the door, and may name people.
FOLDER_MODE: Final = 0o700
# Somebody else made it meanwhile.
_TAKEN: Final = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR)


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Give a folder to fill, which then becomes `target`; nothing is ever written over."""
    target = target.absolute()
    refuse_taken(target)
    try:
        made = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise cannot_make(target, error=error) from None
    try:
        made.chmod(FOLDER_MODE)
        yield made
        # Thousands of files: one call for all of them.
        os.sync()
        _rename(made, target)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    sync_folder(target.parent)


def _rename(made: Path, target: Path) -> None:
    try:
        made.rename(target)
    except OSError as error:
        if error.errno in _TAKEN:
            raise _taken(target) from None
        raise


def refuse_taken(target: Path) -> None:
    """Raise `InputError` where nothing can be made: something lies there, or no folder around it.

    An empty folder is nothing.
    """
    try:
        if not target.absolute().parent.is_dir():
            raise InputError(f"{target.parent}: no such folder; make it first")
        is_empty = target.is_dir() and not target.is_symlink() and not any(target.iterdir())
    except OSError as error:
        raise cannot_make(target, error=error) from None
    if os.path.lexists(target) and not is_empty:
        raise _taken(target)


def cannot_make(target: Path, *, error: OSError) -> InputError:
    """Return the error about a file or folder that the system does not let be made."""
    kind = NotPermittedError if isinstance(error, PermissionError) else InputError
    return kind(f"{target}: cannot be made: {error.strerror or error}; name another place")


def _taken(target: Path) -> InputError:
    return InputError(f"{target}: is there already, and is not written over; name another")
