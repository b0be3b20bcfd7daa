"""What the door believes comes from files; what is wrong with one is told with its name."""

import base64
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from scanner.door.belief import load_trust
from scanner.gate import Belief, judge
from scanner.rules import GENUINE_ONLY
from scanner.terms import InputError, Reason

if TYPE_CHECKING:
    from tests.conftest import Mint


def believed(trust: Iterable[Path], *, revoked: Iterable[Path] = ()) -> Belief:
    loaded = load_trust(map(str, trust), revoked=revoked)
    return Belief(loaded.keyring, loaded.revoked, (GENUINE_ONLY,))


def _pem(mint: "Mint") -> bytes:
    der = mint.issuer.certificate_der
    return x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)


def _listed(mint: "Mint") -> bytes:
    der = mint.issuer.certificate_der
    return json.dumps(
        {base64.b64encode(mint.issuer.kid).decode(): base64.b64encode(der).decode()}
    ).encode()


USABLE: dict[str, Callable[["Mint"], bytes]] = {
    "a DER certificate": lambda mint: mint.issuer.certificate_der,
    "a PEM certificate": _pem,
    "a {kid: base64 DER} list": _listed,
}
UNUSABLE: dict[str, Callable[["Mint"], bytes]] = {
    "an empty file": lambda _: b"",
    "broken JSON": lambda _: b'{"a": ',
    "a JSON list": lambda _: b"[]",
    "a list without one usable key": lambda _: b'{"AAAAAAAAAAA=": "AAAA"}',
    "a text": lambda _: b"trust me",
    "a cut DER": lambda mint: mint.issuer.certificate_der[:100],
    "a cut PEM": lambda mint: _pem(mint)[:100],
}


@pytest.mark.parametrize("case", USABLE)
def test_a_trust_file_is_believed(case: str, mint: "Mint", tmp_path: Path) -> None:
    path = tmp_path / "named-anyhow.txt"
    path.write_bytes(USABLE[case](mint))
    belief = believed([path])
    assert judge(mint.valid, belief=belief, moment=mint.now).reason is Reason.ADMITTED


def test_a_folder_of_trust_files_is_joined(
    mint: "Mint", strange_mint: "Mint", tmp_path: Path
) -> None:
    (tmp_path / "1.der").write_bytes(mint.issuer.certificate_der)
    (tmp_path / "2.pem").write_bytes(_pem(strange_mint))
    belief = believed([tmp_path])
    for one in (mint, strange_mint):
        assert judge(one.valid, belief=belief, moment=one.now).reason is Reason.ADMITTED


@pytest.mark.parametrize("case", UNUSABLE)
def test_trust_that_cannot_be_used_is_named_in_one_line(
    case: str, mint: "Mint", tmp_path: Path
) -> None:
    (tmp_path / "good.der").write_bytes(mint.issuer.certificate_der)
    bad = tmp_path / "trust"
    bad.write_bytes(UNUSABLE[case](mint))
    with pytest.raises(InputError) as refused:
        load_trust([str(tmp_path)], revoked=[])
    assert str(refused.value).startswith(f"{bad}: ")
    assert "\n" not in str(refused.value)


def test_one_unusable_entry_of_a_list_is_a_note_with_the_files_name(
    mint: "Mint", tmp_path: Path
) -> None:
    path = tmp_path / "list.json"
    path.write_text(json.dumps({**json.loads(_listed(mint)), "AAAAAAAAAAA=": "AAAA"}))
    loaded = load_trust([str(path)], revoked=[])
    (note,) = loaded.notes
    assert note.startswith(f"{path}: entry 'AAAAAAAAAAA=' is left out: ")
    assert len(loaded.keyring) == 1


def test_revocations_of_all_files_are_joined(
    mint: "Mint", trust_file: Path, tmp_path: Path
) -> None:
    kid = base64.b64encode(mint.issuer.kid).decode()
    folder = tmp_path / "revoked"
    folder.mkdir()
    (folder / "1.txt").write_text("# nothing yet\r\n")
    (folder / "2.txt").write_text(f"kid:{kid}\n")
    belief = believed([trust_file], revoked=[folder])
    assert judge(mint.valid, belief=belief, moment=mint.now).reason is Reason.REVOKED


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"dcc-uci:XYZ\n", "line 1: 'dcc-uci:XYZ' is no typed id"),
        (b"#\nnonsense:secret\n", "line 2: 'nonsense:secret' is no typed id"),
        (b'{"kid": ', "broken JSON"),
        (b"\xff\xfe", "not a text file"),
    ],
    ids=["not an id", "a type that is none", "a JSON list", "no text"],
)
def test_a_revocation_file_that_cannot_be_used_is_named(
    content: bytes, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "revoked.txt"
    path.write_bytes(content)
    with pytest.raises(InputError) as refused:
        load_trust([], revoked=[path])
    assert str(refused.value).startswith(f"{path}: {words}")
