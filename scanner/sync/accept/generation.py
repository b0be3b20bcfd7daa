"""A verified offer becomes a generation: lists merged, files written, put in force by one rename.

What has not changed is linked from the generation before, if it is still sound there. Whatever
goes wrong on the way, the new folder is removed and the old generation stays in force.
"""

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

from scanner.store.places import Places
from scanner.store.shelf import Shelf
from scanner.sync.accept.held import DAMAGED, MANIFEST_KEPT, PINNED, WITHDRAWN_KEPT, Held, sound
from scanner.sync.accept.lists import BaseWanted, Lists, Terms
from scanner.sync.accept.offer import Offered
from scanner.sync.accept.verified import Verified
from scanner.terms import InputError, Moment
from scanner.trust import generation as described_by
from scanner.trust.feed import MANIFEST, TYPED, WITHDRAWN
from scanner.trust.generation import Generation, StoredFile, StoredList
from scanner.trust.refusal import Cause, FeedRefused

_NIGHT: Final = range(2, 5)
"""Hours, UTC, in which tables are compacted."""


class SomeWanted(FeedRefused):
    """Lists, by `names`, that only their base helps; `detail` is about the first."""

    def __init__(self, first: FeedRefused, *, names: frozenset[str]) -> None:
        super().__init__(first.cause, first.detail)
        self.names = names


def written(
    found: Verified, *, offered: Offered, shelf: Shelf, places: Places, now: Moment
) -> Generation:
    """Write and put in force what was verified; raise `FeedRefused` or `OSError`."""
    try:
        shelf.begin()
        files = _Files(shelf, found.held)
        lists = _brought(found, offered=offered, shelf=shelf, now=now)
        generation = Generation(
            number=shelf.next_number(),
            issued=found.manifest.issued,
            accepted_at=now.wall,
            source=found.source,
            root_version=found.feed.root_version,
            timestamp_version=found.feed.versions["timestamp"],
            manifest_sha256=found.feed.targets[MANIFEST].sha256,
            min_wait_s=found.manifest.min_wait_s,
            lists=lists,
            trust=files.put_targets("trust", found=found, offered=offered),
            rules=files.put_targets("rules", found=found, offered=offered),
            metadata=tuple(files.put_signatures(found, offered=offered)),
            typed=None if found.typed is None else files.put(TYPED, found.typed),
        )
        shelf.put(described_by.NAME, [_readable(generation.to_bytes())])
        shelf.commit()
    except BaseException:
        shelf.abandon()
        raise
    (places.state / DAMAGED).unlink(missing_ok=True)
    return generation


def _readable(content: bytes) -> bytes:
    """Return a description that can be read again: one that cannot would be forgotten."""
    try:
        described_by.parse(content)
    except InputError as error:
        raise FeedRefused(Cause.MALFORMED, f"it cannot be kept: {error}"[:300]) from None
    return content


def _brought(
    found: Verified, *, offered: Offered, shelf: Shelf, now: Moment
) -> dict[str, StoredList]:
    """Bring every list; go on after one that wants its base, so that all are fetched at once."""
    held = found.held
    terms = Terms(
        withdrawn=found.withdrawn,
        renewed=found.feed.online_key_changed,
        removals=found.removals,
        night=now.wall.hour in _NIGHT,
        damaged=frozenset() if held is None else held.damaged,
    )
    brought: dict[str, StoredList] = {}
    wanted: dict[str, FeedRefused] = {}
    before = {} if held is None else held.generation.lists
    for name, entry in sorted(found.manifest.lists.items()):
        # One after the other: what lists hold together may be more than the memory.
        with ExitStack() as stack:
            lists = Lists(offered, shelf, terms, stack)
            known = None
            if held is not None and name in before:
                known = lists.known(before[name], folder=held.folder)
            try:
                brought[name] = lists.bring(name, entry=entry, known=known)
            except BaseWanted as refused:
                wanted[name] = refused
    if wanted:
        raise SomeWanted(next(iter(wanted.values())), names=frozenset(wanted))
    return brought


@dataclass(frozen=True, slots=True)
class _Files:
    """The small files of the new generation; `held` is the one in force."""

    shelf: Shelf
    held: Held | None

    def put(self, path: str, content: bytes) -> StoredFile:
        """Write a file, or link it where the same one is there and sound."""
        one = StoredFile(path, len(content), hashlib.sha256(content).hexdigest())
        if self._is_there(one) and self.held is not None:
            self.shelf.link(path, of=self.held.folder)
        else:
            self.shelf.put(path, [content])
        return one

    def _is_there(self, one: StoredFile) -> bool:
        if self.held is None or one not in self.held.generation.files:
            return False
        return sound(one, folder=self.held.folder) is not None

    def put_targets(
        self, folder: str, *, found: Verified, offered: Offered
    ) -> dict[str, StoredFile]:
        """Write the files of trust/ or rules/ that a door loads."""
        return {
            path.removeprefix(f"{folder}/"): self.put(path, offered.target(path, target=target))
            for path, target in sorted(found.feed.targets.items())
            if path.startswith(f"{folder}/") and path != WITHDRAWN
        }

    def put_signatures(self, found: Verified, *, offered: Offered) -> Iterator[StoredFile]:
        """Write what it takes to verify all this again without a feed."""
        chain = found.chain
        yield self.put(PINNED, found.pinned)
        for number, root in enumerate(chain.roots, start=found.version + 1):
            yield self.put(f"metadata/{number}.root.json", root)
        yield self.put("metadata/timestamp.json", chain.timestamp)
        yield self.put("metadata/snapshot.json", chain.snapshot)
        yield self.put("metadata/targets.json", chain.targets)
        for role, content in chain.delegated.items():
            yield self.put(f"metadata/{role}.json", content)
        for path, kept in ((MANIFEST, MANIFEST_KEPT), (WITHDRAWN, WITHDRAWN_KEPT)):
            if path in found.feed.targets:
                target = found.feed.targets[path]
                yield self.put(kept, offered.target(path, target=target))
