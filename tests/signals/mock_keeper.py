"""A keeper on mock pins that tells what each pin does, and when.

The pipe `pins` in its folder gets one line a write: monotonic milliseconds, GPIO number,
and `level` or `tone` with its value; and `read` with what a button's pin showed. A file `down`
in that folder holds the button down. A chip called "gone" cannot be taken; on one called
"breaks" the red lamp cannot be lit, and a button that is down cannot be read.
"""

import os
import time
from pathlib import Path
from typing import Final

from gpiozero.pins.mock import MockFactory, MockPWMPin

from scanner.signals.chips import Chip
from scanner.signals.keeper_child import keep
from scanner.signals.pins import Pins
from scanner.signals.wiring import Wiring
from scanner.terms import DeviceError, Reason

CHIP: Final = Chip(0, "pinctrl-mock", "/nowhere/gpiochip0")
PIPE: Final = os.open("pins", os.O_WRONLY)


def tell(number: str, what: str, value: float) -> None:
    os.write(PIPE, f"{time.monotonic() * 1000:.3f} {number} {what} {value:g}\n".encode())


class TellingPin(MockPWMPin):  # type: ignore[misc] # gpiozero has no types
    """Tells every write, also one that changes nothing, and every look at an input."""

    def _get_state(self) -> float:
        if self.function != "input":
            return float(super()._get_state())
        is_high = self.pull == "up" and not Path("down").exists()
        tell(self.info.name[4:], "read", is_high)
        return float(is_high)

    def _set_state(self, value: float) -> None:
        super()._set_state(value)
        tell(self.info.name[4:], "level", value)

    def _set_frequency(self, value: float | None) -> None:
        super()._set_frequency(value)
        tell(self.info.name[4:], "tone", value or 0)


class BreakingPin(TellingPin):
    """Fails when the red lamp is to burn, or a button is down."""

    def _get_state(self) -> float:
        state = super()._get_state()
        if self.function == "input" and not state:
            raise OSError("the pin went away")
        return state

    def _set_state(self, value: float) -> None:
        if value and self.info.name == "GPIO27":
            raise OSError("the pin went away")
        super()._set_state(value)


def hold(wiring: Wiring) -> Pins:
    if wiring.chip == "gone":
        raise DeviceError(Reason.PINS_LOST, "no GPIO chip is gone")
    kind = BreakingPin if wiring.chip == "breaks" else TellingPin
    return Pins(wiring, factory=MockFactory(pin_class=kind), chip=CHIP)


def main(arguments: list[str]) -> None:
    keep(arguments, hold=hold)
