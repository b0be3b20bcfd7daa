"""The process that holds the pins: plays what it is told, and tells of its button.

Arguments: socket, parent pid, wiring as JSON. It says

    {"holds": "pinctrl-rp1: green 17, red 27, buzzer 18"}  or  {"error": "why"}
    {"beat": n}                                            for each that it hears
    {"staff": 2}                                           presses, when a run of them ended
    {"stuck": true}                                        the button does not come to rest

and is told {"play": "accept"} and {"beat": n}. Dark first and dark last: at the end of its
wire, at words that are none of these, and after a second without any. The signals that
end a service do not end it: the door does, however that ended.
"""

import os
import select
import socket
import time
from collections.abc import Callable
from typing import Final

from scanner.process import wire
from scanner.process.kernel import keep_memory_private, leave_ending_to_the_door
from scanner.signals.button import SAMPLE_MS, Button
from scanner.signals.follower import Follower
from scanner.signals.patterns import Pattern
from scanner.signals.pins import Pins, hold_pins
from scanner.signals.wiring import Wiring
from scanner.terms import ScannerError

MAX_BEAT: Final = 1 << 53
_ENDED: Final = 0
_BROKE: Final = 1
_PATTERNS: Final = {pattern.value: pattern for pattern in Pattern}


def main(arguments: list[str]) -> None:
    """Run the child; never returns."""
    keep(arguments, hold=hold_pins)


def keep(arguments: list[str], *, hold: Callable[[Wiring], Pins]) -> None:
    """Take the pins with `hold`, and play on them until the door ends; never returns."""
    leave_ending_to_the_door()
    keep_memory_private()
    end = socket.socket(fileno=int(arguments[0]))
    end.settimeout(0)
    status = _BROKE
    pins: Pins | None = None
    try:
        pins = hold(Wiring.from_json(arguments[2]))
        wire.send(end, {"holds": pins.told})
        _serve(end, pins=pins)
    except wire.WireClosed:
        status = _ENDED
    except Exception as error:  # noqa: BLE001 - drivers raise what they like; the door is told
        # Dark before words.
        if pins is not None:
            pins.dark()
        _report(end, error)
    finally:
        if pins is not None:
            pins.dark()
        # Not through the interpreter's end: lgpio's own clean-up may hang.
        os._exit(status)


def _serve(end: socket.socket, *, pins: Pins) -> None:
    follower = Follower(at_ms=_now_ms())
    ready = select.poll()
    ready.register(end, select.POLLIN)
    button = Button(down=pins.is_pressed, at_ms=_now_ms()) if pins.has_button else None
    while True:
        now_ms = _now_ms()
        pins.show(follower.at(now_ms))
        next_ms = follower.next_ms(now_ms)
        if button is not None:
            _feel(button, pins=pins, end=end)
            next_ms = min(next_ms, now_ms + SAMPLE_MS)
        if ready.poll(max(0, next_ms - _now_ms())):
            # One message a turn: a door that floods its wire does not stop the lamps.
            message = wire.receive(end, max_bytes=wire.SMALL_BYTES)
            if message is not None:
                _obey(message, end=end, follower=follower)


def _feel(button: Button, *, pins: Pins, end: socket.socket) -> None:
    was_stuck = button.is_stuck
    presses = button.sample(down=pins.is_pressed, at_ms=_now_ms())
    if presses:
        wire.send(end, {"staff": presses})
    if button.is_stuck is not was_stuck:
        wire.send(end, {"stuck": button.is_stuck})


def _obey(message: wire.Message, *, end: socket.socket, follower: Follower) -> None:
    if "play" in message:
        name = wire.words(message, "play")
        if name not in _PATTERNS:
            raise wire.WireError(f"no pattern is called {name!r}")
        now_ms = _now_ms()
        said_ms = wire.integer(message, "at_ms", low=0, high=MAX_BEAT)
        follower.play(_PATTERNS[name], at_ms=now_ms, late_ms=now_ms - said_ms)
        return
    beat = wire.integer(message, "beat", low=0, high=MAX_BEAT)
    follower.heard(_now_ms())
    wire.send(end, {"beat": beat})


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000


def _report(end: socket.socket, error: Exception) -> None:
    detail = str(getattr(error, "detail", error))
    text = detail if isinstance(error, ScannerError) else f"{type(error).__name__}: {detail}"
    if isinstance(error, wire.WireError):
        text = f"the door broke the protocol: {detail}"
    try:
        wire.send(end, {"error": text[:400]})
    except wire.WireClosed:
        return
