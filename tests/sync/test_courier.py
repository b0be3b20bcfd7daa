"""A courier's rounds: what lies in the inbox after them, and what they say of themselves."""

import json
import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tuf.api.metadata import Root

from scanner.publish.roles import read_metadata, signed_bytes
from scanner.store import Lock
from scanner.store.places import Places
from scanner.sync import record
from scanner.sync.inbox import Inbox, Offer
from scanner.sync.record import Outcome, Record
from scanner.sync.rounds import Busy, hold_round
from scanner.sync.source import Limits
from scanner.trust.manifest import PART_BYTES, ListEntry, parse
from tests.sync.servers import ListServer, Reply, always, endless, only, silent
from tests.sync.supplier import LONG_AGO, Feed, contents, new_door, new_feed

LIMITS = Limits(connect_s=0.5, read_s=0.4, request_s=0.8, round_s=20)
STEP = 10**13


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Feed:
    """A feed with one list of 200,000 ids: a base of two parts."""
    feed = new_feed(tmp_path_factory.mktemp("made") / "feed")
    feed.revoke(range(STEP, STEP * 200_001, STEP))
    return feed


@pytest.fixture
def feed(made: Feed, tmp_path: Path) -> Feed:
    return made.copy(tmp_path / "feed")


@pytest.fixture
def server(feed: Feed) -> Iterator[ListServer]:
    found = ListServer(feed.public)
    yield found
    found.close()


@pytest.fixture
def door(feed: Feed, tmp_path: Path) -> Places:
    return new_door(tmp_path / "door", feed=feed)


def hold(where: ListServer | Path, *, door: Places, limits: Limits = LIMITS) -> Record:
    source = where.url if isinstance(where, ListServer) else str(where)
    return hold_round(source, places=door, limits=limits, draw=lambda: 0.5)


def told(door: Places) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(door.courier_record.read_bytes())
    return found


def offer(door: Places) -> Offer:
    return Offer.parse(Inbox(door.inbox).offer.read_bytes())


def manifest_path(feed: Feed) -> Path:
    """The newest manifest; older ones stay in the folder for a while."""
    metadata = feed.public / "metadata"
    newest = max(metadata.glob("*.revoked.json"), key=lambda path: int(path.name.split(".")[0]))
    named = json.loads(newest.read_bytes())["signed"]["targets"]["revoked/manifest.json"]
    name = f"{named['hashes']['sha256']}.manifest.json"
    return feed.public / "targets" / "revoked" / name


def entry(feed: Feed) -> ListEntry:
    return parse(manifest_path(feed).read_bytes()).lists["dcc"]


def accept(door: Places, feed: Feed, *, outcome: str = "accepted") -> None:
    """Say that the door has what the feed has now."""
    one = entry(feed)
    lists = {"dcc": {"seq": one.seq, "sha256": one.sha256}}
    content = {"generation": 1, "lists": lists, "outcome": outcome}
    door.accepted.write_text(json.dumps(content))


def parts(door: Places) -> set[str]:
    return {path.name for path in (door.inbox / "parts").iterdir()}


