"""A list with what changed since; `test_delta` holds it against the merged table."""

import pytest

from scanner.terms import InputError
from scanner.trust.idtable import IdTable, encode
from scanner.trust.overlay import RevokedTable


def _table(*ids: int, k: int = 8, r: int = 7) -> IdTable:
    return IdTable.of(encode(ids, k=k, r=r))


ONE, TWO, THREE = (number << 56 for number in (1, 2, 3))


def test_an_added_id_is_listed_even_if_it_was_removed_before() -> None:
    held = RevokedTable("list", _table(ONE, TWO), _table(ONE, THREE), _table(ONE, TWO))
    assert [held.has(one) for one in (ONE, TWO, THREE)] == [True, False, True]


def test_an_id_that_shares_the_entry_of_a_changed_one_changes_with_it() -> None:
    """The signed list cannot tell them apart, so the door does not either."""
    list_of = RevokedTable("list", _table(ONE, k=8, r=6), _table(TWO), _table(ONE))
    assert not list_of.has(ONE | 1)
    assert list_of.has(TWO | 1)


def test_entries_are_counted_with_what_came_and_went() -> None:
    held = RevokedTable("list", _table(ONE, TWO), _table(THREE), _table(ONE, TWO))
    assert held.entries == 1
    assert RevokedTable("list", _table(), None, _table(ONE)).entries == 0


@pytest.mark.parametrize("which", ["adds", "removes"])
@pytest.mark.parametrize(("k", "r"), [(8, 5), (16, 1)], ids=["narrower", "narrower still"])
def test_changes_that_know_less_of_an_id_than_the_list_are_refused(
    which: str, k: int, r: int
) -> None:
    over = _table(ONE, k=k, r=r)
    changes = {"adds": (over, None), "removes": (None, over)}[which]
    with pytest.raises(InputError, match=f"{k + 8 * r} bits in changes to a list of 56"):
        RevokedTable("list", _table(k=8, r=6), *changes)
