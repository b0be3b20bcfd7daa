"""`lists`: what came from a feed, how old it is, when the next comes; and what is missing."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from scanner.gate.timekeeping import RELEASED
from tests.door.generations import Generations

if TYPE_CHECKING:
    from tests.cli.conftest import Command, FakeDoor
    from tests.conftest import Mint

ISSUED: Final = RELEASED - timedelta(hours=2)
UPDATED: Final = datetime(2026, 11, 22, 19, 15, tzinfo=UTC)
NOBODY: Final = 65534


@pytest.fixture
def generations(fake_door: "FakeDoor", mint: "Mint") -> Generations:
    """A door's folder with a generation that was issued just before this release."""
    found = Generations(fake_door.state)
    found.make(
        3,
        trust={"at.der": mint.issuer.certificate_der},
        revoked=[f"dcc-uci:{number:032x}" for number in range(1234)],
        typed=b"kid:AAAAAAAAAAA=\n",
        issued=UPDATED - timedelta(hours=2),
    )
    found.put_in_force(3)
    return found


@pytest.fixture
def running(fake_door: "FakeDoor", ready: dict[str, Any]) -> dict[str, Any]:
    """A running door whose time is 19:15."""
    told = {**ready, "lists": None}
    fake_door.tell(told)
    return told


def test_a_person_sees_each_list_with_age_version_entries_and_digest(
    door_scanner: "Command", generations: Generations, running: dict[str, Any]
) -> None:
    del running
    done = door_scanner("lists", "--state", generations.places.state)
    lines = done.out.splitlines()
    assert done.code == 0
    assert lines[:4] == [
        "feed       https://lists.example.org/door",
        "issued     2026-11-22 17:15 UTC, 2 hours old",
        "generation 3, accepted 2026-11-22 17:15 UTC",
        "next round not known; look at: systemctl status door-scanner-sync",
    ]
    names = [line.split()[:4] for line in lines[6:]]
    assert names[0] == ["revoked/health", "fresh", "3", "1,234"]
    assert names[1][:2] == ["trust/at.der", "fresh"]
    assert max(map(len, lines)) <= 80


def test_a_script_gets_one_object(
    door_scanner: "Command", generations: Generations, running: dict[str, Any]
) -> None:
    del running
    (told,) = door_scanner("lists", "--json", "--state", generations.places.state).objects
    assert told["generation"] == 3
    assert told["rungs"] == {"trust": "fresh", "revoked": "fresh"}
    by_name = {one["name"]: one for one in told["lists"]}
    assert set(by_name) == {"health", "at.der", "typed lines"}
    health = by_name["health"]
    assert (health["kind"], health["seq"], health["entries"]) == ("revoked", 3, 1234)
    assert len(health["sha256"]) == 64


RUNGS: Final = {"fresh": (1, 0), "ageing": (30, 0), "stale": (80, 1), "expired": (800, 1)}


@pytest.mark.parametrize("rung", RUNGS)
def test_old_lists_are_a_finding(
    rung: str, door_scanner: "Command", generations: Generations, running: dict[str, Any]
) -> None:
    del running
    hours, code = RUNGS[rung]
    generations.make(3, revoked=[], issued=UPDATED - timedelta(hours=hours))
    done = door_scanner("lists", "--json", "--state", generations.places.state)
    assert (done.code, done.objects[0]["rungs"]["revoked"]) == (code, rung)


def test_the_next_round_and_how_the_last_one_went_are_told(
    door_scanner: "Command", generations: Generations, running: dict[str, Any]
) -> None:
    del running
    generations.places.courier.mkdir()
    record = {"boot_id": "another", "next_boottime_s": 1.0, "outcome": "failed", "cause": "dns",
              "detail": "no such host", "at": "2026-11-22T19:00:00+00:00"}  # fmt: skip
    generations.places.courier_record.write_text(json.dumps(record))
    out = door_scanner("lists", "--state", generations.places.state).out
    assert "next round not known; the last one: failed: dns: no such host" in out


def test_what_limits_the_door_is_told(
    door_scanner: "Command", generations: Generations, fake_door: "FakeDoor", ready: dict[str, Any]
) -> None:
    lists = {"generation": 3, "rungs": {"trust": "fresh", "revoked": "stale"}, "entries": {},
             "issued": "2026-11-19T10:00:00+00:00", "source": "x", "courier": None,
             "limits": ["the revoked list is 3 days old"]}  # fmt: skip
    fake_door.tell({**ready, "lists": lists})
    done = door_scanner("lists", "--state", generations.places.state)
    assert "limit      the revoked list is 3 days old" in done.out
    assert done.code == 1


