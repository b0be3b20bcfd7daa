"""`trust`, `accept`, `feed`: what a technician types, and which exit code says what."""

import json
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.sync.house import DAY, NOON, QUARTER, House, some_ids

if TYPE_CHECKING:
    from tests.cli.conftest import Command

IDS: Final = some_ids(300, seed=21)
AT: Final = "2026-12-01T12:30:00+00:00"


@pytest.fixture
def house(tmp_path: Path) -> House:
    one = House(tmp_path / "house")
    one.release(revoke=IDS[:100], lines=["kid:2Rk3X8HntrI="])
    return one


def _lines_fit(text: str) -> bool:
    return all(len(line) < 80 for line in text.splitlines() if "/" not in line)


# --- trust -------------------------------------------------------------------------------


def test_a_root_is_pinned_and_shown(house: House, tmp_path: Path, door_scanner: "Command") -> None:
    state = tmp_path / "state"
    root = house.public / "metadata/1.root.json"
    given = ("--sha256", house.root_sha256.upper(), "--state", state)
    done = door_scanner("trust", "pin", root, *given)
    assert (done.code, done.err) == (0, "")
    assert "pinned" in done.out
    assert (state / "root.json").read_bytes() == root.read_bytes()
    assert stat.S_IMODE((state / "root.json").stat().st_mode) == 0o644
    shown = door_scanner("trust", "show", "--state", state)
    assert shown.code == 0
    digits = shown.out.replace(" ", "").replace("\n", "")
    assert house.root_sha256 in digits
    assert "2 of 3 keys" in shown.out
    assert _lines_fit(shown.out)


def test_what_cannot_be_pinned_is_one_line_and_exit_2(
    house: House, tmp_path: Path, door_scanner: "Command"
) -> None:
    root = house.public / "metadata/1.root.json"
    state = ("--state", tmp_path / "state")
    for arguments in (
        (root, "--sha256", "0" * 64, *state),
        (root, "--sha256", "short", *state),
        (tmp_path / "nothing.json", "--sha256", "0" * 64, *state),
        (root, *state),
    ):
        done = door_scanner("trust", "pin", *arguments)
        assert done.code == 2
        assert len(done.err.splitlines()) == 1
        assert done.out == ""
    shown = door_scanner("trust", "show", *state)
    assert shown.code == 2
    assert "door-scanner trust pin" in shown.err


def test_a_root_that_expired_is_a_warning(
    house: House, tmp_path: Path, door_scanner: "Command"
) -> None:
    old = House.__new__(House)
    old.now = NOON - 600 * DAY
    old.repo, old.keys = tmp_path / "old", tmp_path / "old-keys"
    old.keys.mkdir()
    from scanner.publish.roles import Profile  # noqa: PLC0415 - here alone
    from scanner.publish.setup import set_up  # noqa: PLC0415 - here alone

    made = set_up(old.repo, keys=[old.keys], profile=Profile.FLEET, now=old.now)
    root = old.repo / "public/metadata/1.root.json"
    given = ("--sha256", made.root_sha256, "--state", tmp_path / "state")
    done = door_scanner("trust", "pin", root, *given)
    assert done.code == 0
    assert "expired on" in done.err
    assert house.root_sha256 != made.root_sha256


# --- accept ------------------------------------------------------------------------------


def test_what_is_offered_is_accepted_and_told_in_one_line(
    house: House, process: "Command", faked: dict[str, str]
) -> None:
    house.deliver()
    state = ("--state", house.door)
    done = process("accept", *state, **faked)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("accepted: generation 1, issued 2026-12-01 12:00 UTC")
    again = process("accept", *state, "--recheck", **faked)
    assert again.code == 0
    assert again.out.splitlines() == ["unchanged: generation 1 holds"]


def test_exit_codes_say_why_nothing_was_accepted(
    house: House, process: "Command", faked: dict[str, str]
) -> None:
    state = ("--state", house.door)
    done = process("accept", *state, **faked)
    assert done.code == 0
    assert "nothing is offered" in done.out
    house.deliver()
    timestamp = house.places.inbox / "metadata/timestamp.json"
    timestamp.write_bytes(b"{}")
    done = process("accept", *state, **faked)
    assert done.code == 1
    assert done.err.startswith("refused (malformed)")
    house.places.pinned_root.rename(house.door / "elsewhere")
    done = process("accept", *state, **faked)
    assert done.code == 2
    assert "door-scanner trust pin" in done.err
    (house.door / "elsewhere").rename(house.places.pinned_root)
    house.deliver()
    (house.door / "generations").write_bytes(b"in the way")
    done = process("accept", *state, **faked)
    assert done.code == 3
    assert done.err.startswith("failed (disk)")


def test_damage_is_exit_3_until_news_mend_it(
    house: House, process: "Command", faked: dict[str, str]
) -> None:
    house.bring()
    current = house.current()
    assert current is not None
    (current / "revoked/main.table").write_bytes(b"rotten")
    shutil.rmtree(house.places.inbox)
    done = process("accept", "--state", house.door, "--recheck", **faked)
    assert done.code == 3
    assert "damaged" in done.err
    house.deliver()
    assert process("accept", "--state", house.door, **faked).code == 0


