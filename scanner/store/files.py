"""Files that people name: read whole, bounded, with one clear line when that fails."""

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
        inside = sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith("."))
    except OSError as error:
        raise InputError(_failure(path, error)) from None
    if not inside:
        raise InputError(f"{path}: an empty folder; put files into it or name one")
    return inside


def read_file(path: Path, *, max_bytes: int) -> bytes:
    """Return the content of a regular file of at most `max_bytes`, or raise `InputError`.

    A FIFO or device is refused before it is opened, so that nothing can hang.
    """
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise InputError(f"{path}: a folder, where a file is expected; name the files in it")
        if not stat.S_ISREG(found.st_mode):
            raise InputError(f"{path}: not a regular file")
        with path.open("rb") as file:
            content = file.read(max_bytes + 1)
    except OSError as error:
        raise InputError(_failure(path, error)) from None
    if len(content) > max_bytes:
        raise InputError(f"{path}: larger than {max_bytes:,} bytes, the most that is read")
    return content


def _failure(path: Path, error: OSError) -> str:
    remedies = {
        FileNotFoundError: "no such file; check the path",
        PermissionError: "may not be read; check its owner and mode",
        NotADirectoryError: "no such file; check the path",
    }
    return f"{path}: {remedies.get(type(error)) or error.strerror or error}"
