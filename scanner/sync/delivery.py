"""Laying an offer down in the inbox: files first, the offer last, what it does not name away."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from scanner.store import replace_file
from scanner.store.durable import sync_folder
from scanner.sync.inbox import FILE_MODE, Inbox, Offer
from scanner.sync.parts import Carrier, is_whole
from scanner.sync.refresh import Refreshed
from scanner.sync.wanted import Wanted
from scanner.trust.manifest import PART_BYTES, Blob
from scanner.trust.refusal import Cause, FeedRefused

SPARE_BYTES: Final = 16 * 1024 * 1024
"""Left on the disk for the door's own counts and ledger."""


def bring_targets(feed: Refreshed, *, carrier: Carrier, inbox: Inbox) -> None:
    """Bring every small file that the feed names."""
    for path, target in feed.targets.items():
        role, _, name = path.partition("/")
        carrier.bring(
            f"targets/{role}/{target.sha256}.{name}",
            to=inbox.target(target.sha256),
            sha256=target.sha256,
            size=target.length,
        )


def bring_parts(ways: Wanted, *, carrier: Carrier, inbox: Inbox) -> None:
    """Bring the parts of blobs that are not there yet, if the disk has room for all of them."""
    parts = dict(part for blob in ways.blobs.values() for part in _parts(blob))
    missing = {
        sha256: size
        for sha256, size in parts.items()
        if not is_whole(inbox.part(sha256), sha256=sha256, size=size)
    }
    _check_room(sum(missing.values()), folder=inbox.folder)
    for sha256, size in missing.items():
        carrier.bring(f"parts/{sha256}", to=inbox.part(sha256), sha256=sha256, size=size)
    for sha256 in ways.leave - parts.keys():
        carrier.bring_if_there(
            f"parts/{sha256}", to=inbox.part(sha256), sha256=sha256, max_bytes=PART_BYTES
        )


def lay_down(feed: Refreshed, *, offer: Offer, inbox: Inbox) -> None:
    """Write the metadata, and the offer when all the rest is on the disk."""
    for name, content in _metadata(feed).items():
        put(inbox.metadata(name), content)
    for folder in ("targets", "parts"):
        # A power cut must never leave an offer without its files.
        sync_folder(inbox.folder / folder)
    # Always a new file: whoever accepts is woken by that.
    replace_file(inbox.offer, offer.to_bytes(), mode=FILE_MODE)


def put(path: Path, content: bytes) -> None:
    """Put a small file into place, unless it lies there already: cards wear out."""
    with contextlib.suppress(OSError):
        if path.read_bytes() == content:
            return
    replace_file(path, content, mode=FILE_MODE)


def prune(feed: Refreshed, *, ways: Wanted, inbox: Inbox, incoming: Path) -> None:
    """Remove what the offer does not name; only the courier ever removes anything."""
    keep = {
        inbox.folder / "metadata": set(_metadata(feed)),
        inbox.folder / "targets": {target.sha256 for target in feed.targets.values()},
        inbox.folder / "parts": {sha256 for blob in ways.blobs.values() for sha256 in blob.parts}
        | ways.leave,
        incoming: set[str](),
    }
    for folder, names in keep.items():
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                if entry.name not in names and not entry.is_dir(follow_symlinks=False):
                    os.unlink(entry.path)  # noqa: PTH108 - of an entry


def _parts(blob: Blob) -> Iterator[tuple[str, int]]:
    return ((sha256, blob.part_size(index)) for index, sha256 in enumerate(blob.parts))


def _metadata(feed: Refreshed) -> dict[str, bytes]:
    chain = feed.chain
    roots = enumerate(chain.roots, start=feed.pinned_version + 1)
    return {
        **{f"{version}.root.json": content for version, content in roots},
        "timestamp.json": chain.timestamp,
        "snapshot.json": chain.snapshot,
        "targets.json": chain.targets,
        **{f"{role}.json": content for role, content in chain.delegated.items()},
    }


def _check_room(size: int, *, folder: Path) -> None:
    found = os.statvfs(folder)
    free = found.f_bavail * found.f_frsize
    if size and free < size + SPARE_BYTES:
        words = f"{size + SPARE_BYTES >> 20} MiB are needed for the lists, {free >> 20} are free"
        raise FeedRefused(Cause.DISK, f"{folder}: {words}")
