"""Rounds of the courier: a poll without news on the wire, and memory however large the list.

The server is a real nginx with the site of the publisher's README where there is one, else the
one of the tests. Each round runs in a process of its own, as the timer starts it. Beside the
poll stands what a list that is fetched whole moves each time.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from scanner.publish import release, staging, tables
from scanner.store.places import Places
from tests.bench.figures import Figure, at_most, spread
from tests.nginx.serving import Nginx, NoNginxError, unpacked
from tests.sync.servers import ListServer
from tests.sync.supplier import Feed, new_door, new_feed

_IDS: Final = 10_000_000
_CHANGED: Final = 10_000
_SEED: Final = 44
_POLLS: Final = 5
_BOUND_BYTES: Final = 1024
_BOUND_MB: Final = 60
_HOUR_NS: Final = 3600 * 10**9
# Of a size that a folder in memory may not have.
_ON_DISK: Final = "/var/tmp"  # noqa: S108 - a folder of random name is made there

_ROUND: Final = """
import sys
from pathlib import Path
from scanner.cli.main import cli
from scanner.store.places import Places
from scanner.sync.rounds import hold_round
told = hold_round(sys.argv[1], places=Places.at(Path(sys.argv[2])))
if told.outcome.value != sys.argv[3]:
    raise SystemExit(f"{told.outcome.value}: {told.cause}: {told.detail}")
# Of this program alone: what wait4() tells begins with the process that it was forked from.
with open("/proc/self/status") as file:
    print(next(line for line in file if line.startswith("VmHWM")).split()[1])
"""


@dataclass(frozen=True, slots=True)
class Round:
    """What one round took: seconds with the start of its process, peak RSS in 10^6 bytes."""

    time_s: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Wire:
    """What moved since the last look: requests, and bytes of both directions."""

    requests: int
    moved: int


class _Tests:
    """The list server of the tests, weighed as nginx is."""

    name: Final = "the server of the tests"

    def __init__(self, public: Path) -> None:
        self._server = ListServer(public)
        self.url = self._server.url
        self.close = self._server.close

    def wire(self) -> Wire:
        asked, sent = self._server.requests[:], self._server.sent
        self._server.requests.clear()
        self._server.sent = 0
        return Wire(len(asked), sum(one.size for one in asked) + sent)


class _Nginx:
    """A real nginx."""

    name: Final = "nginx"

    def __init__(self, folder: Path, *, prefix: Path, public: Path) -> None:
        self._server = Nginx(folder, prefix=prefix, public=public)
        self.url = self._server.url
        self.close = self._server.close

    def wire(self) -> Wire:
        asked = self._server.asked()
        return Wire(len(asked), sum(one.request_bytes + one.answer_bytes for one in asked))


def bench() -> Iterator[Figure]:
    """Fetch a list of 10 million, ask for news, and fetch a day's change."""
    with tempfile.TemporaryDirectory(dir=_ON_DISK) as name:
        folder = Path(name)
        feed = new_feed(folder / "feed")
        ids = _release(feed, count=_IDS, seed=_SEED)
        door = new_door(folder / "door", feed=feed)
        with closing(_server(folder, public=feed.public)) as server:
            yield Figure("the server", server.name)
            server.wire()
            first, whole = _round(server.url, door=door, expected="news"), server.wire()
            # A file of this very second has no tag yet that can be relied on.
            _aged(feed.public / "metadata/timestamp.json")
            _round(server.url, door=door, expected="no_news")
            polls = []
            for _ in range(_POLLS):
                server.wire()
                polls.append((_round(server.url, door=door, expected="no_news"), server.wire()))
            _release(feed, count=_CHANGED, seed=_SEED + 1, gone=ids[:_CHANGED])
            server.wire()
            day, change = _round(server.url, door=door, expected="news"), server.wire()
    yield from _told_of_polls(polls)
    yield Figure("10 M ids: requests, bytes", f"{whole.requests}, {whole.moved / 1e6:.1f} MB")
    yield Figure("  time, with start", f"{first.time_s:.1f} s")
    yield at_most("  peak RSS", first.peak_mb, bound=_BOUND_MB, unit="MB")
    shown = f"{change.requests}, {change.moved / 1e3:.0f} KB"
    yield Figure("10,000 in and out: requests, bytes", shown)
    yield at_most("  peak RSS", day.peak_mb, bound=_BOUND_MB, unit="MB")


def _told_of_polls(polls: Sequence[tuple[Round, Wire]]) -> Iterator[Figure]:
    asked = max(wire.requests for _, wire in polls)
    moved = max(wire.moved for _, wire in polls)
    yield at_most("poll without news: requests", asked, bound=2, unit="", shown=f"{asked}")
    shown = f"{moved:,} B"
    yield at_most("poll without news: bytes", moved, bound=_BOUND_BYTES, unit="B", shown=shown)
    shown = spread([one.time_s for one, _ in polls], unit="s", digits=2)
    yield Figure("  its time, with start", shown)
    peak_mb = max(one.peak_mb for one, _ in polls)
    yield at_most("  its peak RSS", peak_mb, bound=_BOUND_MB, unit="MB")


def _release(feed: Feed, *, count: int, seed: int, gone: tables.Ids | None = None) -> tables.Ids:
    chance = np.random.default_rng(seed)
    ids = tables.unique(chance.integers(0, 2**64, count, dtype=np.uint64))
    with feed.opened() as repository:
        staging.revoke(repository, ids, name="main")
        if gone is not None:
            staging.reinstate(repository, ids_by_list={"main": gone}, lines=[])
        release.released(repository)
    return ids


def _server(folder: Path, *, public: Path) -> _Nginx | _Tests:
    try:
        return _Nginx(folder / "nginx", prefix=unpacked(), public=public)
    except NoNginxError:
        return _Tests(public)


def _round(url: str, *, door: Places, expected: str) -> Round:
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _ROUND, url, str(door.state), expected],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
    )
    return Round(time.perf_counter() - started, int(done.stdout) * 1024 / 1e6)


def _aged(path: Path) -> None:
    """Let a file look as if the release was an hour ago."""
    stamp = path.stat().st_mtime_ns - _HOUR_NS
    os.utime(path, ns=(stamp, stamp))
