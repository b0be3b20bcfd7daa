"""A reader killed in a running door, until its replacement is ready: wall time."""

import os
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench import setting
from tests.bench.figures import Figure, at_most, spread

_BOUND_S = 2.0
_KILLS = 7
# A still hall is read once a second, and only an answer proves a reader.
_LOOKS_S = 1.5


def bench() -> Iterator[Figure]:
    """Kill one reader after another; the slowest replacement counts."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        trust = folder / "dsc.der"
        trust.write_bytes(setting.es256().certificate_der)
        hall = setting.hall(folder / "hall", pictures=2)
        with setting.door(f"frames:{hall}?realtime&hold=1000", trust=trust) as door:
            door.await_state("ready")
            times = [_replaced_s(door) for _ in range(_KILLS)]
    shown = spread(times, unit="s", digits=2)
    yield at_most("kill -9 to ready", max(times), bound=_BOUND_S, unit="s", shown=shown)


def _replaced_s(door: setting.RunningDoor) -> float:
    time.sleep(_LOOKS_S)
    killed = door.family()["reader"]
    started = time.perf_counter()
    os.kill(killed, signal.SIGKILL)
    door.await_state("fault")
    door.await_state("ready")
    return time.perf_counter() - started
