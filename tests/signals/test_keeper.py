"""A real keeper process on mock pins: what it plays, and when it goes dark."""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from scanner.process.child import Child, Program
from scanner.signals import DARK, Keeper, Pattern, Wiring
from scanner.signals.keeper import ANSWER_DEADLINE_S, START_DEADLINE_S
from scanner.terms import DeviceError, Reason

if TYPE_CHECKING:
    from tests.signals.conftest import Bench

HERE: Final = Path(__file__).resolve().parent
CHECKOUT: Final = HERE.parents[1]
GREEN, RED, BUZZER = 17, 27, 18
# A machine with other work to do; a unit is 100 ms.
LATE_MS: Final = 90
# What `rogue_keeper.LIES` can do.
LIES: Final = (
    "no greeting",
    "a greeting that is a number",
    "a greeting that is too long",
    "an answer to no beat",
    "an answer that is a word",
    "a list",
    "a failure in the middle",
)


def _gone(pid: int) -> bool:
    handle = os.pidfd_open(pid)
    try:
        return bool(select.select([handle], [], [], 5)[0])
    finally:
        os.close(handle)


def _hear(keeper: Keeper) -> None:
    while select.select([keeper.fileno()], [], [], 5)[0]:
        keeper.receive(now_s=time.monotonic())


def test_every_lamp_is_written_dark_before_the_keeper_says_that_it_holds_them(
    bench: "Bench",
) -> None:
    bench.start()
    bench.read()
    assert bench.keeper.told == "pinctrl-mock: green 17, red 27, buzzer 18"
    assert {write.pin for write in bench.writes} == {GREEN, RED, BUZZER}
    assert not any(write.value for write in bench.writes if write.what == "level")


def test_an_admission_burns_two_seconds_and_sounds_two_tenths(bench: "Bench") -> None:
    bench.start()
    said_ms = bench.play(Pattern.ACCEPT)
    bench.until(lambda: len(bench.changes(GREEN)) == 2)
    on, off = bench.changes(GREEN)
    assert on.at_ms - said_ms < LATE_MS
    assert off.at_ms - on.at_ms == pytest.approx(2000, abs=LATE_MS)
    start, stop = bench.changes(BUZZER, what="tone", since_ms=said_ms)
    assert start.value == 2000
    assert stop.at_ms - start.at_ms == pytest.approx(200, abs=LATE_MS)
    assert not bench.changes(RED)


def test_a_refusal_blinks_three_times_in_its_own_rhythm(bench: "Bench") -> None:
    bench.start()
    bench.play(Pattern.REFUSE)
    bench.until(lambda: len(bench.changes(RED)) == 6)
    first, *others = bench.changes(RED)
    assert [write.at_ms - first.at_ms for write in others] == [
        pytest.approx(unit * 100, abs=LATE_MS) for unit in (5, 10, 15, 20, 25)
    ]
    assert not bench.changes(GREEN)


def test_a_fault_goes_on_until_the_door_says_otherwise(bench: "Bench") -> None:
    bench.start()
    bench.play(Pattern.FAULT)
    bench.until(lambda: len(bench.changes(GREEN)) == 5)
    times = [write.at_ms for write in bench.changes(GREEN)]
    assert [late - early for early, late in pairwise(times)] == [
        pytest.approx(1000, abs=LATE_MS)
    ] * 4
    said_ms = bench.play(Pattern.READY)
    bench.until(lambda: not bench.lit(GREEN) and not bench.lit(RED))
    assert bench.of(GREEN)[-1].at_ms - said_ms < LATE_MS


def test_a_door_that_is_killed_in_green_leaves_the_dark(bench: "Bench") -> None:
    door = subprocess.Popen(
        [sys.executable, HERE / "short_lived_door.py", bench.folder, bench.program.path],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
    )
    assert door.stdout is not None
    keeper = int(door.stdout.readline())
    bench.until(lambda: bool(bench.of(GREEN)) and bench.lit(GREEN))
    killed_ms = time.monotonic() * 1000
    door.kill()
    door.communicate()
    bench.until(lambda: not bench.lit(GREEN))
    assert bench.of(GREEN)[-1].at_ms - killed_ms < 500
    assert _gone(keeper)


def test_a_door_that_says_nothing_for_a_second_gets_the_dark_and_may_come_back(
    bench: "Bench",
) -> None:
    bench.start()
    said_ms = bench.play(Pattern.FAULT)
    bench.until(lambda: bench.lit(GREEN) and bench.lit(RED), beating=False)
    bench.until(lambda: not bench.lit(GREEN) and not bench.lit(RED), beating=False)
    # The pattern itself would end here too: it is the second cycle that must not come.
    last = bench.of(RED)[-1]
    assert last.at_ms - said_ms == pytest.approx(1000, abs=LATE_MS)
    while select.select([bench.pipe], [], [], 1.3)[0]:
        bench.read()
    assert bench.of(RED)[-1] == last
    bench.until(lambda: bench.lit(GREEN) and bench.lit(RED))


