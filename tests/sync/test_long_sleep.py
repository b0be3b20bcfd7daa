"""A door that slept, and clocks far off: the real courier and the real acceptance, end to end."""

from datetime import datetime
from pathlib import Path
from typing import Final

import pytest

from tests.sync.house import DAY, NOON, QUARTER, House, some_ids
from tests.sync.test_courier_command import needs_faketime, run

pytestmark = needs_faketime
IDS: Final = some_ids(60, seed=17)


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A door that fetched and accepted forty ids at noon."""
    one = House(tmp_path / "house")
    one.release(revoke=IDS[:40])
    one.now += QUARTER
    assert syncs(one) == (0, "")
    return one


def syncs(house: House, *, at: datetime | None = None) -> tuple[int, str]:
    """Hold a round, and accept what it brings, under a clock that starts at a time."""
    asked = ("sync", "--state", house.door, "--from", house.public)
    done = run(*asked, at=f"{at or house.now:%Y-%m-%d %H:%M:%S}")
    return done.returncode, done.stderr


def listed(house: House) -> list[int]:
    with house.revoked() as has:
        return [one for one in IDS if has(one)]


def test_roots_that_changed_twice_while_the_door_slept_are_followed_to_the_new_lists(
    house: House,
) -> None:
    house.now += 20 * DAY
    house.rotate("root-1", "revoked")
    house.release(revoke=IDS[40:45])
    house.now += 20 * DAY
    house.rotate("root-2", "root-3", "timestamp", "snapshot", "curator")
    house.release(revoke=IDS[45:50])
    house.now += QUARTER
    assert syncs(house) == (0, "")
    assert house.generation().root_version == 3
    assert listed(house) == IDS[:50]


def test_a_root_that_is_missing_on_the_way_brings_nothing_and_costs_nothing(house: House) -> None:
    for name in ("root-1", "root-2"):
        house.now += DAY
        house.rotate(name, "timestamp")
    house.release(revoke=IDS[40:45])
    path = house.public / "metadata/2.root.json"
    kept = path.read_bytes()
    path.unlink()
    house.now += QUARTER
    code, said = syncs(house)
    assert code == 1
    assert "not signed by the keys that this door trusts" in said
    assert listed(house) == IDS[:40]
    path.write_bytes(kept)
    assert syncs(house) == (0, "")
    assert listed(house) == IDS[:45]


WRONG: Final = {
    "400 days ahead": NOON + 400 * DAY,
    "ten years ahead": NOON + 3652 * DAY,
}


@pytest.mark.parametrize("clock", WRONG)
def test_a_clock_far_ahead_brings_nothing_loses_nothing_and_leaves_no_trace(
    clock: str, house: House
) -> None:
    house.release(revoke=IDS[40:45])
    before = house.belief()
    code, said = syncs(house, at=WRONG[clock])
    assert code == 1
    assert "expired" in said
    assert "is the clock right?" in said
    assert house.belief() == before
    house.now += QUARTER
    assert syncs(house) == (0, "")
    assert listed(house) == IDS[:45]


def test_a_clock_of_1970_takes_news_all_the_same(house: House) -> None:
    house.release(revoke=IDS[40:45])
    assert syncs(house, at=datetime(1970, 1, 2)) == (0, "")  # noqa: DTZ001 - as the machine shows it
    assert listed(house) == IDS[:45]
