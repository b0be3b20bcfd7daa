"""Lamps and buzzers on gpiozero's mock pins."""

import threading
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin

from scanner.signals import (
    DARK,
    PATTERNS,
    Active,
    BuzzerKind,
    LampKind,
    Lamps,
    Wiring,
)
from scanner.signals.chips import Chip
from scanner.signals.pins import Pins
from scanner.terms import DeviceError, Reason

CHIP = Chip(4, "pinctrl-rp1", "/nowhere/gpiochip4")


class Board:
    """A header of mock pins, and the parts on it."""

    def __init__(self, wiring: Wiring) -> None:
        self.factory: Any = MockFactory(pin_class=MockPWMPin)
        self.pins = Pins(wiring, factory=self.factory, chip=CHIP)

    def level(self, pin: int) -> float:
        return float(self.factory.pin(f"GPIO{pin}").state)

    def history(self, pin: int) -> list[float]:
        return [float(state.state) for state in self.factory.pin(f"GPIO{pin}").states]

    def tone_hz(self, pin: int) -> float | None:
        frequency: float | None = self.factory.pin(f"GPIO{pin}").frequency
        return frequency


def test_the_pins_say_where_they_are() -> None:
    board = Board(Wiring(lamps=LampKind.RGB))
    assert board.pins.told == "pinctrl-rp1: green 17, red 27, blue 22, buzzer 18"


def test_a_lamp_burns_high_and_is_dark_low() -> None:
    board = Board(Wiring())
    board.pins.show(Lamps(green=True))
    assert (board.level(17), board.level(27)) == (1, 0)
    board.pins.show(Lamps(red=True))
    assert (board.level(17), board.level(27)) == (0, 1)
    board.pins.show(DARK)
    assert (board.level(17), board.level(27)) == (0, 0)


def test_with_the_other_polarity_a_lamp_burns_low_and_is_dark_high() -> None:
    board = Board(Wiring(active=Active.LOW))
    assert (board.level(17), board.level(27)) == (1, 1)
    board.pins.show(Lamps(green=True))
    assert (board.level(17), board.level(27)) == (0, 1)
    board.pins.dark()
    assert (board.level(17), board.level(27)) == (1, 1)


def test_the_blue_channel_stays_dark() -> None:
    board = Board(Wiring(lamps=LampKind.RGB, active=Active.LOW))
    for score in PATTERNS.values():
        for step in score.steps:
            board.pins.show(Lamps(step.green, step.red, step.tone_hz))
    # Low until it was claimed, then high for good.
    assert board.history(22) == [0, 1]


def test_a_passive_buzzer_plays_every_tone_of_the_table_and_three_kilohertz() -> None:
    board = Board(Wiring())
    tones = {step.tone_hz for score in PATTERNS.values() for step in score.steps} - {0}
    assert {400, 2000} <= tones
    for tone_hz in sorted(tones | {3000}):
        board.pins.show(Lamps(tone_hz=tone_hz))
        assert board.tone_hz(18) == tone_hz
        assert board.level(18) == 0.5
        board.pins.show(DARK)
        assert board.tone_hz(18) is None
        assert board.level(18) == 0


def test_a_tone_that_stops_in_mid_wave_leaves_no_current() -> None:
    class Halting(MockPWMPin):  # type: ignore[misc] # gpiozero has no types
        """Stops where it is, as lgpio does."""

        def _set_frequency(self, value: float | None) -> None:
            self._frequency = value

    factory = MockFactory(pin_class=Halting)
    pins = Pins(Wiring(), factory=factory, chip=CHIP)
    pins.show(Lamps(tone_hz=2000))
    pins.show(DARK)
    assert factory.pin("GPIO18").frequency is None
    assert factory.pin("GPIO18").state == 0


def test_an_active_buzzer_is_switched() -> None:
    board = Board(Wiring(buzzer=BuzzerKind.ACTIVE))
    board.pins.show(Lamps(tone_hz=400))
    assert board.level(18) == 1
    board.pins.show(Lamps(tone_hz=2000))
    assert board.level(18) == 1
    board.pins.show(DARK)
    assert board.history(18) == [0, 1, 0]


