"""What a venue's own pass says, in the terms of rules."""

from dataclasses import replace

import pytest

from scanner.passes import own
from scanner.rules.claims import Entitlement, Holder, Known, known_of
from scanner.terms import Kind
from tests.publish.venue import CONTENT, TICKET, Venue


@pytest.fixture(scope="module")
def venue() -> Venue:
    """A venue whose key the door trusts."""
    return Venue()


def known(venue: Venue, claims: object) -> Known:
    return known_of(own.verify(venue.strike(claims), keyring=venue.keyring).verified)


def test_a_ticket_entitles_to_what_it_says(venue: Venue) -> None:
    assert known(venue, venue.claims()) == Known(
        entitlement=Entitlement(
            kind=Kind.TICKET,
            serial="own:k3f9a:4711",
            event="summer-26",
            zones=frozenset({"north", "south"}),
            admits=4,
        )
    )


def test_a_staff_pass_without_limits_has_none(venue: Venue) -> None:
    entitlement = Entitlement(kind=Kind.STAFF, serial="own:staff:0")
    assert known(venue, {CONTENT: [2, None, None, 1, "staff", 0]}).entitlement == entitlement


def test_a_name_is_casefolded_word_by_word(venue: Venue) -> None:
    named = known(venue, venue.claims([*TICKET, "Anna Straße"]))
    assert named.holder == Holder(("anna", "strasse"), born=None)


def test_a_pass_of_no_kind_says_nothing(venue: Venue) -> None:
    verified = own.verify(venue.valid, keyring=venue.keyring).verified
    assert known_of(replace(verified, kind=None)) == Known()
