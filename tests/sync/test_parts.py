"""Files by their digest: resumed, checked, whole before they have their name."""

import hashlib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.sync.fetcher import Web
from scanner.sync.mirror import Mirror
from scanner.sync.parts import MIN_PROGRESS_BYTES, Carrier
from scanner.sync.source import Limits
from scanner.trust.refusal import Cause, FeedRefused
from tests.sync.servers import ListServer, Reply, Request, always, serve

CONTENT = bytes(range(256)) * 700
SHA256 = hashlib.sha256(CONTENT).hexdigest()
NAME = f"parts/{SHA256}"
LIMITS = Limits(connect_s=0.5, read_s=0.3, request_s=0.6, round_s=20)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ListServer]:
    (tmp_path / "feed" / "parts").mkdir(parents=True)
    (tmp_path / "feed" / NAME).write_bytes(CONTENT)
    found = ListServer(tmp_path / "feed")
    yield found
    found.close()


@pytest.fixture
def to(tmp_path: Path) -> Path:
    return tmp_path / "there"


@pytest.fixture
def partial(tmp_path: Path) -> Path:
    (tmp_path / "incoming").mkdir()
    return tmp_path / "incoming" / SHA256


def bring(source: Web | Mirror, *, to: Path, content: bytes = CONTENT, name: str = NAME) -> None:
    sha256 = hashlib.sha256(content).hexdigest()
    carrier = Carrier(source, incoming=to.parent / "incoming")
    carrier.bring(name, to=to, sha256=sha256, size=len(content))


def web(server: ListServer) -> Web:
    return Web(server.url, limits=LIMITS)


def test_a_file_is_brought_once(server: ListServer, to: Path) -> None:
    bring(web(server), to=to)
    bring(web(server), to=to)
    assert to.read_bytes() == CONTENT
    assert to.stat().st_mode & 0o777 == 0o640
    assert server.paths == [NAME]
    assert not any((to.parent / "incoming").iterdir())


def test_what_lies_there_with_other_bytes_is_brought_again(server: ListServer, to: Path) -> None:
    for wrong in (b"", CONTENT[:-1], bytes(len(CONTENT)), CONTENT + b"x"):
        to.write_bytes(wrong)
        bring(web(server), to=to)
        assert to.read_bytes() == CONTENT


def test_a_download_goes_on_where_it_was_cut(server: ListServer, to: Path, partial: Path) -> None:
    server.behave = always(Reply(200, CONTENT[:5000], declared=len(CONTENT)).to_bytes())
    with pytest.raises(FeedRefused) as refused:
        bring(web(server), to=to)
    assert refused.value.cause is Cause.NETWORK
    assert partial.read_bytes() == CONTENT[:5000]
    assert not to.exists()
    server.behave = serve
    bring(web(server), to=to)
    assert server.requests[-1].headers["range"] == "bytes=5000-"
    assert to.read_bytes() == CONTENT


def test_a_server_without_ranges_sends_it_anew(server: ListServer, to: Path, partial: Path) -> None:
    partial.write_bytes(CONTENT[:5000])
    server.behave = always(Reply(200, CONTENT))
    bring(web(server), to=to)
    assert to.read_bytes() == CONTENT


@pytest.mark.parametrize(
    "left",
    {
        "nothing": b"",
        "all of it": CONTENT,
        "other bytes": bytes(5000),
        "other bytes of the right size": bytes(len(CONTENT)),
        "more than there is": CONTENT + b"x",
    }.items(),
    ids=lambda one: one[0],
)
def test_whatever_a_power_cut_left_the_file_comes_whole(
    server: ListServer, to: Path, partial: Path, left: tuple[str, bytes]
) -> None:
    partial.write_bytes(left[1])
    bring(web(server), to=to)
    assert to.read_bytes() == CONTENT
    assert not partial.exists()


