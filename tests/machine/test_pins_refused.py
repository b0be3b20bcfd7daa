"""A keeper that cannot have its pins says why in one line, with the remedy, and lights nothing."""

from typing import TYPE_CHECKING, Any

from scanner.signals.wiring import Wiring

if TYPE_CHECKING:
    from tests.machine.emulated import Machine

GREEN, RED, BUZZER = 17, 27, 18


def refusal(machine: "Machine", wiring: Wiring) -> dict[str, Any]:
    """Open a door whose keeper gets no pins; what it says, and that nothing was lit."""
    watched = machine.watch(GREEN, RED, BUZZER)
    door = machine.open_door(wiring, ("accept", 2.0))
    assert door.end().code == 0
    assert 1 not in {level for _, _, level in watched().written}
    said = door.said()
    assert len(said) == 1
    assert said[0]["reason"] == "pins_lost"
    return said[0]


def test_a_wrong_label_is_told_with_those_that_are_there(machine: "Machine") -> None:
    assert refusal(machine, Wiring(chip="pinctrl-bcm2711"))["lost"] == (
        "no GPIO chip is pinctrl-bcm2711; there is gpio-brcmstb, pinctrl-rp1: set chip in [signals]"
    )


def test_a_pin_that_the_chip_does_not_have_is_named(machine: "Machine") -> None:
    lost = refusal(machine, Wiring(chip="gpio-brcmstb", green_pin=9))["lost"]
    assert lost.startswith(f"GPIO {RED} (red) of gpio-brcmstb cannot be used: ")
    assert lost.endswith("; free it, or set red_pin in [signals]")
    assert "\n" not in lost


def test_a_busy_pin_is_told_with_the_name_of_its_holder(machine: "Machine") -> None:
    with machine.holding(RED):
        assert refusal(machine, Wiring())["lost"] == (
            f"GPIO {RED} (red) of pinctrl-rp1 is held by 'gpioset';"
            " free it, or set red_pin in [signals]"
        )


def test_a_keeper_gets_its_pins_once_they_are_free_again(machine: "Machine") -> None:
    with machine.holding(GREEN):
        assert "lost" in machine.open_door(Wiring()).said()[-1]
    assert "told" in machine.open_door(Wiring()).said()[0]
