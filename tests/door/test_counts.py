"""Counts by quarter hour: what a door keeps of its guests, and for how long."""

import json
import stat
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final

import pytest

from scanner.door.counts import QUARTER, Counts, quarter_of
from scanner.door.staff import StaffReason
from scanner.terms import Decision, Moment, Reason, Verdict

ADMITTED: Final = Decision(Verdict.ADMIT, Reason.ADMITTED)
EXPIRED: Final = Decision(Verdict.REFUSE, Reason.EXPIRED)
OPENS: Final = datetime(2026, 11, 22, 19, 2, 30, tzinfo=UTC)
# What a disk that takes nothing leaves in memory.
BOUND: Final = 96


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.wall = OPENS
        self.trusted = True

    def __call__(self) -> Moment:
        return Moment(self.wall, self.trusted)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "counts"


@pytest.fixture
def counts(folder: Path, clock: Clock) -> Counts:
    return Counts(folder, kept_days=400, now=clock)


def _lines(folder: Path) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for path in sorted(folder.iterdir())
        for line in path.read_text().splitlines()
    ]


def _sums(folder: Path) -> Counter[str]:
    sums: Counter[str] = Counter()
    for line in _lines(folder):
        sums.update(line["counts"])
    return sums


def test_a_quarter_hour_is_one_line_once_it_is_over(
    counts: Counts, clock: Clock, folder: Path
) -> None:
    for decision in (ADMITTED, EXPIRED, ADMITTED):
        counts.add(decision)
        counts.turn(0.0)
    assert not folder.exists()
    clock.wall += QUARTER
    counts.turn(1.0)
    counts.turn(2.0)
    assert (folder / "2026-11.jsonl").read_text() == (
        '{"quarter": "2026-11-22T19:00:00+00:00", '
        '"counts": {"admit.admitted": 2, "refuse.expired": 1}}\n'
    )
    assert counts.trouble == ""


def test_what_staff_decided_is_counted_beside_the_verdicts(counts: Counts, folder: Path) -> None:
    counts.add(ADMITTED)
    for reason in (StaffReason.PAPER, StaffReason.OTHER, StaffReason.PAPER):
        counts.add_staff(reason)
    counts.close()
    assert _sums(folder) == {"admit.admitted": 1, "staff.staff_paper": 2, "staff.staff_other": 1}


def test_a_quarter_of_paper_alone_is_written_too(
    counts: Counts, clock: Clock, folder: Path
) -> None:
    counts.add_staff(StaffReason.MINOR)
    clock.wall += QUARTER
    counts.add_staff(StaffReason.EXEMPT)
    counts.turn(1.0)
    assert [line["counts"] for line in _lines(folder)] == [{"staff.staff_minor": 1}]


def test_the_end_of_the_door_writes_the_rest(counts: Counts, clock: Clock, folder: Path) -> None:
    counts.add(ADMITTED)
    clock.wall += QUARTER
    counts.add(EXPIRED)
    counts.close()
    counts.close()
    assert [line["counts"] for line in _lines(folder)] == [
        {"admit.admitted": 1},
        {"refuse.expired": 1},
    ]


def test_a_quarter_without_a_guest_leaves_no_trace(
    counts: Counts, clock: Clock, folder: Path
) -> None:
    for turn in range(10):
        clock.wall += QUARTER
        counts.turn(float(turn))
    counts.close()
    assert not folder.exists()


def test_two_doors_of_one_quarter_add_up(clock: Clock, folder: Path) -> None:
    for _ in range(2):
        counts = Counts(folder, kept_days=400, now=clock)
        counts.add(ADMITTED)
        counts.close()
    assert len(_lines(folder)) == 2
    assert _sums(folder) == {"admit.admitted": 2}


def test_a_month_has_a_file_of_its_own(counts: Counts, clock: Clock, folder: Path) -> None:
    clock.wall = datetime(2026, 12, 31, 23, 50, tzinfo=UTC)
    counts.add(ADMITTED)
    clock.wall += QUARTER
    counts.add(ADMITTED)
    counts.close()
    assert sorted(path.name for path in folder.iterdir()) == ["2026-12.jsonl", "2027-01.jsonl"]


def test_files_and_folder_are_their_owners_alone(counts: Counts, folder: Path) -> None:
    counts.add(ADMITTED)
    counts.close()
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())]
    assert modes == [0o700, 0o600]


QUARTERS: Final = {
    datetime(2026, 11, 22, 19, 0, tzinfo=UTC): datetime(2026, 11, 22, 19, 0, tzinfo=UTC),
    datetime(2026, 11, 22, 19, 14, 59, 999_999, tzinfo=UTC): datetime(2026, 11, 22, 19, tzinfo=UTC),
    datetime(2026, 11, 22, 19, 15, tzinfo=UTC): datetime(2026, 11, 22, 19, 15, tzinfo=UTC),
    datetime(2026, 11, 22, 23, 59, 59, tzinfo=UTC): datetime(2026, 11, 22, 23, 45, tzinfo=UTC),
    datetime(2026, 11, 23, 1, 20, tzinfo=timezone(timedelta(hours=5, minutes=45))): datetime(
        2026, 11, 22, 19, 30, tzinfo=UTC
    ),
}


