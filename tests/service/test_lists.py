"""Lists on an installed door: pinned, fetched, accepted, believed, all by the real units."""

import base64
import functools
import hashlib
import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from scanner.publish.keys import Keys
from scanner.publish.release import released
from scanner.publish.repository import Repository, opened
from scanner.publish.roles import Profile
from scanner.publish.setup import set_up
from scanner.publish.staging import revoke_lines
from tests.service.conftest import change
from tests.service.container import Container

ROOT: Final = "/root/1.root.json"
ACCEPTED: Final = "/run/door-accept/accepted.json"
COURIER: Final = "/var/lib/door-courier/courier.json"


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder and keeps its log to itself."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
        del format, args


class Feed:
    """A feed of an operator, made outside of the container, and the web server before it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.public = folder / "repo" / "public"
        set_up(
            folder / "repo", keys=[folder / "keys"], profile=Profile.FLEET, now=datetime.now(UTC)
        )
        self.release()

    @contextmanager
    def open(self) -> Iterator[Repository]:
        keys = Keys([self.folder / "keys"], repository=self.folder / "repo")
        with opened(self.folder / "repo", keys=keys, now=datetime.now(UTC)) as repository:
            yield repository

    def release(self, *lines: str) -> None:
        with self.open() as repository:
            if lines:
                revoke_lines(repository, lines)
            released(repository)

    @contextmanager
    def served(self) -> Iterator[str]:
        """Serve it on the loopback, which the container shares; give the address."""
        handler = functools.partial(Quiet, directory=str(self.public))
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_port}/"
            finally:
                server.shutdown()
                thread.join()


@pytest.fixture
def feed(tmp_path: Path) -> Feed:
    return Feed(tmp_path / "feed")


def pin(system: Container, feed: Feed) -> None:
    """Pin the feed's root as a technician does."""
    root = (feed.public / "metadata" / "1.root.json").read_bytes()
    digest = hashlib.sha256(root).hexdigest()
    system.write(ROOT, root)
    system.run("door-scanner", "trust", "pin", ROOT, "--sha256", digest)


def kid(system: Container) -> str:
    """Give the typed line that revokes the key whose passes are shown."""
    der = (system.files / "etc/door-scanner/trust/at.der").read_bytes()
    return f"kid:{base64.b64encode(hashlib.sha256(der).digest()[:8]).decode()}"


def generation(system: Container) -> int | None:
    lists = system.status().get("lists") or {}
    found: int | None = lists.get("generation")
    return found


def decided(system: Container, reason: str) -> int:
    count: int = system.status()["decisions"].get(reason, 0)
    return count


def test_a_key_revoked_while_the_door_works_is_refused_without_a_restart(
    door: Container, feed: Feed
) -> None:
    with feed.served() as url:
        pin(door, feed)
        change(door, url=url)
        said = door.run("door-scanner", "sync", "--now")
        assert "news" in said.stdout
        door.await_that(lambda: generation(door) == 1, why="the door believes the feed")
        pid = door.show("MainPID")
        door.await_that(lambda: decided(door, "admit.admitted"), why="a guest is admitted")
        feed.release(kid(door))
        door.run("door-scanner", "sync", "--now")
        took_s = door.await_that(lambda: generation(door) == 2, why="the door takes the news")
        print(f"believed {took_s:.2f} s after the round")
        door.await_that(lambda: decided(door, "refuse.revoked"), why="the same guest is refused")
        assert door.show("MainPID") == pid
        again = door.run("door-scanner", "sync", "--now")
        assert "no news" in again.stdout
    told = json.loads(door.run("door-scanner", "lists", "--json").stdout)
    assert told["generation"] == 2


def test_a_stick_does_where_there_is_no_network(door: Container, feed: Feed) -> None:
    pin(door, feed)
    door.put(feed.public, "/mnt/stick")
    door.run("chmod", "-R", "a+rX", "/mnt/stick")
    door.run("door-scanner", "sync", "--from", "/mnt/stick")
    door.await_that(lambda: generation(door) == 1, why="the accept unit was woken")
    owner = door.run("stat", "-c", "%U:%G %a", "/var/lib/door-courier/inbox/offer.json").stdout
    assert owner == "door-courier:door-scanner 640\n"
    accepted = json.loads(door.read(ACCEPTED))
    assert accepted["outcome"] == "accepted"


def test_without_a_pinned_root_nothing_is_fetched_and_the_way_is_told(door: Container) -> None:
    said = door.run("door-scanner", "sync", "--now", check=False)
    assert said.returncode == 2
    assert "door-scanner trust pin" in said.stderr
    assert said.stderr.count("\n") == 1


def test_belief_survives_a_power_cut_and_is_looked_through_at_boot(
    door: Container, feed: Feed
) -> None:
    pin(door, feed)
    feed.release(kid(door))
    door.put(feed.public, "/mnt/stick")
    door.run("chmod", "-R", "a+rX", "/mnt/stick")
    door.run("door-scanner", "sync", "--from", "/mnt/stick")
    door.await_that(lambda: generation(door) == 1, why="the door believes the feed")
    door.run("sync")
    door.cut_power()
    door.boot()
    door.await_that(lambda: generation(door) == 1, why="the door believes it again")
    door.await_that((door.files / ACCEPTED[1:]).exists, why="the disk was looked at")
    assert json.loads(door.read(ACCEPTED))["outcome"] == "unchanged"
    door.await_that(lambda: decided(door, "refuse.revoked"), why="the guest is refused")


def test_the_courier_can_neither_read_nor_write_what_the_door_believes(
    door: Container, feed: Feed
) -> None:
    pin(door, feed)
    probe = (
        "import os, json\n"
        "def can(*what):\n"
        "    try:\n"
        "        os.close(os.open(*what)); return True\n"
        "    except OSError:\n"
        "        return False\n"
        "print(json.dumps([can('/var/lib/door-scanner', os.O_RDONLY),\n"
        "    can('/etc/door-scanner/x', os.O_CREAT | os.O_WRONLY),\n"
        "    can('/opt/door-scanner/current/scanner/x', os.O_CREAT | os.O_WRONLY),\n"
        "    can('/dev/gpiochip0', os.O_RDWR), can('/dev/null', os.O_RDWR),\n"
        "    can('/var/lib/door-courier/x', os.O_CREAT | os.O_WRONLY)]))\n"
    )
    door.write("/srv/probe.py", probe)
    drop = "/run/systemd/system/door-scanner-sync.service.d/probe.conf"
    words = "[Service]\nExecStart=\nExecStart=/usr/bin/python3 -I /srv/probe.py\n"
    door.write(drop, words + "StandardOutput=journal\n")
    door.run("systemctl", "daemon-reload")
    door.run("systemctl", "start", "door-scanner-sync.service")
    (told,) = door.journal(unit="door-scanner-sync.service").splitlines()
    assert json.loads(told) == [False, False, False, False, True, True]


def test_the_units_beside_the_door_are_at_work_and_closed_in(door: Container) -> None:
    for name in ("accept.path", "sync.timer", "clock.timer"):
        assert door.show("ActiveState", unit=f"door-scanner-{name}") == "active", name
    failed = door.run("systemctl", "--failed", "--plain", "--no-legend").stdout
    assert "door-scanner" not in failed
    for name in ("accept", "sync", "clock"):
        unit = f"door-scanner-{name}.service"
        said = door.run("systemd-analyze", "security", "--threshold=15", "--no-pager", unit)
        print(said.stdout.splitlines()[-1])
