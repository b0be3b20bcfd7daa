"""What a machine says of its time, file by file; what cannot be read is not there."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from scanner.gate.timekeeping import RELEASED, TOLERANCE, Evidence, Source
from scanner.store.evidence import BOOT_ID_VARIABLE, Machine

NOON: Final = datetime(2027, 3, 1, 12, tzinfo=UTC)
UP_S: Final = 7200.0
TICK: Final = timedelta(seconds=1)
TIMESYNCD: Final = "run/systemd/timesync/synchronized"
CHRONY: Final = "run/door-clock/synchronised"
RTC: Final = "sys/class/rtc/rtc0"


class Root:
    """A machine's files below a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def touch(self, path: str, *, at: datetime) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
        os.utime(file, (at.timestamp(), at.timestamp()))

    def write(self, path: str, text: str | bytes) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())

    def battery_clock(
        self, *, at: datetime = NOON, hctosys: str = "1\n", said: str | bytes | None = None
    ) -> None:
        told = f"{int(at.timestamp())}\n" if said is None else said
        self.write(f"{RTC}/since_epoch", told)
        self.write(f"{RTC}/hctosys", hctosys)

    def says(self, *, wall: datetime = NOON) -> Source | None:
        return (
            Machine(self.folder)
            .evidence(wall=wall, boottime_s=UP_S, boot_id="this")
            .synchronised_by
        )


@pytest.fixture
def root(tmp_path: Path) -> Root:
    return Root(tmp_path)


CASES: Final[dict[str, tuple[Callable[[Root], None], Source | None]]] = {
    "nothing": (lambda _: None, None),
    "timesyncd, just now": (lambda r: r.touch(TIMESYNCD, at=NOON), Source.TIMESYNCD),
    "timesyncd, when it was switched on": (
        lambda r: r.touch(TIMESYNCD, at=NOON - timedelta(seconds=UP_S)), Source.TIMESYNCD,
    ),
    "timesyncd, before this boot": (
        lambda r: r.touch(TIMESYNCD, at=NOON - timedelta(seconds=UP_S) - TOLERANCE - TICK), None,
    ),
    "timesyncd, in the future": (
        lambda r: r.touch(TIMESYNCD, at=NOON + TOLERANCE + TICK), None,
    ),
    "chrony, nine minutes ago": (
        lambda r: r.touch(CHRONY, at=NOON - timedelta(minutes=9)), Source.CHRONY,
    ),
    "chrony, eleven minutes ago": (
        lambda r: r.touch(CHRONY, at=NOON - timedelta(minutes=11)), None,
    ),
    "chrony, in the future": (lambda r: r.touch(CHRONY, at=NOON + TOLERANCE + TICK), None),
    "a battery clock that agrees": (lambda r: r.battery_clock(at=NOON + TOLERANCE), Source.RTC),
    "a battery clock that does not": (
        lambda r: r.battery_clock(at=NOON + TOLERANCE + TICK), None,
    ),
    "a battery clock that set nothing": (
        lambda r: r.battery_clock(at=NOON, hctosys="0\n"), None,
    ),
    "a battery clock without its time": (lambda r: r.write(f"{RTC}/hctosys", "1\n"), None),
    "a battery clock that speaks nonsense": (
        lambda r: r.battery_clock(said=b"\xff\xfe"), None,
    ),
    "a battery clock beyond the calendar": (
        lambda r: r.battery_clock(said="9" * 60), None,
    ),
    "a battery clock below zero": (
        lambda r: r.battery_clock(said="-5"), None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_who_vouches_for_the_clock(case: str, root: Root) -> None:
    make, source = CASES[case]
    make(root)
    assert root.says() is source


def test_a_battery_clock_without_its_battery_agrees_with_nothing(root: Root) -> None:
    empty = datetime(2000, 1, 1, tzinfo=UTC)
    root.battery_clock(at=empty)
    assert root.says(wall=empty) is None
    root.battery_clock(at=RELEASED)
    assert root.says(wall=RELEASED) is None


def test_a_clock_that_was_set_by_hand_after_it_was_synchronised_is_nobodys(root: Root) -> None:
    root.touch(TIMESYNCD, at=NOON)
    assert root.says(wall=NOON + timedelta(days=400)) is None
    assert root.says(wall=NOON - timedelta(hours=1)) is None


def test_folders_where_files_should_be_are_not_there(root: Root) -> None:
    for path in (f"{RTC}/since_epoch", f"{RTC}/hctosys", "proc/sys/kernel/random/boot_id"):
        (root.folder / path).mkdir(parents=True)
    assert Machine(root.folder).look().boot_id == ""


BOOT: Final = "0f7c7f9c-7d2e-4f0a-9b8e-0123456789ab"


def test_a_boot_is_known_by_the_kernels_file(root: Root) -> None:
    root.write("proc/sys/kernel/random/boot_id", f"{BOOT}\n")
    assert Machine(root.folder).look().boot_id == BOOT.replace("-", "")


def test_a_boot_is_known_by_the_unit_where_the_file_is_hidden(
    root: Root, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(BOOT_ID_VARIABLE, BOOT.replace("-", ""))
    assert Machine(root.folder).look().boot_id == BOOT.replace("-", "")


def test_a_look_takes_both_clocks_of_the_kernel(root: Root) -> None:
    machine = Machine(root.folder)
    before_s = machine.boottime_s()
    found = machine.look()
    assert isinstance(found, Evidence)
    assert found.wall.utcoffset() == timedelta(0)
    assert before_s <= found.boottime_s <= machine.boottime_s()
