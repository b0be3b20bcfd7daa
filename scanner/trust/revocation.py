"""Revoked passes, keys and issue windows: what is listed, and whether a pass is.

A list is text, one typed id a line (`scanner.trust.ids`), `#` at line start a comment; or a
table of hashed ids; or what issuers publish themselves. What cannot be read refuses the whole
file: a list that is silently shorter than its author meant would admit.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from scanner.terms import InputError, Pass
from scanner.trust.ids import ExactId, RevokedKey, TimedId, Window, hashed, read_id
from scanner.trust.keyring import CertificateId
from scanner.trust.overlay import RevokedTable
from scanner.trust.strict import without_twins

__all__ = ["RevocationList", "RevokedTable", "Window", "read_revocations"]

# How DER begins where it is longer than 127 bytes, and no longer than a file that is read.
_DER: Final = (b"\x30\x81", b"\x30\x82", b"\x30\x83")
_OF_CARDS: Final = frozenset({"rids", "issuerInfo"})
_EXPECTED: Final = "one typed id a line, such as dcc-uci: and 32 lower-case hex digits"


@dataclass(frozen=True, slots=True)
class RevocationList:
    """What is revoked; immutable.

    `timed` maps an id to the time (seconds since 1970) before which its passes are revoked.
    """

    ids: frozenset[str] = frozenset()
    kids: frozenset[bytes] = frozenset()
    windows: tuple[Window, ...] = ()
    timed: Mapping[str, int] = field(default_factory=dict)
    tables: tuple[RevokedTable, ...] = ()
    certificates: frozenset[CertificateId] = frozenset()

    @classmethod
    def joined(cls, lists: Iterable["RevocationList"]) -> "RevocationList":
        """Return the union of several lists."""
        parts = tuple(lists)
        timed: dict[str, int] = {}
        for text, before_s in (item for part in parts for item in part.timed.items()):
            timed[text] = max(before_s, timed.get(text, 0))
        return cls(
            ids=frozenset().union(*(part.ids for part in parts)),
            kids=frozenset().union(*(part.kids for part in parts)),
            windows=tuple(window for part in parts for window in part.windows),
            timed=timed,
            tables=tuple(table for part in parts for table in part.tables),
            certificates=frozenset().union(*(part.certificates for part in parts)),
        )

    def __len__(self) -> int:
        lines = len(self.ids) + len(self.kids) + len(self.windows) + len(self.timed)
        return lines + len(self.certificates) + sum(table.entries for table in self.tables)

    def entry_for(
        self, verified: Pass, *, kids: Collection[bytes], certificate: CertificateId | None = None
    ) -> str | None:
        """Name the entry that revokes a pass whose key goes by `kids`, or None.

        `certificate` names the key's own, where the pass carries it.
        """
        if not self.kids.isdisjoint(kids):
            return "its key is revoked"
        if certificate is not None and certificate in self.certificates:
            return "the certificate of its signer is revoked"
        for window in self.windows:
            if window.kid in kids and window.holds(verified.issued_at):
                return "signed in a revoked issue window"
        # An empty list asks for no ids: working them out is a twentieth of a verification.
        listed = self.ids or self.timed or any(table.table.n or table.adds for table in self.tables)
        for pass_id in verified.ids if listed else ():
            if self._lists(pass_id, verified=verified):
                return f"listed as {pass_id.partition(':')[0]}"
        return None

    def _lists(self, pass_id: str, *, verified: Pass) -> bool:
        if pass_id in self.ids:
            return True
        before_s, issued_at = self.timed.get(pass_id), verified.issued_at
        # A pass that hides its date is taken for an old one, as with windows.
        if before_s is not None and (issued_at is None or issued_at.timestamp() < before_s):
            return True
        id64 = hashed(pass_id) if self.tables else 0
        return any(table.has(id64) for table in self.tables)


def read_revocations(content: bytes) -> RevocationList:
    """Read a list, told apart by its content; `InputError` says what cannot be used.

    Typed lines; the JSON of a SMART Health Card issuer or of a pretix event; an X.509 CRL.
    """
    start = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith((b"-----BEGIN", *_DER)):
        from scanner.trust.x509_crl import read_x509_crl  # noqa: PLC0415 - for a few doors

        return read_x509_crl(content)
    if start.startswith((b"{", b"[")):
        return _read_json(start)
    return _read_lines(content)


def _read_json(content: bytes) -> RevocationList:
    try:
        listed = json.loads(content, object_pairs_hook=without_twins)
    except (ValueError, RecursionError):
        raise InputError("broken JSON, or a name that stands twice in it") from None
    one = listed[0] if isinstance(listed, list) and listed else listed
    if isinstance(one, dict) and not one.keys().isdisjoint(_OF_CARDS):
        from scanner.trust.shc_crl import read_shc_crl  # noqa: PLC0415 - for a few doors

        return read_shc_crl(listed)
    from scanner.trust.pretix_lists import read_pretix_lists  # noqa: PLC0415 - for a few doors

    return read_pretix_lists(listed)


def _read_lines(content: bytes) -> RevocationList:
    """Read typed lines; raise `InputError` naming the first line that cannot be used."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"not a text file; {_EXPECTED}") from None
    ids: set[str] = set()
    kids: set[bytes] = set()
    windows: list[Window] = []
    timed: dict[str, int] = {}
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.removesuffix("\r")
        if not line or line.startswith("#"):
            continue
        try:
            one = read_id(line)
        except InputError as error:
            raise InputError(f"line {number}: {error}") from None
        match one:
            case ExactId():
                ids.add(one.text)
            case TimedId():
                timed[one.text] = max(one.before_s, timed.get(one.text, 0))
            case RevokedKey():
                kids.add(one.kid)
            case _:
                windows.append(one)
    return RevocationList(frozenset(ids), frozenset(kids), tuple(windows), timed)
