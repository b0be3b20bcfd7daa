"""Revoked passes, keys and issue windows.

One typed id a line: `dcc-uci:HEX16`, `dcc-countryuci:HEX16`, `dcc-signature:HEX16`
(first 16 bytes of SHA-256, EU DCC revocation), `kid:BASE64` for every pass of a key,
`window:KID:FROM/TO` for the passes that a key signed in a time span, both ends
included. `#` at line start is a comment. A line that cannot be read refuses the whole
file: a list that is silently shorter than its author meant would admit.
"""

import base64
import binascii
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from scanner.terms import InputError, Pass, rfc3339
from scanner.trust.certificate import KID_BYTES

_HASHED: Final = re.compile(r"(?:dcc-uci|dcc-countryuci|dcc-signature):[0-9a-f]{32}")
_LATER: Final = ("shc-rid:", "vc-id:", "ticket:", "own:")
_EXPECTED: Final = "one typed id a line, such as dcc-uci: and 32 lower-case hex digits"


@dataclass(frozen=True, slots=True)
class Window:
    """Passes that the key `kid` signed between two times are revoked."""

    kid: bytes
    start: datetime
    end: datetime

    def holds(self, issued_at: datetime | None) -> bool:
        """Say whether a pass falls into the window; one that hides its date does."""
        return issued_at is None or self.start <= issued_at <= self.end


@dataclass(frozen=True, slots=True)
class RevocationList:
    """What is revoked; immutable."""

    ids: frozenset[str] = frozenset()
    kids: frozenset[bytes] = frozenset()
    windows: tuple[Window, ...] = ()

    @classmethod
    def joined(cls, lists: Iterable["RevocationList"]) -> "RevocationList":
        """Return the union of several lists."""
        parts = tuple(lists)
        return cls(
            ids=frozenset().union(*(part.ids for part in parts)),
            kids=frozenset().union(*(part.kids for part in parts)),
            windows=tuple(window for part in parts for window in part.windows),
        )

    def __len__(self) -> int:
        return len(self.ids) + len(self.kids) + len(self.windows)

    def entry_for(self, verified: Pass, *, kids: Collection[bytes]) -> str | None:
        """Name the entry that revokes a pass whose key goes by `kids`, or None."""
        if not self.kids.isdisjoint(kids):
            return "its key is revoked"
        for window in self.windows:
            if window.kid in kids and window.holds(verified.issued_at):
                return "signed in a revoked issue window"
        # An empty list asks for no ids: working them out is a twentieth of a verification.
        for pass_id in verified.ids if self.ids else ():
            if pass_id in self.ids:
                return f"listed as {pass_id.partition(':')[0]}"
        return None


def read_revocations(content: bytes) -> RevocationList:
    """Read typed lines; raise `InputError` naming the first line that cannot be used."""
    if content.lstrip().startswith((b"{", b"[", b"-----BEGIN", b"\x30")):
        raise InputError("a JSON or X.509 revocation list, not read by this version")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"not a text file; {_EXPECTED}") from None
    ids: set[str] = set()
    kids: set[bytes] = set()
    windows: list[Window] = []
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.removesuffix("\r")
        if not line or line.startswith("#"):
            continue
        try:
            if _HASHED.fullmatch(line):
                ids.add(line)
            elif line.startswith("kid:"):
                kids.add(_kid(line.removeprefix("kid:")))
            elif line.startswith("window:"):
                windows.append(_window(line.removeprefix("window:")))
            else:
                raise _unreadable(line)
        except InputError as error:
            raise InputError(f"line {number}: {error}") from None
    return RevocationList(frozenset(ids), frozenset(kids), tuple(windows))


def _unreadable(line: str) -> InputError:
    if line.startswith(_LATER):
        return InputError(f"{line.partition(':')[0]} ids are not read by this version")
    return InputError(f"{line[:40]!r} is no typed id; {_EXPECTED}")


def _kid(text: str) -> bytes:
    try:
        kid = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        kid = b""
    if len(kid) != KID_BYTES:
        raise InputError(f"{text[:40]!r} is no key id ({KID_BYTES} bytes in base64)")
    return kid


def _window(text: str) -> Window:
    kid, _, span = text.partition(":")
    start, _, end = span.partition("/")
    try:
        window = Window(_kid(kid), rfc3339(start), rfc3339(end))
    except ValueError:
        raise InputError("a window is window:KID:FROM/TO with RFC 3339 times and offsets") from None
    if window.end < window.start:
        raise InputError("the window ends before it begins")
    return window
