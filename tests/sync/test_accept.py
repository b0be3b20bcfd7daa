"""From the inbox to what a door believes: what is accepted, and how little is written for it."""

import json
import os
import random
import shutil
import stat
from datetime import timedelta
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from scanner.publish import staging
from scanner.publish.release import released
from scanner.sync.accept.acceptance import accept
from scanner.sync.accept.outcome import Result
from scanner.sync.accept.result import SMALL_ENTRIES
from scanner.terms import Moment
from scanner.trust.refusal import Cause
from tests.sync.house import DAY, NOON, QUARTER, House, some_ids

# Long, and what it goes through is measured by the tests of the rooms.
pytestmark = pytest.mark.no_cover

IDS: Final = some_ids(2000, seed=5)
MANY: Final = some_ids(SMALL_ENTRIES + 20_000, seed=6)
KEY: Final = "kid:2Rk3X8HntrI="
NIGHT: Final = NOON.replace(hour=3) + DAY


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "house")


@pytest.fixture
def large(house: House) -> House:
    """A house whose list is too large to be written anew for every change."""
    house.release(revoke=MANY[:-5000])
    assert house.bring().result is Result.ACCEPTED
    house.now += QUARTER
    return house


def _table(house: House, kind: str = "table") -> Path:
    current = house.current()
    assert current is not None
    return current / f"revoked/main.{kind}"


# --- the first feed, and news ------------------------------------------------------------


def test_the_first_feed_becomes_the_first_generation(house: House) -> None:
    house.release(revoke=IDS[:100], lines=[KEY])
    house.trust(one_pem=b"a certificate")
    outcome = house.bring()
    assert (outcome.result, outcome.cause) == (Result.ACCEPTED, None)
    current = house.current()
    assert current is not None
    assert current.name == "1"
    assert (current / "trust/one.pem").read_bytes() == b"a certificate"
    assert KEY in (current / "revoked/typed.txt").read_text()
    with house.revoked() as has:
        assert all(map(has, IDS[:100]))
        assert not any(map(has, IDS[100:]))
    generation = house.generation()
    assert generation.source == "https://feed.example/"
    assert generation.accepted_at == generation.issued == NOON
    assert set(generation.trust) == {"one.pem"}


def test_what_is_believed_is_for_the_door_alone(house: House) -> None:
    house.release(revoke=IDS[:100])
    old = os.umask(0)
    try:
        house.bring()
    finally:
        os.umask(old)
    for path in (house.door / "generations").rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path


def test_anybody_may_read_what_was_accepted(house: House) -> None:
    house.release(revoke=IDS[:100])
    house.bring()
    entry = house.manifest().lists["main"]
    assert house.told() == {
        "generation": 1,
        "issued": NOON.isoformat(),
        "lists": {"main": {"seq": entry.seq, "sha256": entry.sha256}},
        "outcome": "accepted",
        "cause": None,
        "detail": "generation 1, issued 2026-12-01 12:00 UTC",
        "at": NOON.isoformat(),
    }
    assert stat.S_IMODE(house.places.accepted.stat().st_mode) == 0o644
    assert stat.S_IMODE(house.places.accepted.parent.stat().st_mode) == 0o755


def test_nothing_new_writes_nothing(house: House) -> None:
    house.release(revoke=IDS[:100])
    house.bring()
    before = {path: path.stat().st_mtime_ns for path in (house.door / "generations").rglob("*")}
    outcome = house.bring()
    after = {path: path.stat().st_mtime_ns for path in (house.door / "generations").rglob("*")}
    assert outcome.result is Result.UNCHANGED
    assert after == before
    assert house.told()["outcome"] == "unchanged"
    assert house.told()["lists"]["main"]["seq"] == 1


def test_a_feed_that_was_only_signed_anew_is_a_generation_of_links(house: House) -> None:
    house.release(revoke=IDS[:100])
    house.bring()
    table = _table(house).stat().st_ino
    house.now += QUARTER
    house.renew()
    assert house.bring().result is Result.ACCEPTED
    assert house.generation().issued == house.now
    assert _table(house).stat().st_ino == table
    current = house.current()
    assert current is not None
    written = [path.name for path in current.rglob("*") if path.stat().st_nlink == 1]
    assert set(written) == {
        *("generation.json", "timestamp.json", "snapshot.json", "revoked.json", "manifest.json"),
    }


def test_only_the_generation_before_is_kept(house: House) -> None:
    for number in range(5):
        house.release(revoke=IDS[number : number + 1])
        house.bring()
        house.now += QUARTER
    assert {path.name for path in (house.door / "generations").iterdir()} == {"4", "5"}


