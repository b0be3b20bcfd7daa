"""Whatever happens to network or disk: verdicts stay, the old list stays, and the cause is named.

A real courier and a real acceptance, under a clock that stands; beside them `check`, `lists` and
what a door's status says.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from scanner.door.believing import Believing
from scanner.door.furnish import lists_at
from scanner.door.listing import told_lists
from scanner.gate import Belief, judge
from scanner.gate.timekeeping import Evidence, Source
from scanner.rules.conditions import GENUINE_ONLY
from scanner.sync.accept.outcome import Result
from scanner.terms import Moment
from scanner.trust import Keyring, RevocationList
from scanner.trust.ids import hashed
from tests.sync.house import NOON, House
from tests.sync.servers import Behaviour, ListServer, Reply, always, endless, only, serve, silent
from tests.sync.test_fetcher import MISBEHAVIOUR

if TYPE_CHECKING:
    from tests.cli.conftest import Command
    from tests.conftest import Mint

CHECKOUT: Final = Path(__file__).resolve().parents[2]
LIBRARY: Final = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
pytestmark = pytest.mark.skipif(
    LIBRARY is None, reason="there is no libfaketime (remedy: apt-get install libfaketime)"
)
HOUR: Final = timedelta(hours=1)

# One round, then what its unit would do; the limits are those of impatient tests.
ROUND: Final = """
import sys
from datetime import datetime
from pathlib import Path
from scanner.store.places import Places
from scanner.sync.accept.acceptance import accept
from scanner.sync.rounds import hold_round
from scanner.sync.source import Limits
from scanner.terms import Moment
where, state, now = sys.argv[1:]
places = Places.at(Path(state))
limits = Limits(connect_s=0.5, read_s=0.4, request_s=0.8, round_s=5, round_bytes=3_000_000)
try:
    held = hold_round(where, places=places, limits=limits, draw=lambda: 0.5)
    print("courier:", held.outcome.value, held.cause, held.detail)
except OSError as error:
    print("courier: raised", error.strerror)
moment = Moment(datetime.fromisoformat(now), trusted=True)
outcome = accept(places, now=moment)
print("accept:", outcome.result.value, outcome.cause and outcome.cause.value, outcome.detail)
"""


@dataclass(frozen=True, slots=True)
class Venue:
    """A door that believes a feed, which has news for it; three guests stand before it."""

    house: House
    server: ListServer
    door_scanner: "Command"
    guests: bytes

    def round(self, where: str | Path | None = None, *, under: Sequence[str] = ()) -> list[str]:
        """Hold a round in a child whose clock stands near noon; return its words."""
        faked = {"LD_PRELOAD": str(LIBRARY), "FAKETIME": f"@{self.house.now:%Y-%m-%d %H:%M:%S}"}
        bent = [f"{name}={value}" for name, value in faked.items()]
        source = self.server.url if where is None else str(where)
        done = subprocess.run(
            [
                *under,
                *("env", "FAKETIME_DONT_FAKE_MONOTONIC=1", "TZ=UTC", *bent),
                *(sys.executable, "-B", "-c", ROUND),
                *(source, str(self.house.door), self.house.now.isoformat()),
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def verdicts(self) -> list[str]:
        """Return what `check` says of a good, a revoked, and a newly revoked pass."""
        at = NOON.isoformat()
        asked = ("check", "--json", "--state", self.house.door, "--at", at, "-")
        return [reason for _, reason in self.door_scanner(*asked, stdin=self.guests).told]

    def lists(self) -> str:
        """Return the screen of `lists`, as one line."""
        return " ".join(self.door_scanner("lists", "--state", self.house.door).out.split())

    def limits(self) -> list[str]:
        """Return what a running door's status says limits it."""
        local = Belief(Keyring(), RevocationList(), (GENUINE_ONLY,))
        lists = lists_at(self.house.door)
        believing = Believing(lists, local=local)
        now = Moment(self.house.now, trusted=True)
        evidence = Evidence(now.wall, "boot", 60.0, Source.TIMESYNCD)
        told: dict[str, Any] = told_lists(
            believing, lists=lists, moment=now, evidence=evidence, clock_why=None
        )
        believing.close()
        limits: list[str] = told["limits"]
        return limits


@pytest.fixture
def venue(mint: "Mint", door_scanner: "Command", tmp_path: Path) -> Iterator[Venue]:
    """A door with the feed of noon; an hour later one pass more is revoked."""
    house = House(tmp_path / "house")
    passes = [mint.strike(mint.claims(exp=int((NOON + n * HOUR).timestamp()))) for n in (5, 6, 7)]
    own = []
    for raw in passes[1:]:
        verified = judge(raw, belief=mint.belief, moment=mint.now).verified
        common = judge(passes[0], belief=mint.belief, moment=mint.now).verified
        assert verified is not None
        assert common is not None
        own += [hashed(one) for one in set(verified.ids) - set(common.ids)]
    house.trust(at_der=mint.issuer.certificate_der)
    house.release(revoke=own[:1])
    (house.door / "run").mkdir()
    server = ListServer(house.public)
    found = Venue(house, server, door_scanner, b"\n".join(passes) + b"\n")
    house.now += timedelta(minutes=30)
    assert found.round()[-1].startswith("accept: accepted")
    house.now += HOUR
    house.release(revoke=own[1:])
    assert found.verdicts() == BEFORE
    yield found
    server.close()


BEFORE: Final = ["admitted", "revoked", "admitted"]
AFTER: Final = ["admitted", "revoked", "revoked"]


def recovers(venue: Venue) -> None:
    """The next round brings what this one could not, and nothing is left to be told."""
    venue.server.behave = serve
    assert venue.round()[-1].startswith("accept: accepted")
    assert venue.verdicts() == AFTER
    assert venue.limits() == []


