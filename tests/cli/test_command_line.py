"""Usage: help, wrong options, files that cannot be used; one clear line and the exit code."""

import json
import os
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from scanner import __version__
from scanner.publish import shc

if TYPE_CHECKING:
    from tests.cli.conftest import Command
    from tests.conftest import Mint

COMMANDS = (
    "demo", "check", "explain", "read", "formats", "issue", "run", "status", "lists", "clock",
    "log", "signals", "trust", "sync", "accept", "feed", "publish",
)  # fmt: skip
NOT_READ = "not read by this version"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for frames: `run` finds it and the options are looked at."""
    folder = tmp_path / "frames"
    folder.mkdir()
    return folder


def _one_line(err: str) -> str:
    assert err.count("\n") == 1
    assert err.startswith("door-scanner: ")
    assert "Traceback" not in err
    return err.removeprefix("door-scanner: ").rstrip("\n")


# --- help --------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["", *COMMANDS])
@pytest.mark.parametrize("columns", ["", "200"], ids=["a pipe", "a wide terminal"])
def test_help_fits_80_columns(
    command: str, columns: str, door_scanner: "Command", monkeypatch: pytest.MonkeyPatch
) -> None:
    if columns:
        monkeypatch.setenv("COLUMNS", columns)
    done = door_scanner(*filter(None, [command]), "--help")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Usage: door-scanner")
    assert max(map(len, done.out.splitlines())) <= 80


def test_help_lists_every_command(door_scanner: "Command") -> None:
    out = door_scanner("--help").out
    listed = [line.split()[0] for line in out.partition("Commands:\n")[2].splitlines() if line]
    assert listed == list(COMMANDS)


def test_the_version_is_told(door_scanner: "Command") -> None:
    assert door_scanner("--version").out == f"door-scanner {__version__}\n"


# --- wrong usage -------------------------------------------------------------------------

USAGE: dict[str, tuple[list[str], str]] = {
    "an unknown option": (["check", "--nonsense", "x"], "--nonsense"),
    "an unknown command": (["open"], "open"),
    "no input": (["check"], "INPUT"),
    "no image": (["read"], "IMAGE"),
    "no camera": (["run"], "--camera"),
    "an option without its value": (["check", "x", "--trust"], "--trust"),
    "a time without its offset": (["check", "--at", "2026-06-01T12:00:00", "x"], "offset"),
    "a time that is none": (["check", "--at", "noon", "x"], "--at noon"),
    "an unknown rule set": (["check", "--rules", "nonsense", "x"], "genuine-only, no-infection"),
    "an unknown light": (["run", "--camera", "frames:.", "--signals", "disco"], "disco"),
    "an unknown camera": (["run", "--camera", "webcam"], "frames:PATH"),
    "frames that are not there": (["run", "--camera", "frames:/nowhere"], "/nowhere"),
    "a camera path that is not there": (["run", "--camera", "opencv:/dev/nothing"], "/dev/nothing"),
    "an unknown camera option": (["run", "--camera", "frames:.?loop"], "'loop'"),
    "fps that is no number": (["run", "--camera", "frames:.?fps=fast"], "from 1 to 120"),
    "fps of zero": (["run", "--camera", "frames:.?fps=0"], "from 1 to 120"),
    "--at with a live camera": (
        ["run", "--camera", "opencv:0", "--at", "2026-06-01T12:00:00Z"],
        "--at goes with frames:",
    ),
    "--once with a live camera": (["run", "--camera", "opencv:0", "--once"], "--once goes with"),
    "scenes without a script": (["run", "--camera", "scenes:"], "door-scanner demo"),
    "a log of nothing": (["log", "-n", "0"], "-n"),
    "an unknown signal": (["signals", "disco"], "accept, refuse, used"),
    "a status of something": (["status", "camera"], "camera"),
    "a negative seed": (["demo", "--seed", "-1"], "--seed"),
}


@pytest.mark.parametrize("case", USAGE)
def test_wrong_usage_is_one_line_with_the_remedy(case: str, door_scanner: "Command") -> None:
    arguments, words = USAGE[case]
    done = door_scanner(*arguments)
    assert words in _one_line(done.err)
    assert (done.code, done.out) == (2, "")


def test_events_that_cannot_be_written_are_named(
    door_scanner: "Command", folder: Path, tmp_path: Path
) -> None:
    done = door_scanner("run", "--camera", f"frames:{folder}", "--events", tmp_path)
    assert _one_line(done.err).startswith(f"--events {tmp_path}: cannot be written")
    assert done.code == 2


# --- what comes later --------------------------------------------------------------------

LATER: dict[str, list[str]] = {
    "run --engine": ["run", "--camera", "frames:.", "--engine", "serial:/dev/ttyACM0"],
}


@pytest.mark.parametrize("case", LATER)
def test_what_comes_later_is_said_so(case: str, door_scanner: "Command") -> None:
    done = door_scanner(*LATER[case])
    assert NOT_READ in _one_line(done.err)
    assert (done.code, done.out) == (2, "")


def test_a_scan_engine_alone_is_not_read_by_this_version(door_scanner: "Command") -> None:
    """`--camera` is not needed where a scan engine reads."""
    done = door_scanner("run", "--engine", "serial:/dev/ttyACM0")
    assert NOT_READ in _one_line(done.err)
    assert done.code == 2


# --- files of trust and revocation -------------------------------------------------------


def _no_signer(mint: "Mint") -> bytes:
    """Make a certificate whose keyUsage lacks digitalSignature."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "AT")])
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(mint.begins)
        .not_valid_after(mint.ends)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.PEM)
    )


