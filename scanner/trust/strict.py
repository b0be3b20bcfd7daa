"""JSON that must be as agreed to the letter: what is not understood is refused.

Every function returns what it was given, or raises `ValueError` or `TypeError` with the reason.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
MAX_WORDS: Final = 1000


def without_twins(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of its members, for `json.loads(object_pairs_hook=)`."""
    told = dict(members)
    if len(told) != len(members):
        raise ValueError("a name stands twice")
    return told


def only(told: Any, *names: str, optional: tuple[str, ...] = ()) -> None:
    """Return if `told` is an object with these members, and no other."""
    if not isinstance(told, dict):
        raise TypeError("no object where one is expected")
    if not set(told) <= set(names) or not set(names) - set(optional) <= set(told):
        raise ValueError(f"an object has {', '.join(names)}, and nothing else")


def several(told: Any, *, most: int) -> Iterator[Any]:
    """Return what a list of at most `most` holds."""
    if not isinstance(told, list) or len(told) > most:
        raise ValueError(f"a list of at most {most}")
    return iter(told)


def whole(told: Any, *, low: int, high: int) -> int:
    """Return a whole number in its bounds; `true` is none."""
    if type(told) is not int or not low <= told <= high:
        raise ValueError(f"a whole number from {low} to {high}")
    return told


def digest(told: Any) -> str:
    """Return a SHA-256 as 64 lower-case hex digits."""
    if not isinstance(told, str) or not _DIGEST.fullmatch(told):
        raise ValueError("a SHA-256 in 64 hex digits")
    return told


def members(told: Any, *, most: int) -> Iterator[tuple[str, Any]]:
    """Return the members of an object of at most `most`, whose names are not agreed."""
    if not isinstance(told, dict) or len(told) > most:
        raise ValueError(f"an object of at most {most} members")
    return iter(told.items())


def words(told: Any) -> str:
    """Return a text of at most 1,000 characters that can be printed on one line."""
    if not isinstance(told, str) or len(told) > MAX_WORDS or not told.isprintable():
        raise ValueError("a text of one line")
    return told
