"""A real door and its lists: revoked between two guests, missing at first, old in the end."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from scanner.gate import judge
from tests.door.generations import Generations
from tests.journeys.test_door_with_settings import Site

if TYPE_CHECKING:
    from tests.conftest import Mint
    from tests.journeys.conftest import Album, Running

Another = Callable[[int], bytes]
Opening = Callable[..., "Running"]
GUESTS: Final = 25


@pytest.fixture
def site(album: "Album", another: Another, tmp_path: Path) -> Site:
    """A door without local keys, before a row of guests, one a second."""
    for number in range(GUESTS):
        album.show((another(number), 3))
    folder = tmp_path / "trust"
    folder.mkdir()
    return Site(tmp_path, album, trust=folder, output="none")


def _trust(mint: "Mint") -> dict[str, bytes]:
    return {"at.der": mint.issuer.certificate_der}


def _ids(mint: "Mint") -> tuple[str, ...]:
    verified = judge(mint.valid, belief=mint.belief, moment=mint.now).verified
    assert verified is not None
    return verified.ids


def test_a_list_that_comes_while_guests_stand_in_line_counts_for_the_next(
    site: Site, mint: "Mint", open_site: Opening
) -> None:
    generations = Generations(site.state)
    generations.make(1, trust=_trust(mint), revoked=[])
    generations.put_in_force(1)
    door = open_site(*site.options)
    door.await_event("decision", verdict="admit")
    generations.make(2, trust=_trust(mint), revoked=_ids(mint))
    generations.put_in_force(2)
    door.await_event("decision", verdict="refuse", reason="revoked")
    told = site.status()
    assert (told["lists"]["generation"], told["faults"]) == (2, [])
    verdicts = [event["verdict"] for event in door.events if event["event"] == "decision"]
    assert verdicts == sorted(verdicts)
    assert set(verdicts) == {"admit", "refuse"}
    assert site.ask("lists").returncode in (0, 1)


def test_a_door_that_waits_for_its_first_list_admits_once_it_is_there(
    site: Site, mint: "Mint", open_site: Opening
) -> None:
    generations = Generations(site.state)
    door = open_site(*site.options)
    door.await_event("state", state="fault")
    generations.make(1, trust=_trust(mint), revoked=[])
    generations.put_in_force(1)
    door.await_event("decision", verdict="admit")
    assert site.status()["state"] == "ready"


def test_a_door_that_was_off_for_30_days_asks_and_does_not_refuse(
    site: Site, mint: "Mint", open_site: Opening
) -> None:
    generations = Generations(site.state)
    issued = mint.now.wall - timedelta(days=30)
    generations.make(1, trust=_trust(mint), revoked=[], issued=issued)
    generations.put_in_force(1)
    door = open_site(*site.options)
    door.await_event("decision", verdict="ask", reason="list_stale")
    door.await_event("signal", pattern="stale")
    shown = site.ask("status").stdout
    assert "EXPIRED, 30 days old" in shown
    assert "limit      the revoked list is 30 days old (expired)" in shown
