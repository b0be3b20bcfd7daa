"""A pretix ticket is an entitlement to what was sold."""

from scanner.passes import pretix
from scanner.publish.pretix import Issuer
from scanner.rules.claims import Entitlement, Known, known_of
from scanner.terms import Kind, PassFormat
from scanner.trust import Algorithm, Key, Keyring

OFFICE = Issuer()
KEYRING = Keyring.of([
    Key(
        b"01234567", Algorithm.EDDSA, OFFICE.key.public_key(), issuer="Tent",
        formats=frozenset({PassFormat.PRETIX}),
    )
])  # fmt: skip


def known(text: str) -> Known:
    return known_of(pretix.verify(text.encode(), keyring=KEYRING).verified)


def test_a_ticket_is_counted_and_revoked_by_its_text() -> None:
    text = OFFICE.issue("a", item=3, subevent=14, valid_from=1_675_465_200)
    assert known(text) == Known(
        entitlement=Entitlement(
            kind=Kind.TICKET,
            serial=f"ticket:{text}",
            event=None,
            product={"item": 3, "variation": None, "subevent": 14},
        )
    )


def test_a_ticket_for_nothing_in_particular_is_one() -> None:
    entitlement = known(OFFICE.sign(b"")).entitlement
    assert entitlement is not None
    assert entitlement.product == {"item": None, "variation": None, "subevent": None}
    assert (entitlement.admits, entitlement.zones) == (1, frozenset())
