"""Lists that a feed describes wrongly, in part, or too large: refused, or begun anew."""

import dataclasses
import errno
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from scanner.publish.release import released
from scanner.publish.targets import change_files
from scanner.sync.accept.lists import MAX_DELTA_BYTES
from scanner.sync.accept.outcome import Result
from scanner.sync.accept.verified import verified
from scanner.sync.accept.withdrawn import Removals
from scanner.trust.idtable import encode
from scanner.trust.manifest import Delta, ListEntry
from scanner.trust.refusal import Cause
from tests.sync.house import QUARTER, House, some_ids
from tests.sync.thief import Thief

# Long, and what it goes through is measured by the tests of the rooms.
pytestmark = pytest.mark.no_cover

IDS: Final = some_ids(1000, seed=41)
LISTED: Final = IDS[:500]


@pytest.fixture
def house(tmp_path: Path) -> House:
    one = House(tmp_path / "house")
    one.release(revoke=LISTED)
    assert one.bring().result is Result.ACCEPTED
    one.now += QUARTER
    one.deliver()
    return one


@pytest.fixture
def author(house: House) -> Thief:
    """Whoever signs online: here somebody who errs, and not a thief."""
    return Thief(house)


def _changed(
    author: Thief,
    *,
    adds: list[int] | None = None,
    removes: tuple[list[int], ...] = (),
    after: list[int] | None = None,
) -> ListEntry:
    """Return the list in force with one delta more."""
    entry = author.house.manifest().lists["main"]
    delta = Delta(
        entry.seq,
        entry.seq + 1,
        adds=None if adds is None else author.blob(encode(adds, k=8, r=7)),
        removes=tuple(author.blob(encode(one, k=8, r=7)) for one in removes),
    )
    gone = {one for table in removes for one in table}
    kept = [one for one in LISTED if one not in gone] + (adds or [])
    table = encode(kept if after is None else after, k=entry.k, r=entry.r)
    return dataclasses.replace(
        entry,
        seq=entry.seq + 1,
        entries=len(set(kept if after is None else after)),
        size=len(table),
        sha256=hashlib.sha256(table).hexdigest(),
        deltas=(*entry.deltas, delta),
    )


def _withdraw(house: House, *digests: str) -> None:
    """Let the curator sign that tables may leave."""
    told = {
        "format": "door-scanner withdrawn 1",
        "removes": {"main": list(digests)},
        "lists": [],
        "lines": [],
    }
    with house.repository() as repository:
        change_files(repository, role="trust", add={"withdrawn.json": json.dumps(told).encode()})
        released(repository)


# --- described wrongly -------------------------------------------------------------------


def _cut_short(author: Thief, entry: ListEntry) -> ListEntry:
    blob = author.blob(encode(IDS[500:510], k=8, r=6))
    return _with_adds(entry, blob=blob)


def _no_table(author: Thief, entry: ListEntry) -> ListEntry:
    return _with_adds(entry, blob=author.blob(b"no table at all"))


def _falling(author: Thief, entry: ListEntry) -> ListEntry:
    content = bytearray(encode(IDS[500:600], k=8, r=7))
    content[-14:-7], content[-7:] = content[-7:], content[-14:-7]
    content[-1] ^= 1
    return _with_adds(entry, blob=author.blob(bytes(content)))


def _with_adds(entry: ListEntry, *, blob: object) -> ListEntry:
    (delta,) = entry.deltas
    return dataclasses.replace(entry, deltas=(dataclasses.replace(delta, adds=blob),))  # type: ignore[arg-type] # a Blob


def _another_size(_author: Thief, entry: ListEntry) -> ListEntry:
    return dataclasses.replace(entry, size=entry.size + 6)


def _another_shape(_author: Thief, entry: ListEntry) -> ListEntry:
    size = 24 + 4 * 513 + 6 * entry.entries
    return dataclasses.replace(entry, k=9, size=size)


def _another_result(_author: Thief, entry: ListEntry) -> ListEntry:
    return dataclasses.replace(entry, sha256="0" * 64)


def _base_without_its_parts(author: Thief, _entry: ListEntry) -> ListEntry:
    base = author.entry(IDS[:510], seq=9)
    return dataclasses.replace(
        base, base=dataclasses.replace(base.base, blob=author.blob(b"no table" * 5))
    )


