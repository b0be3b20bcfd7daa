"""A real keeper process with a button on mock pins, and what its door hears of it."""

import os
import select
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from scanner.process import wire
from scanner.process.child import Program
from scanner.signals import Keeper, Pattern, Wiring
from scanner.signals.button import STUCK_MS
from scanner.signals.presses import BACKLOG_S, HAND_S, Presses
from scanner.terms import DeviceError, Reason

if TYPE_CHECKING:
    from tests.signals.conftest import Bench

HERE: Final = Path(__file__).resolve().parent
CHECKOUT: Final = HERE.parents[1]
GREEN, RED, BUTTON = 17, 27, 4
# A machine with other work to do.
LATE_MS: Final = 90


def _runs(bench: "Bench", *, count: int) -> list[int]:
    """Wait for so many runs, and a moment for one too many."""
    runs: list[int] = []

    def heard() -> bool:
        runs.extend(bench.keeper.presses.taken())
        return len(runs) >= count

    bench.until(heard)
    until_s = time.monotonic() + 0.2
    bench.until(lambda: time.monotonic() > until_s)
    return runs + bench.keeper.presses.taken()


def test_the_keeper_says_where_the_button_is_and_never_drives_its_pin(staffed: "Bench") -> None:
    staffed.start()
    assert staffed.keeper.told == "pinctrl-mock: green 17, red 27, buzzer 18, staff 4"
    staffed.press()
    staffed.play(Pattern.STAFF)
    staffed.until(lambda: len(staffed.changes(GREEN)) == 2)
    assert staffed.of(BUTTON) == []
    assert len(staffed.of(BUTTON, "read")) > 10


@pytest.mark.parametrize(("times", "told"), [(1, 1), (2, 2), (3, 3), (4, 4), (6, 4)])
def test_presses_are_told_by_their_number(times: int, told: int, staffed: "Bench") -> None:
    staffed.start()
    staffed.press(times)
    assert _runs(staffed, count=1) == [told]


def test_two_runs_are_told_one_by_one(staffed: "Bench") -> None:
    staffed.start()
    staffed.press(2)
    assert _runs(staffed, count=1) == [2]
    staffed.press()
    assert _runs(staffed, count=1) == [1]


def test_holding_it_long_is_one_press(staffed: "Bench") -> None:
    staffed.start()
    staffed.down(for_ms=1500)
    assert staffed.keeper.presses.taken() == []
    staffed.up()
    assert _runs(staffed, count=1) == [1]


def test_a_button_that_is_held_changes_nothing_about_the_lamps(staffed: "Bench") -> None:
    staffed.start()
    staffed.down()
    said_ms = staffed.play(Pattern.ACCEPT)
    staffed.until(lambda: len(staffed.changes(GREEN)) == 2)
    on, off = staffed.changes(GREEN)
    assert on.at_ms - said_ms < LATE_MS
    assert off.at_ms - on.at_ms == pytest.approx(2000, abs=LATE_MS)
    assert not staffed.changes(RED)


def test_presses_are_no_sign_of_life_of_the_door(staffed: "Bench") -> None:
    staffed.start()
    said_ms = staffed.play(Pattern.ACCEPT)
    staffed.until(lambda: staffed.lit(GREEN), beating=False)
    (staffed.folder / "down").touch()
    staffed.until(lambda: not staffed.lit(GREEN), beating=False)
    assert staffed.of(GREEN)[-1].at_ms - said_ms == pytest.approx(1000, abs=LATE_MS)


def test_a_door_that_ends_in_a_press_leaves_the_dark(staffed: "Bench") -> None:
    staffed.start()
    staffed.play(Pattern.STAFF)
    staffed.until(lambda: staffed.lit(GREEN) and staffed.lit(RED))
    staffed.down()
    staffed.keeper.close()
    staffed.read()
    assert not staffed.lit(GREEN)
    assert not staffed.lit(RED)
    assert staffed.darkened == []


@pytest.mark.long
def test_a_button_that_sticks_is_told_once_and_is_no_press(staffed: "Bench") -> None:
    staffed.start()
    held_ms = time.monotonic() * 1000
    (staffed.folder / "down").touch()
    staffed.until(lambda: staffed.keeper.presses.is_stuck)
    assert time.monotonic() * 1000 - held_ms >= STUCK_MS
    (staffed.folder / "down").unlink()
    staffed.until(lambda: not staffed.keeper.presses.is_stuck)
    assert staffed.keeper.presses.taken() == []
    staffed.press()
    assert _runs(staffed, count=1) == [1]