def test_a_door_that_had_the_old_generation_open_can_read_on(house: House) -> None:
    house.release(revoke=IDS[:100])
    house.bring()
    with house.revoked() as has:
        for _ in range(3):
            house.now += QUARTER
            house.release(reinstate=[IDS[0]] if has(IDS[0]) else [])
            house.bring()
        assert has(IDS[0])
    with house.revoked() as has:
        assert not has(IDS[0])


# --- tables and overlays -----------------------------------------------------------------


def test_a_small_list_is_one_table_after_every_change(house: House) -> None:
    house.release(revoke=IDS[:100])
    house.bring()
    house.now += QUARTER
    house.release(revoke=IDS[100:200], reinstate=IDS[:10])
    house.bring()
    assert not _table(house, "adds").exists()
    assert not _table(house, "removes").exists()


def test_a_large_list_keeps_its_table_and_writes_the_change_alone(large: House) -> None:
    table = _table(large).stat().st_ino
    large.release(revoke=MANY[-5000:-4000], reinstate=MANY[:1000])
    assert large.bring().result is Result.ACCEPTED
    assert _table(large).stat().st_ino == table
    assert _table(large, "adds").stat().st_size < 10_000
    assert _table(large, "removes").stat().st_size < 10_000
    with large.revoked() as has:
        assert not any(map(has, MANY[:1000]))
        assert all(map(has, MANY[1000:-4000:50]))
        assert not any(map(has, MANY[-4000:]))


def test_the_next_change_is_joined_with_the_one_before(large: House) -> None:
    large.release(revoke=MANY[-5000:-4000], reinstate=MANY[:1000])
    large.bring()
    large.now += QUARTER
    large.release(revoke=MANY[:500], reinstate=MANY[-5000:-4900])
    assert large.bring().result is Result.ACCEPTED
    with large.revoked() as has:
        assert all(map(has, MANY[:500]))
        assert not any(map(has, MANY[500:1000]))
        assert not any(map(has, MANY[-5000:-4900]))
        assert all(map(has, MANY[-4900:-4000]))


def test_at_night_a_change_becomes_part_of_the_table(large: House) -> None:
    large.release(revoke=MANY[-5000:-4000], reinstate=MANY[:1000])
    large.bring()
    large.now = NIGHT
    large.renew()
    assert large.bring().result is Result.ACCEPTED
    assert not _table(large, "adds").exists()
    assert _table(large).stat().st_nlink == 1
    with large.revoked() as has:
        assert not any(map(has, MANY[:1000]))
        assert all(map(has, MANY[1000:-4000:50]))


def test_an_overlay_that_became_large_is_written_into_the_table(large: House) -> None:
    share = len(MANY) // 20
    large.release(reinstate=MANY[: share - 2000])
    large.bring()
    assert _table(large, "removes").exists()
    large.now += QUARTER
    large.release(revoke=MANY[-5000:-2000])
    large.bring()
    assert not _table(large, "removes").exists()
    with large.revoked() as has:
        assert not any(map(has, MANY[: share - 2000]))
        assert all(map(has, MANY[share - 2000 : -2000 : 50]))


def test_whichever_rounds_a_door_missed_it_comes_to_the_same_lists(house: House) -> None:
    """Twenty releases over ten days; doors that look in at random, and one at the end alone."""
    chance = random.Random(7)  # noqa: S311 - the same in every run
    doors = [(house.door, house.places)]
    for number in range(4):
        folder = house.door.with_name(f"door-{number}")
        shutil.copytree(house.door, folder)
        doors.append((folder, type(house.places).at(folder)))
    listed: set[int] = set()
    states = set()
    for _ in range(20):
        adds = set(chance.sample(IDS, 60)) - listed
        gone = set(chance.sample(sorted(listed), min(len(listed), 20)))
        house.release(revoke=adds, reinstate=gone)
        listed = (listed | adds) - gone
        for house.door, house.places in doors[:-1]:
            if chance.random() < 0.4:
                assert house.bring().cause is None
        house.now += DAY / 2
    for house.door, house.places in doors:
        assert house.bring().cause is None
        states.add(house.generation().lists["main"].sha256)
        with house.revoked() as has:
            assert {one for one in IDS if has(one)} == listed
    assert len(states) == 1


def test_a_new_base_after_a_month_is_taken_with_what_was_withdrawn(house: House) -> None:
    house.release(revoke=IDS[:500])
    house.bring()
    house.now += 31 * DAY
    house.release(revoke=IDS[500:600], reinstate=IDS[:50])
    manifest = house.manifest()
    assert manifest.lists["main"].base.seq == 2
    outcome = house.bring()
    assert outcome.result is Result.ACCEPTED, outcome.detail
    with house.revoked() as has:
        assert {one for one in IDS if has(one)} == set(IDS[50:600])


