"""A keeper on mock pins that tells what each pin does, and when.

The pipe `pins` in its folder gets one line a write: monotonic milliseconds, GPIO number,
and `level` or `tone` with its value. A chip called "gone" cannot be taken; on one called
"breaks" the red lamp cannot be lit.
"""

import os
import time
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
    """Tells every write, also one that changes nothing."""

    def _set_state(self, value: float) -> None:
        super()._set_state(value)
        tell(self.info.name[4:], "level", value)

    def _set_frequency(self, value: float | None) -> None:
        super()._set_frequency(value)
        tell(self.info.name[4:], "tone", value or 0)


class BreakingPin(TellingPin):
    """Fails when the red lamp is to burn."""

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