def test_without_a_buzzer_its_pin_is_left_alone() -> None:
    board = Board(Wiring(buzzer=BuzzerKind.NONE))
    board.pins.show(Lamps(green=True, tone_hz=2000))
    assert board.factory.pin("GPIO18").function == "input"
    assert board.level(17) == 1


def test_a_button_is_pulled_up_read_and_never_driven() -> None:
    board = Board(Wiring(staff_pin=4, active=Active.LOW))
    pin = board.factory.pin("GPIO4")
    assert (pin.function, pin.pull) == ("input", "up")
    assert board.pins.has_button
    assert not board.pins.is_pressed
    pin.drive_low()
    assert board.pins.is_pressed
    board.pins.show(Lamps(green=True, red=True, tone_hz=2000))
    board.pins.dark()
    assert pin.function == "input"
    assert board.pins.is_pressed
    pin.drive_high()
    assert not board.pins.is_pressed
    assert board.pins.told.endswith("buzzer 18, staff 4")


def test_a_button_starts_no_thread() -> None:
    before = threading.active_count()
    board = Board(Wiring(staff_pin=4))
    board.factory.pin("GPIO4").drive_low()
    assert threading.active_count() == before


def test_without_a_button_nothing_is_pressed() -> None:
    board = Board(Wiring())
    assert not board.pins.has_button
    assert not board.pins.is_pressed


def test_a_button_whose_pin_is_in_use_is_named_with_the_remedy() -> None:
    board = Board(Wiring())
    wiring = Wiring(green_pin=9, red_pin=10, buzzer=BuzzerKind.NONE, staff_pin=27)
    with pytest.raises(DeviceError, match=r"^pins_lost: GPIO 27 \(staff\) of pinctrl-rp1") as lost:
        Pins(wiring, factory=board.factory, chip=CHIP)
    assert lost.value.detail.endswith("; free it, or set staff_pin in [signals]")


def test_dark_is_written_whatever_was_shown() -> None:
    board = Board(Wiring())
    board.pins.show(Lamps(green=True, red=True, tone_hz=2000))
    # Somebody else's hand: what is remembered is no longer what burns.
    board.pins.show(DARK)
    board.factory.pin("GPIO17").state = 1
    board.pins.dark()
    assert (board.level(17), board.level(27), board.level(18)) == (0, 0, 0)


def test_a_lamp_that_breaks_keeps_no_other_lit() -> None:
    board = Board(Wiring())
    board.pins.show(Lamps(green=True, red=True, tone_hz=2000))
    board.factory.pin("GPIO17").function = "input"
    board.pins.dark()
    assert board.level(27) == 0
    assert board.tone_hz(18) is None


def test_what_goes_out_does_so_before_what_comes_on() -> None:
    order: list[tuple[str, float]] = []

    class Telling(MockPWMPin):  # type: ignore[misc] # gpiozero has no types
        def _set_state(self, value: float) -> None:
            super()._set_state(value)
            order.append((self.info.name, value))

    factory = MockFactory(pin_class=Telling)
    pins = Pins(Wiring(), factory=factory, chip=CHIP)
    pins.show(Lamps(green=True))
    order.clear()
    pins.show(Lamps(red=True, tone_hz=400))
    assert [name for name, _ in order] == ["GPIO17", "GPIO27", "GPIO18"]
    order.clear()
    pins.show(Lamps(green=True))
    assert [name for name, _ in order][:2] == ["GPIO27", "GPIO17"]


def test_a_pin_that_is_in_use_is_named_with_the_remedy() -> None:
    board = Board(Wiring())
    with pytest.raises(DeviceError) as lost:
        Pins(Wiring(green_pin=9, red_pin=27), factory=board.factory, chip=CHIP)
    assert lost.value.reason is Reason.PINS_LOST
    assert lost.value.detail.startswith("GPIO 27 (red) of pinctrl-rp1 cannot be used: ")
    assert lost.value.detail.endswith("; free it, or set red_pin in [signals]")


def test_a_pin_without_tones_is_named() -> None:
    with pytest.raises(DeviceError, match=r"GPIO 18 \(buzzer\) of pinctrl-rp1 cannot be used"):
        Pins(Wiring(), factory=MockFactory(), chip=CHIP)