def test_the_first_round_brings_all_that_is_needed_and_the_offer(
    server: ListServer, door: Places, feed: Feed
) -> None:
    held = hold(server, door=door)
    assert (held.outcome, held.cause, held.failures, held.rounds) == (Outcome.NEWS, None, 0, 1)
    assert offer(door).wanted == {"dcc": None}
    assert offer(door).source == server.url
    assert parts(door) == set(entry(feed).base.blob.parts)
    assert len(parts(door)) == -(-entry(feed).size // PART_BYTES) == 2
    names = set(contents(door.inbox / "metadata"))
    assert names == {
        *("timestamp.json", "snapshot.json", "targets.json"),
        *("trust.json", "rules.json", "revoked.json"),
    }
    assert len(contents(door.inbox / "targets")) == 3


def test_whoever_accepts_may_read_the_inbox_and_nobody_else(
    server: ListServer, door: Places
) -> None:
    hold(server, door=door)
    for path in door.inbox.rglob("*"):
        assert path.stat().st_mode & 0o777 == (0o750 if path.is_dir() else 0o640)
    assert door.courier_record.stat().st_mode & 0o777 == 0o640


def test_every_name_that_is_asked_for_can_lie_on_a_stick_of_any_kind(
    server: ListServer, door: Places
) -> None:
    hold(server, door=door)
    for name in {part for path in server.paths for part in path.split("/")}:
        assert name == name.lower()
        assert not set(name) & set('\\:*?"<>|')
        assert len(name) < 200


def test_a_round_without_news_asks_twice_and_leaves_the_offer_alone(
    server: ListServer, door: Places
) -> None:
    hold(server, door=door)
    before, stamp = contents(door.inbox), Inbox(door.inbox).offer.stat().st_mtime_ns
    server.requests.clear()
    held = hold(server, door=door)
    assert held.outcome is Outcome.NO_NEWS
    assert server.paths == ["metadata/2.root.json", "metadata/timestamp.json"]
    assert "if-none-match" in server.requests[1].headers
    assert contents(door.inbox) == before
    assert Inbox(door.inbox).offer.stat().st_mtime_ns == stamp


def test_a_folder_gives_the_same_as_a_server(server: ListServer, door: Places, feed: Feed) -> None:
    hold(server, door=door)
    other = new_door(door.state.parent / "other", feed=feed)
    assert hold(feed.public, door=other).outcome is Outcome.NEWS
    one, two = contents(door.inbox), contents(other.inbox)
    assert one.pop("offer.json") != two.pop("offer.json")
    assert one == two
    assert offer(other).source == str(feed.public)


def test_from_what_the_door_has_a_delta_leads_on_and_the_rest_goes(
    server: ListServer, door: Places, feed: Feed
) -> None:
    hold(server, door=door)
    accept(door, feed)
    feed.revoke([1, 2, 3])
    server.requests.clear()
    assert hold(server, door=door).outcome is Outcome.NEWS
    assert offer(door).wanted == {"dcc": 1}
    (delta,) = entry(feed).deltas
    assert parts(door) == {blob.sha256 for blob in delta.blobs}
    assert sum(path.startswith("parts/") for path in server.paths) == 1
    assert not any((door.courier / "incoming").iterdir())


def test_until_the_door_says_what_it_has_older_parts_stay(
    server: ListServer, door: Places, feed: Feed
) -> None:
    hold(server, door=door)
    base = parts(door)
    feed.revoke([1, 2, 3])
    assert hold(server, door=door).outcome is Outcome.NEWS
    assert base < parts(door)


@pytest.mark.parametrize(
    "lists",
    {
        "nothing": {},
        "the same state with other bytes": {"dcc": {"seq": 2, "sha256": "00" * 32}},
        "a later state": {"dcc": {"seq": 99, "sha256": "00" * 32}},
        "another list": {"shc": {"seq": 1, "sha256": "00" * 32}},
    }.items(),
    ids=lambda one: one[0],
)
def test_a_door_that_has_something_else_begins_at_the_base(
    server: ListServer, door: Places, feed: Feed, lists: tuple[str, object]
) -> None:
    feed.revoke([1, 2, 3])
    content = {"generation": 1, "lists": lists[1], "outcome": "refused"}
    door.accepted.write_text(json.dumps(content))
    hold(server, door=door)
    assert offer(door).wanted == {"dcc": None}
    assert set(entry(feed).base.blob.parts) < parts(door)


@pytest.mark.parametrize(
    ("generation", "comes"), [(1, True), (None, False)], ids=["lists before", "none before"]
)
def test_over_a_new_base_the_curator_s_leave_for_what_is_gone_comes_along(
    server: ListServer, door: Places, feed: Feed, generation: int | None, *, comes: bool
) -> None:
    feed.reinstate([STEP])
    (delta,) = entry(feed).deltas
    (table,) = delta.removes
    Feed(feed.folder, feed.now + timedelta(days=31)).revoke([1])
    assert entry(feed).base.seq == entry(feed).seq
    content: dict[str, Any] = {"generation": generation, "lists": {}, "outcome": "refused"}
    door.accepted.write_text(json.dumps(content))
    assert hold(server, door=door).outcome is Outcome.NEWS
    assert offer(door).wanted == {"dcc": None}
    assert (table.sha256 in parts(door)) == comes
    # It is known by its digest alone, and may have left the server by now.
    (door.inbox / "parts" / table.sha256).unlink(missing_ok=True)
    (feed.public / "parts" / table.sha256).unlink()
    assert hold(server, door=door).outcome is Outcome.NEWS


@pytest.mark.parametrize("outcome", ["refused", "failed"])
def test_an_offer_that_did_not_take_is_looked_through_and_made_again(
    server: ListServer, door: Places, outcome: str
) -> None:
    hold(server, door=door)
    content: dict[str, Any] = {"generation": None, "lists": {}, "outcome": outcome}
    door.accepted.write_text(json.dumps(content))
    part = min((door.inbox / "parts").iterdir())
    whole = part.read_bytes()
    part.write_bytes(bytes(len(whole)))
    before = Inbox(door.inbox).offer.stat().st_ctime_ns
    assert hold(server, door=door).outcome is Outcome.NEWS
    assert part.read_bytes() == whole
    assert Inbox(door.inbox).offer.stat().st_ctime_ns > before


def test_an_offer_that_took_is_not_made_again(server: ListServer, door: Places, feed: Feed) -> None:
    hold(server, door=door)
    accept(door, feed)
    assert hold(server, door=door).outcome is Outcome.NO_NEWS


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"lists": 5}', b'{"lists": {"dcc": {}}}', b"\xff" * 300_000]
)
def test_what_the_door_says_may_be_damaged(
    server: ListServer, door: Places, content: bytes
) -> None:
    door.accepted.write_bytes(content)
    assert hold(server, door=door).outcome is Outcome.NEWS


