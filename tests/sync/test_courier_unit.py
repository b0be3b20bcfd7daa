"""`sync --now` on an installed door: the unit does it, a person sees how it went."""

import stat
from pathlib import Path

import pytest

from scanner.cli.sync_unit import UNIT, round_by_the_unit
from scanner.store.places import Places
from scanner.sync import record
from scanner.sync.record import Outcome, Record
from scanner.terms import DeviceError
from tests.sync.supplier import new_door

STAND_IN = """#!/bin/sh
echo "$*" >>"{calls}"
case $1 in
  start) {start} ;;
  show) echo {state} ;;
esac
"""
HELD = Record(
    outcome=Outcome.FAILED,
    cause="dns",
    detail="the name feed.example is not known",
    at="2026-12-01T12:00:00+00:00",
    source="https://feed.example/",
    failures=1,
    rounds=8,
    min_wait_s=None,
    boot_id="",
    next_boottime_s=0,
)


class Manager:
    """A stand-in for systemctl that does what a test says."""

    def __init__(self, folder: Path, *, patch: pytest.MonkeyPatch) -> None:
        folder.mkdir()
        self._program = folder / "systemctl"
        self._calls = folder / "calls"
        patch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    def does(self, *, start: str, state: str) -> None:
        self._program.write_text(STAND_IN.format(calls=self._calls, start=start, state=state))
        self._program.chmod(stat.S_IRWXU)

    @property
    def calls(self) -> list[str]:
        return self._calls.read_text().splitlines()


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Manager:
    return Manager(tmp_path / "bin", patch=monkeypatch)


@pytest.fixture
def door(tmp_path: Path) -> Places:
    door = new_door(tmp_path / "door", feed=None)
    door.courier.mkdir()
    return door


def test_the_unit_s_round_is_waited_for_and_told(manager: Manager, door: Places) -> None:
    record.write(HELD, places=door)
    made = door.courier_record.read_text().replace('"rounds": 8', '"rounds": 9')
    (door.courier / "next").write_text(made)
    start = f'mv "{door.courier}/next" "{door.courier_record}"'
    manager.does(start=start, state="activating")
    assert round_by_the_unit(door).rounds == 9
    assert manager.calls[0] == f"start --no-block {UNIT}"
    assert (door.courier / "now").exists()


def test_a_unit_that_ends_without_a_word_is_said_to_have(manager: Manager, door: Places) -> None:
    record.write(HELD, places=door)
    manager.does(start="true", state="inactive")
    with pytest.raises(DeviceError, match="ended without a word"):
        round_by_the_unit(door)


def test_a_unit_that_does_not_start_is_said_not_to(manager: Manager, door: Places) -> None:
    manager.does(start="exit 1", state="inactive")
    with pytest.raises(DeviceError, match="could not be started"):
        round_by_the_unit(door)


def test_a_door_that_is_not_installed_is_said_not_to_be(manager: Manager, door: Places) -> None:
    manager.does(start="true", state="inactive")
    (door.courier).rmdir()
    with pytest.raises(DeviceError, match="is the door installed"):
        round_by_the_unit(door)