def test_green_burns_no_longer_than_a_second_without_its_door(bench: "Bench") -> None:
    bench.start()
    said_ms = bench.play(Pattern.ACCEPT)
    bench.until(lambda: len(bench.changes(GREEN)) == 2, beating=False)
    assert bench.of(GREEN)[-1].at_ms - said_ms == pytest.approx(1000, abs=LATE_MS)
    bench.until(lambda: bench.keeper.pid is not None)
    assert not bench.lit(GREEN)


def test_a_storm_of_signals_changes_the_lamps_six_times_a_second_at_most(bench: "Bench") -> None:
    bench.start()
    storm = [Pattern.ACCEPT, Pattern.REFUSE, Pattern.FAULT, Pattern.ASK, Pattern.STAFF]
    until_s = time.monotonic() + 3
    said = 0
    while time.monotonic() < until_s:
        bench.play(storm[said % len(storm)])
        said += 1
        bench.keeper.beat(time.monotonic())
        select.select([bench.keeper.fileno()], [], [], 0.005)
        bench.keeper.check(time.monotonic())
        bench.read()
    changes = sorted(write.at_ms for pin in (GREEN, RED) for write in bench.changes(pin))
    assert said > 100
    assert len(changes) > 6
    for early, late in zip(changes, changes[6:], strict=False):
        assert late - early > 1000 - LATE_MS


