"""Typed ids from a file that an operator names: bounded, and never whole in memory."""

import os
import stat
from pathlib import Path
from typing import Final

from scanner.publish.tables import Listed, read_listed
from scanner.terms import InputError

MAX_BYTES: Final = 8 * 1024**3
"""100 million ids of the longest common form take 5 GB."""


def read_ids(path: Path) -> Listed:
    """Hash a file of typed ids; `InputError` names the file and its first bad line."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(fd, "rb") as file:
            found = os.fstat(fd)
            if not stat.S_ISREG(found.st_mode):
                raise InputError(f"{path}: not a regular file; name a text file of typed ids")
            if found.st_size > MAX_BYTES:
                raise InputError(f"{path}: larger than {MAX_BYTES >> 30} GiB; split it")
            try:
                listed = read_listed(file)
            except InputError as error:
                raise InputError(f"{path}: {error}") from None
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}; check the path") from None
    if not len(listed.ids) and not listed.lines:
        raise InputError(f"{path}: no ids in it; one typed id a line")
    return listed