def test_a_root_that_changed_twice_comes_with_all_that_lie_between(
    server: ListServer, door: Places, feed: Feed
) -> None:
    hold(server, door=door)
    for _ in range(2):
        turn_root(feed)
    assert hold(server, door=door).outcome is Outcome.NEWS
    inbox = Inbox(door.inbox)
    for version in (2, 3):
        path = feed.public / "metadata" / f"{version}.root.json"
        assert inbox.root(version).read_bytes() == path.read_bytes()
    assert not inbox.root(4).exists()


def turn_root(feed: Feed) -> None:
    """Sign the same root once more, one version later."""
    with feed.opened() as repository:
        version = repository.state.versions["root"]
        path = repository.public / "metadata" / f"{version}.root.json"
        root = read_metadata(Root, path.read_bytes())
        root.version = version + 1
        content = signed_bytes(root, repository.signers("root"))
        repository.state.versions["root"] = version + 1
        repository.put_front(f"metadata/{version + 1}.root.json", content)
        repository.commit()


def test_without_a_pinned_root_nothing_is_asked(tmp_path: Path, server: ListServer) -> None:
    door = new_door(tmp_path / "unpinned", feed=None)
    held = hold(server, door=door)
    assert (held.outcome, held.cause) == (Outcome.FAILED, "not_pinned")
    assert server.requests == []


def test_one_round_at_a_time(server: ListServer, door: Places) -> None:
    door.courier.mkdir()
    lock = Lock(door.courier)
    assert lock.take()
    with pytest.raises(Busy, match=str(os.getpid())):
        hold(server, door=door)
    lock.give_back()
    assert hold(server, door=door).outcome is Outcome.NEWS


def stranger(folder: Path) -> Feed:
    """A feed of the same shape, a few versions further, that nobody pinned."""
    feed = new_feed(folder)
    for number in (1, 2, 3):
        feed.revoke([number])
    return feed


