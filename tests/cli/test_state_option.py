"""`check` and `explain` with --state: what the door of that folder believes, only read."""

import errno
import json
import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.door.generations import Generations

if TYPE_CHECKING:
    from tests.cli.conftest import Command
    from tests.conftest import Mint

# The maker's tables have 2^8 buckets.
SUFFIXES_AT: Final = 24 + 4 * 257
AT: Final = "2026-06-01T12:00:00+00:00"


@pytest.fixture
def generations(tmp_path: Path, mint: "Mint") -> Generations:
    found = Generations(tmp_path / "state")
    found.make(1, trust={"at.der": mint.issuer.certificate_der}, revoked=[])
    found.put_in_force(1)
    return found


def _ids(door_scanner: "Command", mint: "Mint", generations: Generations) -> list[str]:
    state = generations.places.state
    options = ("--json", "--state", state, "--at", AT)
    (shown,) = door_scanner("explain", *options, "-", stdin=mint.valid).objects
    return list(shown["revocation_ids"])


def _everything_in(folder: Path) -> dict[str, float]:
    return {str(path): path.lstat().st_mtime_ns for path in folder.rglob("*")}


def test_keys_and_revoked_ids_are_those_of_the_door(
    door_scanner: "Command", mint: "Mint", generations: Generations
) -> None:
    state = generations.places.state
    done = door_scanner("check", "--state", state, "--at", AT, "--json", "-", stdin=mint.valid)
    assert (done.code, done.told) == (0, [("-:1", "admitted")])
    for number, one in enumerate(_ids(door_scanner, mint, generations), start=2):
        generations.make(
            number, trust={"at.der": mint.issuer.certificate_der}, revoked=[], adds=[one]
        )
        generations.put_in_force(number)
        done = door_scanner("check", "--state", state, "--at", AT, "--json", "-", stdin=mint.valid)
        assert done.told == [("-:1", "revoked")]


def test_nothing_is_written(
    door_scanner: "Command", mint: "Mint", generations: Generations
) -> None:
    before = _everything_in(generations.places.state)
    assert door_scanner("check", "--state", generations.places.state, "-", stdin=mint.valid).code
    assert _everything_in(generations.places.state) == before


def test_what_was_opened_is_closed(
    door_scanner: "Command", mint: "Mint", generations: Generations
) -> None:
    door_scanner("check", "--state", generations.places.state, "-", stdin=mint.valid)
    before = sum(1 for _ in Path("/proc/self/fd").iterdir())
    door_scanner("check", "--state", generations.places.state, "-", stdin=mint.valid)
    assert sum(1 for _ in Path("/proc/self/fd").iterdir()) == before


def test_lists_are_as_old_as_at_the_time_that_is_asked_about(
    door_scanner: "Command", mint: "Mint", generations: Generations
) -> None:
    late = (mint.now.wall + timedelta(days=30)).isoformat()
    options = ("--state", generations.places.state, "--at", late, "--json")
    done = door_scanner("explain", *options, "-", stdin=mint.valid)
    (shown,) = done.objects
    assert (done.code, shown["verdict"], shown["reason"]) == (1, "ask", "list_stale")
    assert [s["name"] for s in shown["steps"] if s["result"] == "failed"] == ["lists"]
    assert "days old" in shown["detail"]


def test_an_unknown_issuer_is_asked_about_where_the_doors_keys_are_old(
    door_scanner: "Command", mint: "Mint", strange_mint: "Mint", generations: Generations
) -> None:
    late = (mint.now.wall + timedelta(days=8)).isoformat()
    options = ("--state", generations.places.state, "--at", late, "--json")
    done = door_scanner("check", *options, "-", stdin=strange_mint.valid)
    assert done.told == [("-:1", "list_stale")]


def test_a_note_about_a_file_of_the_feed_goes_to_standard_error(
    door_scanner: "Command", mint: "Mint", generations: Generations
) -> None:
    trust = {"at.der": mint.issuer.certificate_der, "shc.json": b'{"keys": []}'}
    generations.make(1, trust=trust, revoked=[])
    options = ("--state", generations.places.state, "--at", AT)
    done = door_scanner("check", *options, "-", stdin=mint.valid)
    assert done.code == 0
    (line,) = done.err.splitlines()
    assert line.startswith("door-scanner: feed: trust/shc.json: a JWKS without its issuer")


def test_rule_sets_of_the_doors_feed_are_found_by_name(
    door_scanner: "Command", mint: "Mint", generations: Generations
) -> None:
    house = {
        "format": "door-scanner rules 1",
        "kind": "health",
        "name": "house",
        "version": "7",
        "title": "nobody but the exempt",
        "timezone": "Europe/Vienna",
        "diseases": ["840539006"],
        "accept": [{"name": "exempt", "words": "exempt", "event": "exemption"}],
    }
    rules = {"house.json": json.dumps(house).encode()}
    generations.make(1, trust={"at.der": mint.issuer.certificate_der}, revoked=[], rules=rules)
    options = ("--state", generations.places.state, "--at", AT, "--rules", "house", "--json")
    (shown,) = door_scanner("check", *options, "-", stdin=mint.valid).objects
    assert (shown["reason"], shown["rule"].split("/")[:2]) == ("rule_not_met", ["house", "7"])


def test_a_damaged_generation_names_its_file(
    door_scanner: "Command", mint: "Mint", generations: Generations
) -> None:
    (generations.places.generations / "1" / "trust" / "at.der").write_bytes(b"x")
    done = door_scanner("check", "--state", generations.places.state, "-", stdin=mint.valid)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert "trust/at.der: damaged" in done.err


def test_a_folder_that_is_not_there_is_named(door_scanner: "Command", tmp_path: Path) -> None:
    done = door_scanner("check", "--state", tmp_path / "nowhere", "-", stdin=b"x")
    assert (done.code, done.out) == (2, "")
    assert "no such folder; check the path" in done.err


def test_a_table_that_cannot_be_read_is_a_fault_and_the_rest_goes_on(
    door_scanner: "Command", mint: "Mint", generations: Generations, monkeypatch: pytest.MonkeyPatch
) -> None:
    generations.make(
        1, trust={"at.der": mint.issuer.certificate_der}, revoked=["dcc-uci:" + "0" * 32]
    )

    read = os.pread

    def failing(fd: int, size: int, offset: int) -> bytes:
        # What a card says that is worn out; header and counts could still be read.
        if offset >= SUFFIXES_AT:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return read(fd, size, offset)

    monkeypatch.setattr(os, "pread", failing)
    stdin = mint.valid + b"\nhttps://example.org\n"
    options = ("--state", generations.places.state, "--at", AT, "--json")
    done = door_scanner("check", *options, "-", stdin=stdin)
    assert (done.code, done.told) == (3, [("-:1", "internal"), ("-:2", "not_a_pass")])
    assert done.objects[0]["detail"] == "the revoked ids cannot be read: Input/output error"
