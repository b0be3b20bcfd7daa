"""Runs inside the machine: a door that does nothing but play patterns on the real keeper.

    door.py WIRING_JSON '[["accept", 3.0], ["ready", 8.0]]' FILE

Each pattern is played, then the door lives on for so many seconds. FILE gets a JSON object a line:
{"told", "pid", "keeper"}, then {"played", "at_s"} with monotonic time, {"staff", "at_s"} for a run
of presses, or {"lost": why}.
"""

import json
import os
import select
import sys
import time
from pathlib import Path
from typing import Any, Final

from scanner.signals import DARK, Pattern
from scanner.signals.keeper import Keeper
from scanner.signals.wiring import Wiring
from scanner.terms import DeviceError

TURN_S: Final = 0.05


class Door:
    """Turns like the real one: look at the keeper, beat, wait a little."""

    def __init__(self, wiring: Wiring, *, file: Path) -> None:
        self._keeper = Keeper(wiring)
        self._file = file

    def say(self, **words: Any) -> None:
        """Write one line for the test, at once."""
        with self._file.open("a") as file:
            file.write(json.dumps(words) + "\n")

    def open(self) -> None:
        """Start the keeper and wait until it holds its pins."""
        self._keeper.start(now_s=time.monotonic())
        while self._keeper.told is None:
            self._turn()
        self.say(told=self._keeper.told, pid=os.getpid(), keeper=self._keeper.pid)

    def play(self, pattern: Pattern, *, for_s: float) -> None:
        """Play a pattern, and turn until its time is over."""
        self._keeper.signal(pattern, DARK, at_ms=0)
        began_s = time.monotonic()
        self.say(played=pattern.value, at_s=began_s)
        while time.monotonic() < began_s + for_s:
            self._turn()

    def close(self) -> None:
        """Go dark, as a door that is stopped."""
        self._keeper.close()

    def _turn(self) -> None:
        now_s = time.monotonic()
        self._keeper.check(now_s)
        self._keeper.beat(now_s)
        for presses in self._keeper.presses.taken():
            self.say(staff=presses, at_s=now_s)
        select.select([self._keeper], [], [], TURN_S)


def main(wiring: str, program: str, file: str) -> None:
    """Play the program; a keeper that is lost ends it."""
    door = Door(Wiring.from_json(wiring), file=Path(file))
    try:
        door.open()
        for name, for_s in json.loads(program):
            door.play(Pattern(name), for_s=for_s)
    except DeviceError as lost:
        door.say(lost=lost.detail, reason=lost.reason.value, at_s=time.monotonic())
    door.close()


main(*sys.argv[1:])
