"""`door-scanner sync` as it is typed, and as the timer starts it; in processes of their own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from scanner.store import Lock
from scanner.store.places import Places
from scanner.sync import record, schedule
from scanner.sync.inbox import Inbox
from scanner.sync.record import Outcome, Record
from tests.sync.servers import ListServer, Reply, always
from tests.sync.supplier import Feed, contents, new_door, new_feed

CHECKOUT: Final = Path(__file__).resolve().parents[2]
NOON: Final = datetime(2026, 12, 1, 12, tzinfo=UTC)
MAX_RSS_KB: Final = 60 * 1024
MAX_LOOK_S: Final = 0.6
"""Ten times what it takes on a machine that is not busy."""

LIBRARY: Final = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
needs_faketime = pytest.mark.skipif(
    LIBRARY is None, reason="there is no libfaketime (remedy: apt-get install libfaketime)"
)

# Says how much memory the process held at most: of this program, not of who started it.
TELLING: Final = """
import atexit, sys
def tell():
    with open("/proc/self/status") as file:
        print(next(line for line in file if line.startswith("VmHWM")), file=sys.stderr)
atexit.register(tell)
sys.argv = ["door-scanner", *sys.argv[1:]]
from scanner.cli.main import main
main()
"""

# Says which libraries of the network a program loaded.
LOADED: Final = """
import sys
from scanner.cli.main import cli
cli.main(["sync", *sys.argv[1:]], standalone_mode=False)
print(sorted({"tuf", "urllib3", "ssl"} & sys.modules.keys()))
"""


@pytest.fixture
def feed(tmp_path: Path) -> Feed:
    feed = new_feed(tmp_path / "feed")
    feed.revoke(range(10**15, 10**19, 10**15))
    return feed


@pytest.fixture
def server(feed: Feed) -> Iterator[ListServer]:
    found = ListServer(feed.public)
    yield found
    found.close()


@pytest.fixture
def door(feed: Feed, tmp_path: Path) -> Places:
    return new_door(tmp_path / "door", feed=feed)


def run(
    *arguments: object, program: tuple[str, ...] = ("-m", "scanner"), at: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program; `at` is the time that its clock shows when it starts."""
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    if at is not None:
        faked = {"LD_PRELOAD": str(LIBRARY), "FAKETIME": f"@{at}", "TZ": "UTC"}
        environment |= {**faked, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    return subprocess.run(
        [sys.executable, *program, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=environment,
        cwd="/",
    )


def test_without_a_pinned_root_it_says_how_to_pin_one(tmp_path: Path, server: ListServer) -> None:
    door = new_door(tmp_path / "unpinned", feed=None)
    said = run("sync", "--state", door.state, "--from", server.url)
    assert said.returncode == 2
    assert f"{door.pinned_root}: no root is pinned" in said.stderr
    assert f"trust pin ROOT.json --sha256 HEX --state {door.state}" in said.stderr
    assert server.requests == []


@pytest.mark.parametrize("where", ["ftp://feed.example/", "smb://feed.example/x"])
def test_a_feed_elsewhere_than_on_the_web_or_in_a_folder_is_wrong_usage(
    door: Places, where: str
) -> None:
    said = run("sync", "--state", door.state, "--from", where)
    assert said.returncode == 2
    assert said.stderr.count("\n") == 1
    assert where in said.stderr


def test_without_a_named_feed_it_says_where_to_name_one(door: Places, tmp_path: Path) -> None:
    said = run("sync", "--state", door.state, "--config", tmp_path / "none.toml")
    assert said.returncode == 2
    assert "set url in [feed], or give --from" in said.stderr


def test_the_settings_name_the_feed(door: Places, server: ListServer, tmp_path: Path) -> None:
    config = tmp_path / "scanner.toml"
    config.write_text(f'[feed]\nurl = "{server.url}"\nperiod_min = 60\n')
    schedule_now(door)
    said = run("sync", "--scheduled", "--state", door.state, "--config", config)
    assert (said.returncode, said.stdout) == (0, f"news from {server.url}\n")
    held = record.read(door)
    assert held is not None
    wait_s = held.next_boottime_s - record.boottime_s()
    assert 0.9 * 3600 - 60 < wait_s < 1.1 * 3600


@pytest.mark.parametrize(
    ("reply", "code", "cause"),
    [
        (Reply(500), 3, "server"),
        (Reply(200, b"<html>"), 3, "portal"),
        (Reply(200, b"{}"), 1, "malformed"),
    ],
)
def test_trouble_is_one_line_with_its_cause_and_the_right_exit_code(
    door: Places, server: ListServer, reply: Reply, code: int, cause: str
) -> None:
    server.behave = always(reply)
    said = run("sync", "--state", door.state, "--from", server.url)
    assert said.returncode == code
    assert said.stderr.startswith(f"door-scanner: {cause}: ")
    assert said.stderr.count("\n") == 1
    assert json.loads(door.courier_record.read_bytes())["cause"] == cause


def test_a_stick_that_is_not_in_is_said_to_be_that(door: Places, tmp_path: Path) -> None:
    said = run("sync", "--state", door.state, "--from", tmp_path / "stick")
    assert said.returncode == 3
    assert "is the stick in?" in said.stderr


def test_a_second_round_beside_a_first_is_refused(door: Places, feed: Feed) -> None:
    door.courier.mkdir()
    lock = Lock(door.courier)
    assert lock.take()
    said = run("sync", "--state", door.state, "--from", feed.public)
    lock.give_back()
    assert said.returncode == 3
    assert "another round" in said.stderr


def schedule_now(door: Places) -> None:
    door.courier.mkdir(exist_ok=True)
    schedule.request(door)


def held_until(seconds: float, *, boot_id: str) -> Record:
    return Record(
        outcome=Outcome.NO_NEWS,
        cause=None,
        detail=None,
        at="2026-12-01T12:00:00+00:00",
        source="x",
        failures=0,
        rounds=1,
        min_wait_s=None,
        boot_id=boot_id,
        next_boottime_s=record.boottime_s() + seconds,
    )


def test_a_look_of_the_timer_loads_no_network_and_ends_at_once(door: Places) -> None:
    door.courier.mkdir()
    record.write(held_until(1000, boot_id=record.boot_id()), places=door)
    looked = run("--scheduled", "--state", door.state, program=("-c", LOADED))
    assert (looked.returncode, looked.stdout) == (0, "[]\n")
    began = time.monotonic()
    looked = run("--state", door.state, program=("-m", "scanner.sync"))
    assert (looked.returncode, looked.stdout + looked.stderr) == (0, "")
    assert time.monotonic() - began < MAX_LOOK_S


def test_a_round_that_is_due_within_the_window_is_waited_for_and_held(
    door: Places, server: ListServer
) -> None:
    door.courier.mkdir()
    record.write(held_until(0.5, boot_id=record.boot_id()), places=door)
    held = run("--state", door.state, "--from", server.url, program=("-m", "scanner.sync"))
    assert (held.returncode, held.stdout) == (0, f"news from {server.url}\n")


def test_a_person_s_wish_ends_the_waiting_and_a_link_in_its_place_is_not_followed(
    door: Places, server: ListServer, tmp_path: Path
) -> None:
    door.courier.mkdir()
    record.write(held_until(1000, boot_id=record.boot_id()), places=door)
    (door.courier / "now").symlink_to(tmp_path / "elsewhere")
    schedule.request(door)
    assert not (tmp_path / "elsewhere").exists()
    held = run("--state", door.state, "--from", server.url, program=("-m", "scanner.sync"))
    assert (held.returncode, held.stdout) == (0, f"news from {server.url}\n")
    assert not schedule.wait_for_round(door, window_s=300)


def test_after_a_boot_the_phase_decides_and_not_the_boot_before(door: Places) -> None:
    door.courier.mkdir()
    (door.courier / "phase").write_text("0.5\n")
    record.write(held_until(1000, boot_id="another boot"), places=door)
    assert abs(record.next_round_s(door) - (150 - record.boottime_s())) < 1


def test_the_phase_is_drawn_once_and_kept(door: Places) -> None:
    door.courier.mkdir()
    first = record.phase(door)
    assert 0 <= first < 1
    assert record.phase(door) == first
    assert (door.courier / "phase").stat().st_mode & 0o777 == 0o640


def test_a_round_holds_little_memory_however_large_the_list(tmp_path: Path) -> None:
    feed = new_feed(tmp_path / "large")
    feed.revoke(range(10**12, 10**12 * 2_000_001, 10**12))
    door = new_door(tmp_path / "a-door", feed=feed)
    server = ListServer(feed.public)
    schedule_now(door)
    asked = ("sync", "--scheduled", "--state", door.state, "--from", server.url)
    held = run(*asked, program=("-c", TELLING))
    server.close()
    assert held.returncode == 0, held.stderr
    size = sum(path.stat().st_size for path in (door.inbox / "parts").iterdir())
    assert size > 10_000_000
    told = int(held.stderr.split()[-2])
    print(f"{size:,} bytes of parts, at most {told:,} kB of memory")
    assert told <= MAX_RSS_KB


@needs_faketime
def test_without_units_what_came_is_accepted_at_once(tmp_path: Path) -> None:
    feed = new_feed(tmp_path / "feed-of-2026", now=NOON)
    door = new_door(tmp_path / "a-door", feed=feed)
    asked = ("sync", "--state", door.state, "--from", feed.public)
    said = run(*asked, at="2026-12-01 12:30:00")
    assert (said.returncode, said.stderr) == (0, "")
    assert "news from" in said.stdout
    assert door.current.resolve().parent == door.generations


@needs_faketime
def test_with_a_clock_400_days_ahead_the_round_says_so_and_recovers(tmp_path: Path) -> None:
    feed = new_feed(tmp_path / "feed-of-2026", now=NOON)
    door = new_door(tmp_path / "a-door", feed=feed)
    asked = ("sync", "--state", door.state, "--from", feed.public)
    said = run(*asked, at="2028-01-05 12:00:00")
    assert said.returncode == 1
    assert "expired" in said.stderr
    assert "is the clock right?" in said.stderr
    assert run(*asked, at="2026-12-01 13:00:00").returncode == 0


@needs_faketime
def test_with_a_clock_of_1970_the_courier_still_delivers(tmp_path: Path) -> None:
    feed = new_feed(tmp_path / "feed-of-2026", now=NOON)
    door = new_door(tmp_path / "a-door", feed=feed)
    schedule_now(door)
    asked = ("sync", "--scheduled", "--state", door.state, "--from", feed.public)
    assert run(*asked, at="1970-01-02 00:00:00").returncode == 0
    assert Inbox(door.inbox).offer.exists()
    assert len(contents(door.inbox)) > 9
