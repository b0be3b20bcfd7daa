"""The pin header through lgpio: one chip by number, no asking which board this is.

Loaded by the keeper alone, and only when there is a chip: importing lgpio makes a FIFO in
the working directory.
"""

from typing import Final

import lgpio
from gpiozero.pins.lgpio import LGPIOFactory, LGPIOPin

_PI_4B: Final = 0xC03111
"""Every board with 40 pins numbers GPIO 2 to 27 alike. Asking the machine would fail on
Debian's kernels, in a sandbox without /proc, and on a board newer than gpiozero."""


class HeaderPin(LGPIOPin):  # type: ignore[misc] # gpiozero has no types
    """A pin that becomes an output at its level, without first being one at the other."""

    def output_with_state(self, state: object) -> None:
        """Claim the output together with its level: a lamp lit at low must not flash."""
        lgpio.gpio_claim_output(self.factory._handle, self._number, int(bool(state)))  # noqa: SLF001


class Header(LGPIOFactory):  # type: ignore[misc] # gpiozero has no types
    """The pins of one GPIO chip."""

    def __init__(self, *, chip: int) -> None:
        super().__init__(chip=chip)
        self.pin_class = HeaderPin

    def _get_revision(self) -> int:
        return _PI_4B
