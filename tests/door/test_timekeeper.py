"""The clock of a door with premises: what it believes, keeps and tells, in a time of the test's."""

import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from scanner.door.timekeeper import MARK, Timekeeper, read_mark
from scanner.gate.timekeeping import RELEASED, Evidence, Mark, Source
from scanner.terms import Moment

NOON: Final = RELEASED + timedelta(hours=12)
HOUR: Final = timedelta(hours=1)


class FakeMachine:
    """A machine whose clocks a test turns; `looks` counts how often it was looked at."""

    def __init__(self, by: Source | None = Source.TIMESYNCD) -> None:
        self.evidence = Evidence(NOON, "this", 100.0, by)
        self.looks = 0

    def look(self) -> Evidence:
        self.looks += 1
        return self.evidence

    def boottime_s(self) -> float:
        return self.evidence.boottime_s

    def pass_by(self, seconds: float, *, wall: datetime | None = None) -> None:
        """Let time pass; `wall` sets the clock to something else."""
        passed = self.evidence.wall + timedelta(seconds=seconds)
        self.evidence = replace(
            self.evidence,
            wall=passed if wall is None else wall,
            boottime_s=self.evidence.boottime_s + seconds,
        )


@pytest.fixture
def machine() -> FakeMachine:
    return FakeMachine()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / MARK


class Disk:
    """Begins the writing of marks: done at once, or when the test says so."""

    def __init__(self, *, hangs: bool = False) -> None:
        self.hangs = hangs
        self.begun: list[Callable[[], None]] = []
        self.joined_s: list[float | None] = []

    def __call__(self, work: Callable[[], None]) -> "Disk":
        self.begun.append(work)
        if not self.hangs:
            work()
        return self

    def join(self, timeout: float | None = None) -> None:
        """Come back at once, whether it is done or not."""
        self.joined_s.append(timeout)


@pytest.fixture
def clock(path: Path, machine: FakeMachine) -> Timekeeper:
    return Timekeeper(path, machine=machine, run=Disk())


def kept(path: Path) -> Mark:
    mark, words = read_mark(path)
    assert words == ""
    assert mark is not None
    return mark


def test_a_clock_that_is_synchronised_is_believed_from_the_first_frame(clock: Timekeeper) -> None:
    assert clock.moment(0) == clock.moment(1 << 40) == Moment(NOON, trusted=True)
    assert clock.told() == {
        "trusted": True,
        "source": "timesyncd",
        "why": None,
        "floor": RELEASED.isoformat(),
    }


def test_time_goes_on_between_two_looks_without_a_look(
    clock: Timekeeper, machine: FakeMachine
) -> None:
    clock.turn(10.0)
    looks = machine.looks
    for tenth in range(1, 9):
        machine.pass_by(0.1)
        clock.turn(10.0 + tenth / 10)
        assert clock.moment(0).wall == NOON + timedelta(milliseconds=100 * tenth)
    assert machine.looks == looks
    clock.turn(11.0)
    assert machine.looks == looks + 1


def test_a_clock_that_jumps_is_out_of_trust_within_a_second(
    clock: Timekeeper, machine: FakeMachine
) -> None:
    clock.turn(10.0)
    machine.pass_by(1, wall=NOON + timedelta(days=3650))
    clock.turn(11.0)
    assert clock.moment(0) == Moment(NOON + timedelta(seconds=1), trusted=False)
    assert "3649 days ahead" in clock.told()["why"]


def test_the_mark_is_written_at_the_start_each_hour_and_at_the_end(
    clock: Timekeeper, machine: FakeMachine, path: Path
) -> None:
    written = []
    for second in range(0, 7300, 100):
        before = kept(path).wall if path.exists() else None
        clock.turn(1000.0 + second)
        if kept(path).wall != before:
            written.append(second)
        machine.pass_by(100)
    assert written == [0, 3600, 7200]
    clock.close()
    assert kept(path).wall == machine.evidence.wall
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_change_of_trust_is_written_but_no_more_than_once_a_minute(
    clock: Timekeeper, machine: FakeMachine, path: Path
) -> None:
    clock.turn(1000.0)
    written, before = 0, kept(path).boottime_s
    for second in range(1, 125):
        right = NOON + timedelta(seconds=second)
        machine.pass_by(1, wall=right + (second % 2) * 10 * HOUR * 24)
        clock.turn(1000.0 + second)
        now = kept(path).boottime_s
        written, before = written + (now != before), now
    assert written == 2


def test_a_door_that_starts_again_in_the_same_boot_keeps_its_trust(
    clock: Timekeeper, machine: FakeMachine, path: Path
) -> None:
    clock.close()
    machine.pass_by(3600)
    machine.evidence = replace(machine.evidence, synchronised_by=None)
    again = Timekeeper(path, machine=machine)
    assert again.moment(0) == Moment(NOON + HOUR, trusted=True)
    assert again.told()["source"] == "timesyncd"


def test_a_door_without_power_begins_at_its_mark(
    clock: Timekeeper, machine: FakeMachine, path: Path
) -> None:
    clock.close()
    machine.evidence = Evidence(datetime(1970, 1, 1, tzinfo=UTC), "next", 5.0)
    assert Timekeeper(path, machine=machine).moment(0) == Moment(NOON, trusted=False)