@pytest.fixture
def faked() -> dict[str, str]:
    """A child to which it is the day of the feed."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    if not found:
        pytest.skip("libfaketime is missing (remedy: apt-get install libfaketime)")
    return {"LD_PRELOAD": str(found[0]), "FAKETIME": "@2026-12-01 12:30:00", "TZ": "UTC"}


# --- feed verify -------------------------------------------------------------------------


def _verify(house: House, door_scanner: "Command", *, at: str = AT) -> "tuple[int, str, str]":
    root = house.public / "metadata/1.root.json"
    done = door_scanner("feed", "verify", house.public, "--root", root, "--at", at)
    return done.code, done.out, done.err


def test_a_published_feed_is_inspected_wholly(house: House, door_scanner: "Command") -> None:
    for number in range(1, 5):
        house.now += QUARTER
        house.release(revoke=IDS[100 * number : 100 * number + 10], reinstate=[IDS[number]])
    code, out, err = _verify(house, door_scanner, at="2026-12-01T14:00:00Z")
    assert (code, err) == (0, "")
    assert "issued    2026-12-01 13:00 UTC" in out
    assert "4 deltas" in out
    assert _lines_fit(out)


def test_a_signature_past_half_of_its_time_is_a_finding(
    house: House, door_scanner: "Command"
) -> None:
    code, out, _ = _verify(house, door_scanner, at="2026-12-05T12:30:00Z")
    assert code == 1
    assert [line.split()[0] for line in out.splitlines() if "RENEW IT" in line] == ["timestamp"]
    code, _, err = _verify(house, door_scanner, at="2027-01-05T12:30:00Z")
    assert code == 1
    assert "expired" in err


def test_anything_changed_in_a_published_feed_is_found(
    house: House, door_scanner: "Command"
) -> None:
    house.now += QUARTER
    house.release(revoke=IDS[100:110], reinstate=IDS[:5])
    named = {path.name for path in (house.public / "metadata").iterdir()}
    old = {"1.snapshot.json", "1.revoked.json", "2.snapshot.json", "2.revoked.json", "1.trust.json"}
    used = [path for path in house.public.rglob("*") if path.is_file() and path.name not in old]
    assert named & old
    manifest = json.loads(house.target("revoked", "revoked/manifest.json"))
    assert manifest["lists"]["main"]["deltas"]
    found = 0
    for path in used:
        content = path.read_bytes()
        changed = bytearray(content)
        changed[len(content) // 2] ^= 4
        path.write_bytes(changed)
        code, out, err = _verify(house, door_scanner)
        path.write_bytes(content)
        if code == 0:
            # Of the release before, and nothing that a door would ask for.
            assert path.parent.name in {"revoked", "trust"}, path
            continue
        found += 1
        # The root that a person named is not of the feed.
        assert (code, out) == (2 if path.name == "1.root.json" else 1, "")
        assert len(err.splitlines()) == 1
    assert found >= 12
    assert _verify(house, door_scanner)[0] == 0


def test_a_root_that_is_none_is_not_blamed_on_the_feed(
    house: House, tmp_path: Path, door_scanner: "Command"
) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text("{}")
    done = door_scanner("feed", "verify", house.public, "--root", wrong)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"door-scanner: {wrong}: no root of a feed")


@pytest.mark.parametrize("command", [("accept",), ("sync", "--from", "feed"), ("feed", "verify")])
def test_a_door_that_is_not_there_is_not_made(
    command: tuple[str, ...], house: House, tmp_path: Path, door_scanner: "Command"
) -> None:
    nowhere = tmp_path / "nowhere"
    folder = [house.public] if command[0] == "feed" else []
    done = door_scanner(*command, *folder, "--state", nowhere)
    assert (done.code, done.out) == (2, "")
    assert done.err == f"door-scanner: {nowhere}: no such folder; check the path\n"
    assert not nowhere.exists()


WRONG_SOURCES: Final = {
    "nothing": ("", "--from is empty"),
    "another protocol": ("ftp://host/feed", "a feed is at http://HOST"),
    "no host": ("https:///feed", "a feed is at http://HOST"),
    "half of an address": ("http://[::1", "a feed is at http://HOST"),
    "a port that is none": ("http://host:door/", "a feed is at http://HOST"),
}


@pytest.mark.parametrize("wrong", WRONG_SOURCES)
def test_what_can_be_no_feed_is_a_wrong_use(
    wrong: str, house: House, door_scanner: "Command"
) -> None:
    where, words = WRONG_SOURCES[wrong]
    done = door_scanner("sync", "--from", where, "--state", house.door)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert done.err.count("\n") == 1


def test_settings_that_are_not_there_are_named(
    house: House, tmp_path: Path, door_scanner: "Command"
) -> None:
    done = door_scanner("sync", "--config", tmp_path / "none.toml", "--state", house.door)
    assert (done.code, done.out) == (2, "")
    assert "none.toml: no such file" in done.err


def test_without_a_feed_or_a_root_there_is_nothing_to_verify(
    house: House, tmp_path: Path, door_scanner: "Command"
) -> None:
    done = door_scanner("feed", "verify", house.public, "--state", tmp_path)
    assert done.code == 2
    root = house.public / "metadata/1.root.json"
    done = door_scanner("feed", "verify", tmp_path, "--root", root)
    assert done.code == 2
    assert "metadata/" in done.err
