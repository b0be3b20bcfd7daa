"""A look at the disk, at boot: it is still what was accepted, or it is not used.

The chain of signatures is followed once more, from the root it was accepted by and at the time
it was accepted; then every file is hashed. A generation that does not hold is left for the
newest older one that does. Where none does, the damaged one stays in force, since most of it is
sound and a door without lists admits nobody; what is damaged is remembered and fetched again.
"""

import hashlib
import json
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scanner.store import replace_file
from scanner.store.places import Places
from scanner.store.shelf import Shelf
from scanner.sync.accept.clock import believed_now
from scanner.sync.accept.held import (
    DAMAGED,
    MANIFEST_KEPT,
    Held,
    held_at,
    rotten_of,
    sound,
)
from scanner.sync.accept.outcome import BUSY, Outcome, Result, tell
from scanner.sync.accept.tables import held_list
from scanner.terms import InputError, Moment
from scanner.trust import generation as described_by
from scanner.trust import manifest as manifests
from scanner.trust.feed import MANIFEST, TYPED, Target, verify
from scanner.trust.generation import StoredFile
from scanner.trust.refusal import Cause, FeedRefused

_CHUNK_BYTES: Final = 256 * 1024
_REMEDY: Final = "the card may be worn out"


@dataclass(frozen=True, slots=True)
class _Finding:
    """What is wrong with a generation: its damaged files, and one line for a person."""

    damaged: frozenset[str]
    words: str

    def __bool__(self) -> bool:
        return bool(self.words)


def recheck(places: Places, *, now: Moment | None = None) -> Outcome:
    """Check what is in force, fall back where it does not hold; accepted.json says so."""
    moment = believed_now(places) if now is None else now
    shelf = Shelf(places.state)
    try:
        with shelf.locked() as is_mine:
            if not is_mine:
                return BUSY
            outcome = _rechecked(places, shelf=shelf)
    except OSError as error:
        outcome = Outcome(Result.FAILED, Cause.DISK, f"{error.strerror}; {_REMEDY}", None)
    tell(outcome, places=places, now=moment)
    return outcome


def _rechecked(places: Places, *, shelf: Shelf) -> Outcome:
    current = shelf.current()
    if current is None:
        return Outcome(Result.UNCHANGED, None, "nothing was ever accepted", None)
    held, found = _looked_at(current, state=places.state)
    if held is not None and not found:
        return Outcome(Result.UNCHANGED, None, f"generation {current.name} holds", held.generation)
    words = f"generation {current.name} is damaged: {found.words}; {_REMEDY}"
    for older in shelf.older():
        holds, wrong = _looked_at(older, state=places.state)
        if holds is not None and not wrong:
            shelf.fall_back(older)
            words = f"{words}; back to {older.name}"
            return Outcome(Result.FAILED, Cause.DAMAGED, words, holds.generation)
    note = {"generation": int(current.name), "files": sorted(found.damaged)}
    replace_file(places.state / DAMAGED, json.dumps(note).encode(), mode=0o600)
    if held is None:
        return Outcome(Result.FAILED, Cause.DAMAGED, words, None)
    lists = rotten_of(held.generation, damaged=found.damaged)
    return Outcome(Result.FAILED, Cause.DAMAGED, words, held.generation, base_wanted=lists)


def _looked_at(folder: Path, *, state: Path) -> tuple[Held | None, _Finding]:
    held = held_at(folder, state=state)
    if held is None:
        return None, _Finding(
            frozenset({described_by.NAME}), f"{described_by.NAME} is not readable"
        )
    damaged = [one.path for one in held.generation.files if not _is_whole(one, folder=folder)]
    if damaged:
        more = f" and {len(damaged) - 1} more" if len(damaged) > 1 else ""
        return held, _Finding(frozenset(damaged), f"{damaged[0]}{more}")
    try:
        wrong = sorted(_unsigned(held))
    except FeedRefused as refused:
        return held, _Finding(frozenset(), refused.detail)
    words = f"{wrong[0]} is not what was signed" if wrong else ""
    return held, _Finding(frozenset(wrong), words)


def _is_whole(one: StoredFile, *, folder: Path) -> bool:
    found, size = hashlib.sha256(), 0
    try:
        with (folder / one.path).open("rb", buffering=0) as file:
            while piece := file.read(_CHUNK_BYTES):
                found.update(piece)
                size += len(piece)
    except OSError:
        return False
    return (size, found.hexdigest()) == (one.size, one.sha256)


def _unsigned(held: Held) -> set[str]:
    """Return files that are not what the signatures name; `FeedRefused` if those do not hold."""
    if held.pinned is None or held.chain is None:
        raise FeedRefused(Cause.DAMAGED, "its signatures are not all there")
    one = held.generation
    feed = verify(held.pinned, held.chain, now=one.accepted_at)
    stored = {
        **{f"trust/{name}": file for name, file in one.trust.items()},
        **{f"rules/{name}": file for name, file in one.rules.items()},
        **({} if one.typed is None else {TYPED: one.typed}),
    }
    wrong = {path for path, file in stored.items() if feed.targets.get(path) != _target(file)}
    kept = {file.path: file for file in one.metadata}.get(MANIFEST_KEPT)
    content = sound(kept, folder=held.folder)
    if kept is None or content is None or feed.targets.get(MANIFEST) != _target(kept):
        return {*wrong, MANIFEST_KEPT}
    manifest = manifests.parse(content)
    with ExitStack() as stack:
        for name, stored_list in one.lists.items():
            entry = manifest.lists.get(name)
            try:
                said = held_list(stored_list, folder=held.folder, stack=stack).sha256()
            except (InputError, OSError):
                said = ""
            if entry is None or said != entry.sha256:
                wrong.add(stored_list.table.path)
    return wrong


def _target(file: StoredFile) -> Target:
    return Target(file.size, file.sha256)
