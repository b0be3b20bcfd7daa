"""The last resort, `dark.py`, under the system's Python and on simulated pins."""

from typing import TYPE_CHECKING, Final

import pytest

from scanner.signals.wiring import Active, BuzzerKind, LampKind, Wiring

if TYPE_CHECKING:
    from tests.machine.emulated import Machine, Outcome

GREEN, RED, BLUE, BUZZER = 17, 27, 22, 18
DARK: Final = "/opt/door-scanner/current/scanner/signals/dark.py"
FILE: Final = "/run/tests/wiring.json"


def darken(machine: "Machine", wiring: Wiring) -> "Outcome":
    machine.sh(f"cat >{FILE}", given=wiring.to_json())
    return machine.run("/usr/bin/python3", "-I", DARK, FILE)


@pytest.mark.parametrize(
    ("wiring", "levels"),
    [
        (Wiring(), {GREEN: 0, RED: 0, BUZZER: 0}),
        (Wiring(buzzer=BuzzerKind.NONE), {GREEN: 0, RED: 0}),
        (Wiring(lamps=LampKind.RGB), {GREEN: 0, RED: 0, BLUE: 0, BUZZER: 0}),
        (Wiring(active=Active.LOW), {GREEN: 1, RED: 1, BUZZER: 0}),
        (Wiring(staff_pin=4), {GREEN: 0, RED: 0, BUZZER: 0}),
        (Wiring(chip="pinctrl-rp1", green_pin=9, red_pin=10, buzzer_pin=2), {9: 0, 10: 0, 2: 0}),
    ],
    ids=["pair", "no buzzer", "rgb", "lit at low", "a button", "other pins"],
)
def test_every_lamp_is_written_dark_and_nothing_else_is_touched(
    machine: "Machine", wiring: Wiring, levels: dict[int, int]
) -> None:
    # What is not dark, as a crash may leave it.
    lit = [pin for pin, level in levels.items() if level == 0]
    machine.pull(*lit, level=1)
    watched = machine.watch(*range(28))
    outcome = darken(machine, wiring)
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    written = watched().written
    assert sorted((pin, level) for _, pin, level in written) == sorted(levels.items())


def test_a_line_that_is_held_is_named_and_the_others_go_dark(machine: "Machine") -> None:
    with machine.holding(RED):
        watched = machine.watch(GREEN, BUZZER)
        outcome = darken(machine, Wiring())
        assert outcome.code == 3
        assert outcome.err == f"not written dark: GPIO {RED}: Device or resource busy\n"
        assert sorted((pin, level) for _, pin, level in watched().written) == [
            (GREEN, 0),
            (BUZZER, 0),
        ]


def test_a_chip_that_is_not_there_is_named(machine: "Machine") -> None:
    outcome = darken(machine, Wiring(chip="pinctrl-bcm2711"))
    assert outcome.code == 3
    assert outcome.err.startswith("not written dark: no GPIO chip pinctrl-bcm2711 ")
    assert outcome.err.count("\n") == 1


def test_a_door_that_never_held_a_pin_needs_no_darkness(machine: "Machine") -> None:
    outcome = machine.run("/usr/bin/python3", "-I", DARK, "/run/tests/not-there.json")
    assert (outcome.code, outcome.err) == (0, "")