WRONG: Final[dict[str, tuple[Callable[[Thief, ListEntry], ListEntry], Cause]]] = {
    "ids cut short": (_cut_short, Cause.MALFORMED),
    "no table": (_no_table, Cause.MALFORMED),
    "entries that fall": (_falling, Cause.MALFORMED),
    "another size": (_another_size, Cause.MALFORMED),
    "another shape": (_another_shape, Cause.TAMPERED),
    "another result": (_another_result, Cause.TAMPERED),
    "a base that is no table": (_base_without_its_parts, Cause.MALFORMED),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_list_that_is_described_wrongly_is_refused(
    case: str, house: House, author: Thief
) -> None:
    wrong, cause = WRONG[case]
    entry = wrong(author, _changed(author, adds=IDS[500:510]))
    # Nor is there a base to begin with.
    author.publish(author.with_list(entry))
    before = house.belief()
    if case != "a base that is no table":
        for part in entry.base.blob.parts:
            (house.places.inbox / "parts" / part).unlink()
    outcome = house.accept()
    assert (outcome.result, outcome.cause) == (Result.REFUSED, cause), outcome.detail
    assert "main" in outcome.detail
    assert house.belief() == before


def test_a_change_too_large_for_memory_wants_the_base(house: House, author: Thief) -> None:
    entry = _changed(author, adds=IDS[500:510])
    (delta,) = entry.deltas
    blob = author.blob(bytes(MAX_DELTA_BYTES + 1))
    author.publish(author.with_list(_with_adds(entry, blob=blob)))
    for part in entry.base.blob.parts:
        (house.places.inbox / "parts" / part).unlink()
    outcome = house.accept()
    assert (outcome.result, outcome.cause) == (Result.REFUSED, Cause.TOO_LARGE)
    assert house.told()["lists"] == {}
    assert delta.adds is not None


def test_every_list_that_wants_its_base_is_told_at_once(house: House, author: Thief) -> None:
    house.release(revoke=IDS[600:700], name="other")
    house.bring()
    house.now += QUARTER
    manifest = author.with_list(None)
    lists = {
        name: dataclasses.replace(
            house.manifest().lists[name],
            seq=house.manifest().lists[name].seq + 1,
            sha256="0" * 64,
            deltas=(
                Delta(
                    house.manifest().lists[name].seq,
                    house.manifest().lists[name].seq + 1,
                    adds=author.blob(encode([IDS[900]], k=8, r=7)),
                    removes=(),
                ),
            ),
        )
        for name in ("main", "other")
    }
    for entry in lists.values():
        for part in entry.base.blob.parts:
            author.house.places.inbox.joinpath("parts", part).unlink(missing_ok=True)
    author.publish(dataclasses.replace(manifest, lists=lists))
    for entry in lists.values():
        for part in entry.base.blob.parts:
            author.house.places.inbox.joinpath("parts", part).unlink(missing_ok=True)
    assert house.accept().cause is Cause.TAMPERED
    assert house.told()["lists"] == {}


# --- what may leave ----------------------------------------------------------------------


def test_a_base_without_an_entry_is_taken_with_the_table_of_what_was_withdrawn(
    house: House, author: Thief
) -> None:
    removes = author.blob(encode(LISTED[:5], k=8, r=7))
    _withdraw(house, removes.sha256)
    # A delta that does not lead on from here, but holds the table.
    delta = Delta(7, 8, adds=None, removes=(removes,))
    entry = author.entry(LISTED[5:], seq=9, deltas=(delta,))
    author.publish(author.with_list(entry))
    path = house.places.inbox / "parts" / removes.sha256
    content = path.read_bytes()
    path.unlink()
    outcome = house.accept()
    assert (outcome.result, outcome.cause) == (Result.REFUSED, Cause.MISSING)
    # The door still has a state that leads on, so the courier is told of it.
    assert house.told()["lists"]["main"]["seq"] == 1
    path.write_bytes(content)
    assert house.accept().result is Result.ACCEPTED
    with house.revoked() as has:
        assert {one for one in IDS if has(one)} == set(LISTED[5:])


def test_what_was_withdrawn_is_not_a_leave_for_more(house: House, author: Thief) -> None:
    removes = author.blob(encode(LISTED[:5], k=8, r=7))
    _withdraw(house, removes.sha256)
    delta = Delta(7, 8, adds=None, removes=(removes,))
    author.publish(author.with_list(author.entry(LISTED[6:], seq=9, deltas=(delta,))))
    assert house.accept().cause is Cause.UNREVOKED


def test_a_table_of_what_was_withdrawn_is_no_base_however_well_it_is_signed(
    house: House, author: Thief
) -> None:
    removes = encode(LISTED[:5], k=8, r=7)
    _withdraw(house, author.blob(removes).sha256)
    entry = author.entry(LISTED[:5], seq=9, k=8, r=7)
    assert entry.base.blob == author.blob(removes)
    author.publish(author.with_list(entry))
    assert house.accept().cause is Cause.UNREVOKED


def test_a_list_never_comes_to_longer_ids_which_cannot_be_compared(
    house: House, author: Thief
) -> None:
    author.publish(author.with_list(author.entry(LISTED, seq=9, k=10, r=6)))
    outcome = house.accept()
    assert outcome.cause is Cause.UNREVOKED
    assert "use another list beside it" in outcome.detail


def test_a_base_may_be_cut_to_fewer_bits_and_still_be_compared(house: House, author: Thief) -> None:
    def publish(ids: list[int], *, seq: int, r: int, k: int, ahead: int = 1) -> None:
        entry = author.entry(ids, seq=seq, k=k, r=r)
        author.publish(author.with_list(entry, name="other"), ahead=ahead)

    publish(LISTED, seq=9, k=16, r=6)
    assert house.accept().result is Result.ACCEPTED
    house.now += QUARTER
    publish(LISTED[1:], seq=10, k=8, r=6, ahead=2)
    assert house.accept().cause is Cause.UNREVOKED
    publish(IDS[:501], seq=10, k=8, r=6, ahead=2)
    assert house.accept().result is Result.ACCEPTED


def test_a_person_may_let_a_door_begin_anew_that_slept_longer_than_the_feed_remembers(
    house: House, author: Thief
) -> None:
    author.publish(author.with_list(author.entry(LISTED[5:], seq=9)))
    assert house.accept().cause is Cause.UNREVOKED
    assert house.accept(removals=Removals.ANY).result is Result.ACCEPTED
    with house.revoked() as has:
        assert {one for one in IDS if has(one)} == set(LISTED[5:])
    # A list never goes back, whoever says so.
    author.publish(author.with_list(author.entry(LISTED, seq=8)), ahead=2)
    assert house.accept(removals=Removals.ANY).cause is Cause.ROLLBACK


def test_removes_go_by_the_word_of_the_curator(house: House, author: Thief) -> None:
    entry = _changed(author, adds=IDS[500:505], removes=(LISTED[:3], LISTED[3:5]))
    author.publish(author.with_list(entry))
    assert house.accept().cause is Cause.UNREVOKED
    _withdraw(house, *(blob.sha256 for blob in entry.deltas[-1].removes))
    author.publish(author.with_list(entry), ahead=2)
    assert house.accept().result is Result.ACCEPTED
    with house.revoked() as has:
        assert {one for one in IDS if has(one)} == set(IDS[5:505])


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b'{"format": "door-scanner withdrawn 2"}'], ids=repr
)
def test_a_word_of_the_curator_that_is_not_understood_is_refused(
    content: bytes, house: House
) -> None:
    with house.repository() as repository:
        change_files(repository, role="trust", add={"withdrawn.json": content or b" "})
        released(repository)
    outcome = house.bring()
    assert (outcome.result, outcome.cause) == (Result.REFUSED, Cause.MALFORMED)


