"""The staff button on a simulated pin: the real keeper reads it through lgpio."""

from typing import TYPE_CHECKING, Final

import pytest

from scanner.signals.wiring import Wiring

if TYPE_CHECKING:
    from tests.machine.emulated import Door, Machine

GREEN, RED, BUTTON = 17, 27, 4
WIRING: Final = Wiring(staff_pin=BUTTON)
# Emulation is slow: a press that a hand makes in 0.1 s takes twice as long here.
PRESS_S: Final = 0.2
LEVEL: Final = f"/sys/devices/platform/gpio-sim.1/gpiochip1/sim_gpio{BUTTON}/value"


def runs(door: "Door") -> list[int]:
    return [said["staff"] for said in door.said() if "staff" in said]


def test_the_pin_is_pulled_up_and_nobody_writes_to_it(machine: "Machine") -> None:
    watched = machine.watch(GREEN, RED, BUTTON)
    door = machine.open_door(WIRING, ("staff", 3.0))
    assert door.said()[0]["told"] == "pinctrl-rp1: green 17, red 27, buzzer 18, staff 4"
    assert machine.sh(f"cat {LEVEL}").strip() == "1"
    assert door.end().code == 0
    seen = watched()
    assert seen.writes(BUTTON) == []
    assert 1 in {level for _, level in seen.writes(GREEN)}


@pytest.mark.parametrize(("held_s", "told"), [([PRESS_S], 1), ([PRESS_S] * 3, 3), ([2.5], 1)])
def test_presses_are_told_by_their_number(
    machine: "Machine", held_s: list[float], told: int
) -> None:
    door = machine.open_door(WIRING, ("ready", 8.0))
    machine.press(BUTTON, held_s=held_s)
    assert door.end().code == 0
    assert runs(door) == [told]


def test_contacts_that_bounce_are_no_more_presses(machine: "Machine") -> None:
    door = machine.open_door(WIRING, ("ready", 8.0))
    machine.press(BUTTON, held_s=[PRESS_S, PRESS_S], bounces=5)
    assert door.end().code == 0
    assert runs(door) == [2]


def test_a_button_pin_that_another_program_holds_is_named(machine: "Machine") -> None:
    with machine.holding(BUTTON):
        door = machine.open_door(WIRING, ("ready", 1.0))
        assert door.said()[-1]["lost"] == (
            f"GPIO {BUTTON} (staff) of pinctrl-rp1 is held by 'gpioset';"
            " free it, or set staff_pin in [signals]"
        )
