"""Disks that are full or take no writing: a whole offer or none, and a word about it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from tests.sync.supplier import Feed, contents, new_door, new_feed

HERE: Final = Path(__file__).resolve().parent
CHECKOUT: Final = HERE.parents[1]
EVERYTHING: Final = [
    *("revoked.json", "rules.json", "snapshot.json"),
    *("targets.json", "timestamp.json", "trust.json"),
]


def own_mounts() -> bool:
    done = subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False, timeout=10)
    return done.returncode == 0


pytestmark = pytest.mark.skipif(
    not own_mounts(), reason="no mounts of one's own here (remedy: run as root)"
)


@pytest.fixture
def feed(tmp_path: Path) -> Feed:
    return new_feed(tmp_path / "feed")


def rounds(feed: Feed, *, folder: Path, kind: str) -> list[Any]:
    """Hold rounds on such disks; what the door believes is as it was before."""
    door = new_door(folder / "door", feed=feed)
    (door.state / "generations").mkdir()
    (door.state / "generations" / "belief").write_bytes(b"verdicts rest on this")
    before = contents(door.state)
    done = subprocess.run(
        ["unshare", "-rm", sys.executable, HERE / "small_disk.py", feed.public, door.state, kind],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
    )
    assert done.returncode == 0, done.stderr
    assert contents(door.state) == before
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_full_disk_takes_a_whole_offer_or_none_and_says_so(feed: Feed, tmp_path: Path) -> None:
    found = rounds(feed, folder=tmp_path, kind="full")
    outcomes = [one["first"]["outcome"] for one in found]
    assert outcomes[0] != "news"
    assert outcomes[-1] == "news"
    for one in found:
        first = one["first"]
        assert first["outcome"] in {"news", "failed", "raised No space left on device"}
        assert first["incoming"] == 0
        # An offer that is there is whole, even if there was no room for a note about it.
        assert not first["offered"] or first["metadata"] == EVERYTHING
        assert first["offered"] or first["outcome"] != "news"
        # With room again, nothing that was left behind stands in the way.
        second = one["second"]
        assert (second["outcome"], second["offered"]) in {("news", True), ("no_news", True)}
        assert second["metadata"] == EVERYTHING


def test_a_disk_that_is_full_at_the_second_round_says_disk(feed: Feed, tmp_path: Path) -> None:
    found = rounds(feed, folder=tmp_path, kind="full")
    told = {one["first"]["told"] for one in found if one["first"]["outcome"] == "failed"}
    assert told <= {"disk", None}
    assert "disk" in told


def test_a_round_whose_record_found_no_room_is_not_held_again_at_once(
    feed: Feed, tmp_path: Path
) -> None:
    (code, said) = rounds(feed, folder=tmp_path, kind="scheduled")[0]
    assert code == 3
    assert said.count("No space left on device") == 1


def test_a_disk_that_takes_no_writing_changes_nothing(feed: Feed, tmp_path: Path) -> None:
    ((first, second, third),) = rounds(feed, folder=tmp_path, kind="read-only")
    assert first["outcome"] == "news"
    assert second["outcome"] == "raised Read-only file system"
    assert second["offered"]
    assert third["outcome"] == "no_news"