def test_a_door_without_the_parts_of_a_delta_begins_anew_with_the_base(house: House) -> None:
    house.release(revoke=IDS[:500])
    house.bring()
    house.now += 31 * DAY
    house.release(revoke=IDS[500:510])
    house.deliver()
    (delta,) = house.manifest().lists["main"].deltas
    for blob in delta.blobs:
        (house.places.inbox / "parts" / blob.sha256).unlink()
    assert house.accept().result is Result.ACCEPTED
    with house.revoked() as has:
        assert {one for one in IDS if has(one)} == set(IDS[:510])


def test_a_list_that_rotted_is_fetched_from_its_base(large: House) -> None:
    path = _table(large)
    content = bytearray(path.read_bytes())
    content[-1000] ^= 1
    path.write_bytes(content)
    large.release(revoke=MANY[-5000:-4000])
    large.deliver()
    base = large.manifest().lists["main"].base.blob
    parts = [large.places.inbox / "parts" / part for part in base.parts]
    kept = [part.read_bytes() for part in parts]
    for part in parts:
        part.unlink()
    outcome = large.accept()
    assert (outcome.result, outcome.cause) == (Result.REFUSED, Cause.TAMPERED)
    # The courier reads there what it must lead on from: nothing.
    assert large.told()["lists"] == {}
    for part, one in zip(parts, kept, strict=True):
        part.write_bytes(one)
    assert large.accept().result is Result.ACCEPTED
    with large.revoked() as has:
        assert all(map(has, MANY[:-4000:50]))


# --- lists and lines that leave ----------------------------------------------------------


def test_a_list_leaves_when_its_month_is_over(house: House) -> None:
    house.release(revoke=IDS[:10], name="dcc-2026-12")
    house.release(revoke=IDS[10:20])
    house.bring()
    assert set(house.generation().lists) == {"dcc-2026-12", "main"}
    house.now = NOON.replace(year=2027, month=1)
    house.release(revoke=IDS[20:30])
    assert house.bring().result is Result.ACCEPTED
    assert set(house.generation().lists) == {"main"}


def test_a_list_that_leaves_before_its_month_is_over_for_this_door_stays(house: House) -> None:
    house.release(revoke=IDS[:10], name="dcc-2026-12")
    house.bring()
    house.now = NOON.replace(year=2027, month=1, hour=0, minute=10)
    house.release(revoke=IDS[20:30])
    house.deliver()
    # Two minutes before midnight, for a door whose clock is a little slow.
    outcome = house.accept(at=house.now - timedelta(minutes=12))
    assert (outcome.result, outcome.cause) == (Result.REFUSED, Cause.UNREVOKED)
    assert house.accept().result is Result.ACCEPTED


def test_a_door_without_a_clock_learns_from_the_feed_that_a_month_is_over(house: House) -> None:
    house.release(revoke=IDS[:10], name="dcc-2026-12")
    house.bring()
    house.now = NOON.replace(year=2027, month=1)
    house.release(revoke=IDS[20:30])
    house.deliver()
    assert house.accept(at=NOON, trusted=False).result is Result.ACCEPTED
    # From now on it is at least that late for this door, and those passes have expired.
    assert house.generation().issued == house.now


def test_a_list_leaves_when_the_curator_says_so(house: House) -> None:
    house.release(revoke=IDS[:10], name="other")
    house.bring()
    house.now += QUARTER
    with house.repository() as repository:
        staging.drop_lists(repository, ["other"])
        released(repository)
    assert house.bring().result is Result.ACCEPTED
    assert not house.generation().lists


def test_lines_leave_when_the_curator_says_so(house: House) -> None:
    house.release(lines=[KEY, "kid:AAAAAAAAAAA="])
    house.bring()
    house.now += QUARTER
    house.release(without=[KEY])
    assert house.bring().result is Result.ACCEPTED
    current = house.current()
    assert current is not None
    assert KEY not in (current / "revoked/typed.txt").read_text()


def test_a_file_of_trust_leaves_with_the_next_feed(house: House) -> None:
    house.trust(one_pem=b"one", two_pem=b"two")
    house.bring()
    house.now += QUARTER
    house.trust(one_pem=b"")
    house.bring()
    assert set(house.generation().trust) == {"two.pem"}


# --- not accepted ------------------------------------------------------------------------