# --- the disk ----------------------------------------------------------------------------


@pytest.mark.parametrize("number", [errno.EPERM, errno.EMLINK, errno.EXDEV])
def test_where_there_are_no_hard_links_files_are_copied(
    number: int, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_arguments: object, **_named: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", no_links)
    house.renew()
    assert house.bring().result is Result.ACCEPTED
    current = house.current()
    assert current is not None
    assert (current / "revoked/main.table").stat().st_nlink == 1
    with house.revoked() as has:
        assert all(map(has, LISTED))


def test_an_offer_that_comes_meanwhile_is_taken_too(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The unit is woken once for two deliveries; the second must not lie there for an hour."""
    house.release(revoke=[IDS[600]])
    house.deliver()
    rounds: list[int] = []

    def delivered_meanwhile(*arguments: object, **named: object) -> object:
        rounds.append(1)
        found = verified(*arguments, **named)  # type: ignore[arg-type] # as they came
        if len(rounds) == 1:
            house.now += QUARTER
            house.release(revoke=[IDS[601]])
            house.deliver()
            (house.places.inbox / "offer.json").touch()
        return found

    monkeypatch.setattr("scanner.sync.accept.acceptance.verified", delivered_meanwhile)
    assert house.accept().result is not Result.FAILED
    with house.revoked() as has:
        assert has(IDS[601])
    assert len(rounds) == 2
