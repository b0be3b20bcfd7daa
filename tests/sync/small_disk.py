"""Rounds on disks of a few kilobytes, or that take no writing, in a mount space of its own.

Run as `unshare -rm python small_disk.py FEED DOOR KIND`; prints one JSON object a round.
"""

import contextlib
import json
import subprocess
import sys
from pathlib import Path

from scanner.store import Lock
from scanner.store.places import Places
from scanner.sync import record
from scanner.sync.inbox import Inbox
from scanner.sync.rounds import hold_round


def mount(*options: str, on: Path) -> None:
    subprocess.run(["mount", *options, str(on)], check=True, timeout=10)


def held(feed: str, *, places: Places) -> dict[str, object]:
    """Hold a round and tell what a person could see afterwards."""
    try:
        outcome = hold_round(feed, places=places, draw=lambda: 0.5).outcome.value
    except OSError as error:
        outcome = f"raised {error.strerror}"
    told = record.read(places)
    inbox = Inbox(places.inbox)
    return {
        "outcome": outcome,
        "told": None if told is None else told.cause,
        "offered": inbox.offer.exists(),
        "metadata": sorted(path.name for path in inbox.folder.glob("metadata/*.json")),
        "incoming": sum(1 for _ in (places.courier / "incoming").glob("*")),
    }


def full(feed: str, *, places: Places) -> None:
    """Fill disks of growing size, and give each more room for a second round."""
    for size in range(8, 140, 8):
        mount("-t", "tmpfs", "-o", f"size={size}k", "none", on=places.courier)
        first = held(feed, places=places)
        mount("-o", "remount,size=1m", on=places.courier)
        print(json.dumps({"size": size, "first": first, "second": held(feed, places=places)}))
        subprocess.run(["umount", str(places.courier)], check=True, timeout=10)


def read_only(feed: str, *, places: Places) -> None:
    """Take the right to write away after a round, and give it back."""
    mount("-t", "tmpfs", "-o", "size=1m", "none", on=places.courier)
    first = held(feed, places=places)
    mount("-o", "remount,ro", on=places.courier)
    second = held(feed, places=places)
    mount("-o", "remount,rw", on=places.courier)
    print(json.dumps([first, second, held(feed, places=places)]))


def scheduled(feed: str, *, places: Places) -> None:
    """Let the timer's command meet a disk that has no room for its record."""
    mount("-t", "tmpfs", "-o", "size=8k", "none", on=places.courier)
    lock = Lock(places.courier)
    lock.take()
    lock.give_back()
    with contextlib.suppress(OSError):
        (places.courier / "filling").write_bytes(bytes(8192))
    asked = ["--scheduled", "--state", str(places.state), "--from", feed]
    done = subprocess.run(
        [sys.executable, "-m", "scanner", "sync", *asked],
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    print(json.dumps([done.returncode, done.stderr]))


def main() -> None:
    feed, door, kind = sys.argv[1:]
    places = Places.at(Path(door))
    places.courier.mkdir()
    {"full": full, "read-only": read_only, "scheduled": scheduled}[kind](feed, places=places)


if __name__ == "__main__":
    main()
