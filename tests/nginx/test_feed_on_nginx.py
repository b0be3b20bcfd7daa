"""The site that the publisher's README shows, under the courier's own requests."""

import http.client
import os
from pathlib import Path

import pytest

from scanner.store.places import Places
from scanner.sync.inbox import Inbox
from scanner.sync.record import Outcome
from scanner.sync.rounds import hold_round
from tests.nginx.serving import HOST, Nginx
from tests.sync.supplier import Feed, new_door

POLL_BYTES = 1024


@pytest.fixture
def door(tmp_path: Path, feed: Feed) -> Places:
    return new_door(tmp_path / "door", feed=feed)


def written_long_ago(path: Path) -> None:
    """Let a file look as if the release was an hour ago."""
    stamp = path.stat().st_mtime_ns - 3600 * 10**9
    os.utime(path, ns=(stamp, stamp))


def headers(nginx: Nginx, path: str, **asked: str) -> tuple[int, dict[str, str]]:
    connection = http.client.HTTPConnection(HOST, nginx.port, timeout=5)
    named = {name.replace("_", "-"): value for name, value in asked.items()}
    connection.request("GET", f"/{path}", headers=named)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}


def test_a_first_round_fetches_every_file_once(nginx: Nginx, door: Places) -> None:
    held = hold_round(nginx.url, places=door)
    assert (held.outcome, held.detail) == (Outcome.NEWS, None)
    asked = nginx.asked()
    assert [one.path for one in asked if one.status != 200] == ["/metadata/2.root.json"]
    assert len({one.path for one in asked}) == len(asked) == 12
    assert len(list((door.inbox / "parts").iterdir())) == 2


def test_a_poll_without_news_is_two_requests_and_a_kilobyte(
    nginx: Nginx, door: Places, feed: Feed
) -> None:
    written_long_ago(feed.public / "metadata" / "timestamp.json")
    hold_round(nginx.url, places=door)
    nginx.asked()
    assert hold_round(nginx.url, places=door).outcome is Outcome.NO_NEWS
    asked = nginx.asked()
    assert [(one.status, one.path) for one in asked] == [
        (404, "/metadata/2.root.json"),
        (304, "/metadata/timestamp.json"),
    ]
    moved = sum(one.request_bytes + one.answer_bytes for one in asked)
    print(f"a poll without news: {moved} bytes")
    assert moved <= POLL_BYTES


def test_two_releases_of_one_second_and_one_size_are_told_apart(
    nginx: Nginx, door: Places, feed: Feed
) -> None:
    timestamp = feed.public / "metadata" / "timestamp.json"
    hold_round(nginx.url, places=door)
    before = timestamp.stat()
    feed.revoke([1, 2, 3])
    # As it is for the web server: the same second, the same size.
    os.utime(timestamp, ns=(before.st_mtime_ns, before.st_mtime_ns))
    assert timestamp.stat().st_size == before.st_size
    assert hold_round(nginx.url, places=door).outcome is Outcome.NEWS


def test_news_move_what_is_new_alone(nginx: Nginx, door: Places, feed: Feed) -> None:
    hold_round(nginx.url, places=door)
    nginx.asked()
    feed.revoke([1, 2, 3])
    assert hold_round(nginx.url, places=door).outcome is Outcome.NEWS
    asked = nginx.asked()
    assert {one.status for one in asked} == {200, 404}
    assert sum(one.answer_bytes for one in asked) < 10_000


def test_a_download_that_was_cut_goes_on_by_a_range(
    nginx: Nginx, door: Places, feed: Feed, tmp_path: Path
) -> None:
    hold_round(nginx.url, places=door)
    whole = max((door.inbox / "parts").iterdir(), key=lambda path: path.stat().st_size)
    other = new_door(tmp_path / "other", feed=feed)
    incoming = other.courier / "incoming"
    incoming.mkdir(parents=True)
    content = whole.read_bytes()
    (incoming / whole.name).write_bytes(content[:1_000_000])
    nginx.asked()
    assert hold_round(nginx.url, places=other).outcome is Outcome.NEWS
    (part,) = [one for one in nginx.asked() if one.path.endswith(whole.name)]
    assert part.status == 206
    assert part.answer_bytes < len(content) - 1_000_000 + 500
    assert Inbox(other.inbox).part(whole.name).read_bytes() == content


def test_what_never_changes_may_be_kept_for_ever_and_the_timestamp_for_a_minute(
    nginx: Nginx, feed: Feed
) -> None:
    names = [path.relative_to(feed.public).as_posix() for path in feed.public.rglob("*.*")]
    fixed = [name for name in names if name != "metadata/timestamp.json"]
    fixed += [f"parts/{path.name}" for path in (feed.public / "parts").iterdir()]
    assert len(fixed) > 10
    for name in fixed:
        status, told = headers(nginx, name)
        assert (status, "immutable" in told["cache-control"]) == (200, True), name
    _, told = headers(nginx, "metadata/timestamp.json")
    assert "max-age=60" in told["cache-control"]


def test_the_root_that_is_not_there_yet_is_answered_by_caches_for_a_while(nginx: Nginx) -> None:
    status, told = headers(nginx, "metadata/2.root.json")
    assert status == 404
    assert "max-age=60" in told["cache-control"]


def test_nothing_is_compressed_even_for_clients_that_would_like_it(
    nginx: Nginx, feed: Feed
) -> None:
    for path in feed.public.rglob("*.json"):
        name = path.relative_to(feed.public).as_posix()
        _, told = headers(nginx, name, Accept_Encoding="gzip, br")
        assert "content-encoding" not in told
        assert told["content-length"] == str(path.stat().st_size)


def test_folders_are_not_listed(nginx: Nginx) -> None:
    for name in ("", "metadata/", "parts/", "targets/revoked/"):
        assert headers(nginx, name)[0] in {403, 404}
