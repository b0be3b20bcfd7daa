"""Files that people name: read whole, bounded, with one clear line when that fails."""

import os
import stat
from pathlib import Path

from scanner.terms import InputError


def files_at(path: Path) -> list[Path]:
    """Return `path` itself, or the files of a folder in order, hidden ones left out.

    Raises `InputError` when it is not there or the folder holds no file.
    """
    try:
        if not path.is_dir():
            return [path]
        inside = sorted(p for p in path.iterdir() if not p.name.startswith("."))
    except OSError as error:
        raise InputError(_failure(path, error)) from None
    if not inside:
        raise InputError(f"{path}: an empty folder; put files into it or name one")
    for entry in inside:
        if not entry.is_file():
            raise InputError(f"{entry}: not a file; a folder given here holds files only")
    return inside


def read_file(path: Path, *, max_bytes: int) -> bytes:
    """Return the content of a regular file of at most `max_bytes`, or raise `InputError`.

    A FIFO or device is refused before it is opened, so that nothing can hang.
    """
    try:
        # Opened without waiting, then looked at: nothing can change in between.
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            mode = os.fstat(fd).st_mode
            if not stat.S_ISREG(mode):
                raise InputError(f"{path}: {_not_a_file(mode)}")
            with os.fdopen(fd, "rb", closefd=False) as file:
                content = file.read(max_bytes + 1)
        finally:
            os.close(fd)
    except OSError as error:
        raise InputError(_failure(path, error)) from None
    if len(content) > max_bytes:
        raise InputError(f"{path}: larger than {max_bytes:,} bytes, the most that is read")
    return content


def _not_a_file(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder, where a file is expected; name the files in it"
    return "not a regular file"


def _failure(path: Path, error: OSError) -> str:
    remedies = {
        FileNotFoundError: "no such file; check the path",
        PermissionError: "may not be read; check its owner and mode",
        NotADirectoryError: "no such file; check the path",
    }
    return f"{path}: {remedies.get(type(error)) or error.strerror or error}"
