"""The places on an issuer's lists: each is given once, also when a command is killed.

A number is taken from the file, and the file is on the disk, before anything is signed with it.
What is then not issued is lost; there are four thousand million of them on a list.
"""

import base64
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from scanner.passes.own import LIST, MAX_INDEX
from scanner.store import Lock, read_file, replace_file
from scanner.terms import InputError
from scanner.trust import strict

_NAME: Final = "numbers.json"
_FORMAT: Final = "door-scanner issued numbers 1"
_MODE: Final = 0o600
_MAX_BYTES: Final = 4 * 1024 * 1024
MAX_LISTS: Final = 10_000
# Five characters are what a code of version 10 has room for beside all else.
_LIST_CHARACTERS: Final = 5
# Taking a number takes milliseconds; a script may start several commands at once.
_PATIENCE_S: Final = 10.0
_PAUSE_S: Final = 0.02


def begin(folder: Path) -> None:
    """Write that no number was given yet."""
    _write(folder, {})


def own_list(kid: bytes) -> str:
    """Return the name of the list that a key has for itself."""
    return base64.b32encode(kid).decode().lower()[:_LIST_CHARACTERS]


def check_list(name: str) -> None:
    """Raise `InputError` unless a list may be called so."""
    if not LIST.fullmatch(name):
        raise InputError(
            f"--list {name[:80]!r}: of A-Z, a-z, 0-9, dot, dash and underscore, at most 64, and "
            "the first one a letter or digit"
        )


def reserve(folder: Path, *, name: str, count: int) -> int:
    """Take `count` numbers of a list for good; return the first of them."""
    with _held(folder):
        following = _read(folder)
        first = following.get(name, 0)
        if first + count - 1 > MAX_INDEX or (name not in following and _is_full(following)):
            raise InputError(f"list {name}: no numbers are left; name another with --list")
        _write(folder, {**following, name: first + count})
    return first


def _is_full(following: Mapping[str, int]) -> bool:
    return len(following) >= MAX_LISTS


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    lock = Lock(folder)
    ends_s = time.monotonic() + _PATIENCE_S
    while not lock.take():
        if time.monotonic() > ends_s:
            raise InputError(f"{folder}: process {lock.holder()} is issuing; wait for its end")
        time.sleep(_PAUSE_S)
    try:
        yield
    finally:
        lock.give_back()


def _write(folder: Path, following: Mapping[str, int]) -> None:
    content = json.dumps({"format": _FORMAT, "next": dict(following)}, indent=1)
    replace_file(folder / _NAME, content.encode() + b"\n", mode=_MODE)


def _read(folder: Path) -> dict[str, int]:
    path = folder / _NAME
    content = read_file(path, max_bytes=_MAX_BYTES)
    try:
        return _checked(json.loads(content, object_pairs_hook=strict.without_twins))
    except (ValueError, TypeError, RecursionError):
        raise InputError(
            f"{path}: not readable; restore its newest copy, or make a new key: without it a "
            "number might be given twice"
        ) from None


def _checked(told: Any) -> dict[str, int]:
    strict.only(told, "format", "next")
    if told["format"] != _FORMAT:
        raise ValueError(told["format"])
    listed = dict(strict.members(told["next"], most=MAX_LISTS))
    return {name: strict.whole(n, low=0, high=MAX_INDEX + 1) for name, n in listed.items()}