def test_cut_at_every_length_nothing_is_there_until_all_of_it_is(tmp_path: Path) -> None:
    content = b"revoked/typed.txt"
    sha256 = hashlib.sha256(content).hexdigest()
    (tmp_path / "feed" / "parts").mkdir(parents=True)
    (tmp_path / "feed" / "parts" / sha256).write_bytes(content)
    server = ListServer(tmp_path / "feed")
    try:
        for length in range(len(content)):
            to = tmp_path / f"there-{length}"
            cut = Reply(200, content[:length], declared=len(content)).to_bytes()
            server.behave = always(cut)
            with pytest.raises(FeedRefused):
                bring(web(server), to=to, content=content, name=f"parts/{sha256}")
            assert not to.exists()
            server.behave = serve
            bring(web(server), to=to, content=content, name=f"parts/{sha256}")
            assert to.read_bytes() == content
            assert server.requests[-1].headers.get("range") == (
                f"bytes={length}-" if length else None
            )
    finally:
        server.close()


@pytest.mark.parametrize("wrong", [bytes(len(CONTENT)), CONTENT[:-1] + b"!"])
def test_other_bytes_than_promised_are_thrown_away(
    server: ListServer, to: Path, wrong: bytes
) -> None:
    (server.folder / NAME).write_bytes(wrong)
    for _ in range(2):
        with pytest.raises(FeedRefused) as refused:
            bring(web(server), to=to)
        assert refused.value.cause is Cause.TAMPERED
    assert not to.exists()
    assert not any((to.parent / "incoming").iterdir())


def test_a_slow_line_that_moves_is_gone_on_with(server: ListServer, to: Path) -> None:
    def behave(server: ListServer, request: Request, end: socket.socket) -> Reply | bytes | None:
        start = int(request.headers.get("range", "bytes=0-")[6:-1])
        stop = min(start + MIN_PROGRESS_BYTES, len(CONTENT))
        told = f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"
        head = Reply(206 if start else 200, b"", {"Content-Range": told})
        head.declared = len(CONTENT) - start
        server.send(end, head.to_bytes() + CONTENT[start:stop])
        if stop < len(CONTENT):
            server.over.wait(0.5)
        return None

    server.behave = behave
    bring(web(server), to=to)
    assert to.read_bytes() == CONTENT
    assert len(server.requests) == -(-len(CONTENT) // MIN_PROGRESS_BYTES)


def test_a_line_that_barely_moves_is_given_up(server: ListServer, to: Path) -> None:
    def behave(server: ListServer, _request: Request, end: socket.socket) -> Reply | bytes | None:
        head = Reply(200, b"", declared=len(CONTENT)).to_bytes()
        server.send(end, head + CONTENT[:100])
        server.over.wait(0.5)
        return None

    server.behave = behave
    with pytest.raises(FeedRefused) as refused:
        bring(web(server), to=to)
    assert refused.value.cause is Cause.SLOW
    assert len(server.requests) == 1


def test_a_stick_is_no_different(server: ListServer, to: Path, partial: Path) -> None:
    partial.write_bytes(CONTENT[:100])
    bring(Mirror(server.folder), to=to)
    assert to.read_bytes() == CONTENT


def test_a_table_of_unknown_size_is_brought_if_it_is_still_there(
    server: ListServer, to: Path
) -> None:
    carrier = Carrier(web(server), incoming=to.parent / "incoming")
    carrier.bring_if_there("parts/00", to=to, sha256="00", max_bytes=10)
    assert not to.exists()
    carrier.bring_if_there(NAME, to=to, sha256=SHA256, max_bytes=len(CONTENT))
    assert to.read_bytes() == CONTENT
    before = len(server.requests)
    carrier.bring_if_there(NAME, to=to, sha256=SHA256, max_bytes=len(CONTENT))
    assert len(server.requests) == before
    (server.folder / "parts" / "11").write_bytes(b"x")
    with pytest.raises(FeedRefused) as refused:
        carrier.bring_if_there("parts/11", to=to.with_name("new"), sha256="11", max_bytes=10)
    assert refused.value.cause is Cause.TAMPERED
