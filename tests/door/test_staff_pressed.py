"""From a pressed button to both lamps: a real keeper on mock pins, and the door beside it."""

import io
import json
import os
import select
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from scanner.door.answers import Instant
from scanner.door.events import Events
from scanner.door.lights import Lights
from scanner.door.pins import Pins
from scanner.door.staff import Staff, StaffReason
from scanner.process.child import Program
from scanner.signals import Keeper, Wiring

if TYPE_CHECKING:
    from tests.door.conftest import Wired

CHECKOUT: Final = Path(__file__).resolve().parents[2]
BOUND_S: Final = 15.0
BUTTON, LOOKS = 4, 8


class Site:
    """A door with lamps and a button; its pins tell what they do, as in mock_keeper.py."""

    def __init__(self, folder: Path, *, wired: "Wired") -> None:
        os.mkfifo(folder / "pins")
        self.folder = folder
        self.counted: list[StaffReason] = []
        self.told = ""
        self._pipe = os.open(folder / "pins", os.O_RDWR | os.O_NONBLOCK)
        self._events = io.StringIO()
        program = Program(
            "mock_keeper", path=f"{CHECKOUT}:{CHECKOUT / 'tests' / 'signals'}", cwd=str(folder)
        )
        wiring = Wiring(staff_pin=BUTTON)
        self.keeper = Keeper(wiring, program=program, darken=lambda _: None)
        events = Events(self._events)
        lights = Lights(self.keeper, events=events)
        staff = Staff(lights, events=events, now=self._now, count=self.counted.append)
        self.pins = Pins(self.keeper, faults=wired.loop.faults, now=self._now, staff=staff)

    def _now(self) -> Instant:
        return Instant(0, 0, time.monotonic_ns() // 1_000_000)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._events.getvalue().splitlines()]

    def until(self, so: Callable[[], bool]) -> None:
        """Let the door turn until it is so."""
        until_s = time.monotonic() + BOUND_S
        while not so():
            assert time.monotonic() < until_s, self.told[-300:]
            self.pins.turn(time.monotonic())
            select.select([self._pipe], [], [], 0.05)
            try:
                self.told += os.read(self._pipe, 1 << 16).decode()
            except BlockingIOError:
                continue

    def looks(self, level: int) -> int:
        """Say how often the keeper found the button at a level."""
        return self.told.count(f" {BUTTON} read {level}\n")

    def press(self) -> None:
        """Press the button and let go, each until the keeper saw it."""
        before = self.looks(0)
        (self.folder / "down").touch()
        self.until(lambda: self.looks(0) >= before + LOOKS)
        (self.folder / "down").unlink()
        before = self.looks(1)
        self.until(lambda: self.looks(1) >= before + LOOKS)

    def close(self) -> None:
        self.keeper.close()
        os.close(self._pipe)


@pytest.fixture
def site(tmp_path: Path, backstage: "Wired") -> Iterator[Site]:
    site = Site(tmp_path, wired=backstage)
    yield site
    site.close()


def test_two_presses_light_both_lamps_and_are_told_and_counted(
    site: Site, backstage: "Wired"
) -> None:
    site.until(lambda: site.keeper.told is not None)
    site.press()
    site.press()
    site.until(lambda: " 17 level 1\n" in site.told and " 27 level 1\n" in site.told)
    assert site.counted == [StaffReason.EXEMPT]
    assert [(event["event"], event.get("reason")) for event in site.events] == [
        ("staff", "staff_exempt"),
        ("signal", None),
    ]
    assert site.pins.told()["staff"] == {"staff_exempt": 1}
    assert backstage.answers.tally.counts == {}
    assert not backstage.loop.faults
