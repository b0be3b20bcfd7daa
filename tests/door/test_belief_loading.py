"""What the door believes comes from files; what is wrong with one is told with its name."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from scanner.door.belief import load_belief
from scanner.gate import judge
from scanner.rules import NO_INFECTION
from scanner.terms import InputError, Reason

if TYPE_CHECKING:
    from tests.conftest import Mint

RULES = ("genuine-only",)


def _pem(mint: "Mint") -> bytes:
    der = mint.issuer.certificate_der
    return x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)


def _listed(mint: "Mint") -> bytes:
    der = mint.issuer.certificate_der
    return json.dumps(
        {base64.b64encode(mint.issuer.kid).decode(): base64.b64encode(der).decode()}
    ).encode()


def _public_key(mint: "Mint") -> bytes:
    key = x509.load_der_x509_certificate(mint.issuer.certificate_der).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


USABLE: dict[str, Callable[["Mint"], bytes]] = {
    "a DER certificate": lambda mint: mint.issuer.certificate_der,
    "a PEM certificate": _pem,
    "a {kid: base64 DER} list": _listed,
}
LATER: dict[str, Callable[["Mint"], bytes]] = {
    "a JWKS": lambda _: b'{"keys": []}',
    "a DID document": lambda _: b'{"verificationMethod": []}',
    "a VCI directory": lambda _: b'{"participating_issuers": []}',
    "a VCI snapshot": lambda _: b'{"issuerInfo": []}',
    "a DID allow-list": lambda _: b"did:infra:01:abc\n",
    "a PEM public key": _public_key,
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
    belief = load_belief(trust=[path], revoked=[], rules=RULES).belief
    assert judge(mint.valid, belief=belief, moment=mint.now).reason is Reason.ADMITTED


def test_a_folder_of_trust_files_is_joined(
    mint: "Mint", strange_mint: "Mint", tmp_path: Path
) -> None:
    (tmp_path / "1.der").write_bytes(mint.issuer.certificate_der)
    (tmp_path / "2.pem").write_bytes(_pem(strange_mint))
    belief = load_belief(trust=[tmp_path], revoked=[], rules=RULES).belief
    for one in (mint, strange_mint):
        assert judge(one.valid, belief=belief, moment=one.now).reason is Reason.ADMITTED


@pytest.mark.parametrize("case", LATER)
def test_trust_of_a_later_version_is_named_and_not_read(
    case: str, mint: "Mint", tmp_path: Path
) -> None:
    path = tmp_path / "trust"
    path.write_bytes(LATER[case](mint))
    with pytest.raises(InputError) as refused:
        load_belief(trust=[path], revoked=[], rules=RULES)
    message = str(refused.value)
    assert message.startswith(f"{path}: {case}")
    assert message.endswith("not read by this version")


@pytest.mark.parametrize("case", UNUSABLE)
def test_trust_that_cannot_be_used_is_named_in_one_line(
    case: str, mint: "Mint", tmp_path: Path
) -> None:
    (tmp_path / "good.der").write_bytes(mint.issuer.certificate_der)
    bad = tmp_path / "trust"
    bad.write_bytes(UNUSABLE[case](mint))
    with pytest.raises(InputError) as refused:
        load_belief(trust=[tmp_path], revoked=[], rules=RULES)
    assert str(refused.value).startswith(f"{bad}: ")
    assert "\n" not in str(refused.value)


def test_one_unusable_entry_of_a_list_is_a_note_with_the_files_name(
    mint: "Mint", tmp_path: Path
) -> None:
    path = tmp_path / "list.json"
    path.write_text(json.dumps({**json.loads(_listed(mint)), "AAAAAAAAAAA=": "AAAA"}))
    loaded = load_belief(trust=[path], revoked=[], rules=RULES)
    (note,) = loaded.notes
    assert note.startswith(f"{path}: entry 'AAAAAAAAAAA=' is left out: ")
    assert len(loaded.belief.keyring) == 1


def test_revocations_of_all_files_are_joined(
    mint: "Mint", trust_file: Path, tmp_path: Path
) -> None:
    kid = base64.b64encode(mint.issuer.kid).decode()
    folder = tmp_path / "revoked"
    folder.mkdir()
    (folder / "1.txt").write_text("# nothing yet\r\n")
    (folder / "2.txt").write_text(f"kid:{kid}\n")
    belief = load_belief(trust=[trust_file], revoked=[folder], rules=RULES).belief
    assert judge(mint.valid, belief=belief, moment=mint.now).reason is Reason.REVOKED


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"dcc-uci:XYZ\n", "line 1: 'dcc-uci:XYZ' is no typed id"),
        (b"#\nnonsense:secret\n", "line 2: 'nonsense:secret' is no typed id"),
        (b'{"kid": "a"}', "a JSON or X.509 revocation list, not read by this version"),
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
        load_belief(trust=[], revoked=[path], rules=RULES)
    assert str(refused.value).startswith(f"{path}: {words}")


def test_rule_sets_are_found_by_name_and_once(trust_file: Path) -> None:
    rules = ("no-infection", "genuine-only", "no-infection")
    belief = load_belief(trust=[trust_file], revoked=[], rules=rules).belief
    assert [rule_set.name for rule_set in belief.rule_sets] == ["no-infection", "genuine-only"]
    assert belief.rule_sets[0] is NO_INFECTION


def test_an_unknown_rule_set_is_answered_with_those_there_are() -> None:
    with pytest.raises(InputError, match=r"no rule set is called 'x'.*genuine-only, no-infection"):
        load_belief(trust=[], revoked=[], rules=("x",))