DAMAGED: Final = {
    "nothing": b"",
    "zeros": bytes(300),
    "half of it": b'{"wall": "2027-03-',
    "far too long": b"x" * 9000,
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_mark_is_a_warning_until_the_next_is_written(
    content: bytes, path: Path, machine: FakeMachine
) -> None:
    path.write_bytes(content)
    clock = Timekeeper(path, machine=machine, run=Disk())
    assert [str(path) in words for words in clock.warnings] == [True]
    assert clock.moment(0).trusted
    clock.turn(10.0)
    assert clock.warnings == []
    assert kept(path).wall == NOON


def test_a_disk_that_takes_nothing_is_a_warning_and_time_goes_on(
    tmp_path: Path, machine: FakeMachine
) -> None:
    folder = tmp_path / "gone"
    clock = Timekeeper(folder / MARK, machine=machine, run=Disk())
    clock.turn(10.0)
    (words,) = clock.warnings
    assert words == (
        f"the time is not kept: {folder / MARK}: No such file or directory; "
        "free space, or check the disk and who owns the folder"
    )
    machine.pass_by(30)
    clock.turn(40.0)
    assert clock.moment(0) == Moment(NOON + timedelta(seconds=30), trusted=True)
    folder.mkdir()
    machine.pass_by(29)
    clock.turn(69.0)
    assert len(clock.warnings) == 1
    machine.pass_by(1)
    clock.turn(70.0)
    assert clock.warnings == []
    assert kept(folder / MARK).wall == NOON + timedelta(seconds=60)


def test_a_disk_that_hangs_stops_neither_the_door_nor_its_time(path: Path) -> None:
    disk, machine = Disk(hangs=True), FakeMachine(by=None)
    clock = Timekeeper(path, machine=machine, run=disk)
    for second in range(10, 4000, 10):
        clock.turn(float(second))
        machine.pass_by(10)
    assert clock.confirm() is None
    assert clock.told()["source"] == "person"
    assert (len(disk.begun), path.exists()) == (1, False)
    disk.begun[0]()
    clock.turn(4000.0)
    # What was said meanwhile is written next.
    assert len(disk.begun) == 2
    disk.begun[1]()
    assert kept(path).source is Source.PERSON


def test_a_disk_that_hangs_at_the_end_is_waited_for_two_seconds(
    path: Path, machine: FakeMachine
) -> None:
    disk = Disk(hangs=True)
    clock = Timekeeper(path, machine=machine, run=disk)
    clock.close()
    assert disk.joined_s == [1.0, 1.0]
    assert not path.exists()


def test_a_machine_that_has_no_thread_left_is_a_warning_until_it_has_one(
    path: Path, machine: FakeMachine
) -> None:
    disk, is_full = Disk(), [True]

    def run(work: Callable[[], None]) -> Disk:
        if is_full[0]:
            raise RuntimeError("can't start new thread")
        return disk(work)

    clock = Timekeeper(path, machine=machine, run=run)
    clock.turn(10.0)
    assert clock.warnings == [f"the time is not kept: {path}: no thread; restart the door"]
    is_full[0] = False
    clock.turn(10.1)
    assert clock.warnings == []
    assert kept(path).wall == NOON


def test_a_mark_is_written_beside_the_loop_and_is_there_at_the_end(
    path: Path, machine: FakeMachine
) -> None:
    clock = Timekeeper(path, machine=machine)
    clock.close()
    assert kept(path).wall == NOON


def test_the_feed_in_force_is_the_floor_and_what_a_mark_owes_to_another_goes_with_it(
    path: Path,
) -> None:
    machine = FakeMachine(by=None)
    clock = Timekeeper(path, machine=machine, run=Disk())
    clock.go_by_floor(NOON + timedelta(days=400))
    clock.turn(10.0)
    clock.go_by_floor(NOON - HOUR)
    assert clock.moment(0) == Moment(NOON - HOUR, trusted=False)
    clock.close()
    assert kept(path).wall == NOON - HOUR


def test_a_person_may_say_that_the_feed_is_wrong(path: Path) -> None:
    machine = FakeMachine(by=None)
    clock = Timekeeper(path, machine=machine, run=Disk())
    clock.go_by_floor(NOON + timedelta(days=400))
    assert "clock confirm --below-the-feed" in str(clock.confirm())
    assert clock.confirm(below_the_feed=True) is None
    assert clock.moment(0) == Moment(NOON, trusted=True)
    assert clock.told()["floor"] == RELEASED.isoformat()
    again = Timekeeper(path, machine=machine, run=Disk())
    again.go_by_floor(NOON + timedelta(days=400))
    assert again.moment(0) == Moment(NOON, trusted=True)


def test_a_verified_feed_raises_the_floor(path: Path) -> None:
    machine = FakeMachine(by=None)
    clock = Timekeeper(path, machine=machine)
    assert clock.moment(0) == Moment(RELEASED, trusted=False)
    clock.go_by_floor(NOON - HOUR)
    assert clock.moment(0) == Moment(NOON - HOUR, trusted=False)
    assert clock.told()["floor"] == (NOON - HOUR).isoformat()


def test_a_person_is_believed_at_once_and_it_is_written(path: Path) -> None:
    machine = FakeMachine(by=None)
    clock = Timekeeper(path, machine=machine, run=Disk())
    assert clock.confirm() is None
    assert clock.moment(0) == Moment(NOON, trusted=True)
    assert clock.told()["source"] == "person"
    assert (kept(path).source, kept(path).trusted) == (Source.PERSON, True)


def test_a_person_who_cannot_be_right_is_told_why(path: Path) -> None:
    machine = FakeMachine(by=None)
    clock = Timekeeper(path, machine=machine, floor=NOON + HOUR)
    assert f"later than {NOON + HOUR:%Y-%m-%d %H:%M} UTC" in str(clock.confirm())
    assert not clock.moment(0).trusted
    assert not path.exists()


def test_a_folder_that_may_not_be_read_has_no_mark(tmp_path: Path) -> None:
    (tmp_path / MARK).mkdir()
    mark, words = read_mark(tmp_path / MARK)
    assert mark is None
    assert "a folder, where a file is expected" in words