def test_a_keeper_that_is_replaced_in_a_press_does_not_count_it(staffed: "Bench") -> None:
    staffed.start()
    staffed.down()
    assert staffed.keeper.pid is not None
    os.kill(staffed.keeper.pid, signal.SIGKILL)
    with pytest.raises(DeviceError, match="killed by SIGKILL"):
        staffed.until(lambda: False)
    assert staffed.darkened == [staffed.wiring.to_json()]
    staffed.start()
    staffed.down()
    staffed.up(for_ms=1000)
    assert staffed.keeper.presses.taken() == []
    staffed.press(2)
    assert _runs(staffed, count=1) == [2]


def test_a_button_that_cannot_be_read_ends_in_the_dark(
    bench_of: Callable[..., "Bench"],
) -> None:
    bench = bench_of("breaks", staff_pin=BUTTON)
    bench.start()
    bench.play(Pattern.ACCEPT)
    bench.until(lambda: bench.lit(GREEN))
    (bench.folder / "down").touch()
    with pytest.raises(DeviceError, match=r"OSError: the pin went away \(exit status 1\)"):
        bench.until(lambda: False)
    bench.read()
    assert not bench.lit(GREEN)


# --- a keeper that lies --------------------------------------------------------------------


def _listened(says: str, *, staff_pin: int | None = BUTTON, now_s: float = 1000.0) -> Keeper:
    program = Program("rogue_keeper", path=f"{CHECKOUT}:{HERE}")
    wiring = Wiring(chip=says, staff_pin=staff_pin)
    keeper = Keeper(wiring, program=program, darken=lambda _: None)
    keeper.start(now_s=now_s)
    return keeper


def _hear(keeper: Keeper, *, now_s: float = 1000.0) -> None:
    """Hear all that there is until the keeper is lost, or says no more for half a second."""
    wait_s = 10.0
    while select.select([keeper.fileno()], [], [], wait_s)[0]:
        keeper.receive(now_s=now_s)
        wait_s = 0.5


LIES: Final = (
    "a press before the greeting",
    "no press at all",
    "five presses",
    "presses by the thousand",
    "a press that is a truth",
    "a press that is a word",
    "half a press",
    "a button that sticks by number",
    "a button that nobody knows of",
    "a press after the truth",
    "seventeen presses at once",
    "a button that sticks and sticks",
)


@pytest.mark.parametrize("lie", LIES)
def test_a_keeper_that_lies_about_its_button_is_lost_and_nothing_of_it_counts(lie: str) -> None:
    keeper = _listened(lie)
    with pytest.raises(DeviceError, match="the keeper broke the protocol") as lost:
        _hear(keeper)
    assert lost.value.reason is Reason.PINS_LOST
    assert keeper.pid is None
    assert keeper.presses.taken() == []
    assert not keeper.presses.is_stuck


def test_a_keeper_without_a_button_that_tells_of_one_lies() -> None:
    keeper = _listened("a press", staff_pin=None)
    with pytest.raises(DeviceError, match="the keeper broke the protocol"):
        _hear(keeper)
    assert keeper.presses.taken() == []


def test_what_was_pressed_before_a_keeper_failed_counts() -> None:
    keeper = _listened("a press before a failure")
    with pytest.raises(DeviceError, match="GPIO 17 went away"):
        _hear(keeper)
    assert keeper.presses.taken() == [2]


def test_what_was_pressed_while_the_machine_stood_still_comes_at_once() -> None:
    keeper = _listened("sixteen presses at once")
    _hear(keeper)
    assert keeper.presses.taken() == [1] * 16
    assert keeper.presses.taken() == []
    keeper.close()


def test_a_hand_may_press_all_day_and_a_flood_ends_within_a_second() -> None:
    presses = Presses()
    now_s = 0.0
    for _ in range(10_000):
        presses.hear({"staff": 1}, now_s=now_s)
        now_s += HAND_S
    assert len(presses.taken()) == 10_000
    for _ in range(int(BACKLOG_S / HAND_S)):
        now_s += 0.001
        presses.hear({"staff": 1}, now_s=now_s)
    with pytest.raises(wire.WireError):
        presses.hear({"staff": 1}, now_s=now_s)
