"""Parts of a card: any order, again and again, and whole only when all are there."""

import itertools

import pytest

from scanner.passes.parts import MAX_PART_BYTES, MAX_PARTS, Part, joined, part_of
from scanner.publish.shc import in_parts, numeric
from scanner.terms import Reason, Refused

JWS = b"eyJhbGciOiJFUzI1NiJ9.cGF5bG9hZA.c2lnbmF0dXJl"


def parts(count: int) -> list[Part]:
    found = [part_of(text.encode()) for text in in_parts(numeric(JWS), count=count)]
    assert None not in found
    return [part for part in found if part]


def test_a_part_says_which_it_is() -> None:
    part = part_of(b"shc:/2/3/5676")
    assert part == Part(2, 3, b"5676")
    assert str(part) == "part 2 of 3"


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_parts_join_in_any_order(order: tuple[int, ...]) -> None:
    three = parts(3)
    assert joined(three[at] for at in order) == numeric(JWS).encode()


def test_a_part_may_come_again() -> None:
    assert joined(parts(3) * 2) == numeric(JWS).encode()


def test_as_many_parts_as_there_may_be_join() -> None:
    many = [Part(index, MAX_PARTS, b"00") for index in range(1, MAX_PARTS + 1)]
    assert part_of(f"shc:/{MAX_PARTS}/{MAX_PARTS}/00".encode()) == many[-1]
    assert joined(many) == b"shc:/" + b"00" * MAX_PARTS


def test_of_two_parts_with_one_number_the_later_one_counts() -> None:
    assert joined([Part(1, 2, b"11"), Part(2, 2, b"22"), Part(1, 2, b"33")]) == b"shc:/3322"


def test_while_a_part_is_missing_it_is_asked_for() -> None:
    with pytest.raises(Refused) as refused:
        joined([Part(2, 4, b"00")])
    assert refused.value.reason is Reason.MORE_NEEDED
    assert refused.value.detail == "part 1, 3, 4 of 4 is missing"


@pytest.mark.parametrize("shown", [[], [Part(1, 2, b"00"), Part(2, 3, b"00")]])
def test_parts_of_cards_that_differ_are_no_card(shown: list[Part]) -> None:
    with pytest.raises(Refused) as refused:
        joined(shown)
    assert refused.value.reason is Reason.MALFORMED


NONE = {
    "nothing": b"",
    "another code": b"HC1:1/3/5676",
    "a whole card": b"shc:/5676",
    "one part of one, which is whole": b"shc:/1/1/5676",
    "part nought": b"shc:/0/3/5676",
    "part four of three": b"shc:/4/3/5676",
    "a leading zero": b"shc:/01/3/5676",
    "too many parts": f"shc:/1/{MAX_PARTS + 1}/5676".encode(),
    "a number of three digits": b"shc:/1/100/5676",
    "no digits": b"shc:/1/3/",
    "an odd number of digits": b"shc:/1/3/567",
    "a letter": b"shc:/1/3/567a",
    "a blank behind": b"shc:/1/3/5676 ",
    "a line end behind": b"shc:/1/3/5676\n",
    "a blank before": b" shc:/1/3/5676",
    "more than a code holds": b"shc:/1/3/" + b"5" * MAX_PART_BYTES + b"5",
}


@pytest.mark.parametrize("raw", NONE.values(), ids=NONE.keys())
def test_all_else_is_no_part(raw: bytes) -> None:
    assert part_of(raw) is None
