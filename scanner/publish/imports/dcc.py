"""EU DCC revocation batches: JSON `{country, expires, kid, hashType, entries: [{hash}]}`.

One batch a file or an array of them, as the gateway's CMS envelope holds it (EU DCC revocation,
"Revocation batch"). Hashes are the first 16 bytes of SHA-256, in base64; SIGNATURE is over the
r half for ECDSA, which is the issuer's side. Entries go by the month in which they expire.
"""

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from scanner.publish.imports.proposal import Source, once
from scanner.publish.imports.reading import about, contents, parsed, several, text
from scanner.terms import InputError, rfc3339

_TYPES: Final = {
    "SIGNATURE": "dcc-signature",
    "UCI": "dcc-uci",
    "COUNTRYCODEUCI": "dcc-countryuci",
}
_HASH_BYTES: Final = 16


def read(paths: Sequence[Path], *, name: str, now: datetime) -> Source:
    """Read batches into lists `NAME-YYYY-MM`; those that have expired are left out."""
    source = Source(lists={name})
    for path, content in contents(paths):
        with about(path):
            told = parsed(content)
            for batch in told if isinstance(told, list) else [told]:
                _read_batch(batch, source=source, name=name, now=now)
    return source


def _read_batch(batch: Any, *, source: Source, name: str, now: datetime) -> None:
    if not isinstance(batch, dict):
        raise InputError("no revocation batch; one is an object, or an array of them")
    kind = _TYPES.get(text(batch.get("hashType"), what="hashType"))
    if kind is None:
        raise InputError(f"hashType is one of {', '.join(_TYPES)}")
    expires = _expires(batch.get("expires"))
    hashes = [_hash(entry) for entry in several(batch.get("entries"), what="entries")]
    typed = once((f"{kind}:{one}" for one in hashes), what="the hash")
    if expires <= now:
        source.notes.append(f"a batch of {len(typed)} that expired on {expires:%Y-%m-%d}: left out")
        return
    for one in typed:
        source.add(one, name=f"{name}-{expires:%Y-%m}")


def _expires(told: Any) -> datetime:
    try:
        return rfc3339(text(told, what="expires")).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InputError("expires is no RFC 3339 time with an offset") from None


def _hash(entry: Any) -> str:
    told = entry.get("hash") if isinstance(entry, dict) else None
    try:
        found = base64.b64decode(text(told, what="hash"), validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if len(found) != _HASH_BYTES:
        raise InputError(f"a hash is {_HASH_BYTES} bytes in base64")
    return found.hex()
