"""The client of a web server: whatever the server does, it ends, and one word says why."""

import gzip
import hashlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.sync.fetcher import Web, next_hop
from scanner.sync.source import Limits, NotThere, Unavailable
from scanner.trust.refusal import Cause, FeedRefused
from tests.sync.servers import (
    Behaviour,
    ListServer,
    Reply,
    Request,
    always,
    endless,
    serve,
    silent,
)

SHORT = Limits(connect_s=0.5, read_s=0.4, request_s=0.8, round_s=3.0, round_bytes=2_000_000)
NAME = "metadata/snapshot.json"
TIMESTAMP = "metadata/timestamp.json"
PART = "parts/abc"
CONTENT = bytes(range(256)) * 1000
OK = b"HTTP/1.1 200 OK\r\n"
BOMB = gzip.compress(bytes(10_000_000))
PAGE = b"<!DOCTYPE html><html><body>Please log in</body></html>"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ListServer]:
    for name, content in {NAME: b'{"a": 1}', TIMESTAMP: b'{"t": 1}', PART: CONTENT}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    found = ListServer(tmp_path)
    yield found
    found.close()


def read(server: ListServer, *, name: str = NAME, limits: Limits = SHORT) -> bytes:
    return Web(server.url, limits=limits).read(name, max_bytes=1000)


def streamed(server: ListServer, *, start: int = 0, size: int = len(CONTENT)) -> list[bytes]:
    return list(Web(server.url, limits=SHORT).stream(PART, start=start, size=size))


def redirect(to: str, status: int = 302) -> Behaviour:
    return always(Reply(status, headers={"Location": to}))


MISBEHAVIOUR: dict[str, tuple[Behaviour, Cause]] = {
    "silence": (silent, Cause.SLOW),
    "a byte now and then": (
        endless(OK + b"Content-Length: 900\r\n\r\n", piece=b"x", pause_s=0.05),
        Cause.SLOW,
    ),
    "headers, a byte now and then": (endless(OK, piece=b"x", pause_s=0.05), Cause.SLOW),
    "headers without end": (endless(OK, piece=b"x: y\r\n"), Cause.SERVER),
    "a header line without end": (endless(OK, piece=b"x" * 4096), Cause.SERVER),
    "data without end": (endless(OK + b"\r\n", piece=b"x" * 4096), Cause.TOO_LARGE),
    "chunks without end": (
        endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", piece=b"5\r\nhello\r\n"),
        Cause.TOO_LARGE,
    ),
    "chunks that are none": (
        always(OK + b"Transfer-Encoding: chunked\r\n\r\nhello\r\n"),
        Cause.NETWORK,
    ),
    "10 GB announced": (always(Reply(declared=10_000_000_000)), Cause.TOO_LARGE),
    "a compression bomb": (
        always(Reply(200, BOMB, {"Content-Encoding": "gzip"})),
        Cause.SERVER,
    ),
    "another compression": (always(Reply(200, b"{}", {"Content-Encoding": "br"})), Cause.SERVER),
    "a redirect to itself": (redirect(NAME), Cause.REDIRECT),
    "a redirect to nowhere": (redirect(""), Cause.REDIRECT),
    "a redirect to a file": (redirect("file:///etc/passwd"), Cause.REDIRECT),
    "a redirect to what is no address": (redirect("http://[::1"), Cause.REDIRECT),
    "a redirect to a name that is not known": (redirect("http://list.invalid/x"), Cause.DNS),
    "500": (always(Reply(500)), Cause.SERVER),
    "401": (always(Reply(401)), Cause.SERVER),
    "206 for the whole": (always(Reply(206, b"{}")), Cause.SERVER),
    "304 that nobody asked for": (always(Reply(304)), Cause.SERVER),
    "a log-in page": (always(Reply(200, PAGE, {"Content-Type": "text/html"})), Cause.PORTAL),
    "a log-in page in disguise": (always(Reply(200, b"\n" + PAGE)), Cause.PORTAL),
    "another protocol": (always(b"220 mail.example ESMTP\r\n"), Cause.SERVER),
    "a redirect to another net": (redirect("http://127.0.0.1:1/"), Cause.NETWORK),
    "no word": (always(b""), Cause.NETWORK),
    "an end in the middle": (always(Reply(200, b"{", declared=500).to_bytes()), Cause.NETWORK),
}


