"""Disks as a power cut may leave them: what was synced, and any part of what was not."""

import itertools
import os
import random
import shutil
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

EXHAUSTIVE: Final = 12
AT_RANDOM: Final = 200
SEED: Final = 20261122


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes put into a file."""

    inode: int
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Truncate:
    """A file set to a length."""

    inode: int
    size: int


@dataclass(frozen=True, slots=True)
class Names:
    """Names in one folder changed at once; None takes a name away."""

    inode: int
    changes: tuple[tuple[str, int | None], ...]


@dataclass(frozen=True, slots=True)
class Sync:
    """A file's bytes, or a folder's names, made safe; None is the whole disk."""

    inode: int | None


Operation = Write | Truncate | Names | Sync
Tree = Mapping[str, bytes | str | None]
"""Paths with the bytes of a file, the target of a link, or None for a folder."""


@dataclass(slots=True)
class Disk:
    """Files, folders and links by number; 0 is the folder that is watched."""

    files: dict[int, bytes] = field(default_factory=dict)
    links: dict[int, str] = field(default_factory=dict)
    folders: dict[int, dict[str, int]] = field(default_factory=lambda: {0: {}})

    @classmethod
    def of(cls, root: Path) -> "Disk":
        """Take a folder as it is, all of it safe."""
        disk, by_path = cls(), {root: 0}
        seen: dict[int, int] = {}
        for path in sorted(root.rglob("*")):
            key = path.lstat().st_ino
            number = seen.setdefault(key, len(seen) + 1)
            by_path[path] = number
            disk.folders[by_path[path.parent]][path.name] = number
            if path.is_symlink():
                disk.links[number] = os.readlink(path)  # noqa: PTH115 - as it stands
            elif path.is_dir():
                disk.folders[number] = {}
            else:
                disk.files[number] = path.read_bytes()
        return disk

    def copy(self) -> "Disk":
        """Return one that can be changed alone."""
        folders = {number: dict(names) for number, names in self.folders.items()}
        return Disk(dict(self.files), dict(self.links), folders)

    def apply(self, one: Operation) -> None:
        """Change it as the operation says."""
        match one:
            case Write(inode, offset, data):
                old = self.files[inode].ljust(offset, b"\0")
                self.files[inode] = old[:offset] + data + old[offset + len(data) :]
            case Truncate(inode, size):
                self.files[inode] = self.files[inode][:size].ljust(size, b"\0")
            case Names(inode, changes):
                for name, target in changes:
                    if target is None:
                        self.folders[inode].pop(name, None)
                    else:
                        self.folders[inode][name] = target
            case Sync():
                pass

    def find(self, path: str, *, folder: int = 0) -> int | None:
        """Return what a path leads to, through every link on its way and at its end."""
        for name in (part for part in path.split("/") if part):
            found = self.folders.get(folder, {}).get(name)
            if found in self.links:
                found = self.find(self.links[found], folder=folder)
            if found is None:
                return None
            folder = found
        return folder

    def tree(self) -> dict[str, bytes | str | None]:
        """Return all that a reader can come to."""
        found: dict[str, bytes | str | None] = {}

        def walk(folder: int, path: str) -> None:
            for name, number in sorted(self.folders[folder].items()):
                where = f"{path}{name}"
                if number in self.folders:
                    found[where] = None
                    walk(number, where + "/")
                elif number in self.links:
                    found[where] = "-> " + self.links[number]
                else:
                    found[where] = self.files[number]

        walk(0, "")
        return found


def put(tree: Tree, folder: Path) -> None:
    """Make a folder hold a tree and nothing else."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700)
    for name, content in tree.items():
        path = folder / name
        if content is None:
            path.mkdir(mode=0o700)
        elif isinstance(content, str):
            path.symlink_to(content.removeprefix("-> "))
        else:
            path.write_bytes(content)


@dataclass(frozen=True, slots=True)
class Recording:
    """What a writer did to a folder, from how it was."""

    start: Disk
    operations: tuple[Operation, ...]
    made: Disk
    """What was made meanwhile, empty and without a name."""

    def states(
        self, *, view: Callable[[Tree], Hashable] = lambda tree: tuple(tree.items())
    ) -> Iterator[tuple[str, Tree]]:
        """Yield every state that a power cut may leave, with words on how; no view of it twice."""
        seen: set[Hashable] = set()
        for moment in range(len(self.operations) + 1):
            for words, kept in self._chosen(moment):
                disk = self._begun()
                for one in kept:
                    disk.apply(one)
                tree = disk.tree()
                if (key := view(tree)) not in seen:
                    seen.add(key)
                    yield f"after {moment} of {len(self.operations)} operations, {words}", tree

    def finished(self) -> Tree:
        """Return what is there when nothing was lost."""
        disk = self._begun()
        for one in self.operations:
            disk.apply(one)
        return disk.tree()

    def _begun(self) -> Disk:
        disk = self.start.copy()
        disk.files |= self.made.files
        disk.links |= self.made.links
        disk.folders |= {number: {} for number in self.made.folders}
        return disk

    def _chosen(self, moment: int) -> Iterator[tuple[str, list[Operation]]]:
        done = list(enumerate(self.operations[:moment]))
        safe = {place for place, one in done if self._is_safe(place, moment)}
        doubtful = [place for place, one in done if place not in safe and not isinstance(one, Sync)]
        for there in _subsets(doubtful):
            kept = [one for place, one in done if place in safe or place in there]
            yield f"of the unsynced {sorted(there)} of {doubtful}", kept
            for place in there:
                torn = self.operations[place]
                if isinstance(torn, Write) and len(torn.data) > 1:
                    half = Write(torn.inode, torn.offset, torn.data[: len(torn.data) // 2])
                    parts = [half if one is torn else one for one in kept]
                    yield f"write {place} by half, of {sorted(there)}", parts

    def _is_safe(self, place: int, moment: int) -> bool:
        one = self.operations[place]
        return any(
            isinstance(later, Sync) and later.inode in (None, getattr(one, "inode", None))
            for later in self.operations[place + 1 : moment]
        )


def _subsets(doubtful: Sequence[int]) -> Iterator[frozenset[int]]:
    every = frozenset(doubtful)
    if len(doubtful) <= EXHAUSTIVE:
        for size in range(len(doubtful) + 1):
            yield from map(frozenset, itertools.combinations(doubtful, size))
        return
    yield from (every, frozenset())
    for one in doubtful:
        yield from (every - {one}, frozenset({one}))
    for pair in itertools.combinations(doubtful, 2):
        yield every - set(pair)
    chance = random.Random(SEED)  # noqa: S311 - the same states in every run
    for _ in range(AT_RANDOM):
        yield frozenset(one for one in doubtful if chance.random() < 0.5)
