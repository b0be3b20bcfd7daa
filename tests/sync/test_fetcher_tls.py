"""Https: a certificate that holds, one that does not, and the way back to http."""

import ipaddress
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from scanner.sync.fetcher import Web
from scanner.sync.source import Limits
from scanner.trust.refusal import Cause, FeedRefused
from tests.sync.servers import HOST, ListServer, Reply, Request, always

LIMITS = Limits(connect_s=0.5, read_s=0.5, request_s=1, round_s=5)
NAME = "metadata/snapshot.json"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and its certificate for the loopback, signed by itself, for a hundred years."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a list server")])
    address = x509.IPAddress(ipaddress.ip_address(HOST))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "pair.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def server(tmp_path: Path, certificate: Path) -> Iterator[ListServer]:
    (tmp_path / "metadata").mkdir()
    (tmp_path / NAME).write_bytes(b"{}")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    found = ListServer(tmp_path, tls=context)
    yield found
    found.close()


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system trusts that certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


def refused(server: ListServer, *, url: str | None = None) -> FeedRefused:
    with pytest.raises(FeedRefused) as found:
        Web(url or server.url, limits=LIMITS).read(NAME, max_bytes=100)
    return found.value


@pytest.mark.usefixtures("trusted")
def test_a_certificate_that_the_system_trusts_is_enough(server: ListServer) -> None:
    assert Web(server.url, limits=LIMITS).read(NAME, max_bytes=100) == b"{}"


def test_a_certificate_that_nobody_trusts_is_refused_before_anything_is_asked(
    server: ListServer,
) -> None:
    found = refused(server)
    assert found.cause is Cause.NETWORK
    assert "TLS does not hold" in found.detail
    assert "is the clock right?" in found.detail
    assert server.requests == []


@pytest.mark.usefixtures("trusted")
def test_a_certificate_for_another_name_is_refused(server: ListServer) -> None:
    found = refused(server, url=server.url.replace(HOST, "localhost"))
    assert found.cause is Cause.NETWORK
    assert server.requests == []


@pytest.mark.usefixtures("trusted")
def test_nobody_is_led_from_https_to_http(server: ListServer, tmp_path: Path) -> None:
    plain = ListServer(tmp_path)
    server.behave = always(Reply(302, headers={"Location": f"{plain.url}{NAME}"}))
    found = refused(server)
    plain.close()
    assert found.cause is Cause.REDIRECT
    assert plain.requests == []


def test_a_server_that_drags_out_the_handshake_is_given_up(tmp_path: Path) -> None:
    def drag(server: ListServer, _request: Request, end: socket.socket) -> None:
        # A record of 16 KiB is announced, and comes byte by byte.
        listening = server.send(end, b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc")
        while listening and not server.over.wait(0.05):
            listening = server.send(end, b"\x00")

    plain = ListServer(tmp_path)
    plain.hears = lambda end: Request("", {}, len(end.recv(4096)))
    plain.behave = drag
    found = refused(plain, url=plain.url.replace("http:", "https:"))
    plain.close()
    assert found.cause is Cause.SLOW