# --- the network -------------------------------------------------------------------------

PAGE: Final = b"<!DOCTYPE html><html><body>Please log in</body></html>"
NETWORK: Final[dict[str, tuple[Behaviour, str]]] = {
    "500": (always(Reply(500)), "server"),
    "404": (always(Reply(404)), "server"),
    "304 that nobody asked for": (only("root.json", always(Reply(304))), "server"),
    "a captive portal": (always(Reply(200, PAGE, {"Content-Type": "text/html"})), "portal"),
    "silence": (silent, "slow"),
    "slow data": (MISBEHAVIOUR["a byte now and then"][0], "slow"),
    "endless data": (
        only("timestamp.json", endless(b"HTTP/1.1 200 OK\r\n\r\n", piece=b"x" * 4096)),
        "too_large",
    ),
    "a redirect loop": (always(Reply(302, headers={"Location": "/x"})), "redirect"),
    "a compression bomb": (MISBEHAVIOUR["a compression bomb"][0], "server"),
    "an end in the middle": (
        only("manifest.json", always(Reply(200, b"{", declared=200).to_bytes())),
        "network",
    ),
}


@pytest.mark.parametrize("name", NETWORK)
def test_a_server_that_misbehaves_changes_no_verdict_and_is_named(name: str, venue: Venue) -> None:
    venue.server.behave, cause = NETWORK[name]
    courier, accept = venue.round()
    assert courier.split()[2] == cause
    assert accept.startswith("accept: unchanged")
    named(venue, cause=cause)
    recovers(venue)


def named(venue: Venue, *, cause: str) -> None:
    assert venue.verdicts() == BEFORE
    assert f": {cause}: " in venue.lists()
    (limit,) = venue.limits()
    assert limit.startswith("the last round ")
    assert f": {cause}: " in limit


GONE: Final = {
    "a name that nobody knows": ("http://list.invalid/", "dns"),
    "a server that nobody runs": ("http://127.0.0.1:1/", "network"),
    "a stick that is not in": ("/nowhere/at/all", "missing"),
}


@pytest.mark.parametrize("name", GONE)
def test_a_source_that_is_gone_changes_no_verdict_and_is_named(name: str, venue: Venue) -> None:
    where, cause = GONE[name]
    assert venue.round(where)[0].split()[2] == cause
    named(venue, cause=cause)
    recovers(venue)


def test_a_stick_that_is_pulled_on_the_way_changes_no_verdict_and_is_named(
    venue: Venue, tmp_path: Path
) -> None:
    stick = tmp_path / "stick"
    shutil.copytree(venue.house.public, stick)
    shutil.rmtree(stick / "targets")
    assert venue.round(stick)[0].split()[2] == "missing"
    named(venue, cause="missing")
    recovers(venue)


# --- the disk ----------------------------------------------------------------------------

INSIDE: Final = """
set -e
state=$1; kind=$2; shift 2
cp -a "$state" "$state.copy"
mount -t tmpfs -o size=1300k,mode=700 door "$state"
cp -a "$state.copy/." "$state/"
mount -t tmpfs -o size=1m run "$state/run"
cp -a "$state.copy/run/." "$state/run/"
case $kind in
  full) dd if=/dev/zero of="$state/rest" bs=1k 2>/dev/null || : ;;
  read-only) mount -o remount,ro "$state" ;;
esac
"""


@pytest.mark.parametrize("kind", ["full", "read-only"])
def test_a_disk_that_takes_nothing_changes_no_verdict_and_is_named(
    kind: str, venue: Venue, tmp_path: Path
) -> None:
    """What accept tells lies in /run, which is no disk; so it does here."""
    trial = subprocess.run(["unshare", "-rm", "true"], capture_output=True, timeout=20, check=False)
    if trial.returncode:
        pytest.skip("namespaces may not be made here (remedy: run as root)")
    asking = tmp_path / "asking"
    asking.write_bytes(venue.guests)
    program = f"{sys.executable} -m scanner"
    script = (
        f'{INSIDE}"$@" || :\ncd {CHECKOUT}\n'
        f'echo; {program} check --json --state "$state" --at {NOON.isoformat()} - < {asking} || :\n'
        f'echo; {program} lists --json --state "$state" || :\n'
    )
    venue.house.deliver()
    under = ("unshare", "-rm", "sh", "-c", script, "sh", str(venue.house.door), kind)
    said = "\n".join(venue.round(under=under)).split("\n\n")
    courier, accept = said[0].splitlines()
    assert "No space left on device" in courier or "Read-only file system" in courier
    assert accept.startswith("accept: failed disk ")
    assert [json.loads(line)["reason"] for line in said[1].splitlines()] == BEFORE
    told = json.loads(said[2])
    assert (told["accept"]["outcome"], told["accept"]["cause"]) == ("failed", "disk")
    recovers(venue)


def test_a_disk_whose_fsync_fails_changes_no_verdict_and_is_named(
    venue: Venue, tmp_path: Path
) -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is missing (remedy: apt-get install strace)")
    venue.house.deliver()
    inject = ("-e", "trace=fsync", "-e", "inject=fsync:error=EIO")
    courier, accept = venue.round(under=("strace", "-f", "-o", str(tmp_path / "calls"), *inject))
    assert "Input/output error" in courier
    assert accept.startswith("accept: failed disk Input/output error")
    assert venue.verdicts() == BEFORE
    assert venue.limits()[-1].startswith("the last offer failed: disk: Input/output error")
    recovers(venue)


def test_nothing_is_told_where_nothing_is_wrong(venue: Venue) -> None:
    assert venue.limits() == []
    recovers(venue)
    assert venue.house.accept().result is Result.UNCHANGED