@pytest.mark.parametrize("attack", ["rollback", "wrong_signer"])
def test_another_timestamp_is_refused_until_the_right_one_is_back(
    server: ListServer, door: Places, feed: Feed, attack: str
) -> None:
    old = feed.copy(feed.folder / "old")
    feed.revoke([1])
    hold(server, door=door)
    whole = contents(door.inbox)
    timestamp = feed.public / "metadata" / "timestamp.json"
    good = timestamp.read_bytes()
    other = old if attack == "rollback" else stranger(feed.folder / "stranger")
    timestamp.write_bytes((other.public / "metadata" / "timestamp.json").read_bytes())
    held = hold(server, door=door)
    assert (held.outcome, held.cause) == (Outcome.REFUSED, attack)
    assert contents(door.inbox) == whole
    timestamp.write_bytes(good)
    assert hold(server, door=door).outcome is Outcome.NO_NEWS
    assert told(door)["failures"] == 0


@pytest.mark.parametrize(
    "case",
    [
        ("timestamp.json", None, "malformed"),
        ("timestamp.json", b"{}", "malformed"),
        ("3.snapshot.json", None, "malformed"),
        ("3.snapshot.json", b"<html>", "portal"),
        ("3.revoked.json", b"", "mixed"),
        ("the manifest", None, "tampered"),
        ("the manifest", b"", "network"),
    ],
    ids=str,
)
def test_a_feed_that_was_tampered_with_is_refused(
    server: ListServer, door: Places, feed: Feed, case: tuple[str, bytes | None, str]
) -> None:
    name, content, cause = case
    feed.revoke([1])
    good = feed.copy(door.state.parent / "good")
    path = manifest_path(feed) if name == "the manifest" else feed.public / "metadata" / name
    path.write_bytes(path.read_bytes()[:-1] + b" " if content is None else content)
    assert hold(server, door=door).cause == cause
    assert not Inbox(door.inbox).offer.exists()
    shutil.copytree(good.public, feed.public, dirs_exist_ok=True)
    assert hold(server, door=door).outcome is Outcome.NEWS


def test_an_old_snapshot_under_a_new_name_is_a_mixture(
    server: ListServer, door: Places, feed: Feed
) -> None:
    hold(server, door=door)
    metadata = feed.public / "metadata"
    old = (metadata / "2.revoked.json").read_bytes()
    feed.revoke([1])
    (metadata / "3.revoked.json").write_bytes(old)
    held = hold(server, door=door)
    assert (held.outcome, held.cause) == (Outcome.REFUSED, "mixed")


def test_an_expired_feed_is_said_to_be_that_with_a_look_at_the_clock(tmp_path: Path) -> None:
    feed = new_feed(tmp_path / "old", now=LONG_AGO)
    door = new_door(tmp_path / "door", feed=feed)
    held = hold(feed.public, door=door)
    assert (held.outcome, held.cause) == (Outcome.REFUSED, "expired")
    assert held.detail is not None
    assert "json is expired" in held.detail
    assert "is the clock right?" in held.detail


NETWORK: dict[str, tuple[Any, str]] = {
    "500": (always(Reply(500)), "server"),
    "404": (always(Reply(404)), "server"),
    "304 without a cache": (always(Reply(304)), "server"),
    "a captive portal": (always(Reply(200, b"<html>", {"Content-Type": "text/html"})), "portal"),
    "silence": (silent, "slow"),
    "a redirect loop": (always(Reply(302, headers={"Location": "/x"})), "redirect"),
    "endless data": (
        only("timestamp.json", endless(b"HTTP/1.1 200 OK\r\n\r\n", piece=b"x" * 4096)),
        "too_large",
    ),
}


