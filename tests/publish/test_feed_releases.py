"""Releases: whichever way a door comes to a list, it is the list that was signed."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.publish import staging, steps
from scanner.publish.release import manifest_of
from scanner.terms import InputError
from scanner.trust.idtable import IdTable, encode
from scanner.trust.manifest import ListEntry
from scanner.trust.route import route
from tests.publish.press import Press, new_press

# Long, and what it goes through is measured by the tests of the rooms.
pytestmark = pytest.mark.no_cover

# 40 ids below ten 56-bit beginnings: lists of that width cannot tell four of them apart.
CLOSE: Final = [(7 * top << 58) | low for top in range(10) for low in range(4)]
IDS: Final = st.sets(st.sampled_from(CLOSE), max_size=12)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _spread(numbers: Iterable[int]) -> list[int]:
    return [int.from_bytes(hashlib.sha256(str(n).encode()).digest()[:8], "big") for n in numbers]


class History:
    """Every state of the list `main`, and all that a manifest promises about them."""

    def __init__(self, press: Press) -> None:
        self.press = press
        self.ids: set[int] = set()
        self.tables: dict[int, bytes] = {}

    def step(self, *, revoked: set[int], reinstated: set[int]) -> None:
        """Reinstate, revoke and release; a later word on an id goes over an earlier one."""
        self.press.reinstate(reinstated)
        self.press.revoke(revoked)
        self.press.release()
        self.ids = (self.ids - reinstated) | revoked
        entry = self.press.manifest().lists.get("main")
        if entry is not None:
            table = encode(self.ids, k=entry.k, r=entry.r)
            self.check(entry, table=table)
            self.tables[entry.seq] = table

    def check(self, entry: ListEntry, *, table: bytes) -> None:
        """Go every way that the manifest offers."""
        assert (entry.entries, entry.size) == ((len(table) - 1052) // entry.r, len(table))
        assert _sha256(table) == entry.sha256
        tables = {**self.tables, entry.seq: table}
        assert self.press.feed.blob(entry.base.blob) == tables[entry.base.seq]
        for delta in entry.deltas:
            for state in range(delta.start, delta.end):
                led = self.press.feed.apply(tables[state], deltas=[delta])
                assert led == tables[delta.end]
        for seq, known in self.tables.items():
            way = route(entry, have=seq)
            start = known if way.base is None else self.press.feed.blob(way.base.blob)
            assert self.press.feed.apply(start, deltas=way.deltas) == table


@settings(max_examples=12)
@given(st.lists(st.tuples(IDS, IDS, st.integers(0, 40)), min_size=1, max_size=8))
def test_every_way_to_a_list_leads_to_what_was_signed(
    changes: list[tuple[set[int], set[int], int]],
) -> None:
    with TemporaryDirectory() as name:
        history = History(new_press(Path(name)))
        for revoked, reinstated, hours in changes:
            history.step(revoked=revoked, reinstated=reinstated)
            history.press.later(hours=hours)


def test_steps_of_a_day_are_joined_when_it_is_over_and_days_of_a_month_into_one(
    press: Press,
) -> None:
    history = History(press)
    for day in range(6):
        for hour in range(3):
            new = set(_spread(range(100 * day + 10 * hour, 100 * day + 10 * hour + 5)))
            history.step(revoked=new, reinstated=set(list(history.ids)[:1]))
            press.later(hours=2)
        press.later(hours=18)
    deltas = press.manifest().lists["main"].deltas
    spans = [(delta.start, delta.end) for delta in deltas]
    assert spans[0] == (1, 15)
    assert {(1, 3), (3, 6), (6, 9), (9, 12), (12, 15)} <= set(spans)
    assert spans[-3:] == [(15, 16), (16, 17), (17, 18)]
    # The steps of yesterday are still there one by one, those before are not.
    assert (12, 13) in spans
    assert (9, 10) not in spans


def test_a_day_of_many_releases_offers_few_deltas(press: Press) -> None:
    press.revoke(_spread([0]))
    press.release()
    for number in range(1, 130):
        press.later(minutes=5)
        press.revoke(_spread([number]))
        press.release()
    entry = press.manifest().lists["main"]
    assert len(entry.deltas) < 45
    assert len(route(entry, have=2).deltas) < 30
    assert entry.entries == 130


def test_a_manifest_that_grows_long_names_fewer_ways_that_still_lead_on(press: Press) -> None:
    history = History(press)
    for number in range(8):
        history.step(revoked=set(_spread([number])), reinstated=set())
        press.later(hours=10)
    with press.opened() as repository:
        one = repository.state.lists["main"]
    few = steps.entry_of(one, detail=steps.Detail.FEW)
    assert len(few.deltas) < len(steps.entry_of(one).deltas)
    history.check(few, table=history.tables[8])
    for seq in range(1, 8):
        assert any(delta.start <= seq < delta.end for delta in few.deltas)
    with press.opened() as repository:
        assert manifest_of(repository).lists["main"].deltas != few.deltas
        repository.state.lists = {f"list-{number}": one for number in range(400)}
        assert {entry.deltas for entry in manifest_of(repository).lists.values()} == {few.deltas}


def test_a_new_base_is_made_after_thirty_days_and_older_doors_go_on_by_deltas(
    press: Press,
) -> None:
    history = History(press)
    history.step(revoked=set(_spread(range(2000))), reinstated=set())
    for number in range(1, 8):
        press.later(days=5)
        history.step(revoked=set(_spread([-number])), reinstated=set())
    entry = press.manifest().lists["main"]
    assert entry.base.seq == 7
    assert route(entry, have=2).base is None


def test_what_leads_on_from_the_base_stays_however_long_nothing_is_released(
    press: Press,
) -> None:
    history = History(press)
    for number in range(3):
        history.step(revoked=set(_spread([number])), reinstated=set())
        press.later(days=1)
    press.later(days=300)
    press.renew()
    press.release()
    entry = press.manifest().lists["main"]
    assert entry.base.seq == 1
    history.check(entry, table=history.tables[3])


def test_changes_too_large_for_a_door_come_as_a_new_base_of_the_same_width(press: Press) -> None:
    press.revoke(_spread(range(100)))
    press.release()
    press.revoke(np.arange(500_000, dtype=np.uint64) << np.uint64(40))
    (changed,) = press.release().lists
    entry = press.manifest().lists["main"]
    assert changed.has_new_base
    assert (entry.base.seq, entry.k, entry.r, entry.deltas) == (2, 16, 5, ())


def test_a_list_takes_no_more_ids_than_its_width_tells_apart(press: Press) -> None:
    press.revoke(_spread(range(100)))
    press.release()
    many = np.arange(steps.capacity(56), dtype=np.uint64) << np.uint64(30)
    with press.opened() as repository, pytest.raises(InputError, match="full with 7,205,759 ids"):
        staging.revoke(repository, many, name="main")


def test_ids_that_stand_in_the_list_change_nothing(press: Press) -> None:
    press.revoke(_spread(range(10)))
    press.release()
    press.revoke(_spread(range(5)))
    press.reinstate(_spread(range(20, 30)))
    assert press.release().lists == ()
    assert press.manifest().lists["main"].seq == 1


def test_what_was_revoked_and_reinstated_before_a_release_never_enters(press: Press) -> None:
    press.revoke(_spread(range(10)))
    press.reinstate(_spread(range(10)))
    press.release()
    assert press.manifest().lists["main"].entries == 0


def test_what_is_revoked_again_after_it_was_reinstated_stays_in(press: Press) -> None:
    history = History(press)
    history.step(revoked=set(_spread(range(10))), reinstated=set())
    history.step(revoked=set(_spread(range(3))), reinstated=set(_spread(range(5))))
    assert press.manifest().lists["main"].entries == 8


def test_tables_of_what_may_leave_stay_signed_and_become_few(press: Press) -> None:
    press.revoke(_spread(range(400)))
    press.release()
    for number in range(95):
        press.reinstate(_spread([number]))
    press.release()
    press.later(days=40)
    press.revoke(_spread([0, 500]))
    press.release()
    press.later(days=1)
    press.release()
    for number in range(95, 105):
        press.reinstate(_spread([number]))
    press.renew()
    press.release()
    entry = press.manifest().lists["main"]
    named = {blob.sha256 for delta in entry.deltas for blob in delta.removes}
    signed = press.feed.withdrawn(now=press.now)["removes"]["main"]
    assert named < set(signed)
    assert len(signed) < 20
    gone: set[int] = set()
    for digest in signed:
        gone |= set(IdTable.of((press.folder / "public/parts" / digest).read_bytes()))
    # The id that was revoked once more may leave no more.
    assert gone == set(_spread(range(1, 105)))


def test_a_month_list_leaves_when_its_month_is_over(press: Press) -> None:
    press.revoke(_spread(range(5)), name="dcc-2026-11")
    press.revoke(_spread(range(5)), name="main")
    press.release()
    press.later(days=29)
    assert press.release().left == ()
    press.later(days=1)
    assert press.release().left == ("dcc-2026-11",)
    assert [*press.manifest().lists] == ["main"]
    with pytest.raises(InputError, match="that month is over"):
        press.revoke(_spread(range(5)), name="dcc-2026-11")


def test_a_list_that_the_curator_lets_go_leaves_and_does_not_come_back(press: Press) -> None:
    press.revoke(_spread(range(5)))
    press.release()
    with press.opened() as repository:
        staging.drop_lists(repository, ["main"])
        repository.commit()
    press.renew()
    assert [*press.manifest().lists] == ["main"]
    assert press.release().left == ("main",)
    assert press.feed.withdrawn(now=press.now)["lists"] == ["main"]
    with pytest.raises(InputError, match="the curator let this list go"):
        press.revoke(_spread(range(5)))


def test_renewing_issues_a_new_manifest_and_leaves_what_is_staged(press: Press) -> None:
    press.revoke(_spread(range(5)))
    press.later(hours=1)
    press.renew()
    manifest = press.manifest()
    assert (manifest.issued, manifest.lists) == (press.now, {})
    press.release()
    assert press.manifest().lists["main"].entries == 5


def test_a_release_before_the_last_one_is_refused(press: Press) -> None:
    press.later(hours=-1)
    with pytest.raises(InputError, match="set the clock"):
        press.release()


def test_a_delta_of_ten_thousand_in_and_out_fits_150_kilobytes(press: Press) -> None:
    press.revoke(_spread(range(30_000)))
    press.release()
    press.revoke(_spread(range(30_000, 40_000)))
    press.reinstate(_spread(range(10_000)))
    (changed,) = press.release().lists
    assert (changed.added, changed.removed) == (10_000, 10_000)
    assert changed.wire_size <= 150_000