def test_without_a_pinned_root_nothing_is_believed(house: House) -> None:
    house.places.pinned_root.unlink()
    outcome = house.bring()
    assert (outcome.result, outcome.cause) == (Result.REFUSED, Cause.NOT_PINNED)
    assert "door-scanner trust pin" in outcome.detail
    assert house.current() is None


@pytest.mark.parametrize("there", [True, False], ids=["an empty inbox", "no inbox"])
def test_where_nothing_is_offered_nothing_happens(there: bool, house: House) -> None:  # noqa: FBT001 - a table
    if there:
        house.places.inbox.mkdir(parents=True)
    outcome = house.accept()
    assert (outcome.result, outcome.cause) == (Result.UNCHANGED, None)
    assert house.told()["generation"] is None


def test_two_at_once_do_not_meet(house: House) -> None:
    house.release(revoke=IDS[:10])
    house.deliver()
    from scanner.store.shelf import Shelf  # noqa: PLC0415 - for this test alone

    with Shelf(house.door).locked() as mine:
        assert mine
        outcome = house.accept()
    assert outcome.result is Result.FAILED
    assert "another" in outcome.detail
    assert house.accept().result is Result.ACCEPTED


def test_a_refusal_is_told_with_what_stays_in_force(house: House) -> None:
    house.release(revoke=IDS[:10])
    house.bring()
    house.now += QUARTER
    house.release(revoke=IDS[10:20])
    house.deliver()
    (house.places.inbox / "metadata/snapshot.json").write_bytes(b"{}")
    house.accept()
    told = house.told()
    assert (told["outcome"], told["cause"], told["generation"]) == ("refused", "malformed", 1)
    assert told["lists"]["main"]["seq"] == 1
    assert told["detail"]


def test_without_a_place_to_tell_a_feed_is_accepted_all_the_same(house: House) -> None:
    house.release(revoke=IDS[:10])
    house.deliver()
    house.places.accepted.parent.rmdir() if house.places.accepted.parent.exists() else None
    house.places.accepted.parent.write_bytes(b"")
    assert house.accept().result is Result.ACCEPTED


WRONG_OFFERS: Final = {
    "no JSON": b"{",
    "a list": b"[]",
    "more than is agreed": b'{"source": "", "fetched": "", "wanted": {}, "more": 1}',
    "a source of two lines": json.dumps(
        {"source": "a\nb", "fetched": "2026-12-01T12:00:00Z", "wanted": {}}
    ).encode(),
}


@pytest.mark.parametrize("case", WRONG_OFFERS)
def test_an_offer_that_is_not_understood_is_refused(case: str, house: House) -> None:
    house.release(revoke=IDS[:10])
    house.deliver()
    (house.places.inbox / "offer.json").write_bytes(WRONG_OFFERS[case])
    outcome = house.accept()
    assert (outcome.result, outcome.cause) == (Result.REFUSED, Cause.MALFORMED)


def test_a_feed_below_another_root_begins_anew(house: House, tmp_path: Path) -> None:
    house.release(revoke=IDS[:10])
    house.bring()
    other = House(tmp_path / "other")
    other.release(revoke=IDS[10:20], name="theirs")
    other.deliver()
    shutil.copy(other.places.pinned_root, house.places.pinned_root)
    shutil.rmtree(house.places.inbox)
    shutil.copytree(other.places.inbox, house.places.inbox)
    outcome = accept(house.places, now=Moment(other.now, trusted=True))
    assert outcome.result is Result.ACCEPTED, outcome.detail
    assert set(house.generation().lists) == {"theirs"}


def test_a_newer_root_of_the_same_feed_is_compared_with_what_was_accepted(house: House) -> None:
    house.release(revoke=IDS[:10])
    house.rotate("root-1")
    house.bring()
    house.now += QUARTER
    (house.places.pinned_root).write_bytes((house.public / "metadata/2.root.json").read_bytes())
    old = shutil.copytree(house.public, house.public.with_name("old"))
    house.release(revoke=IDS[10:20])
    assert house.bring().result is Result.ACCEPTED
    house.public = old
    outcome = house.bring()
    assert (outcome.result, outcome.cause) == (Result.REFUSED, Cause.ROLLBACK)


def test_a_list_in_parts_is_put_together(house: House) -> None:
    """A base of several MiB is copied part by part, and never held in memory."""
    ids = np.unique(np.random.default_rng(9).integers(0, 2**64, 500_000, dtype=np.uint64))
    with house.repository() as repository:
        staging.revoke(repository, ids, name="main")
        released(repository)
    assert len(house.manifest().lists["main"].base.blob.parts) > 2
    assert house.bring().result is Result.ACCEPTED
    with house.revoked() as has:
        assert all(has(int(one)) for one in ids[::5000])
