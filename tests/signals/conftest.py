"""A bench for real keeper processes on mock pins: what the pins do, as it happens."""

import contextlib
import os
import select
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from scanner.process.child import Program
from scanner.signals import DARK, Keeper, Pattern, Wiring

HERE: Final = Path(__file__).resolve().parent
CHECKOUT: Final = HERE.parents[1]
BOUND_S: Final = 15.0
BUTTON: Final = 4
MOCK: Final = f"{CHECKOUT}:{HERE}"
"""Where children of these tests find their code."""


class Write(NamedTuple):
    """One write to one pin."""

    at_ms: float
    pin: int
    what: str
    value: float


class Bench:
    """Starts a keeper and lets time pass, beating or not, until something is so."""

    def __init__(self, folder: Path, *, wiring: Wiring | None = None) -> None:
        self.folder = folder
        os.mkfifo(folder / "pins")
        # Open for both: it never ends, however many keepers come and go.
        self.pipe = os.open(folder / "pins", os.O_RDWR | os.O_NONBLOCK)
        self.darkened: list[str] = []
        self.program = Program("mock_keeper", path=MOCK, cwd=str(folder))
        self.wiring = wiring or Wiring()
        self.keeper = Keeper(self.wiring, program=self.program, darken=self._darken)
        self.writes: list[Write] = []
        self._rest = b""

    def _darken(self, wiring: str) -> None:
        self.darkened.append(wiring)

    def start(self) -> None:
        self.keeper.start(now_s=time.monotonic())
        self.until(lambda: self.keeper.told is not None)

    def play(self, pattern: Pattern) -> float:
        """Return when it was said, in monotonic milliseconds."""
        said_ms = time.monotonic() * 1000
        self.keeper.signal(pattern, DARK, at_ms=0)
        return said_ms

    def until(self, so: Callable[[], bool], *, beating: bool = True) -> None:
        """Serve keeper and pipe until `so`; fails after fifteen seconds."""
        until_s = time.monotonic() + BOUND_S
        while not so():
            now_s = time.monotonic()
            assert now_s < until_s, f"nothing came: {self.writes[-5:]}"
            if beating:
                self.keeper.check(now_s)
                self.keeper.beat(now_s)
            ends = [self.pipe, *([self.keeper.fileno()] if self.keeper.fileno() >= 0 else [])]
            select.select(ends, [], [], 0.05)
            self.read()

    def read(self) -> None:
        try:
            self._rest += os.read(self.pipe, 1 << 16)
        except BlockingIOError:
            return
        *lines, self._rest = self._rest.split(b"\n")
        for line in lines:
            at_ms, pin, what, value = line.decode().split()
            self.writes.append(Write(float(at_ms), int(pin), what, float(value)))

    def lit(self, pin: int) -> bool:
        return bool(self.of(pin)[-1].value)

    def of(self, pin: int, what: str = "level") -> list[Write]:
        """Give the writes to a pin of one sort."""
        return [write for write in self.writes if write.pin == pin and write.what == what]

    def changes(self, pin: int, *, since_ms: float = 0, what: str = "level") -> list[Write]:
        """Give those writes since then that changed the pin."""
        writes = self.of(pin, what)
        changed = [late for early, late in pairwise(writes) if late.value != early.value]
        return [write for write in changed if write.at_ms >= since_ms]

    def down(self, *, for_ms: float = 40) -> None:
        """Hold the button down, until the keeper saw it for so long."""
        (self.folder / "down").touch()
        self._seen(0, for_ms=for_ms)

    def up(self, *, for_ms: float = 40) -> None:
        """Let go of the button, until the keeper saw it for so long."""
        (self.folder / "down").unlink()
        self._seen(1, for_ms=for_ms)

    def press(self, times: int = 1) -> None:
        for _ in range(times):
            self.down()
            self.up()

    def _seen(self, value: int, *, for_ms: float) -> None:
        since_ms = time.monotonic() * 1000

        def so() -> bool:
            reads = [read for read in self.of(BUTTON, "read") if read.at_ms >= since_ms]
            seen_ms = [read.at_ms for read in reads if read.value == value]
            return len(seen_ms) > 4 and seen_ms[-1] - seen_ms[0] >= for_ms

        self.until(so)

    def close(self) -> None:
        self.keeper.close()
        os.close(self.pipe)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A bench whose keeper ends with the test."""
    bench = Bench(tmp_path)
    yield bench
    bench.close()


@pytest.fixture
def staffed(tmp_path: Path) -> Iterator[Bench]:
    """A bench with a button."""
    bench = Bench(tmp_path, wiring=Wiring(staff_pin=BUTTON))
    yield bench
    bench.close()


@pytest.fixture
def bench_of(tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    """Make a bench with another chip; see mock_keeper.py."""
    with contextlib.ExitStack() as benches:

        def make(chip: str, *, staff_pin: int | None = None) -> Bench:
            bench = Bench(tmp_path, wiring=Wiring(chip=chip, staff_pin=staff_pin))
            benches.callback(bench.close)
            return bench

        yield make
