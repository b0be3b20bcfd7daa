"""Typed revocation lines: each kind is read, each broken line refuses the whole file."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from scanner.passes import verify
from scanner.publish import vdsnc
from scanner.terms import InputError, Pass
from scanner.trust import RevocationList, read_revocations
from scanner.trust.anchors import folded_name
from scanner.trust.ids import hashed
from scanner.trust.idtable import IdTable, encode
from scanner.trust.overlay import RevokedTable

if TYPE_CHECKING:
    from tests.conftest import Mint

HEX16 = "0123456789abcdef" * 2
KID = b"12345678"
KID64 = "MTIzNDU2Nzg="
FROM, TO = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 2, tzinfo=UTC)


@pytest.fixture
def verified(mint: "Mint") -> Pass:
    return verify(mint.valid, keyring=mint.keyring).verified


@pytest.mark.parametrize("kind", ["dcc-uci", "dcc-countryuci", "dcc-signature"])
def test_every_hashed_kind_is_read_and_revokes(kind: str, verified: Pass) -> None:
    assert read_revocations(f"{kind}:{HEX16}".encode()).ids == {f"{kind}:{HEX16}"}
    (own,) = [one for one in verified.ids if one.startswith(f"{kind}:")]
    assert read_revocations(own.encode()).entry_for(verified, kids=(KID,)) == f"listed as {kind}"


CARRIED = ["shc-rid:kid:rid", "vc-id:https://x", "ticket:a secret", "own:1:2"]


@pytest.mark.parametrize("text", CARRIED)
def test_every_other_id_is_read_and_revokes_what_carries_it(text: str, verified: Pass) -> None:
    revoked = read_revocations(text.encode())
    assert revoked.ids == {text}
    carrying = replace(verified, list_ids=lambda: ("own:3:4", text))
    assert revoked.entry_for(carrying, kids=()) == f"listed as {text.partition(':')[0]}"
    assert revoked.entry_for(verified, kids=()) is None


RID = "shc-rid:kid:rid"
TIMES: dict[str, tuple[datetime | None, str | None]] = {
    "long before": (FROM, "listed as shc-rid"),
    "just before": (TO - timedelta(microseconds=1), "listed as shc-rid"),
    "at a hidden date": (None, "listed as shc-rid"),
    "at that time": (TO, None),
    "after it": (TO + timedelta(days=1), None),
}


@pytest.mark.parametrize(("issued_at", "entry"), TIMES.values(), ids=TIMES.keys())
def test_a_timed_id_revokes_what_was_issued_before(
    issued_at: datetime | None, entry: str | None, verified: Pass
) -> None:
    revoked = read_revocations(f"{RID}.{TO.timestamp():.0f}".encode())
    issued = replace(verified, issued_at=issued_at, list_ids=lambda: (RID,))
    assert revoked.entry_for(issued, kids=()) == entry
    assert revoked.entry_for(replace(issued, list_ids=lambda: ("shc-rid:kid:r",)), kids=()) is None


def test_of_two_times_the_later_one_counts_in_a_list_and_in_two() -> None:
    lines = [f"{RID}.100", f"{RID}.300", f"{RID}.200"]
    assert read_revocations("\n".join(lines).encode()).timed == {RID: 300}
    parts = [read_revocations(line.encode()) for line in lines]
    assert RevocationList.joined(parts).timed == {RID: 300}


def _table(*texts: str) -> IdTable:
    return IdTable.of(encode(map(hashed, texts), k=8, r=7))


def test_every_id_of_a_pass_is_looked_up_in_every_table(verified: Pass) -> None:
    for pass_id in verified.ids:
        tables = (
            RevokedTable("other", _table("own:1:1")),
            RevokedTable("list", _table("own:1:2", pass_id)),
        )
        entry = RevocationList(tables=tables).entry_for(verified, kids=())
        assert entry == f"listed as {pass_id.partition(':')[0]}"
        assert RevocationList(tables=tables[:1]).entry_for(verified, kids=()) is None


def test_an_id_added_since_revokes_and_one_removed_since_does_not(verified: Pass) -> None:
    nobody, listed = _table(), _table(verified.ids[0])
    cases = {
        "added": (RevokedTable("list", nobody, adds=listed), True),
        "removed": (RevokedTable("list", listed, removes=listed), False),
        "removed, then added": (RevokedTable("list", nobody, listed, listed), True),
        "another removed": (RevokedTable("list", listed, removes=_table("own:1:1")), True),
    }
    for case, (table, revoked) in cases.items():
        entry = RevocationList(tables=(table,)).entry_for(verified, kids=())
        assert (entry is not None) is revoked, case


def test_lists_that_name_nobody_ask_for_no_ids(verified: Pass) -> None:
    def never() -> tuple[str, ...]:
        raise AssertionError

    empty = RevocationList(
        kids=frozenset({KID}), tables=(RevokedTable("list", _table(), _table(), _table("own:1:1")),)
    )
    assert empty.entry_for(replace(verified, list_ids=never), kids=()) is None


def test_all_that_is_listed_is_counted() -> None:
    lines = read_revocations(f"{RID}\n{RID}.5\nkid:{KID64}\n{WINDOW}".encode())
    changed = RevokedTable("b", _table("own:1:1", "own:1:2"), _table("own:1:3"), _table("own:1:1"))
    tables = (RevokedTable("a", _table("own:1:1")), changed)
    joined = RevocationList.joined((lines, RevocationList(tables=tables)))
    assert len(lines) == 4
    assert len(joined) == 4 + 1 + 2
    assert joined.tables == tables


def test_a_key_is_read_and_revokes_all_its_passes(verified: Pass) -> None:
    revoked = read_revocations(f"kid:{KID64}".encode())
    assert revoked.kids == {KID}
    assert revoked.entry_for(verified, kids=(KID,)) == "its key is revoked"
    assert revoked.entry_for(verified, kids=(b"another.",)) is None


WINDOW = f"window:{KID64}:2026-05-01T02:00:00+02:00/2026-05-02T00:00:00Z"
INSIDE = {"the first moment": FROM, "the middle": FROM + timedelta(hours=9), "the last moment": TO}
OUTSIDE = {
    "just before": FROM - timedelta(microseconds=1),
    "just after": TO + timedelta(microseconds=1),
}


@pytest.mark.parametrize("issued_at", [*INSIDE.values(), None], ids=[*INSIDE, "a hidden date"])
def test_a_window_revokes_what_was_signed_inside(
    issued_at: datetime | None, verified: Pass
) -> None:
    entry = read_revocations(WINDOW.encode()).entry_for(
        replace(verified, issued_at=issued_at), kids=(KID,)
    )
    assert entry == "signed in a revoked issue window"


@pytest.mark.parametrize("issued_at", OUTSIDE.values(), ids=OUTSIDE.keys())
def test_a_window_revokes_nothing_outside(issued_at: datetime, verified: Pass) -> None:
    issued = replace(verified, issued_at=issued_at)
    assert read_revocations(WINDOW.encode()).entry_for(issued, kids=(KID,)) is None


def test_a_window_revokes_nothing_of_another_key(verified: Pass) -> None:
    issued = replace(verified, issued_at=FROM)
    assert read_revocations(WINDOW.encode()).entry_for(issued, kids=(b"another.",)) is None


def test_a_pass_on_no_list_is_not_revoked(verified: Pass) -> None:
    revoked = read_revocations(f"dcc-uci:{HEX16}\n{WINDOW}\nkid:{KID64}".encode())
    assert revoked.entry_for(verified, kids=(b"another.",)) is None


@pytest.mark.parametrize(
    "content",
    [
        f"# a comment\n\ndcc-uci:{HEX16}\n#dcc-uci:no\nkid:{KID64}\n",
        f"# a comment\r\n\r\ndcc-uci:{HEX16}\r\nkid:{KID64}\r\n",
        f"\ufeffdcc-uci:{HEX16}\nkid:{KID64}",
        f"kid:{KID64}\ndcc-uci:{HEX16}\ndcc-uci:{HEX16}",
        f"\ufeff# commented: ü\nkid:{KID64}\ndcc-uci:{HEX16}",
    ],
    ids=["LF", "CRLF", "byte order mark", "twice the same", "a comment in another language"],
)
def test_comments_line_ends_and_marks_change_nothing(content: str) -> None:
    expected = RevocationList(ids=frozenset({f"dcc-uci:{HEX16}"}), kids=frozenset({KID}))
    assert read_revocations(content.encode()) == expected


def test_an_empty_list_revokes_nothing() -> None:
    for content in (b"", b"\n\n", b"# nobody yet\n"):
        assert read_revocations(content) == RevocationList()


def test_lists_are_joined_as_their_union() -> None:
    parts = [
        read_revocations(line.encode()) for line in (f"dcc-uci:{HEX16}", f"kid:{KID64}", WINDOW)
    ]
    assert RevocationList.joined(parts) == read_revocations(
        f"{WINDOW}\nkid:{KID64}\ndcc-uci:{HEX16}".encode()
    )
    assert RevocationList.joined(()) == RevocationList()


BAD_LINES = {
    "a word": ("hello", "no typed id"),
    "hex alone": (HEX16, "no typed id"),
    "upper-case hex": (f"dcc-uci:{HEX16.upper()}", "no typed id"),
    "hex too short": (f"dcc-uci:{HEX16[:-1]}", "no typed id"),
    "hex too long": (f"dcc-uci:{HEX16}0", "no typed id"),
    "a blank after the id": (f"dcc-uci:{HEX16} ", "no typed id"),
    "a blank before the id": (f" dcc-uci:{HEX16}", "no typed id"),
    "a comment that is indented": (" # comment", "no typed id"),
    "an unknown type": (f"dcc-name:{HEX16}", "no typed id"),
    "a type in upper case": (f"DCC-UCI:{HEX16}", "no typed id"),
    "a kid of nothing": ("kid:", "no key id"),
    "a kid that is no base64": ("kid:!!", "no key id"),
    "a kid of 129 bytes": (f"kid:{'AAAA' * 43}", "no key id"),
    "a kid in another alphabet": ("kid:ÄÖÜ=", "no key id"),
    "a window of nothing": ("window:", "no key id"),
    "a window without times": (f"window:{KID64}", "RFC 3339"),
    "a window with one time": (f"window:{KID64}:2026-05-01T00:00:00Z", "RFC 3339"),
    "a window without offsets": (
        f"window:{KID64}:2026-05-01T00:00:00/2026-05-02T00:00:00Z", "RFC 3339",
    ),
    "a window whose end has no offset": (
        f"window:{KID64}:2026-05-01T00:00:00Z/2026-05-02T00:00:00", "RFC 3339",
    ),
    "a window of words": (f"window:{KID64}:yesterday/today", "RFC 3339"),
    "a window that ends first": (
        f"window:{KID64}:2026-05-02T00:00:00Z/2026-05-01T00:00:00Z", "before it begins",
    ),
    "a health card without its key": ("shc-rid:rid", "is not shc-rid:KID:RID"),
    "a credential without a URI": ("vc-id:x", "is not vc-id: and a URI"),
    "a ticket of nothing": ("ticket:", "is not ticket: and its secret"),
    "an own pass without an index": ("own:1", "is not own:LIST:INDEX"),
}  # fmt: skip


@pytest.mark.parametrize(("line", "says"), BAD_LINES.values(), ids=BAD_LINES.keys())
def test_one_broken_line_refuses_the_file_and_is_named(line: str, says: str) -> None:
    content = f"# list\ndcc-uci:{HEX16}\n{line}\nkid:{KID64}\n"
    with pytest.raises(InputError, match=says) as error:
        read_revocations(content.encode())
    assert str(error.value).startswith("line 3: ")


KID43 = "3Kfdg-XwP-7gXyywtUfUADwBumDOPKMQx-iELL11W9s"
CARD_RID = "0123456789a"
CRL = {"kid": KID43, "method": "rid", "ctr": 1, "rids": [CARD_RID]}
SNAPSHOT = {"issuerInfo": [{"crls": [CRL]}]}
SECRETS = {"revoked_secrets": ["one"], "blocked_secrets": []}
AUTHORITY = vdsnc.Authority(
    begins=datetime(2026, 1, 1, tzinfo=UTC), ends=datetime(2027, 1, 1, tzinfo=UTC)
)
X509_CRL = AUTHORITY.crl(
    [7], at=datetime(2026, 2, 1, tzinfo=UTC), until=datetime(2026, 3, 1, tzinfo=UTC)
)
ISSUED = {
    "a card issuer's": (json.dumps(CRL).encode(), {f"shc-rid:{KID43}:{CARD_RID}"}),
    "several of a card issuer's": (
        b"\xef\xbb\xbf" + json.dumps([CRL]).encode(), {f"shc-rid:{KID43}:{CARD_RID}"},
    ),
    "a snapshot of card issuers": (json.dumps(SNAPSHOT).encode(), {f"shc-rid:{KID43}:{CARD_RID}"}),
    "a pretix event's": (json.dumps(SECRETS).encode(), {"ticket:one"}),
}  # fmt: skip


@pytest.mark.parametrize("case", ISSUED)
def test_lists_that_issuers_publish_are_read_as_they_are(case: str) -> None:
    content, ids = ISSUED[case]
    assert read_revocations(content).ids == ids


def test_a_certificate_that_its_authority_revoked_is_found(mint: "Mint") -> None:
    revoked = RevocationList.joined([read_revocations(X509_CRL), RevocationList()])
    name = folded_name(AUTHORITY.name)
    verified = verify(mint.valid, keyring=mint.keyring).verified
    assert len(revoked) == 1
    assert revoked.entry_for(verified, kids=[], certificate=(name, 7)) is not None
    assert revoked.entry_for(verified, kids=[], certificate=(name, 8)) is None
    assert revoked.entry_for(verified, kids=[]) is None


@pytest.mark.parametrize("text", [KID64, "MTIzNDU2Nzg"])
def test_a_key_is_named_in_either_base64(text: str) -> None:
    assert read_revocations(f"kid:{text}".encode()).kids == {KID}


def test_a_key_is_named_as_key_sets_name_it() -> None:
    (kid,) = read_revocations(f"kid:{KID43}".encode()).kids
    assert len(kid) == 32


NO_LISTS = {
    "broken JSON": (b'{"kid": ', "broken JSON"),
    "a name that stands twice": (b'{"rids": [], "rids": []}', "a name that stands twice"),
    "JSON of something else": (b'{"a": 1}', "pretix"),
    "a number": (b"[7]", "pretix"),
    "half a CRL": (X509_CRL[:50], "no readable X.509 CRL"),
    "a CRL as PEM that is none": (b"-----BEGIN X509 CRL-----", "X509 CRL blocks"),
    "bytes that are no text": (b"kid:\xff\xfe", "not a text file"),
}


@pytest.mark.parametrize(("content", "says"), NO_LISTS.values(), ids=NO_LISTS.keys())
def test_other_kinds_of_files_are_told_so(content: bytes, says: str) -> None:
    with pytest.raises(InputError, match=says) as error:
        read_revocations(content)
    assert str(error.value)