@pytest.mark.parametrize("name", NETWORK)
def test_trouble_with_the_network_leaves_the_offer_and_names_its_cause(
    server: ListServer, door: Places, feed: Feed, name: str
) -> None:
    behave, cause = NETWORK[name]
    good = server.behave
    hold(server, door=door)
    whole = contents(door.inbox)
    feed.revoke([1])
    if name == "304 without a cache":
        (door.courier / "etag.json").unlink()
    for failures in (1, 2):
        server.behave = behave
        hold(server, door=door)
        assert told(door)["cause"] == cause
        assert told(door)["failures"] == failures
        assert contents(door.inbox) == whole
    server.behave = good
    assert hold(server, door=door).outcome is Outcome.NEWS


def test_a_server_that_wants_peace_gets_it(server: ListServer, door: Places) -> None:
    server.behave = always(Reply(429, headers={"Retry-After": "1800"}))
    before = record.boottime_s()
    held = hold(server, door=door)
    assert held.cause == "server"
    assert held.next_boottime_s - before >= 1800 + 30 - 1


def test_a_round_that_was_cut_at_any_file_leaves_no_offer_and_the_next_one_is_whole(
    server: ListServer, door: Places
) -> None:
    good = server.behave
    cuts = 0
    while True:
        number = len(server.requests) + cuts

        def behave(server: ListServer, request: Any, end: Any, stop: int = number) -> Any:
            return b"" if len(server.requests) > stop else good(server, request, end)

        server.behave = behave
        before = len(server.requests)
        held = hold(server, door=door)
        if held.outcome is Outcome.NEWS:
            break
        assert held.cause == "network"
        assert not Inbox(door.inbox).offer.exists()
        # What came once is not asked for again, roots and timestamp aside.
        assert len(server.requests) - before <= cuts + 1
        cuts += 1
    assert cuts > 5
    server.behave = good
    assert hold(server, door=door).outcome is Outcome.NO_NEWS


def test_a_stick_that_is_pulled_at_any_file_leaves_no_offer(door: Places, feed: Feed) -> None:
    failed = []
    for name in sorted(contents(feed.public)):
        kept = (feed.public / name).read_bytes()
        (feed.public / name).unlink()
        shutil.rmtree(door.courier, ignore_errors=True)
        held = hold(feed.public, door=door)
        (feed.public / name).write_bytes(kept)
        if held.outcome is not Outcome.NEWS:
            assert (held.outcome, held.cause) == (Outcome.FAILED, "missing")
            assert not Inbox(door.inbox).offer.exists()
            failed.append(name)
    assert len(failed) > 8
    (feed.public / "metadata").rename(feed.public / "gone")
    held = hold(feed.public, door=door)
    assert held.detail is not None
    assert "is the stick in?" in held.detail


def test_cached_metadata_that_a_power_cut_tore_is_fetched_again(
    server: ListServer, door: Places, feed: Feed
) -> None:
    hold(server, door=door)
    folder = door.courier / "metadata"
    for path in sorted(folder.rglob("*.json")):
        if path.is_symlink():
            continue
        for left in (b"", b"{", bytes(100)):
            path.write_bytes(left)
            held = hold(server, door=door)
            assert held.outcome in {Outcome.NEWS, Outcome.NO_NEWS}, path.name
    feed.renew()
    assert hold(server, door=door).outcome is Outcome.NEWS


def test_the_courier_s_own_notes_may_be_damaged(server: ListServer, door: Places) -> None:
    hold(server, door=door)
    for name in ("courier.json", "delivered.json", "etag.json", "phase"):
        for left in (b"", b"[]", b"{}", b"nan", b"\xff" * 100_000):
            (door.courier / name).write_bytes(left)
            assert hold(server, door=door).outcome in {Outcome.NEWS, Outcome.NO_NEWS}
            assert record.read(door) is not None


def test_a_manifest_without_a_place_on_the_disk_is_not_begun(
    server: ListServer, door: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scanner.sync.delivery.SPARE_BYTES", 2**62)
    held = hold(server, door=door)
    assert (held.outcome, held.cause) == (Outcome.FAILED, "disk")
    assert not any(path.startswith("parts/") for path in server.paths)