@pytest.mark.parametrize(
    "wrong",
    [
        {"play": "party", "at_ms": 0},
        {"play": 3, "at_ms": 0},
        {"play": "accept"},
        {"play": "accept", "at_ms": -1},
        {"beat": -1},
        {"beat": True},
        {},
        {"green": True},
    ],
    ids=str,
)
def test_words_that_mean_nothing_are_refused_in_the_dark(
    wrong: dict[str, object], bench: "Bench"
) -> None:
    child = Child(bench.program, arguments=[bench.wiring.to_json()])
    child.wire.settimeout(10)
    assert "holds" in (child.receive(max_bytes=4096) or {})
    child.send({"play": "accept", "at_ms": time.monotonic_ns() // 1_000_000})
    child.send(wrong)
    error = child.receive(max_bytes=4096)
    assert error is not None
    assert str(error["error"]).startswith("the door broke the protocol: ")
    assert child.process.wait(5) == 1
    bench.until(lambda: len(bench.changes(GREEN)) == 2)
    assert not bench.lit(GREEN)
    child.end()


def test_the_signals_that_end_a_service_do_not_end_the_keeper(bench: "Bench") -> None:
    bench.start()
    pid = bench.keeper.pid
    assert pid is not None
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        os.kill(pid, number)
    bench.play(Pattern.STAFF)
    bench.until(lambda: len(bench.changes(GREEN)) == 2)
    bench.keeper.check(time.monotonic())
    assert bench.keeper.pid == pid


def test_closing_leaves_the_pins_dark_and_no_process(bench: "Bench") -> None:
    bench.start()
    bench.play(Pattern.STAFF)
    bench.until(lambda: bench.lit(GREEN) and bench.lit(RED))
    pid = bench.keeper.pid
    bench.keeper.close()
    bench.read()
    assert pid is not None
    assert not Path(f"/proc/{pid}").exists()
    assert not bench.lit(GREEN)
    assert not bench.lit(RED)
    assert bench.darkened == []


def test_a_keeper_that_is_killed_is_lost_and_its_pins_are_darkened(bench: "Bench") -> None:
    bench.start()
    assert bench.keeper.pid is not None
    os.kill(bench.keeper.pid, signal.SIGKILL)
    with pytest.raises(DeviceError, match=r"the keeper ended \(killed by SIGKILL\)") as lost:
        bench.until(lambda: False)
    assert lost.value.reason is Reason.PINS_LOST
    assert bench.darkened == [bench.wiring.to_json()]
    assert bench.keeper.pid is None
    assert bench.keeper.told is None


def test_a_keeper_that_hangs_is_killed_and_its_pins_are_darkened(bench: "Bench") -> None:
    bench.start()
    pid = bench.keeper.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    asked_s = time.monotonic() + 1
    for beat in range(4):
        bench.keeper.beat(asked_s + beat)
    bench.keeper.check(asked_s + ANSWER_DEADLINE_S)
    began_s = time.monotonic()
    with pytest.raises(DeviceError, match=r"did not answer for 2 seconds \(killed by SIGKILL\)"):
        bench.keeper.check(asked_s + ANSWER_DEADLINE_S + 0.01)
    assert time.monotonic() - began_s < 0.4
    assert bench.darkened == [bench.wiring.to_json()]
    assert not Path(f"/proc/{pid}").exists()


def test_a_machine_that_stood_still_is_not_the_fault_of_its_keeper(bench: "Bench") -> None:
    bench.start()
    assert bench.keeper.pid is not None
    os.kill(bench.keeper.pid, signal.SIGSTOP)
    asked_s = time.monotonic() + 1
    bench.keeper.beat(asked_s)
    bench.keeper.check(asked_s + 10)
    bench.keeper.beat(asked_s + 10)
    bench.keeper.check(asked_s + 10)
    os.kill(bench.keeper.pid, signal.SIGCONT)
    bench.play(Pattern.STAFF)
    bench.until(lambda: bench.lit(GREEN))


def test_the_next_keeper_goes_on_with_the_state_of_the_door(bench: "Bench") -> None:
    bench.start()
    bench.play(Pattern.FAULT)
    bench.until(lambda: bench.lit(RED))
    bench.keeper.start(now_s=time.monotonic())
    assert bench.keeper.told is None
    bench.read()
    assert not bench.lit(RED)
    bench.until(lambda: bench.lit(RED))


def test_the_next_keeper_does_not_repeat_an_answer(bench: "Bench") -> None:
    bench.start()
    bench.play(Pattern.ACCEPT)
    bench.until(lambda: bench.lit(GREEN))
    bench.start()
    said_ms = bench.play(Pattern.CLICK)
    bench.until(lambda: len(bench.changes(BUZZER, what="tone", since_ms=said_ms)) >= 2)
    click, _ = bench.changes(BUZZER, what="tone", since_ms=said_ms)
    assert click.value == 1200
    assert len(bench.changes(GREEN)) == 2


def test_pins_that_cannot_be_taken_are_told_with_the_reason(
    bench_of: Callable[[str], "Bench"],
) -> None:
    bench = bench_of("gone")
    with pytest.raises(DeviceError, match=r"^pins_lost: no GPIO chip is gone$"):
        bench.start()
    assert bench.darkened == []


def test_a_lamp_that_fails_in_the_middle_ends_in_the_dark(
    bench_of: Callable[[str], "Bench"],
) -> None:
    bench = bench_of("breaks")
    bench.start()
    bench.play(Pattern.ACCEPT)
    bench.until(lambda: bench.lit(GREEN))
    bench.play(Pattern.STAFF)
    with pytest.raises(DeviceError, match=r"OSError: the pin went away \(exit status 1\)"):
        bench.until(lambda: False)
    bench.read()
    assert not bench.lit(GREEN)
    assert bench.darkened == [bench.wiring.to_json()]


def test_the_keeper_of_the_product_names_a_chip_that_is_not_there(tmp_path: Path) -> None:
    keeper = Keeper(Wiring(chip="no-such-chip"), folder=str(tmp_path))
    keeper.start(now_s=time.monotonic())
    assert select.select([keeper.fileno()], [], [], 10)[0]
    with pytest.raises(DeviceError, match=r"no GPIO chip (is no-such-chip|in /dev)"):
        keeper.check(time.monotonic())


@pytest.mark.parametrize("lie", LIES)
def test_a_keeper_that_lies_is_lost(lie: str) -> None:
    program = Program("rogue_keeper", path=f"{CHECKOUT}:{HERE}")
    keeper = Keeper(Wiring(chip=lie), program=program, darken=lambda _: None)
    keeper.start(now_s=time.monotonic())
    with pytest.raises(DeviceError) as lost:
        _hear(keeper)
    assert lost.value.reason is Reason.PINS_LOST
    assert keeper.pid is None


def test_a_keeper_that_never_begins_is_lost(tmp_path: Path) -> None:
    program = Program("silent_child", path=f"{CHECKOUT}:{CHECKOUT / 'tests' / 'sight'}")
    keeper = Keeper(Wiring(), program=program, folder=str(tmp_path))
    keeper.start(now_s=100.0)
    keeper.signal(Pattern.READY, DARK, at_ms=0)
    keeper.check(100.0 + START_DEADLINE_S)
    with pytest.raises(DeviceError, match="did not start"):
        keeper.check(100.1 + START_DEADLINE_S)


def test_a_private_folder_is_gone_after_the_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    keeper = Keeper(Wiring(chip="no-such-chip"))
    keeper.start(now_s=0.0)
    assert len(list(tmp_path.iterdir())) == 1
    keeper.close()
    assert list(tmp_path.iterdir()) == []


def test_the_door_loads_no_pin_library() -> None:
    code = (
        "import sys, scanner.signals; print([m for m in ('gpiozero', 'lgpio') if m in sys.modules])"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, cwd=CHECKOUT
    )
    assert loaded.stdout == b"[]\n"
