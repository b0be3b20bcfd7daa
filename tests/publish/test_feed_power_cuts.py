"""A power cut in a release: the old feed or the new, whole, whatever the disk had not got yet."""

import shutil
import sys
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from tests.publish.press import Press, new_press
from tests.store.crashmodel import BEGIN, Tree, put, record

# Long, and what it goes through is measured by the tests of the rooms.
pytestmark = pytest.mark.no_cover

CHECKOUT: Final = Path(__file__).resolve().parents[2]

RELEASE: Final = f"""
import sys; sys.path.append({str(CHECKOUT)!r})
from datetime import datetime
from pathlib import Path
from scanner.publish.keys import Keys
from scanner.publish.release import released
from scanner.publish.repository import opened
{BEGIN}
folder, keys, now = Path(sys.argv[1]), Path(sys.argv[2]), datetime.fromisoformat(sys.argv[3])
with opened(folder, keys=Keys((keys,), repository=folder), now=now) as repository:
    released(repository)
"""


@pytest.fixture
def strace() -> str:
    """The path of strace; the test is skipped where it is missing."""
    found = shutil.which("strace")
    if found is None:
        pytest.skip("strace is missing (remedy: apt-get install strace)")
    return found


def _files(tree: Tree) -> tuple[tuple[str, object], ...]:
    """Return what counts of a disk: not half-made files, which nobody reads."""
    return tuple(one for one in tree.items() if not one[0].endswith(".new"))


def test_a_power_cut_in_a_release_leaves_the_old_feed_or_the_new(
    strace: str, tmp_path: Path
) -> None:
    press = new_press(tmp_path / "press")
    press.revoke([1 << 40, 2 << 40])
    press.release()
    press.later(hours=1)
    press.revoke([3 << 40])
    press.reinstate([1 << 40])
    words = [sys.executable, "-I", "-c", RELEASE, str(press.folder), str(press.keys[0])]
    log = tmp_path / "log"
    recording = record([*words, press.now.isoformat()], root=press.folder, log=log, strace=strace)
    at = tmp_path / "after"
    found = set()
    for told, tree in recording.states(view=_files):
        put(tree, at)
        left = Press(at, press.keys, press.root_sha256, press.now + timedelta(hours=1))
        seq = left.manifest().lists["main"].seq
        left.release()
        entry = left.manifest().lists["main"]
        assert (seq in {1, 2}, entry.seq, entry.entries) == (True, 2, 2), told
        found.add(seq)
    assert found == {1, 2}
