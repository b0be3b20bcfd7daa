"""Door and keeper killed or stopped while the green lamp burns: dark within a second, measured.

A simulated pin that nobody drives falls to its resistor. With a resistor to the high side it stays
lit, as on a Raspberry Pi, whose kernel keeps the level of a pin whose program died.
"""

import signal
from typing import TYPE_CHECKING, Any, Final

import pytest

from scanner.signals.wiring import Wiring

if TYPE_CHECKING:
    from tests.machine.emulated import Machine, Watched

GREEN, RED, BUZZER = 17, 27, 18
DARK_WITHIN_S: Final = 1.0
# A keeper that hangs is noticed after two seconds, and killed.
HANG_NOTICED_WITHIN_S: Final = 2.5
# What the clocks of an emulated machine may be late.
SLACK_S: Final = 0.1
DARK: Final = "/opt/door-scanner/current/scanner/signals/dark.py"


def darkened_s(watched: "Watched") -> float:
    """Return how long after the signal green was written dark; held or not, that is when it is."""
    assert watched.killed_s is not None, "the lamp never burnt"
    writes = watched.writes(GREEN, since_s=watched.killed_s)
    return next(at_s for at_s, level in writes if level == 0) - watched.killed_s


def hurt_in_green(
    machine: "Machine", *whom: str, how: signal.Signals
) -> tuple["Watched", list[dict[str, Any]]]:
    """Send a signal half a second into an admission; what was seen at the pins, and what was said.

    A door that was stopped is killed afterwards.
    """
    machine.sh(": >/run/tests/said")
    watched = machine.watch(GREEN, RED, BUZZER, kill=whom, signal=how, then_s=3.0)
    door = machine.open_door(Wiring(), ("accept", 5.0))
    seen, said = watched(), door.said()
    if "pid" in whom:
        machine.run("kill", "-KILL", str(said[0]["pid"]))
    return seen, said


def test_a_door_that_is_killed_in_green_is_dark_within_a_second(machine: "Machine") -> None:
    seen, said = hurt_in_green(machine, "pid", how=signal.SIGKILL)
    print(f"door killed in green: dark after {darkened_s(seen) * 1000:.0f} ms")
    assert darkened_s(seen) <= DARK_WITHIN_S
    assert seen.levels() == {GREEN: 0, RED: 0, BUZZER: 0}
    machine.sh(f"! [ -e /proc/{said[0]['keeper']} ]")


def test_a_door_that_is_stopped_in_green_is_dark_within_a_second(machine: "Machine") -> None:
    seen, said = hurt_in_green(machine, "pid", how=signal.SIGSTOP)
    print(f"door stopped in green: dark after {darkened_s(seen) * 1000:.0f} ms")
    assert darkened_s(seen) <= DARK_WITHIN_S + SLACK_S
    assert seen.levels() == {GREEN: 0, RED: 0, BUZZER: 0}
    assert not [line for line in said if "lost" in line]


@pytest.mark.parametrize(
    ("how", "within_s", "words"),
    [
        (signal.SIGKILL, DARK_WITHIN_S, "the keeper ended (killed by SIGKILL)"),
        (signal.SIGSTOP, HANG_NOTICED_WITHIN_S, "the keeper did not answer for 2 seconds"),
    ],
    ids=["killed", "stopped"],
)
def test_a_keeper_that_dies_in_green_is_told_of_and_darkened_by_the_door(
    machine: "Machine", how: signal.Signals, within_s: float, words: str
) -> None:
    machine.pull(GREEN, level=1)
    seen, said = hurt_in_green(machine, "keeper", how=how)
    print(f"keeper {how.name} in green: dark after {darkened_s(seen) * 1000:.0f} ms")
    assert darkened_s(seen) <= within_s + SLACK_S
    lost = said[-1]
    assert lost["reason"] == "pins_lost"
    assert lost["lost"].startswith(words)
    assert "not written dark" not in lost["lost"]


def test_when_door_and_keeper_are_killed_together_the_last_resort_darkens(
    machine: "Machine",
) -> None:
    machine.pull(GREEN, level=1)
    seen, _ = hurt_in_green(machine, "keeper", "pid", how=signal.SIGKILL)
    assert seen.killed_s is not None
    assert seen.writes(GREEN, since_s=seen.killed_s) == []
    assert seen.levels()[GREEN] == 1
    watched = machine.watch(GREEN, RED, BUZZER)
    machine.sh("cat >/run/tests/wiring.json", given=Wiring().to_json())
    machine.sh(f"/usr/bin/python3 -I {DARK} /run/tests/wiring.json")
    assert [level for _, level in watched().writes(GREEN)] == [0]
