"""What the door believes, read from the files a person names."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from scanner.gate import Belief
from scanner.rules import find
from scanner.store import files_at, read_file
from scanner.terms import InputError
from scanner.trust import Key, Keyring, RevocationList, read_revocations, read_trust
from scanner.trust.lists import MAX_TRUST_BYTES

_T = TypeVar("_T")

# `pretix:PATH`, `own:PATH` and `ISSUER=PATH` bind keys to formats that come later.
_LATER: Final = re.compile(r"(pretix|own):|https?:/+[^=]+=")

# 350,000 typed lines, some 50 MB in memory; larger lists come as a signed feed.
MAX_REVOKED_BYTES: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Loaded:
    """A belief, and notes on what could not be used in the files it came from."""

    belief: Belief
    notes: tuple[str, ...]


def load_belief(*, trust: Iterable[Path], revoked: Iterable[Path], rules: Sequence[str]) -> Loaded:
    """Read trust, revocations and rule sets; `InputError` names the file that is wrong."""
    rule_sets = tuple(find(name) for name in dict.fromkeys(rules))
    keys: list[Key] = []
    notes: list[str] = []
    for path in (inside for named in trust for inside in files_at(_readable(named))):
        found = _read(path, max_bytes=MAX_TRUST_BYTES, reader=read_trust)
        keys.extend(found.keys)
        notes.extend(f"{path}: {note}" for note in found.notes)
    lists = [
        _read(path, max_bytes=MAX_REVOKED_BYTES, reader=read_revocations)
        for named in revoked
        for path in files_at(named)
    ]
    belief = Belief(Keyring.of(keys), RevocationList.joined(lists), rule_sets)
    return Loaded(belief, tuple(notes))


def _readable(named: Path) -> Path:
    if _LATER.match(str(named)) and not named.exists():
        raise InputError(f"--trust {named}: keys of this kind are not read by this version")
    return named


def _read(path: Path, *, max_bytes: int, reader: Callable[[bytes], _T]) -> _T:
    content = read_file(path, max_bytes=max_bytes)
    try:
        return reader(content)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