@pytest.mark.parametrize("name", MISBEHAVIOUR)
def test_a_server_that_misbehaves_is_left_in_bounded_time_and_said_why(
    server: ListServer, name: str
) -> None:
    server.behave, cause = MISBEHAVIOUR[name]
    began = time.monotonic()
    with pytest.raises(FeedRefused) as refused:
        read(server)
    assert refused.value.cause is cause
    assert refused.value.detail.isprintable()
    assert time.monotonic() - began < SHORT.request_s + SHORT.connect_s + 1
    # What was in the buffers of the kernel, and not the tenth of a bomb.
    assert server.sent < 8_000_000


def test_a_server_that_nobody_runs_is_a_matter_of_the_network() -> None:
    with pytest.raises(FeedRefused) as refused:
        Web("http://127.0.0.1:1/", limits=SHORT).read(NAME, max_bytes=10)
    assert refused.value.cause is Cause.NETWORK
    assert "127.0.0.1" in refused.value.detail


def test_a_name_that_nobody_knows_is_said_to_be_that() -> None:
    with pytest.raises(FeedRefused) as refused:
        Web("http://list.invalid/", limits=SHORT).read(NAME, max_bytes=10)
    assert refused.value.cause is Cause.DNS
    assert "list.invalid" in refused.value.detail


@pytest.mark.parametrize(
    "url", ["ftp://host/", "file:///etc/", "http://", "http://[::1", "http://a b/", "http://a\n/"]
)
def test_other_addresses_than_those_of_the_web_are_refused(url: str) -> None:
    with pytest.raises(FeedRefused) as refused:
        Web(url, limits=SHORT)
    assert refused.value.cause is Cause.REDIRECT


def test_the_way_from_https_back_to_http_is_not_taken() -> None:
    with pytest.raises(FeedRefused) as refused:
        next_hop("https://feed.example/x", "http://login.example/")
    assert refused.value.cause is Cause.REDIRECT
    assert "log-in" in refused.value.detail
    assert next_hop("http://a.example/x", "https://b.example/y") == "https://b.example/y"


def test_three_redirects_are_followed(server: ListServer) -> None:
    hops = {"a": "/b", "b": "/c", "c": f"/{NAME}"}

    def behave(server: ListServer, request: Request, end: socket.socket) -> Reply | bytes | None:
        path = request.path
        if path in hops:
            return Reply(301, headers={"Location": hops[path]})
        return serve(server, request, end)

    server.behave = behave
    assert read(server, name="a") == b'{"a": 1}'


def test_a_file_that_is_not_there_is_told_from_a_server_that_cannot(server: ListServer) -> None:
    with pytest.raises(NotThere):
        read(server, name="metadata/2.root.json")
    server.behave = always(Reply(403))
    with pytest.raises(NotThere):
        read(server)
    server.behave = always(Reply(429))
    with pytest.raises(Unavailable):
        read(server)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "120"}, 120),
        ({"Retry-After": "99999999999999999999"}, 999999999),
        (
            {
                "Retry-After": "Mon, 01 Jun 2026 12:05:00 GMT",
                "Date": "Mon, 01 Jun 2026 12:00:00 GMT",
            },
            300,
        ),
        ({"Retry-After": "Mon, 01 Jun 2026 12:05:00 GMT"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({}, None),
    ],
)
def test_a_server_may_say_when_it_wants_to_be_asked_again(
    server: ListServer, headers: dict[str, str], seconds: float | None
) -> None:
    server.behave = always(Reply(503, headers=headers))
    with pytest.raises(Unavailable) as refused:
        read(server)
    assert refused.value.retry_after_s == seconds


def test_a_timestamp_that_is_unchanged_is_not_sent_again(server: ListServer) -> None:
    web = Web(server.url, limits=SHORT)
    first = web.read(TIMESTAMP, max_bytes=100)
    sent = server.sent
    assert web.read(TIMESTAMP, max_bytes=100) == first == b'{"t": 1}'
    assert server.requests[-1].headers["if-none-match"]
    assert server.sent - sent < 100
    (server.folder / TIMESTAMP).write_bytes(b'{"t": 2}')
    assert web.read(TIMESTAMP, max_bytes=100) == b'{"t": 2}'


