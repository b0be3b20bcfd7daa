"""Runs inside the machine: writes down what happens at the pins, and may kill while a lamp burns.

    watch.py '{"pins": [17], "for_s": 60, "kill": ["keeper"], "signal": 9, "then_s": 2}'

Two witnesses: `seen`, the levels that the simulated pins show, sampled; and `written`, what the
kernel's own trace says that programs wrote, which misses nothing but tells of no release. Both are
[monotonic seconds, pin, level]. `kill` has process ids, or the names that guest/door.py wrote down
for them: they get `signal` once the first of the pins, and not the second, was high for half a
second (`killed_s`), and all ends `then_s` later. Without it all ends when the test has seen
enough, or after `for_s`.
"""

import contextlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any, Final

CHIP: Final = Path("/sys/devices/platform/gpio-sim.1")
TRACE: Final = Path("/sys/kernel/tracing/instances/tests")
WATCHING: Final = Path("/run/tests/watching")
"""There while every change is being noticed; removed by the test that has seen enough."""

SAID: Final = Path("/run/tests/said")
"""What guest/door.py wrote down."""

# Well within an admission, which lasts two seconds.
AFTER_S: Final = 0.5
# 250 a second where nothing else runs.
PAUSE_S: Final = 0.004

Change = tuple[float, int, int]


class Pins:
    """The simulated pins as the kernel shows them."""

    def __init__(self, numbers: list[int]) -> None:
        folder = next(CHIP.glob("gpiochip*"))
        self._files = {
            pin: os.open(folder / f"sim_gpio{pin}/value", os.O_RDONLY) for pin in numbers
        }
        self._levels: dict[int, int] = {}

    def changes(self, now_s: float) -> list[Change]:
        """Return what differs from the time before; at first, every level."""
        levels = {pin: int(os.pread(file, 1, 0)) for pin, file in self._files.items()}
        changed = [pin for pin in levels if levels[pin] != self._levels.get(pin)]
        self._levels = levels
        return [(now_s, pin, levels[pin]) for pin in changed]

    def lit(self, pin: int) -> bool:
        """Say whether a pin was high when last looked at."""
        return self._levels.get(pin) == 1


class Killer:
    """Waits for the lamp, then kills; without a task for it, for the test to be content."""

    def __init__(self, task: dict[str, Any]) -> None:
        self._task = task
        self._lit_s: float | None = None
        self.killed_s: float | None = None

    def look(self, pins: Pins, *, now_s: float) -> None:
        """Send the signal when it is time."""
        if "kill" not in self._task or self.killed_s is not None:
            return
        if not self._burns(pins):
            self._lit_s = None
        elif self._lit_s is None:
            self._lit_s = now_s
        elif now_s - self._lit_s >= AFTER_S:
            self.killed_s = time.monotonic()
            for whom in self._task["kill"]:
                # The death of the first may have been that of another.
                with contextlib.suppress(ProcessLookupError):
                    os.kill(_number(whom), self._task["signal"])

    def _burns(self, pins: Pins) -> bool:
        """Say whether green burns alone, and not because of a resistor before the door plays."""
        green, red, *_ = self._task["pins"]
        plays = not SAID.exists() or "played" in SAID.read_text()
        return pins.lit(green) and not pins.lit(red) and plays

    def satisfied(self, now_s: float) -> bool:
        """Say whether all has been seen."""
        if "kill" not in self._task:
            return not WATCHING.exists()
        return self.killed_s is not None and now_s - self.killed_s > float(self._task["then_s"])


def _number(whom: str | int) -> int:
    """Return the process id, which guest/door.py wrote down if it has a name."""
    return (
        whom if isinstance(whom, int) else int(json.loads(SAID.read_text().splitlines()[0])[whom])
    )


def start_trace() -> None:
    """Have the kernel write down every write to a pin, with monotonic time."""
    TRACE.mkdir(exist_ok=True)
    for name, value in (
        ("trace_clock", "mono"),
        ("buffer_size_kb", "4096"),
        ("trace", ""),
        ("events/gpio/enable", "1"),
        ("tracing_on", "1"),
    ):
        (TRACE / name).write_text(value)


def written(pins: list[int]) -> list[Change]:
    """Return the writes to these pins; `TASK [CPU] FLAGS TIME: gpio_value: NUMBER set LEVEL`."""
    (TRACE / "tracing_on").write_text("0")
    first = int(next((CHIP / "gpio").glob("gpiochip*")).name.removeprefix("gpiochip"))
    writes: list[Change] = []
    for line in (TRACE / "trace").read_text().splitlines():
        before, found, after = line.partition(": gpio_value: ")
        number, _, level = after.partition(" set ")
        if found and level and int(number) - first in pins:
            writes.append((float(before.split()[-1]), int(number) - first, int(level)))
    return writes


def watch(task: dict[str, Any]) -> dict[str, Any]:
    """Watch for as long as asked; the widest gap between two samples is told too."""
    pins = Pins(task["pins"])
    start_trace()
    began_s = looked_s = time.monotonic()
    seen: list[Change] = []
    killer = Killer(task)
    gap_s = 0.0
    WATCHING.touch()
    while looked_s - began_s < task["for_s"] and not killer.satisfied(looked_s):
        now_s = time.monotonic()
        gap_s, looked_s = max(gap_s, now_s - looked_s), now_s
        seen += pins.changes(now_s)
        killer.look(pins, now_s=now_s)
        time.sleep(PAUSE_S)
    return {
        "began_s": began_s,
        "seen": seen,
        "written": written(task["pins"]),
        "killed_s": killer.killed_s,
        "gap_s": gap_s,
    }


print(json.dumps(watch(json.loads(sys.argv[1]))))