def _private_key(_: "Mint") -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


CARDS = shc.Issuer("https://issuer.example/cards")


def _private_jwks(_: "Mint") -> bytes:
    return json.dumps({"keys": [CARDS.jwk | {"d": "AAAA"}]}).encode()


def _twin_jwks(_: "Mint") -> bytes:
    return json.dumps({"keys": [CARDS.jwk, CARDS.jwk]}).encode()


UNUSABLE: dict[str, tuple[str, Callable[["Mint"], bytes], str]] = {
    "a certificate that is no DSC": ("--trust", _no_signer, "keyUsage lacks digitalSignature"),
    "a private key": ("--trust", _private_key, "PRIVATE KEY"),
    "an empty trust file": ("--trust", lambda _: b"", "empty"),
    "a text as trust": ("--trust", lambda _: b"trust me", "not a trust file"),
    "a JWKS without a key": ("--trust", lambda _: b'{"keys": []}', "without one usable key"),
    "a JWKS with a private key in it": ("--trust", _private_jwks, "PRIVATE"),
    "a JWKS with an id twice": ("--trust", _twin_jwks, "two keys have the id"),
    "a DID document without a key": ("--trust", lambda _: b'{"verificationMethod": []}', ""),
    "a directory without keys": ("--trust", lambda _: b'{"participating_issuers": []}', "keys"),
    "a DID that is none": ("--trust", lambda _: b"did:infra:01:x\n", "line 1"),
    "a card list without a method": ("--revoked", lambda _: b'{"kid": "x", "rids": []}', "rid"),
    "a pretix list that is none": ("--revoked", lambda _: b"{}", ""),
    "a revocation line that is none": ("--revoked", lambda _: b"\nkid:\n", "line 2"),
}


@pytest.mark.parametrize("command", ["check", "explain"])
@pytest.mark.parametrize("case", UNUSABLE)
def test_a_file_that_cannot_be_used_is_named_and_nothing_is_judged(
    case: str, command: str, door_scanner: "Command", mint: "Mint", tmp_path: Path
) -> None:
    option, make, words = UNUSABLE[case]
    path = tmp_path / "file"
    path.write_bytes(make(mint))
    done = door_scanner(command, option, path, "-", stdin=mint.valid)
    line = _one_line(done.err)
    assert line.startswith(f"{path}: ")
    assert words in line
    assert (done.code, done.out) == (2, "")


def test_run_names_a_file_that_cannot_be_used(
    door_scanner: "Command", folder: Path, mint: "Mint", tmp_path: Path
) -> None:
    path = tmp_path / "ca.pem"
    path.write_bytes(_no_signer(mint))
    done = door_scanner("run", "--camera", f"frames:{folder}", "--trust", path)
    assert _one_line(done.err).startswith(f"{path}: ")
    assert done.code == 2


ABSENT: dict[str, tuple[str, str]] = {
    "a file that is not there": ("missing.der", "no such file; check the path"),
    "an empty folder": ("empty", "an empty folder; put files into it or name one"),
    "a FIFO": ("fifo", "not a regular file"),
    "a name too long for the disk": ("x" * 300, "File name too long"),
}


@pytest.mark.parametrize("option", ["--trust", "--revoked"])
@pytest.mark.parametrize("case", ABSENT)
def test_a_path_that_cannot_be_read_is_named_with_the_remedy(
    case: str, option: str, door_scanner: "Command", tmp_path: Path
) -> None:
    name, words = ABSENT[case]
    (tmp_path / "empty").mkdir()
    os.mkfifo(tmp_path / "fifo")
    done = door_scanner("check", option, tmp_path / name, "-", stdin=b"x")
    assert _one_line(done.err) == f"{tmp_path / name}: {words}"
    assert (done.code, done.out) == (2, "")


def test_an_unusable_entry_of_a_list_is_a_note_and_the_rest_is_used(
    door_scanner: "Command", mint: "Mint", tmp_path: Path
) -> None:
    path = tmp_path / "list.json"
    path.write_text(json.dumps({**_listed(mint), "AAAAAAAAAAA=": "AAAA"}))
    at = ("--at", mint.now.wall.isoformat())
    done = door_scanner("check", "--json", "--trust", path, *at, "-", stdin=mint.valid)
    assert _one_line(done.err).startswith(f"{path}: entry 'AAAAAAAAAAA=' is left out: ")
    assert done.code == 0


def _listed(mint: "Mint") -> dict[str, str]:
    kid, der = mint.issuer.kid, mint.issuer.certificate_der
    return {b64encode(kid).decode(): b64encode(der).decode()}
