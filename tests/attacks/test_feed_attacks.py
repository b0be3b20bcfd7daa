"""Attacks on the feed: refused with their cause, the belief as it was, and the way back shown."""

import contextlib
import dataclasses
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from scanner.gate.timekeeping import RELEASED, Evidence, Source, floor_of
from scanner.sync.accept.clock import believed_now
from scanner.sync.accept.outcome import Outcome, Result
from scanner.sync.accept.verified import LONGEST_LIFE
from scanner.trust.idtable import encode
from scanner.trust.manifest import MAX_SEQ, Delta
from scanner.trust.refusal import Cause
from tests.sync.house import DAY, NOON, QUARTER, House, some_ids
from tests.sync.thief import Thief

# Long, and what it goes through is measured by the tests of the rooms.
pytestmark = pytest.mark.no_cover

IDS: Final = some_ids(1000, seed=3)
REVOKED: Final = IDS[:500]
KEY: Final = "kid:2Rk3X8HntrI="
CHECKOUT: Final = Path(__file__).resolve().parents[2]
METADATA: Final = ("timestamp", "snapshot", "targets", "trust", "rules", "revoked")


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A door that believes 500 revoked ids, one revoked key, and one good one."""
    one = House(tmp_path / "house")
    one.release(revoke=REVOKED, lines=[KEY])
    one.trust(good_txt=b"a good key")
    assert one.bring().result is Result.ACCEPTED
    one.now += QUARTER
    return one


@pytest.fixture
def thief(house: House) -> Thief:
    house.deliver()
    return Thief(house)


@contextlib.contextmanager
def unharmed(house: House) -> Iterator[None]:
    """Whatever happens, what was revoked stays revoked, and what was trusted trusted."""
    before = house.belief()
    yield
    assert house.belief() == before
    with house.revoked() as has:
        assert all(map(has, REVOKED))
        assert not any(map(has, IDS[600:]))
    current = house.current()
    assert current is not None
    assert KEY in (current / "revoked/typed.txt").read_text()
    assert (current / "trust/good.txt").read_bytes() == b"a good key"


def recovers(house: House) -> None:
    """The true feed is accepted afterwards, without a hand."""
    shutil.rmtree(house.places.inbox, ignore_errors=True)
    house.now += QUARTER
    house.release(revoke=[IDS[700]])
    outcome = house.bring()
    assert outcome.result is Result.ACCEPTED, outcome.detail
    with house.revoked() as has:
        assert has(IDS[700])
        assert has(REVOKED[0])


def refused(outcome: Outcome, *causes: Cause) -> None:
    assert outcome.result is Result.REFUSED, outcome.detail
    assert outcome.cause in causes, outcome.detail
    assert "\n" not in outcome.detail
    assert len(outcome.detail) < 300


# --- rollback, freeze, mixing ------------------------------------------------------------


def test_a_feed_of_yesterday_is_refused(house: House, tmp_path: Path) -> None:
    shutil.copytree(house.public, tmp_path / "yesterday")
    house.release(revoke=IDS[500:510])
    assert house.bring().result is Result.ACCEPTED
    today, house.public = house.public, tmp_path / "yesterday"
    house.deliver()
    with unharmed(house):
        refused(house.accept(), Cause.ROLLBACK)
    house.public = today
    recovers(house)


@pytest.mark.parametrize("role", METADATA)
def test_metadata_of_yesterday_under_those_of_today_is_refused(house: House, role: str) -> None:
    yesterday = {one: house.metadata(one) for one in METADATA}
    house.rotate("curator")
    house.now += QUARTER
    house.release(revoke=IDS[500:510])
    house.deliver()
    (house.places.inbox / f"metadata/{role}.json").write_bytes(yesterday[role])
    assert yesterday[role] != house.metadata(role)
    with unharmed(house):
        refused(house.accept(), Cause.ROLLBACK, Cause.MIXED, Cause.WRONG_SIGNER)
    recovers(house)


def test_the_same_version_with_other_bytes_is_refused(house: House, thief: Thief) -> None:
    thief.publish(thief.with_list(thief.entry(IDS[:400], seq=1)), ahead=0)
    with unharmed(house):
        refused(house.accept(), Cause.ROLLBACK)
    recovers(house)


def test_a_feed_that_is_held_back_is_seen_when_it_expires(house: House) -> None:
    house.deliver()
    assert house.accept(at=NOON + 6 * DAY).result is Result.UNCHANGED
    with unharmed(house):
        refused(house.accept(at=NOON + 8 * DAY), Cause.EXPIRED)
        house.renew()
        house.deliver()
        refused(house.accept(at=NOON + 8 * DAY), Cause.EXPIRED)
    house.now = NOON + 8 * DAY
    recovers(house)


# --- tampering ---------------------------------------------------------------------------


def _offered_files(house: House) -> list[Path]:
    """Every file that the next acceptance needs, but the one that says where it comes from."""
    inbox = house.places.inbox
    named = {"manifest.json", "withdrawn.json", "typed.txt", "good.txt"}
    targets = {
        path.name.partition(".")[0]: path
        for path in (house.public / "targets").rglob("*.*")
        if path.name.partition(".")[2] in named
    }
    manifest = house.manifest()
    delta = manifest.lists["main"].deltas[-1]
    signed = json.loads(house.metadata("revoked"))["signed"]["targets"]
    signed |= json.loads(house.metadata("trust"))["signed"]["targets"]
    used = [one["hashes"]["sha256"] for one in signed.values()]
    assert set(used) <= set(targets)
    return [
        *(inbox / f"metadata/{role}.json" for role in METADATA),
        *(inbox / "targets" / one for one in used),
        *(inbox / "parts" / part for blob in delta.blobs for part in blob.parts),
    ]


def _changes(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Every way to change a file that matters, but one bit at a time for small files only."""
    places = range(0, len(content), max(1, len(content) // 40))
    for place in places:
        for change in (0x01, 0x20, 0x80):
            new = bytearray(content)
            new[place] ^= change
            yield f"byte {place} ^ {change}", bytes(new)
    for length in range(0, len(content), max(1, len(content) // 60)):
        yield f"cut at {length}", content[:length]
    yield "one byte more", content + b" "
    yield "twice", content * 2
    yield "zeros", bytes(len(content))


def _says_the_same(one: bytes, other: bytes) -> bool:
    """Spaces around JSON, and the case of hex digits, are not what a signature is about."""
    try:
        return bool(json.loads(one.lower()) == json.loads(other.lower()))
    except ValueError:
        return False


@pytest.mark.long
def test_no_file_can_be_changed_or_cut(house: House) -> None:
    house.release(revoke=IDS[500:510], reinstate=REVOKED[:3])
    house.deliver()
    causes = set()
    with unharmed(house):
        for path in _offered_files(house):
            content = path.read_bytes()
            for words, changed in _changes(content):
                if _says_the_same(changed, content):
                    continue
                path.write_bytes(changed)
                outcome = house.accept()
                assert outcome.result is Result.REFUSED, f"{path.name}: {words}"
                causes.add(outcome.cause)
            path.unlink()
            refused(house.accept(), Cause.MISSING, Cause.MIXED)
            path.write_bytes(content)
    assert causes <= {
        *(Cause.TAMPERED, Cause.MALFORMED, Cause.MIXED, Cause.WRONG_SIGNER),
        *(Cause.TOO_LARGE, Cause.ROLLBACK, Cause.MISSING),
    }
    assert house.accept().result is Result.ACCEPTED


def test_a_feed_of_another_operator_is_refused(house: House, tmp_path: Path) -> None:
    other = House(tmp_path / "other")
    other.now = house.now
    other.release(revoke=IDS[600:])
    house.places, places = other.places, house.places
    other.deliver()
    house.places = places
    shutil.rmtree(places.inbox)
    shutil.copytree(other.places.inbox, places.inbox)
    with unharmed(house):
        refused(house.accept(), Cause.WRONG_SIGNER)
    recovers(house)


# --- the online key is stolen ------------------------------------------------------------


def _adds_a_key(thief: Thief) -> Cause:
    thief.publish(files={"trust/evil.pem": b"a key of the thief"})
    return Cause.WRONG_SIGNER


def _adds_a_rule(thief: Thief) -> Cause:
    thief.publish(files={"rules/evil.json": b"{}"})
    return Cause.WRONG_SIGNER


def _signs_for_the_curator(thief: Thief) -> Cause:
    trust = json.loads(thief.house.metadata("trust"))
    trust["signed"]["version"] += 1
    thief.publish(signed={"trust": json.dumps(trust).encode()})
    return Cause.WRONG_SIGNER


def _withdraws_by_a_file_of_its_own(thief: Thief) -> Cause:
    told = {"format": "door-scanner withdrawn 1", "removes": {}, "lists": ["main"], "lines": []}
    thief.publish(thief.with_list(None), files={"trust/withdrawn.json": json.dumps(told).encode()})
    return Cause.WRONG_SIGNER


def _begins_anew_without(thief: Thief) -> Cause:
    thief.publish(thief.with_list(thief.entry(REVOKED[1:], seq=9)))
    return Cause.UNREVOKED


def _begins_anew_with_nothing(thief: Thief) -> Cause:
    thief.publish(thief.with_list(thief.entry([], seq=9)))
    return Cause.UNREVOKED


def _begins_anew_with_longer_ids(thief: Thief) -> Cause:
    # The same first 56 bits, and then eight that no pass has.
    ids = [one ^ 0xFF for one in REVOKED]
    thief.publish(thief.with_list(thief.entry(ids, seq=9, k=8, r=7)))
    return Cause.UNREVOKED


def _takes_away_by_a_delta(thief: Thief) -> Cause:
    entry = thief.house.manifest().lists["main"]
    removes = thief.blob(encode(REVOKED[:5], k=8, r=7))
    after = encode(REVOKED[5:], k=entry.k, r=entry.r)
    delta = Delta(entry.seq, entry.seq + 1, adds=None, removes=(removes,))
    changed = dataclasses.replace(
        entry,
        seq=entry.seq + 1,
        entries=entry.entries - 5,
        size=len(after),
        sha256=hashlib.sha256(after).hexdigest(),
        deltas=(*entry.deltas, delta),
    )
    thief.publish(thief.with_list(changed))
    return Cause.UNREVOKED


def _takes_away_behind_a_base(thief: Thief) -> Cause:
    entry = thief.entry(REVOKED, seq=8)
    removes = thief.blob(encode(REVOKED[:5], k=8, r=7))
    after = encode(REVOKED[5:], k=8, r=6)
    changed = dataclasses.replace(
        entry,
        seq=9,
        entries=len(REVOKED) - 5,
        size=len(after),
        sha256=hashlib.sha256(after).hexdigest(),
        deltas=(Delta(8, 9, adds=None, removes=(removes,)),),
    )
    thief.publish(thief.with_list(changed))
    return Cause.UNREVOKED


def _signs_another_result(thief: Thief) -> Cause:
    entry = thief.house.manifest().lists["main"]
    adds = thief.blob(encode(IDS[500:505], k=8, r=7))
    delta = Delta(entry.seq, entry.seq + 1, adds=adds, removes=())
    # What is signed is a list without five that stay in it.
    after = encode(REVOKED[5:], k=entry.k, r=entry.r)
    changed = dataclasses.replace(
        entry,
        seq=entry.seq + 1,
        entries=entry.entries - 5,
        size=len(after),
        sha256=hashlib.sha256(after).hexdigest(),
        base=dataclasses.replace(entry.base, blob=thief.blob(b"x" * 999)),
        deltas=(delta,),
    )
    thief.publish(thief.with_list(changed))
    # The thief's base would not do either.
    return Cause.MALFORMED


def _drops_the_list(thief: Thief) -> Cause:
    thief.publish(thief.with_list(None))
    return Cause.UNREVOKED


def _drops_the_lines(thief: Thief) -> Cause:
    thief.publish(typed=b"# nothing\n")
    return Cause.UNREVOKED


def _comments_the_lines_out(thief: Thief) -> Cause:
    thief.publish(typed=f"# {KEY}\n".encode())
    return Cause.UNREVOKED


def _comes_from_a_far_future(thief: Thief) -> Cause:
    issued = RELEASED + LONGEST_LIFE + DAY
    thief.publish(dataclasses.replace(thief.house.manifest(), issued=issued))
    return Cause.FUTURE


def _comes_from_the_day_after_tomorrow(thief: Thief) -> Cause:
    issued = thief.house.now + timedelta(hours=37)
    thief.publish(dataclasses.replace(thief.house.manifest(), issued=issued))
    return Cause.FUTURE


def _counts_too_far(thief: Thief) -> Cause:
    entry = dataclasses.replace(thief.entry(REVOKED, seq=9), seq=2**62)
    thief.publish(thief.with_list(entry))
    return Cause.MALFORMED


def _hides_a_list_in_a_past_month(thief: Thief) -> Cause:
    thief.publish(thief.with_list(None).__class__(
        issued=thief.house.now, lists={"main-2020-01": thief.entry(REVOKED, seq=9)}
    ))  # fmt: skip
    return Cause.UNREVOKED


THEFTS: Final[dict[str, Callable[[Thief], Cause]]] = {
    "a key under trust/": _adds_a_key,
    "a rule under rules/": _adds_a_rule,
    "metadata of the curator": _signs_for_the_curator,
    "its own word on what may leave": _withdraws_by_a_file_of_its_own,
    "a base without one entry": _begins_anew_without,
    "an empty base": _begins_anew_with_nothing,
    "a base with longer ids": _begins_anew_with_longer_ids,
    "a delta that removes": _takes_away_by_a_delta,
    "a delta behind a base": _takes_away_behind_a_base,
    "another result": _signs_another_result,
    "no list": _drops_the_list,
    "no lines": _drops_the_lines,
    "lines as comments": _comments_the_lines_out,
    "years ahead": _comes_from_a_far_future,
    "days ahead": _comes_from_the_day_after_tomorrow,
    "a number beyond all": _counts_too_far,
    "the list under a month that is over": _hides_a_list_in_a_past_month,
}


@pytest.mark.parametrize("theft", THEFTS)
def test_a_stolen_online_key_adds_no_trust_and_takes_no_revocation_away(
    theft: str, house: House, thief: Thief
) -> None:
    cause = THEFTS[theft](thief)
    with unharmed(house):
        refused(house.accept(), cause)
    recovers(house)


def test_after_a_theft_new_keys_undo_what_the_thief_counted_up(house: House, thief: Thief) -> None:
    """What a stolen key can do is revoke; the offline keys take that back, too."""
    everybody = thief.entry(IDS, seq=MAX_SEQ - 1)
    thief.publish(thief.with_list(everybody), ahead=1_000_000)
    assert house.accept().result is Result.ACCEPTED
    with house.revoked() as has:
        assert has(IDS[999])
    house.now += QUARTER
    house.release(revoke=[IDS[700]])
    refused(house.bring(), Cause.ROLLBACK)
    house.rotate("revoked", "snapshot", "timestamp")
    outcome = house.bring()
    assert outcome.result is Result.ACCEPTED, outcome.detail
    with house.revoked() as has:
        assert all(map(has, REVOKED))
        assert has(IDS[700])
        assert not has(IDS[999])
    # Once only: under the new key the same rules hold.
    thief.publish(thief.with_list(thief.entry([], seq=99)))
    refused(house.accept(), Cause.UNREVOKED)


# --- the inbox ---------------------------------------------------------------------------


def _link(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def _dangling(path: Path) -> None:
    path.unlink()
    path.symlink_to("/nowhere/at/all")


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _socket(path: Path) -> None:
    path.unlink()
    with socket.socket(socket.AF_UNIX) as end:
        here = os.open(path.parent, os.O_RDONLY)
        end.bind(f"/proc/self/fd/{here}/{path.name}")
        os.close(here)


def _device(path: Path) -> None:
    path.unlink()
    try:
        os.mknod(path, 0o20644, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("device nodes may not be made here (remedy: run as root)")


def _sparse(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(2**40)


ODD: Final[dict[str, Callable[[Path], None]]] = {
    "a link": _link,
    "a link to nowhere": _dangling,
    "a pipe": _pipe,
    "a folder": _folder,
    "a socket": _socket,
    "a device": _device,
    "a file of 1 TB": _sparse,
}
NAMES: Final = (
    "offer.json",
    "metadata/timestamp.json",
    "metadata/revoked.json",
    "metadata/2.root.json",
    "targets/MANIFEST",
    "parts/DELTA",
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("odd", ODD)
def test_what_is_no_plain_file_of_its_size_is_refused_at_once(
    odd: str, name: str, house: House
) -> None:
    house.release(revoke=IDS[500:510])
    house.deliver()
    path = house.places.inbox / _named(name, house=house)
    path.touch()
    ODD[odd](path)
    with unharmed(house):
        refused(house.accept(), Cause.NOT_A_FILE, Cause.TOO_LARGE)
    recovers(house)


def _named(name: str, *, house: House) -> str:
    signed = json.loads(house.metadata("revoked"))["signed"]["targets"]
    manifest = signed["revoked/manifest.json"]["hashes"]["sha256"]
    (blob,) = house.manifest().lists["main"].deltas[-1].blobs
    return name.replace("MANIFEST", manifest).replace("DELTA", blob.sha256)


@pytest.mark.parametrize("name", ["metadata", "targets", "parts", ""])
def test_a_link_in_the_place_of_a_folder_is_not_followed(
    name: str, house: House, tmp_path: Path
) -> None:
    house.release(revoke=IDS[500:510])
    house.deliver()
    path = house.places.inbox / name
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with unharmed(house):
        refused(house.accept(), Cause.NOT_A_FILE)
    path.unlink()
    recovers(house)


def test_a_file_that_is_swapped_while_it_is_read_is_used_as_it_was_verified(
    house: House,
) -> None:
    """Whoever writes into the inbox all the time only gets the true feed believed, or none."""
    house.release(revoke=IDS[500:510])
    house.deliver()
    files = _offered_files(house)
    true = {path: path.read_bytes() for path in files}
    code = (
        "import sys, itertools\n"
        "files = [(p, open(p, 'rb').read()) for p in sys.argv[1:]]\n"
        "print(flush=True)\n"
        "for n in itertools.count():\n"
        "    p, true = files[n % len(files)]\n"
        "    open(p, 'r+b').write(bytes(len(true)))\n"
        "    open(p, 'r+b').write(true)\n"
    )
    swapping = subprocess.Popen(
        [sys.executable, "-I", "-c", code, *map(str, files)], stdout=subprocess.PIPE
    )
    try:
        assert swapping.stdout is not None
        swapping.stdout.readline()
        results = {house.accept().result for _ in range(60)}
    finally:
        swapping.kill()
        swapping.communicate()
    assert results <= {Result.REFUSED, Result.ACCEPTED, Result.UNCHANGED}
    for path, content in true.items():
        path.write_bytes(content)
    assert house.accept().cause is None
    with house.revoked() as has:
        assert all(map(has, IDS[:510]))
    recovers(house)


def test_a_hundred_thousand_files_in_the_inbox_cost_nothing(house: House) -> None:
    house.release(revoke=IDS[500:510])
    house.deliver()
    for folder in ("metadata", "targets", "parts", "."):
        for number in range(25_000):
            os.close(os.open(house.places.inbox / folder / f"rubbish-{number}", os.O_CREAT, 0o640))
    started = time.process_time()
    assert house.accept().result is Result.ACCEPTED
    # A hundredth of a second of work; a look at every name would take half a second.
    assert time.process_time() - started < 0.25


# --- time --------------------------------------------------------------------------------


def test_a_door_that_slept_through_two_changes_of_the_root_follows_them(house: House) -> None:
    house.rotate("root-1")
    house.now += 30 * DAY
    house.rotate("root-2", "timestamp", "snapshot", "revoked")
    house.now += 30 * DAY
    house.release(revoke=[IDS[700]])
    outcome = house.bring()
    assert outcome.result is Result.ACCEPTED, outcome.detail
    assert house.generation().root_version == 3
    recovers(house)


def test_a_root_in_between_that_is_missing_is_refused(house: House) -> None:
    house.rotate("root-1")
    house.now += DAY
    house.rotate("root-2", "timestamp")
    house.deliver()
    (house.places.inbox / "metadata/2.root.json").unlink()
    with unharmed(house):
        refused(house.accept(), Cause.WRONG_SIGNER, Cause.MIXED)
    recovers(house)


CLOCKS: Final = {
    "a door that woke up in 1970, and goes by the release": (RELEASED, False),
    "a clock that a bad server set ahead, for a door that goes by its mark": (
        NOON + 2 * QUARTER,
        False,
    ),
}


@pytest.mark.parametrize("clock", CLOCKS)
def test_with_a_clock_that_is_not_believed_news_are_taken_at_the_time_that_is(
    clock: str, house: House
) -> None:
    at, trusted = CLOCKS[clock]
    house.release(revoke=[IDS[700]])
    house.deliver()
    assert house.accept(at=at, trusted=trusted).result is Result.ACCEPTED
    with house.revoked() as has:
        assert has(IDS[700])


@pytest.mark.parametrize("ahead", [400 * DAY, 3650 * DAY], ids=["400 days", "ten years"])
def test_a_clock_far_ahead_that_is_believed_takes_nothing_and_loses_nothing(
    ahead: timedelta, house: House
) -> None:
    house.release(revoke=IDS[500:510])
    house.deliver()
    with unharmed(house):
        refused(house.accept(at=house.now + ahead), Cause.EXPIRED)
    recovers(house)


@pytest.mark.parametrize(
    ("shown", "boot", "believed"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), "another", floor_of(NOON)),
        (NOON + 400 * DAY, "another", floor_of(NOON)),
        (NOON + 3650 * DAY, "another", floor_of(NOON)),
        (NOON + timedelta(hours=1), "another", NOON + timedelta(hours=1)),
    ],
    ids=["1970", "+400 days", "+10 years", "an hour later"],
)
def test_the_time_that_is_believed_is_never_before_the_last_feed_nor_far_behind_it(
    house: House, shown: datetime, boot: str, believed: datetime
) -> None:
    machine = Machine(Evidence(shown, boot, 5.0, Source.TIMESYNCD))
    assert believed_now(house.places, machine=machine).wall == believed


@dataclasses.dataclass(frozen=True, slots=True)
class Machine:
    """A machine whose clocks a test sets."""

    shown: Evidence

    def look(self) -> Evidence:
        return self.shown


# --- the disk ----------------------------------------------------------------------------

ACCEPT: Final = """
import json, sys
sys.path.append(sys.argv[1])
from datetime import datetime
from pathlib import Path
from scanner.store.places import Places
from scanner.sync.accept.acceptance import accept
from scanner.terms import Moment
now = Moment(datetime.fromisoformat(sys.argv[3]), trusted=True)
outcome = accept(Places.at(Path(sys.argv[2])), now=now)
print(outcome.result.value, outcome.cause and outcome.cause.value, outcome.detail)
"""


def _in_a_child(house: House, *, under: Sequence[str], before: str = "") -> str:
    arguments = [str(CHECKOUT), str(house.door), house.now.isoformat()]
    ended = subprocess.run(
        [*under, sys.executable, "-B", "-I", "-c", before + ACCEPT, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.fixture
def offered(house: House) -> House:
    """A door with news in its inbox."""
    house.release(revoke=IDS[500:510])
    house.deliver()
    return house


def test_a_disk_that_takes_no_long_file_leaves_the_belief(offered: House) -> None:
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
    with unharmed(offered):
        told = _in_a_child(offered, under=(), before=limit)
        assert told.startswith("failed disk File too large; free space"), told
    recovers(offered)


@pytest.mark.parametrize("call", ["fsync", "/rename", "link,linkat", "/symlink"])
def test_a_disk_that_fails_leaves_the_belief(call: str, offered: House, tmp_path: Path) -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is missing (remedy: apt-get install strace)")
    under = ("strace", "-f", "-o", str(tmp_path / "calls"))
    inject = f"inject={call}:error=EIO:when=1"
    with unharmed(offered):
        told = _in_a_child(offered, under=(*under, "-e", f"trace={call}", "-e", inject))
        assert told.startswith("failed disk Input/output error; free space"), told
    recovers(offered)


def _in_a_namespace(command: str) -> tuple[str, ...]:
    trial = subprocess.run(["unshare", "-rm", "true"], capture_output=True, timeout=20, check=False)
    if trial.returncode:
        pytest.skip("namespaces may not be made here (remedy: run as root)")
    return ("unshare", "-rm", "sh", "-c", f'{command}; exec "$@"', "sh")


def test_a_full_disk_leaves_the_belief(offered: House) -> None:
    state = offered.door
    mount = (
        f"cp -a {state} {state}.copy && mount -t tmpfs -o size=1300k,mode=700 door {state} && "
        f"cp -a {state}.copy/. {state}/ && dd if=/dev/zero of={state}/rest bs=4k 2>/dev/null || :"
    )
    with unharmed(offered):
        told = _in_a_child(offered, under=_in_a_namespace(mount))
        assert told.startswith("failed disk No space left on device; free space"), told
    recovers(offered)


def test_a_disk_that_is_read_only_leaves_the_belief(offered: House) -> None:
    state = offered.door
    mount = f"mount --bind {state} {state} && mount -o remount,bind,ro {state}"
    with unharmed(offered):
        told = _in_a_child(offered, under=_in_a_namespace(mount))
        assert told.startswith("failed disk Read-only file system; free space"), told
    recovers(offered)
