"""Every file of a round cut short at many lengths: no offer of it, and the next round is whole."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from scanner.store.places import Places
from scanner.sync.inbox import Inbox
from scanner.sync.record import Outcome
from scanner.sync.rounds import hold_round
from scanner.sync.source import Limits
from tests.sync.servers import ListServer, Reply, always, only, serve
from tests.sync.supplier import Feed, contents, new_door, new_feed

# Long, and what it goes through is measured by the tests of the rooms.
pytestmark = pytest.mark.no_cover

LIMITS: Final = Limits(connect_s=0.5, read_s=0.4, request_s=0.8, round_s=5)
LENGTHS: Final = 24
"""Of each file, from nothing to all but the last byte."""

CAUSES: Final = {"network", "malformed", "mixed", "tampered", "portal"}


@pytest.fixture
def feed(tmp_path: Path) -> Feed:
    feed = new_feed(tmp_path / "feed")
    feed.revoke(range(1000, 1400))
    return feed


@pytest.fixture
def server(feed: Feed) -> Iterator[ListServer]:
    found = ListServer(feed.public)
    yield found
    found.close()


@pytest.fixture
def door(feed: Feed, server: ListServer, tmp_path: Path) -> Places:
    """A door with an offer; afterwards there are news."""
    places = new_door(tmp_path / "door", feed=feed)
    assert _held(server, door=places) is Outcome.NEWS
    feed.revoke([1, 2, 3])
    return places


def _held(server: ListServer, *, door: Places) -> Outcome:
    return hold_round(server.url, places=door, limits=LIMITS, draw=lambda: 0.5).outcome


def _asked_for(server: ListServer, *, door: Places, scratch: Path) -> list[str]:
    """Return what a round with news fetches, on a copy of the door."""
    shutil.copytree(door.state, scratch, symlinks=True)
    server.requests.clear()
    assert _held(server, door=Places.at(scratch)) is Outcome.NEWS
    return [path for path in server.paths if (server.folder / path).is_file()]


@pytest.mark.long
@pytest.mark.parametrize("is_told", [True, False], ids=["as it is cut", "as if that were all"])
def test_a_file_that_is_cut_anywhere_is_no_offer_and_the_next_round_is_whole(
    server: ListServer, door: Places, tmp_path: Path, *, is_told: bool
) -> None:
    asked = _asked_for(server, door=door, scratch=tmp_path / "scratch")
    assert len(asked) >= 5
    before = contents(door.inbox)
    copy, causes = Places.at(tmp_path / "copy"), set()
    for name in asked:
        content = (server.folder / name).read_bytes()
        for length in {len(content) * number // LENGTHS for number in range(LENGTHS)} | {
            len(content) - 1
        }:
            shutil.rmtree(copy.state, ignore_errors=True)
            shutil.copytree(door.state, copy.state, symlinks=True)
            declared = len(content) if is_told else length
            cut = Reply(200, content[:length], declared=declared).to_bytes()
            server.behave = only(name, always(cut))
            held = hold_round(server.url, places=copy, limits=LIMITS, draw=lambda: 0.5)
            assert held.outcome in {Outcome.FAILED, Outcome.REFUSED}, (name, length)
            causes.add(held.cause)
            offer = Inbox(copy.inbox).offer.read_bytes()
            assert offer == before["offer.json"], (name, length)
        server.behave = serve
        assert _held(server, door=copy) is Outcome.NEWS, name
    assert causes <= CAUSES
