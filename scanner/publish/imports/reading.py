"""Files to import: bounded, UTF-8, and JSON in which no name stands twice."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from scanner.store import read_file
from scanner.terms import InputError
from scanner.trust import strict

MAX_BYTES: Final = 64 * 1024 * 1024
"""A file of a million entries; more come in several files."""


def contents(paths: Sequence[Path]) -> Iterator[tuple[Path, bytes]]:
    """Yield every file with its content; the same content twice is refused."""
    seen: dict[bytes, Path] = {}
    for path in paths:
        content = read_file(path, max_bytes=MAX_BYTES)
        if content in seen:
            raise InputError(f"{path}: the same as {seen[content]}; give each file once")
        seen[content] = path
        yield path, content


def parsed(content: bytes) -> Any:
    """Return JSON, or raise `InputError`."""
    try:
        return json.loads(content.decode("utf-8-sig"), object_pairs_hook=strict.without_twins)
    except UnicodeDecodeError:
        raise InputError("not UTF-8; save it as UTF-8 text") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"broken JSON ({error}); fetch it again") from None


@contextmanager
def about(path: Path) -> Iterator[None]:
    """Put the file's name before what is wrong with it."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    except (ValueError, KeyError, TypeError) as error:
        told = f"{type(error).__name__}: {error}"[:200]
        raise InputError(f"{path}: not of the expected form ({told})") from None


def text(told: Any, *, what: str) -> str:
    """Return a text that is not empty, or raise `InputError`."""
    if not isinstance(told, str) or not told:
        raise InputError(f"{what} is no text")
    return told


def several(told: Any, *, what: str) -> list[Any]:
    """Return a list, or raise `InputError`."""
    if not isinstance(told, list):
        raise InputError(f"{what} is no list")
    return told
