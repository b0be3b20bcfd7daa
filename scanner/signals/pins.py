"""Lamps, buzzer and button on GPIO pins.

Promises: every lamp is written dark before anything else happens, light comes before
sound, and what goes out does so before what comes on. The button is only ever read: with
no thread and no callback, a loose wire costs no more than a quiet one. The pin factory is
named by us: gpiozero's own search would fall back silently to one that cannot do what we
need.
"""

import contextlib
from collections.abc import Callable
from typing import Any, Final

from gpiozero import LED, Buzzer, InputDevice, TonalBuzzer
from gpiozero.tones import Tone

from scanner.signals.chips import Chip, find_chip, holder_of
from scanner.signals.player import DARK, Lamps
from scanner.signals.wiring import LAMPS, Active, BuzzerKind, Wiring
from scanner.terms import DeviceError, Reason

_MIDDLE_TONE: Final = "A5"
_OCTAVES: Final = 2
"""Two octaves around 880 Hz are 220 to 3520 Hz: every tone of the table, and 3 kHz."""


class Pins:
    """The wired parts, held until the process ends; `DeviceError(pins_lost)` when one is not ours.

    `factory` makes pins, as gpiozero's factories do.
    """

    def __init__(self, wiring: Wiring, *, factory: Any, chip: Chip) -> None:
        self._factory = factory
        self._chip = chip
        self._shown = DARK
        parts = wiring.pins()
        high = wiring.active is Active.HIGH
        self._leds = {
            part: self._claim(
                part, pin=pin, make=lambda pin: LED(pin, active_high=high, pin_factory=factory)
            )
            for part, pin in parts.items()
            if part in LAMPS
        }
        self._buzzer = self._buzzer_of(wiring)
        self._sound(0)
        self._staff = self._button_of(wiring)
        self.told = f"{chip.label}: {', '.join(f'{part} {pin}' for part, pin in parts.items())}"

    @property
    def has_button(self) -> bool:
        """Say whether there is a button to look at."""
        return self._staff is not None

    @property
    def is_pressed(self) -> bool:
        """Look whether the button connects its pin to ground now, as its contact bounces."""
        return self._staff is not None and bool(self._staff.is_active)

    def show(self, lamps: Lamps) -> None:
        """Switch what differs from what is shown."""
        wanted = {"green": lamps.green, "red": lamps.red}
        shown = {"green": self._shown.green, "red": self._shown.red}
        for part in sorted(wanted, key=lambda part: wanted[part]):
            if wanted[part] is not shown[part]:
                self._leds[part].value = int(wanted[part])
        if lamps.tone_hz != self._shown.tone_hz:
            self._sound(lamps.tone_hz)
        self._shown = lamps

    def dark(self) -> None:
        """Write everything dark and silent, whatever is shown; a broken part stops no other."""
        self._shown = DARK
        for led in self._leds.values():
            with contextlib.suppress(Exception):
                led.off()
        with contextlib.suppress(Exception):
            self._sound(0)

    def _buzzer_of(self, wiring: Wiring) -> Any:
        if wiring.buzzer is BuzzerKind.NONE:
            return None
        kind = Buzzer
        options: dict[str, Any] = {}
        if wiring.buzzer is BuzzerKind.PASSIVE:
            kind, options = TonalBuzzer, {"mid_tone": Tone(_MIDDLE_TONE), "octaves": _OCTAVES}
        return self._claim(
            "buzzer",
            pin=wiring.buzzer_pin,
            make=lambda pin: kind(pin, pin_factory=self._factory, **options),
        )

    def _button_of(self, wiring: Wiring) -> Any:
        if wiring.staff_pin is None:
            return None
        return self._claim(
            "staff",
            pin=wiring.staff_pin,
            make=lambda pin: InputDevice(pin, pull_up=True, pin_factory=self._factory),
        )

    def _sound(self, tone_hz: int) -> None:
        buzzer = self._buzzer
        if not isinstance(buzzer, TonalBuzzer):
            if buzzer is not None:
                buzzer.value = int(tone_hz > 0)
        elif tone_hz:
            buzzer.play(Tone(frequency=tone_hz))
        else:
            buzzer.stop()
            # lgpio stops in mid-wave: half the time the coil would be left with current.
            buzzer.pwm_device.pin.state = 0

    def _claim(self, part: str, *, pin: int, make: Callable[[int], Any]) -> Any:
        try:
            return make(pin)
        except Exception as error:  # noqa: BLE001 - gpiozero and lgpio share no error of their own
            holder = holder_of(pin, path=self._chip.path)
            why = f"is held by {holder!r}" if holder else f"cannot be used: {_plain(error)}"
            raise DeviceError(
                Reason.PINS_LOST,
                f"GPIO {pin} ({part}) of {self._chip.label} {why};"
                f" free it, or set {part}_pin in [signals]",
            ) from None


def _plain(error: Exception) -> str:
    """Return an error's words; lgpio puts quotes around its own."""
    return str(error).strip("' ") or type(error).__name__


def hold_pins(wiring: Wiring) -> Pins:
    """Find the chip and take its pins through lgpio; `DeviceError(pins_lost)` with the remedy."""
    chip = find_chip(wiring.chip)
    try:
        from scanner.signals.header import Header  # noqa: PLC0415 - makes a FIFO

        factory = Header(chip=chip.number)
    except ImportError:
        raise DeviceError(
            Reason.PINS_LOST, "lgpio is not installed: apt install python3-lgpio"
        ) from None
    except Exception as error:  # noqa: BLE001 - as above
        raise DeviceError(
            Reason.PINS_LOST, f"{chip.path} ({chip.label}) cannot be opened: {_plain(error)}"
        ) from None
    return Pins(wiring, factory=factory, chip=chip)
