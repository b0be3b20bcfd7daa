"""A command that is cut off at any file operation leaves a feed that is whole."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from scanner.terms import InputError
from tests.publish.press import Press, ReadFeed, new_press

# Long, and what it goes through is measured by the tests of the rooms.
pytestmark = pytest.mark.no_cover

CHECKOUT: Final = Path(__file__).resolve().parents[2]
BOUND_S: Final = 120.0
IDS: Final = range(1 << 40, 300 << 40, 1 << 40)

# Forks once for every file operation of the command, and ends there; says how many there are.
CUTTER: Final = """
import os, shutil, sys
from datetime import datetime
from pathlib import Path
from scanner.publish.keys import Keys
from scanner.publish.release import released
from scanner.publish.repository import opened
from scanner.publish.rotation import rotate

MOVES = {"os.rename", "os.remove", "os.mkdir"}
home, now, command = Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]), sys.argv[3]

def run(folder):
    keys = Keys((folder / "keys",), repository=folder / "feed")
    with opened(folder / "feed", keys=keys, now=now) as repository:
        if command == "release":
            released(repository)
        else:
            rotate(repository, names=("root-1", "curator", "revoked", "timestamp"))

def cut(folder, moment):
    counted = 0
    def count(event, arguments):
        nonlocal counted
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_CREAT
        if (writes or event in MOVES) and str(folder) in str(arguments[0]):
            counted += 1
            if counted == moment:
                os._exit(1)
    sys.addaudithook(count)
    run(folder)
    os._exit(0)

for moment in range(1, 1000):
    folder = home / f"cut-{moment}"
    shutil.copytree(home / "whole", folder)
    child = os.fork()
    if child == 0:
        cut(folder, moment)
    if os.waitpid(child, 0)[1] == 0:
        break
print(moment)
"""


def _cut_everywhere(press: Press, *, command: str) -> list[Press]:
    home = press.folder.parents[1]
    code = f"import sys; sys.path.append({str(CHECKOUT)!r})\n{CUTTER}"
    ended = subprocess.run(
        [sys.executable, "-c", code, str(home), press.now.isoformat(), command],
        capture_output=True,
        text=True,
        timeout=BOUND_S,
        check=True,
    )
    folders = [home / f"cut-{moment}" for moment in range(1, int(ended.stdout) + 1)]
    return [Press(at / "feed", (at / "keys",), press.root_sha256, press.now) for at in folders]


@pytest.fixture
def whole(tmp_path: Path) -> Press:
    """A feed with a list, and changes that wait."""
    press = new_press(tmp_path / "whole")
    press.revoke(IDS)
    press.release()
    press.later(hours=1)
    press.revoke([one + (1 << 39) for one in IDS])
    press.reinstate(IDS[:10])
    return press


def test_a_release_cut_anywhere_leaves_the_old_feed_or_the_new_and_the_next_one_goes_on(
    whole: Press,
) -> None:
    cut = _cut_everywhere(whole, command="release")
    assert len(cut) > 20
    seen = []
    for press in cut:
        seen.append(press.manifest().lists["main"].seq)
        press.later(hours=1)
        press.release()
        entry = press.manifest().lists["main"]
        assert (entry.seq, entry.entries) == (2, 2 * len(IDS) - 10)
        assert len(entry.deltas) == 1
    # Cuts before the last file leave the old feed, and the whole release is the last of them.
    assert sorted(seen) == seen
    assert (seen[0], seen[-1]) == (1, 2)


def test_a_rotation_cut_anywhere_is_finished_by_the_next_command(whole: Press) -> None:
    before = whole.feed.chain()
    for press in _cut_everywhere(whole, command="rotate"):
        press.later(hours=1)
        press.release()
        assert press.manifest().lists["main"].entries == 2 * len(IDS) - 10
        press.feed.verified(now=press.now, before=before)
        names = {path.name for path in press.keys[0].iterdir()}
        assert {"root-1.pem", "curator.pem", "revoked.pem", "timestamp.pem"} <= names
        # With the keys in force all can be done again.
        press.reinstate([IDS[20]])
        press.release()


def test_a_damaged_state_is_refused_in_one_line_and_nothing_is_written(whole: Press) -> None:
    state = whole.folder / "work" / "state.json"
    good = state.read_bytes()
    told = json.loads(good)
    del told["lists"]["main"]["base"]
    for bad in (b"", good[:-10], b"[]", json.dumps(told).encode(), b'{"format":"other"}'):
        state.write_bytes(bad)
        with pytest.raises(InputError, match="the publisher's state is"):
            whole.release()
        assert whole.manifest().lists["main"].seq == 1
    state.write_bytes(good)
    whole.release()


def test_a_damaged_array_of_ids_is_refused(whole: Press) -> None:
    for path in (whole.folder / "work" / "ids").iterdir():
        path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(InputError, match="damaged or missing; restore the repository"):
        whole.release()
    assert whole.manifest().lists["main"].seq == 1


def test_the_reader_of_these_tests_finds_a_part_that_is_missing(whole: Press) -> None:
    copy = whole.folder.parent / "copy"
    shutil.copytree(whole.folder / "public", copy)
    (copy / "parts" / whole.manifest().lists["main"].base.blob.sha256).unlink()
    with pytest.raises(FileNotFoundError):
        ReadFeed(copy).check_whole(now=whole.now)
