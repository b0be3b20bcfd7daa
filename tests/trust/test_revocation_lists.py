"""Typed revocation lines: each kind is read, each broken line refuses the whole file."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from scanner.passes import verify
from scanner.terms import InputError, Pass
from scanner.trust import RevocationList, read_revocations

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
    "a kind of a later version": ("shc-rid:kid:rid", "shc-rid ids are not read by this version"),
    "a credential": ("vc-id:https://x", "vc-id ids are not read by this version"),
    "a ticket": ("ticket:secret", "ticket ids are not read by this version"),
    "an own pass": ("own:1:2", "own ids are not read by this version"),
}  # fmt: skip


@pytest.mark.parametrize(("line", "says"), BAD_LINES.values(), ids=BAD_LINES.keys())
def test_one_broken_line_refuses_the_file_and_is_named(line: str, says: str) -> None:
    content = f"# list\ndcc-uci:{HEX16}\n{line}\nkid:{KID64}\n"
    with pytest.raises(InputError, match=says) as error:
        read_revocations(content.encode())
    assert str(error.value).startswith("line 3: ")


NO_LISTS = {
    "SMART Health Card CRL": (b' {"kid": "x", "rids": []}', "not read by this version"),
    "pretix list": (b"[]", "not read by this version"),
    "X.509 CRL as PEM": (b"-----BEGIN X509 CRL-----", "not read by this version"),
    "X.509 CRL as DER": (b"\x30\x82\x01\x00", "not read by this version"),
    "bytes that are no text": (b"kid:\xff\xfe", "not a text file"),
}


@pytest.mark.parametrize(("content", "says"), NO_LISTS.values(), ids=NO_LISTS.keys())
def test_other_kinds_of_files_are_told_so(content: bytes, says: str) -> None:
    with pytest.raises(InputError, match=says):
        read_revocations(content)
