"""Card revocation lists of SMART Health Card issuers: `{kid, method, ctr, rids}`.

Source: SMART Health Cards Framework, "Revocation", and its RFC 002 for cards without a `rid`
(`hash-fhir`). A rid with a time revokes the cards issued before it. The lists in a snapshot of
the VCI directory are read as well. A list that cannot be read in full is refused: a list that
is silently shorter than its author meant would admit.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from scanner.terms import InputError
from scanner.trust.ids import ExactId, TimedId, read_id
from scanner.trust.revocation import RevocationList

# The ids of both have one form; `hmac-patient` would need a secret of the issuer.
_METHODS: Final = ("rid", "hash-fhir")
_COUNTER: Final = re.compile(r"[0-9]{1,12}")
_SHOWN: Final = 40


def read_shc_crl(told: Any) -> RevocationList:
    """Return what one list, several, or a snapshot revoke; `InputError` names what is wrong."""
    lists = [_read_one(crl) for crl in _lists(told)]
    if not lists:
        raise InputError("no card revocation list in it; one has kid, method, ctr and rids")
    return RevocationList.joined(lists)


def _lists(told: Any) -> Iterator[Any]:
    if isinstance(told, Mapping) and "issuerInfo" in told:
        for issuer in _several(told["issuerInfo"], what="issuerInfo"):
            if isinstance(issuer, Mapping):
                yield from _several(issuer.get("crls", []), what="crls")
    else:
        yield from told if isinstance(told, list) else [told]


def _several(told: Any, *, what: str) -> list[Any]:
    if not isinstance(told, list):
        raise InputError(f"a card revocation list whose {what} is no list")
    return told


def _read_one(crl: Any) -> RevocationList:
    if not isinstance(crl, Mapping):
        raise InputError("no card revocation list; one has kid, method, ctr and rids")
    if crl.get("method") not in _METHODS:
        raise InputError(
            f"a card revocation list by {str(crl.get('method'))[:_SHOWN]!r}, not by rid"
        )
    # Some issuers write the counter as a text.
    if isinstance(crl.get("ctr"), bool) or not _COUNTER.fullmatch(str(crl.get("ctr"))):
        raise InputError("a card revocation list whose ctr is no whole number")
    ids: set[str] = set()
    timed: dict[str, int] = {}
    for rid in _several(crl.get("rids"), what="rids"):
        one = _read_rid(rid, kid=crl.get("kid"))
        # With a time and without, or with two times: what its author meant cannot be known.
        if one.text in ids or one.text in timed:
            raise InputError(f"a card revocation list in which {rid[:_SHOWN]!r} stands twice")
        if isinstance(one, TimedId):
            timed[one.text] = one.before_s
        else:
            ids.add(one.text)
    return RevocationList(ids=frozenset(ids), timed=timed)


def _read_rid(rid: Any, *, kid: Any) -> ExactId | TimedId:
    try:
        one = read_id(f"shc-rid:{kid}:{rid}")
    except InputError:
        one = None
    if (
        not isinstance(rid, str)
        or not isinstance(kid, str)
        or not isinstance(one, ExactId | TimedId)
    ):
        raise InputError(
            f"a card revocation list with {str(rid)[:_SHOWN]!r}, which is no base64url text of"
            " 1 to 24 characters with or without .SECONDS"
        )
    return one
