"""What a pretix ticket says, in the terms of rules.

Its serial is its typed id, the text of the ticket: that is what pretix revokes. It names no event:
pretix has a key for each, so a ticket is for the events whose keys the venue trusts.
"""

from typing import Final

from scanner.rules.claims import Entitlement, Known
from scanner.terms import Kind, Pass

_PRODUCT: Final = ("item", "variation", "subevent")


def read(verified: Pass) -> Known:
    """Return the entitlement of a ticket."""
    (serial,) = verified.ids
    return Known(
        entitlement=Entitlement(
            kind=Kind.TICKET,
            serial=serial,
            product={name: verified.claims.get(name) for name in _PRODUCT},
        )
    )