@pytest.mark.parametrize(("at", "quarter"), QUARTERS.items(), ids=map(str, QUARTERS))
def test_a_quarter_begins_at_the_full_quarter_hour_in_utc(at: datetime, quarter: datetime) -> None:
    assert quarter_of(at) == quarter
    assert quarter_of(at).tzinfo is UTC


# --- pruning -----------------------------------------------------------------------------

# How many days are kept, and which months remain on 22 November 2026.
KEPT: Final = {
    1: ["2026-11"],
    21: ["2026-11"],
    22: ["2026-10", "2026-11"],
    400: ["2025-10", "2026-09", "2026-10", "2026-11"],
    3650: ["2025-01", "2025-09", "2025-10", "2026-09", "2026-10", "2026-11"],
}


@pytest.mark.parametrize(("days", "remain"), KEPT.items(), ids=map(str, KEPT))
def test_months_of_which_every_day_is_too_old_are_removed(
    days: int, remain: list[str], clock: Clock, folder: Path
) -> None:
    folder.mkdir()
    for month in ("2025-01", "2025-09", "2025-10", "2026-09", "2026-10"):
        (folder / f"{month}.jsonl").write_text("{}\n")
    counts = Counts(folder, kept_days=days, now=clock)
    counts.add(ADMITTED)
    counts.close()
    assert sorted(path.stem for path in folder.iterdir()) == remain


def test_nothing_is_removed_by_a_clock_that_is_not_trusted(clock: Clock, folder: Path) -> None:
    folder.mkdir()
    (folder / "2026-10.jsonl").write_text("{}\n")
    clock.wall, clock.trusted = OPENS + timedelta(days=4000), False
    counts = Counts(folder, kept_days=1, now=clock)
    counts.add(ADMITTED)
    counts.close()
    assert (folder / "2026-10.jsonl").exists()


STRANGE: Final = (
    "README",
    "0000-01.jsonl",
    "2020-00.jsonl",
    "2020-13.jsonl",
    "9999-12.jsonl",
    "1999-01.jsonl",
    "2020-01.json",
    "٢٠٢٠-٠١.jsonl",
)


def test_other_files_are_left_alone(counts: Counts, folder: Path) -> None:
    folder.mkdir()
    for name in STRANGE:
        (folder / name).write_text("")
    counts.add(ADMITTED)
    counts.close()
    assert {path.name for path in folder.iterdir()} == {*STRANGE, "2026-11.jsonl"}


def test_a_month_that_cannot_be_removed_does_not_make_a_quarter_count_twice(
    counts: Counts, clock: Clock, folder: Path
) -> None:
    (folder / "2020-01.jsonl").mkdir(parents=True)
    counts.add(ADMITTED)
    clock.wall += QUARTER
    for turn in range(100):
        counts.turn(turn * 100.0)
    counts.close()
    assert len((folder / "2026-11.jsonl").read_text().splitlines()) == 1


# --- a disk that takes nothing -----------------------------------------------------------


@pytest.fixture
def free(folder: Path) -> Callable[[], None]:
    """Occupy the place of the folder until called."""
    folder.write_text("no room")
    return folder.unlink


def test_a_disk_that_takes_nothing_is_told_and_nothing_is_lost(
    counts: Counts, clock: Clock, folder: Path, free: Callable[[], None]
) -> None:
    for number in range(BOUND):
        counts.add(ADMITTED)
        clock.wall += QUARTER
        counts.turn(number * 900.0)
    assert counts.trouble.startswith("counts are not written: File exists; free space, or check")
    free()
    counts.turn(BOUND * 900.0)
    assert counts.trouble == ""
    assert _sums(folder) == {"admit.admitted": BOUND}
    assert len(_lines(folder)) == BOUND


def test_after_a_day_the_oldest_are_given_up(
    counts: Counts, clock: Clock, folder: Path, free: Callable[[], None]
) -> None:
    for number in range(2 * BOUND):
        counts.add(ADMITTED)
        clock.wall += QUARTER
        counts.turn(number * 900.0)
    free()
    counts.close()
    lines = _lines(folder)
    assert len(lines) == BOUND
    assert lines[-1]["quarter"] == quarter_of(clock.wall - QUARTER).isoformat()
    assert lines[0]["quarter"] == quarter_of(clock.wall - BOUND * QUARTER).isoformat()


def test_a_disk_that_takes_nothing_is_asked_again_after_a_minute_and_not_at_every_turn(
    counts: Counts, clock: Clock, folder: Path, free: Callable[[], None]
) -> None:
    counts.add(ADMITTED)
    clock.wall += QUARTER
    counts.turn(1000.0)
    free()
    counts.turn(1059.0)
    assert not folder.exists()
    counts.turn(1060.0)
    assert _sums(folder) == {"admit.admitted": 1}


def test_a_door_that_ends_on_a_full_disk_ends(counts: Counts, free: Callable[[], None]) -> None:
    counts.add(ADMITTED)
    counts.close()
    assert counts.trouble
    free()


def test_a_clock_that_was_set_back_loses_nothing(
    counts: Counts, clock: Clock, folder: Path
) -> None:
    for hours in (0, 5, -3, 0):
        clock.wall = OPENS + timedelta(hours=hours)
        counts.add(ADMITTED)
        counts.turn(float(hours))
    counts.close()
    assert _sums(folder) == {"admit.admitted": 4}
