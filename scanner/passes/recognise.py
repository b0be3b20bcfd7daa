"""Which kind of code a payload claims to be, by its first characters.

Three answers besides the formats that are verified here: known but not verified,
known to need a server, and everything else (a poster's URL, Wi-Fi, a phone number).
Sources: each format's specification; COOV and KI-PASS from two independent clients.
"""

import importlib
import re
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Final, Protocol, cast

from scanner.passes.genuine import Genuine
from scanner.terms import PassFormat, Reason, Refused
from scanner.trust import Keyring


class Standing(Enum):
    """What the door can do with a code."""

    VERIFIED_HERE = "verified here"
    UNSUPPORTED = "known, not verified here"
    ONLINE_ONLY = "holds an address, not a proof"
    NOTHING_KNOWN = "no pass"


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a code claims to be; `name` is for people, `format` only if it is ours."""

    standing: Standing
    name: str
    format: PassFormat | None = None

    @property
    def is_pass(self) -> bool:
        """Say whether the code counts as a pass, good or bad."""
        return self.standing is not Standing.NOTHING_KNOWN


_NOTHING_KNOWN: Final = Recognised(Standing.NOTHING_KNOWN, "no known prefix")


def _verified(name: str, form: PassFormat) -> Recognised:
    return Recognised(Standing.VERIFIED_HERE, name, form)


def _online(name: str) -> Recognised:
    return Recognised(Standing.ONLINE_ONLY, name)


def _unsupported(name: str, form: PassFormat | None = None) -> Recognised:
    return Recognised(Standing.UNSUPPORTED, name, form)


_CARD: Final = _verified("SMART Health Card", PassFormat.SHC)
_PREFIXES: Final[tuple[tuple[bytes, Recognised], ...]] = (
    (b"HC1:", _verified("EU DCC / WHO HCERT", PassFormat.DCC)),
    (b"LT1:", _verified("Swiss certificate light", PassFormat.DCC)),
    (b"shc:/", _CARD),
    (b"NZCP:/1/", _verified("NZ COVID Pass", PassFormat.NZCP)),
    (b"NZCP:/", _unsupported("NZ COVID Pass of another version", PassFormat.NZCP)),
    (b"DP1:", _verified("venue's own pass", PassFormat.OWN)),
    (b"NL2:", _unsupported("Dutch domestic pass (Idemix)")),
    (b"PK\x03\x04", _unsupported("DIVOC certificate")),
    (b"#UT", _unsupported("UIC rail ticket")),
    (b"003|", _online("KI-PASS")),
    (b"did:infra:", _online("COOV session")),
    (b"https://wss.coov.io", _online("COOV session")),
    (b"openid4vp:", _online("wallet presentation request")),
    (b"shlink:", _online("SMART Health Link")),
    (b"mdoc:", _unsupported("ISO 18013-5 device engagement")),
)

_PATTERNS: Final[tuple[tuple[re.Pattern[bytes], Recognised], ...]] = (
    (re.compile(rb"https://wss-\d+\.coov\.io"), _online("COOV session")),
    (
        re.compile(rb'\{\s*"(?:data|sig)"\s*:\s*\{.*"t"\s*:\s*"icao\.', re.DOTALL),
        _verified("ICAO VDS-NC", PassFormat.VDSNC),
    ),
    # IATA Resolution 792: M, number of legs, 20 characters of name, E or blank.
    (re.compile(rb"M[1-4][A-Z /.'-]{20}[E ]"), _unsupported("IATA boarding pass")),
)

# Where a pattern may look: all of a code, for a VDS-NC may begin with its signature.
_PATTERN_BYTES: Final = 2953


_PRETIX: Final = _verified("pretix ticket", PassFormat.PRETIX)
_INFRADID: Final = _verified("did:infra credential", PassFormat.INFRADID)


class _Format(Protocol):
    """What a module of this room has to offer for its format."""

    def verify(self, raw: bytes, *, keyring: Keyring) -> Genuine:
        """Return the genuine pass in `raw`, or raise `Refused` with the first failed check."""

    def looks_like(self, raw: bytes) -> bool:
        """Say whether `raw` claims to be of this format, where no prefix says so."""


@cache
def _module(form: PassFormat) -> _Format:
    # A venue sees one or two formats: the others are not loaded.
    return cast("_Format", importlib.import_module(f"scanner.passes.{form.value}"))


def recognise(raw: bytes) -> Recognised:
    """Say what `raw` claims to be; upper and lower case differ, as in every format here."""
    for prefix, found in _PREFIXES:
        if raw.startswith(prefix):
            return found
    head = raw[:_PATTERN_BYTES]
    for pattern, found in _PATTERNS:
        if pattern.match(head):
            return found
    # Some have no prefix, but an outer form that nothing else has.
    if raw.startswith(b"eyJ"):
        if _module(PassFormat.INFRADID).looks_like(raw):
            return _INFRADID
        if _module(PassFormat.SHC).looks_like(raw):
            return _CARD
    if raw.endswith(b"QA") and _module(PassFormat.PRETIX).looks_like(raw):
        return _PRETIX
    return _NOTHING_KNOWN


def verify(raw: bytes, *, keyring: Keyring) -> Genuine:
    """Return the genuine pass in `raw`, or raise `Refused` with the first failed check."""
    found = recognise(raw)
    if found.standing is Standing.VERIFIED_HERE and found.format is not None:
        return _module(found.format).verify(raw, keyring=keyring)
    if found.standing is Standing.NOTHING_KNOWN:
        raise Refused(Reason.NOT_A_PASS)
    if found.standing is Standing.ONLINE_ONLY:
        raise Refused(
            Reason.ONLINE_ONLY, f"this code needs a server; show the printed pass ({found.name})"
        )
    raise Refused(Reason.UNSUPPORTED, f"{found.name} is not verified by this version")


def every_kind() -> tuple[Recognised, ...]:
    """Return all that is recognised, each once, for people."""
    patterns = [found for _, found in _PATTERNS]
    found = [one for _, one in _PREFIXES] + patterns + [_PRETIX, _INFRADID]
    return tuple(dict.fromkeys(found))
