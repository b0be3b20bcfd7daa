"""SMART Health Cards: card revocation lists `{kid, method: "rid", ctr, rids}`.

(SMART Health Cards Framework, "Revocation".) A rid with a time revokes the cards issued before
it, and becomes a line. A list speaks for all cards of its key: each key has a list of its own.
The lists inside a VCI snapshot are read as well.
"""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from scanner.publish.imports.proposal import Source, once
from scanner.publish.imports.reading import about, contents, parsed, several, text
from scanner.terms import InputError

_NAME_DIGITS: Final = 8


def read(paths: Sequence[Path], *, name: str) -> Source:
    """Read revocation lists into lists `NAME-XXXXXXXX`, one for each key."""
    source = Source()
    kids: set[str] = set()
    for path, content in contents(paths):
        with about(path):
            for crl in _crls(parsed(content)):
                _read_crl(crl, source=source, name=name, kids=kids)
    return source


def list_of(kid: str, *, name: str) -> str:
    """Return the name of the list for the cards of a key."""
    return f"{name}-{hashlib.sha256(kid.encode()).hexdigest()[:_NAME_DIGITS]}"


def _crls(told: Any) -> Iterator[Any]:
    if isinstance(told, dict) and "issuerInfo" in told:
        for issuer in several(told["issuerInfo"], what="issuerInfo"):
            yield from several(issuer.get("crls") or [], what="crls")
    else:
        yield from told if isinstance(told, list) else [told]


def _read_crl(crl: Any, *, source: Source, name: str, kids: set[str]) -> None:
    if not isinstance(crl, dict) or crl.get("method") != "rid":
        raise InputError("no card revocation list; one has kid, method rid, ctr and rids")
    kid = text(crl.get("kid"), what="kid")
    if kid in kids:
        raise InputError(f"a second list for the key {kid[:20]!r}; give the newest one only")
    kids.add(kid)
    if type(crl.get("ctr")) is not int:
        raise InputError("ctr is no whole number")
    rids = [text(rid, what="a rid") for rid in several(crl.get("rids"), what="rids")]
    full = list_of(kid, name=name)
    source.lists.add(full)
    source.prefixes.add(f"shc-rid:{kid}:")
    # With a time and without, or with two times: what its author meant cannot be known.
    once((rid.partition(".")[0] for rid in rids), what="the rid")
    for rid in rids:
        source.add(f"shc-rid:{kid}:{rid}", name=full)
