"""The entity tag of the last timestamp, so that a poll without news moves next to nothing."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final

from scanner.store import read_file, replace_file
from scanner.store.places import Places
from scanner.sync.record import FILE_MODE
from scanner.terms import InputError
from scanner.trust import strict

_MAX_BYTES: Final = 16 * 1024
"""The most that TUF's own client accepts for a timestamp."""

_MAX_TAG: Final = 200


@dataclass(frozen=True, slots=True)
class Validator:
    """An entity tag, and the timestamp that it names."""

    etag: str
    content: bytes


def kept(places: Places, *, source: str) -> Validator | None:
    """Return what was kept of this source; None if the timestamp is another one by now."""
    try:
        told: Any = json.loads(read_file(places.courier / "etag.json", max_bytes=_MAX_BYTES))
        strict.only(told, "source", "etag", "sha256")
        content = _timestamp(places)
        if told["source"] == source and told["sha256"] == _digest(content):
            return Validator(_tag(told["etag"]), content)
    except (InputError, ValueError, TypeError, RecursionError):
        return None
    return None


def keep(validator: Validator | None, *, places: Places, source: str) -> None:
    """Keep what was fetched, if it is the timestamp that holds; `OSError` of the disk."""
    if validator is None or validator == kept(places, source=source):
        return
    try:
        told = {
            "source": source,
            "etag": _tag(validator.etag),
            "sha256": _digest(_timestamp(places)),
        }
    except (InputError, ValueError):
        return
    if told["sha256"] == _digest(validator.content):
        content = (json.dumps(told, sort_keys=True) + "\n").encode()
        replace_file(places.courier / "etag.json", content, mode=FILE_MODE)


def _timestamp(places: Places) -> bytes:
    return read_file(places.courier / "metadata" / "timestamp.json", max_bytes=_MAX_BYTES)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _tag(told: Any) -> str:
    """Return a tag that may stand in a header."""
    if (
        not isinstance(told, str)
        or len(told) > _MAX_TAG
        or not (told.isascii() and told.isprintable())
    ):
        raise ValueError("no entity tag")
    return told
