"""The unit that asks the kernel about its clock: it asks, it tells the door, and can do no more."""

from pathlib import Path
from typing import Final

from scanner.store import synchronised
from scanner.store.evidence import SYNCHRONISED

SYSTEMD: Final = Path(__file__).resolve().parents[2] / "systemd"
LINES: Final = (SYSTEMD / "door-scanner-clock.service").read_text().splitlines()
TIMER: Final = (SYSTEMD / "door-scanner-clock.timer").read_text().splitlines()


def values(key: str) -> list[str]:
    return [line.partition("=")[2] for line in LINES if line.startswith(f"{key}=")]


def test_it_runs_the_program_and_tells_where_the_door_looks() -> None:
    (command,) = values("ExecStart")
    python, isolated, program, told = command.split()
    assert (python, isolated) == ("/usr/bin/python3", "-I")
    assert Path(program).parts[-3:] == Path(synchronised.__file__).parts[-3:]
    assert told == f"/{SYNCHRONISED}"
    assert told.split("/")[2] in values("RuntimeDirectory")


def test_the_file_outlives_the_program_where_the_door_can_see_it() -> None:
    assert values("RuntimeDirectoryPreserve") == ["yes"]
    assert values("RuntimeDirectoryMode") == ["0755"]
    # A dynamic user's folder that stays is a private one.
    assert values("DynamicUser") == []


def test_the_question_is_allowed_after_all_else_was_refused() -> None:
    assert values("SystemCallFilter")[-1].split()[0] == "adjtimex"
    assert values("ProtectClock") == ["no"]
    assert values("CapabilityBoundingSet") == values("AmbientCapabilities") == [""]
    assert values("PrivateNetwork") == ["yes"]


def test_it_is_asked_more_often_than_its_answer_is_good_for() -> None:
    (again,) = (line.partition("=")[2] for line in TIMER if line.startswith("OnUnitInactiveSec="))
    assert int(again) * 4 < 600
