"""At boot: every file is hashed, the signatures are followed again, damage is not believed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from scanner.store.shelf import Shelf
from scanner.sync.accept.acceptance import accept
from scanner.sync.accept.outcome import Result
from scanner.sync.accept.recheck import recheck
from scanner.terms import Moment
from scanner.trust.refusal import Cause
from tests.sync.house import DAY, NOON, QUARTER, House, some_ids

# Long, and what it goes through is measured by the tests of the rooms.
pytestmark = pytest.mark.no_cover

IDS: Final = some_ids(200, seed=8)
LATER: Final = Moment(NOON + 400 * DAY, trusted=True)


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A door with two generations; in the one in force are 20 ids more."""
    one = House(tmp_path / "house")
    one.release(revoke=IDS[:100], lines=["kid:2Rk3X8HntrI="])
    one.trust(one_pem=b"a certificate")
    assert one.bring().result is Result.ACCEPTED
    one.now += QUARTER
    one.release(revoke=IDS[100:120])
    assert one.bring().result is Result.ACCEPTED
    return one


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    path.unlink()
    path.write_bytes(content)


def _cut(path: Path) -> None:
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content[: len(content) // 2])


DAMAGE: Final[dict[str, Callable[[Path], None]]] = {
    "a bit flipped": _flip,
    "cut in half": _cut,
    "gone": Path.unlink,
}
FILES: Final = (
    "generation.json",
    "metadata/pinned.json",
    "metadata/timestamp.json",
    "metadata/trust.json",
    "metadata/manifest.json",
    "metadata/withdrawn.json",
    "trust/one.pem",
    "revoked/main.table",
    "revoked/typed.txt",
)


def test_what_holds_is_told_and_stays_however_long_ago_it_was_accepted(house: House) -> None:
    before = house.belief()
    outcome = recheck(house.places, now=LATER)
    assert (outcome.result, outcome.cause) == (Result.UNCHANGED, None)
    assert house.belief() == before
    told = house.told()
    assert (told["outcome"], told["generation"]) == ("unchanged", 2)
    assert told["lists"]["main"]["seq"] == 2


def test_a_door_that_never_accepted_anything_says_so(tmp_path: Path) -> None:
    house = House(tmp_path / "new")
    outcome = recheck(house.places, now=LATER)
    assert (outcome.result, outcome.cause) == (Result.UNCHANGED, None)
    assert house.told()["generation"] is None


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_generation_is_left_for_the_one_before(
    damage: str, name: str, house: House
) -> None:
    current = house.current()
    assert current is not None
    DAMAGE[damage](current / name)
    outcome = recheck(house.places, now=LATER)
    assert (outcome.result, outcome.cause) == (Result.FAILED, Cause.DAMAGED)
    assert name in outcome.detail
    assert "back to 1" in outcome.detail
    assert house.generation().number == 1
    with house.revoked() as has:
        assert all(map(has, IDS[:100]))
    assert house.told()["cause"] == "damaged"
    # The news are still in the inbox.
    assert house.accept().result is Result.ACCEPTED
    with house.revoked() as has:
        assert all(map(has, IDS[:120]))


@pytest.mark.parametrize("name", [one for one in FILES if one != "generation.json"])
def test_where_nothing_holds_the_damaged_one_stays_and_is_mended(name: str, house: House) -> None:
    current = house.current()
    assert current is not None
    for generation in (current, current.with_name("1")):
        _flip(generation / name)
    outcome = recheck(house.places, now=LATER)
    assert (outcome.result, outcome.cause) == (Result.FAILED, Cause.DAMAGED)
    assert house.generation().number == 2
    if "table" in name:
        # So that the courier brings it from its base.
        assert house.told()["lists"] == {}
    assert house.accept().result is Result.ACCEPTED
    assert recheck(house.places, now=LATER).cause is None
    with house.revoked() as has:
        assert all(map(has, IDS[:120]))


def test_without_any_description_the_next_feed_is_the_first_again(house: House) -> None:
    current = house.current()
    assert current is not None
    for generation in (current, current.with_name("1")):
        _flip(generation / "generation.json")
    outcome = recheck(house.places, now=LATER)
    assert outcome.cause is Cause.DAMAGED
    assert outcome.generation is None
    assert house.accept().result is Result.ACCEPTED


def _description(house: House) -> tuple[Path, dict[str, object]]:
    current = house.current()
    assert current is not None
    path = current / "generation.json"
    return path, json.loads(path.read_bytes())


def test_a_file_that_was_changed_together_with_its_description_is_found(house: House) -> None:
    """What the signatures name counts, and not what lies beside the files."""
    path, told = _description(house)
    trust = told["trust"]
    assert isinstance(trust, dict)
    trust["one.pem"] = {**trust["one.pem"], "sha256": _sha256(b"another one!!")}
    (path.parent / "trust/one.pem").unlink()
    (path.parent / "trust/one.pem").write_bytes(b"another one!!")
    path.unlink()
    path.write_text(json.dumps(told))
    outcome = recheck(house.places, now=LATER)
    assert outcome.cause is Cause.DAMAGED
    assert "trust/one.pem" in outcome.detail


def test_a_list_that_was_changed_together_with_its_description_is_found(house: House) -> None:
    path, told = _description(house)
    older = path.parent.with_name("1") / "revoked/main.table"
    lists = told["lists"]
    assert isinstance(lists, dict)
    content = older.read_bytes()
    table = {"path": "revoked/main.table", "size": len(content), "sha256": _sha256(content)}
    lists["main"] = {**lists["main"], "table": table, "sha256": _sha256(content), "entries": 100}
    (path.parent / "revoked/main.table").unlink()
    (path.parent / "revoked/main.table").write_bytes(content)
    path.unlink()
    path.write_text(json.dumps(told))
    outcome = recheck(house.places, now=LATER)
    assert outcome.cause is Cause.DAMAGED
    assert "revoked/main.table" in outcome.detail


def _sha256(content: bytes) -> str:
    import hashlib  # noqa: PLC0415 - once

    return hashlib.sha256(content).hexdigest()


def test_an_offer_that_is_in_force_does_not_hide_what_the_look_found(house: House) -> None:
    found = recheck(house.places, now=LATER)
    outcome = accept(house.places, now=LATER, rechecked=found)
    # Expired since: but this is a boot, and no news.
    assert outcome is found
    house.now += QUARTER
    house.release(revoke=IDS[120:130])
    house.deliver()
    now = Moment(house.now, trusted=True)
    assert accept(house.places, now=now, rechecked=found).result is Result.ACCEPTED


def test_beside_one_that_is_accepting_nothing_is_told(house: House) -> None:
    before = house.places.accepted.read_bytes()
    with Shelf(house.door).locked() as mine:
        assert mine
        outcome = recheck(house.places, now=LATER)
    assert outcome.result is Result.FAILED
    assert house.places.accepted.read_bytes() == before
