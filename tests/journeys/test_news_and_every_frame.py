"""A real door takes up new lists in the middle of a film, and misses none of its frames."""

import json
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.door.generations import Generations
from tests.journeys.conftest import AT, Running

if TYPE_CHECKING:
    from tests.conftest import Mint
    from tests.journeys.conftest import Album

Another = Callable[[int], bytes]
GUESTS: Final = 120
HOLD: Final = 30
"""Frames of each guest: the film must last longer than a door waits to look for news."""

ADMITTED: Final = ("admit", "admitted")
REVOKED: Final = ("refuse", "revoked")


@pytest.fixture
def film(album: "Album", another: Another) -> str:
    """A film of guests, shown frame by frame as fast as the door looks."""
    for number in range(GUESTS):
        album.show((another(number), 3))
    return f"frames:{album.folder}?fps=15&hold={HOLD}"


@pytest.fixture
def generations(mint: "Mint", tmp_path: Path) -> Generations:
    """One generation that trusts an issuer, and one that revokes its key."""
    found = Generations(tmp_path / "state")
    trust = {"at.der": mint.issuer.certificate_der}
    found.make(1, trust=trust, revoked=[])
    found.make(2, trust=trust, revoked=[], typed=b"kid:" + b64encode(mint.issuer.kid) + b"\n")
    found.put_in_force(1)
    return found


def test_news_in_the_middle_of_a_film_count_from_one_guest_to_the_next_and_no_frame_is_missed(
    film: str, generations: Generations
) -> None:
    state = generations.places.state
    options = ("--signals", "none", "--rules", "genuine-only", "--state", str(state))
    door = Running(["--camera", film, "--at", AT, "--once", *options])
    door.await_event("decision", verdict="admit")
    generations.put_in_force(2)
    code, said = door.finish()
    assert (code, said.splitlines()[1:]) == (1, [f"{GUESTS} pictures shown"])
    decided = [event for event in door.events if event["event"] == "decision"]
    # Everybody once, in the order in which they came; a refusal takes a second frame.
    assert [event["frame"] // HOLD for event in decided] == list(range(GUESTS))
    assert {event["frame"] % HOLD for event in decided} <= {0, 1}
    told = [(event["verdict"], event["reason"]) for event in decided]
    before = told.count(ADMITTED)
    assert told == [ADMITTED] * before + [REVOKED] * (GUESTS - before)
    assert 0 < before < GUESTS
    status = json.loads((generations.places.run / "status.json").read_text())
    assert status["camera"]["frames"] == GUESTS * HOLD
    assert status["lists"]["generation"] == 2
