"""Keys and revoked ids, read from the files that a person names."""

import contextlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scanner.store import files_at, read_file
from scanner.terms import InputError, PassFormat
from scanner.trust import (
    Anchor,
    Binding,
    Key,
    Keyring,
    RevocationList,
    read_revocations,
    read_trust,
)
from scanner.trust.lists import MAX_TRUST_BYTES

# `ISSUER=PATH` says whose keys a file holds, `pretix:PATH` and `own:PATH` what they sign.
_BOUND: Final = re.compile(r"(?P<issuer>(?:https?://|did:)[^=]+)=(?P<path>.+)", re.DOTALL)
_SIGNING: Final = re.compile(r"(?P<format>pretix|own):(?P<path>.+)", re.DOTALL)

# 350,000 typed lines, some 50 MB in memory; larger lists come as a signed feed.
MAX_REVOKED_BYTES: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Loaded:
    """Keys and revoked ids, and notes on what could not be used in the files they came from."""

    keyring: Keyring
    revoked: RevocationList
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrustSource:
    """A file or folder of trust, and what the person who names it says of it."""

    path: Path
    binding: Binding

    @classmethod
    def named(cls, text: str, *, may_be_bare: bool = False) -> "TrustSource":
        """Read PATH, ISSUER=PATH, pretix:PATH or own:PATH."""
        if found := _BOUND.fullmatch(text):
            return cls(Path(found["path"]), Binding(issuer=found["issuer"]))
        if found := _SIGNING.fullmatch(text):
            formats = frozenset({PassFormat(found["format"])})
            return cls(Path(found["path"]), Binding(formats=formats))
        return cls(Path(text), Binding(may_be_bare=may_be_bare))


def load_trust(
    trust: Iterable[str], *, revoked: Iterable[Path], may_be_bare: bool = False
) -> Loaded:
    """Read trust and revocations; `InputError` names the file that is wrong.

    With `may_be_bare`, the keys of a JWKS that nobody bound to an issuer count for any.
    """
    keys: list[Key] = []
    anchors: list[Anchor] = []
    notes: list[str] = []
    for named in trust:
        source = TrustSource.named(named, may_be_bare=may_be_bare)
        for path in files_at(source.path):
            content = read_file(path, max_bytes=MAX_TRUST_BYTES)
            with _told_of(path):
                found = read_trust(content, binding=source.binding)
            keys.extend(found.keys)
            anchors.extend(found.anchors)
            notes.extend(f"{path}: {note}" for note in found.notes)
    lists = []
    for path in (inside for named in revoked for inside in files_at(named)):
        content = read_file(path, max_bytes=MAX_REVOKED_BYTES)
        with _told_of(path):
            lists.append(read_revocations(content))
    keyring = Keyring.of(keys, anchors=anchors)
    return Loaded(keyring, RevocationList.joined(lists), tuple(notes))


@contextlib.contextmanager
def _told_of(path: Path) -> Iterator[None]:
    """Let a complaint begin with the file that it is about."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
