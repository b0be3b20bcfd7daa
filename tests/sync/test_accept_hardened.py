"""What attackers found once, and what rotted: refused, mended, and never forgotten."""

import dataclasses
from datetime import timedelta
from pathlib import Path

import pytest

from scanner.store.shelf import Shelf
from scanner.sync.accept.recheck import recheck
from scanner.terms import Moment
from scanner.trust.idtable import encode, size_of
from scanner.trust.manifest import Base, Delta, ListEntry
from scanner.trust.refusal import Cause
from tests.sync.house import House, some_ids
from tests.sync.thief import Thief

# Long, and what it goes through is measured by the tests of the rooms.
pytestmark = pytest.mark.no_cover

IDS = some_ids(450_000, seed=7)
LISTED = some_ids(1000, seed=8)


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = House(tmp_path)
    made.release(revoke=LISTED)
    made.bring()
    return made


def test_a_list_that_claims_more_entries_than_it_has_is_refused(house: House) -> None:
    """Or the bound of its overlay, a share of its entries, would be the thief's to choose."""
    author = Thief(house)
    house.now += timedelta(hours=1)
    table = encode(sorted(IDS), k=16, r=5)
    more = some_ids(100, seed=9)
    whole = encode(sorted({*IDS, *more}), k=16, r=5)
    lie = len(IDS) * 10
    entry = ListEntry(
        seq=2,
        k=16,
        r=5,
        entries=lie,
        size=size_of(lie, k=16, r=5),
        sha256=author.blob(whole).sha256,
        base=Base(1, len(IDS), author.blob(table)),
        deltas=(Delta(1, 2, adds=author.blob(encode(sorted(more), k=8, r=7)), removes=()),),
    )
    author.publish(author.with_list(entry, name="other"))
    outcome = house.accept()
    assert outcome.cause is Cause.TAMPERED
    assert "entries" in outcome.detail


def test_a_list_that_did_not_change_is_described_as_it_is(house: House) -> None:
    author = Thief(house)
    house.now += timedelta(hours=1)
    entry = house.manifest().lists["main"]
    for other in (
        dataclasses.replace(entry, k=0, r=7),
        dataclasses.replace(entry, entries=entry.entries + 1),
    ):
        size = size_of(other.entries, k=other.k, r=other.r)
        author.publish(author.with_list(dataclasses.replace(other, size=size)))
        assert house.accept().cause is Cause.MALFORMED


def test_a_number_is_never_used_for_two_generations(house: House) -> None:
    house.now += timedelta(hours=1)
    house.release(revoke=[1 << 40])
    house.bring()
    damaged = Shelf(house.places.state).current()
    assert damaged is not None
    (damaged / "revoked" / "main.table").write_bytes(b"rot")
    recheck(house.places, now=Moment(house.now, trusted=True))
    back = Shelf(house.places.state).current()
    assert back is not None
    assert int(back.name) < int(damaged.name)
    house.accept()
    mended = Shelf(house.places.state).current()
    assert mended is not None
    assert int(mended.name) > int(damaged.name)


def test_a_table_that_rotted_is_begun_anew_from_its_base_by_night(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.release(revoke=IDS)
    house.bring()
    house.now += timedelta(hours=1)
    house.release(revoke=LISTED)
    house.bring()
    stored = house.generation().lists["main"]
    assert stored.adds is not None
    folder = Shelf(house.places.state).current()
    assert folder is not None
    table = folder / stored.table.path
    content = bytearray(table.read_bytes())
    content[40] ^= 0xFF
    table.write_bytes(content)
    house.now = house.now.replace(hour=3) + timedelta(days=1)
    house.release()
    house.bring()
    mended = house.generation().lists["main"]
    assert (mended.sha256, mended.adds) == (stored.sha256, None)