def test_a_door_that_never_synced_is_exit_3_with_the_remedy(
    door_scanner: "Command", fake_door: "FakeDoor"
) -> None:
    done = door_scanner("lists", "--state", fake_door.state)
    assert (done.code, done.out) == (3, "")
    assert "no list from any feed; pin its root" in done.err
    assert done.err.count("\n") == 1


def test_a_damaged_generation_is_exit_3_with_its_file(
    door_scanner: "Command", generations: Generations, running: dict[str, Any]
) -> None:
    del running
    (generations.places.generations / "3" / "generation.json").write_text("{}")
    done = door_scanner("lists", "--state", generations.places.state)
    assert (done.code, done.out) == (3, "")
    assert "generation.json: no description of a generation" in done.err


def test_a_root_that_is_pinned_already_is_not_asked_for_again(
    door_scanner: "Command", fake_door: "FakeDoor"
) -> None:
    (fake_door.state / "root.json").write_text("{}")
    done = door_scanner("lists", "--state", fake_door.state)
    assert (done.code, done.out) == (3, "")
    assert "fetch one: door-scanner sync" in done.err


def test_a_folder_that_is_none_is_a_mistake_and_named(
    door_scanner: "Command", tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("x")
    for name, words in (("nowhere", "no such folder"), ("file", "not a folder")):
        done = door_scanner("lists", "--state", tmp_path / name)
        assert (done.code, done.out) == (2, "")
        assert done.err == f"door-scanner: {tmp_path / name}: {words}; check the path\n"


def test_a_clock_that_was_behind_the_feed_is_not_told_as_a_time(
    door_scanner: "Command", generations: Generations, running: dict[str, Any]
) -> None:
    del running
    description = generations.places.generations / "3" / "generation.json"
    told = json.loads(description.read_text())
    told["accepted_at"] = "2026-11-22T00:00:00Z"
    description.write_text(json.dumps(told))
    done = door_scanner("lists", "--state", generations.places.state)
    assert "generation 3, accepted while the clock was not trusted" in done.out.splitlines()
    (told,) = door_scanner("lists", "--json", "--state", generations.places.state).objects
    assert told["accepted_at"] == "2026-11-22T00:00:00+00:00"


def test_long_names_and_long_words_keep_to_the_columns(
    door_scanner: "Command", generations: Generations, running: dict[str, Any], mint: "Mint"
) -> None:
    del running
    name = f"{'long-' * 11}name.der"
    generations.make(4, trust={name: mint.issuer.certificate_der}, issued=UPDATED)
    generations.put_in_force(4)
    generations.places.courier.mkdir()
    record = {"boot_id": "another", "next_boottime_s": 1.0, "outcome": "no_news", "cause": None,
              "detail": "words that go on " * 9, "at": "2026-11-22T19:00:00+00:00"}  # fmt: skip
    generations.places.courier_record.write_text(json.dumps(record))
    lines = door_scanner("lists", "--state", generations.places.state).out.splitlines()
    assert max(map(len, lines)) <= 80
    assert f"trust/{name}" in lines
    assert lines[3].startswith("next round not known; the last one: no news: words that")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("runs", [True, False], ids=["a door runs", "no door runs"])
def test_who_may_not_read_the_folder_sees_what_the_door_tells(
    runs: bool,  # noqa: FBT001 - from the table
    door_scanner: "Command",
    generations: Generations,
    fake_door: "FakeDoor",
    ready: dict[str, Any],
) -> None:
    lists = {"generation": 3, "rungs": {"trust": "fresh", "revoked": "fresh"},
             "entries": {"health": 1234}, "issued": "2026-11-22T17:15:00+00:00", "source": "x",
             "courier": None, "limits": []}  # fmt: skip
    if runs:
        fake_door.tell({**ready, "lists": lists})
    # The run folder is for everybody, the state folder is not.
    fake_door.state.chmod(0o711)
    for folder in fake_door.state.parents[:3]:
        folder.chmod(0o755)
    os.seteuid(NOBODY)
    try:
        done = door_scanner("lists", "--state", generations.places.state)
    finally:
        os.seteuid(0)
    assert done.code == (0 if runs else 4)
    assert ("1,234" in done.out) is runs
