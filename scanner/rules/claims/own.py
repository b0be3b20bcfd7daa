"""What a venue's own pass says, in the terms of rules; its fields are those of `passes.own`."""

from scanner.passes.own import serial_of
from scanner.rules.claims import Entitlement, Holder, Known
from scanner.terms import Pass


def read(verified: Pass) -> Known:
    """Return the entitlement, and the holder where the pass names one."""
    claims = verified.claims
    name = claims.get("name")
    if verified.kind is None:
        return Known()
    return Known(
        holder=Holder(tuple(name.casefold().split()), born=None) if name else None,
        entitlement=Entitlement(
            kind=verified.kind,
            serial=serial_of(claims["list"], index=claims["index"]),
            event=claims["event"],
            zones=frozenset(claims["zones"] or ()),
            admits=claims["admits"],
        ),
    )