NOON = "Mon, 01 Jun 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "asks"),
    [
        ({"Last-Modified": NOON, "Date": "Mon, 01 Jun 2026 12:00:02 GMT"}, True),
        ({"Last-Modified": NOON, "Date": "Mon, 01 Jun 2026 12:00:01 GMT"}, False),
        ({"Last-Modified": NOON, "Date": NOON}, False),
        ({"Last-Modified": NOON}, False),
        ({"Date": NOON}, True),
    ],
)
def test_a_tag_of_this_very_second_is_not_relied_on(
    server: ListServer, headers: dict[str, str], *, asks: bool
) -> None:
    server.behave = always(Reply(200, b"{}", {"ETag": '"1"', **headers}))
    web = Web(server.url, limits=SHORT)
    for _ in range(2):
        web.read(TIMESTAMP, max_bytes=100)
    assert ("if-none-match" in server.requests[1].headers) == asks


def test_requests_are_short_and_share_a_connection(server: ListServer) -> None:
    web = Web(server.url, limits=SHORT)
    with pytest.raises(NotThere):
        web.read("metadata/2.root.json", max_bytes=100)
    web.read(TIMESTAMP, max_bytes=100)
    asked = server.requests[0].headers
    assert asked.keys() == {"host", "user-agent", "accept-encoding"}
    assert asked["accept-encoding"] == "identity"
    assert all(request.size < 160 for request in server.requests)


def test_proxies_of_the_environment_are_not_used(
    server: ListServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")
    assert read(server) == b'{"a": 1}'


def test_a_stream_begins_where_it_is_asked_to(server: ListServer) -> None:
    assert b"".join(streamed(server)) == CONTENT
    assert b"".join(streamed(server, start=1000)) == CONTENT[1000:]
    assert server.requests[-1].headers["range"] == "bytes=1000-"


def test_a_server_without_ranges_makes_the_stream_begin_anew(server: ListServer) -> None:
    server.behave = always(Reply(200, CONTENT))
    pieces = streamed(server, start=1000)
    assert pieces[0] == b""
    assert b"".join(pieces) == CONTENT


def test_a_server_that_has_less_than_we_do_makes_the_stream_begin_anew(server: ListServer) -> None:
    server.behave = always(Reply(416))
    assert streamed(server, start=1000) == [b""]


STREAMS: dict[str, tuple[Reply, Cause]] = {
    "another range": (Reply(206, b"x", {"Content-Range": "bytes 0-0/5"}), Cause.SERVER),
    "no word about the range": (Reply(206, b"x"), Cause.SERVER),
    "more than there should be": (
        Reply(206, CONTENT, {"Content-Range": "bytes 1000-"}),
        Cause.TOO_LARGE,
    ),
    "less than there should be": (
        Reply(206, b"x", {"Content-Range": "bytes 1000-"}),
        Cause.NETWORK,
    ),
    "a log-in page": (Reply(200, PAGE, {"Content-Type": "text/html"}), Cause.PORTAL),
    "nothing there": (Reply(404), Cause.SERVER),
}


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_that_is_not_what_was_asked_for_is_refused(server: ListServer, name: str) -> None:
    reply, cause = STREAMS[name]
    server.behave = always(reply)
    with pytest.raises(FeedRefused) as refused:
        streamed(server, start=1000)
    assert refused.value.cause is cause


def test_a_round_as_a_whole_has_bounds_of_bytes_and_of_time(server: ListServer) -> None:
    web = Web(server.url, limits=SHORT)
    for _ in range(SHORT.round_bytes // len(CONTENT)):
        list(web.stream(PART, start=0, size=len(CONTENT)))
    with pytest.raises(FeedRefused) as refused:
        list(web.stream(PART, start=0, size=len(CONTENT)))
    assert refused.value.cause is Cause.TOO_LARGE
    patient = Limits(connect_s=0.5, read_s=0.5, request_s=0.5, round_s=0.1)
    web = Web(server.url, limits=patient)
    server.over.wait(0.15)
    with pytest.raises(FeedRefused) as refused:
        web.read(NAME, max_bytes=100)
    assert refused.value.cause is Cause.SLOW
    assert "a round" in refused.value.detail


def test_a_password_in_the_address_is_not_told() -> None:
    assert Web("http://me:secret@127.0.0.1/feed").name == "http://127.0.0.1/feed/"


def test_what_comes_is_byte_for_byte_what_lies_there(server: ListServer) -> None:
    found = hashlib.sha256(b"".join(streamed(server))).digest()
    assert found == hashlib.sha256((server.folder / PART).read_bytes()).digest()
