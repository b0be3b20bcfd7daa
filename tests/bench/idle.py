"""CPU of the whole door for a frame of the empty hall, with the motion gate.

Two runs that differ in nothing but the number of frames: their difference is CPU of
door, eye and reader for the additional frames alone, without starting up. A real camera
delivers pixels, so reading and decoding a picture file is measured by itself, with the
eye's own function, and taken off. What stays: the gate, the copy into shared memory,
messages, the loop, and the one reading a second that no gate may skip (every 15th
frame). Each frame has noise of its own. Rival: reading every frame.
"""

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import zxingcpp
from pyzbar import pyzbar

from scanner.sight.camera import Grey
from scanner.sight.motion import MotionGate
from scanner.sight.picture import decode_picture
from scanner.sight.scenes import still
from tests.bench import setting
from tests.bench.figures import Figure, at_most, spread

_BOUND_MS = 1.0
_PICTURES = 40
_ROUNDS = 3
_SHORT = 60  # as long as the door stays keen after its first frame
_LONG = 660
_LONG_REALTIME = 240  # 16 s at 15 fps


def bench() -> Iterator[Figure]:
    """Measure the daemon, then the gate alone and decoders without one."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        trust = folder / "dsc.der"
        trust.write_bytes(setting.es256().certificate_der)
        hall = setting.hall(folder / "hall", pictures=_PICTURES)
        yield from _daemon(folder, hall=hall, trust=trust)
    gate = MotionGate()
    grey = still.empty()
    gate_ms = _each_ms(gate.changed_cells, grey, count=50)
    yield Figure("the gate alone", spread(gate_ms, unit="ms", digits=2))
    for what, read in (("zxing-cpp", zxingcpp.read_barcodes), ("pyzbar", pyzbar.decode)):
        times = _each_ms(read, grey, count=5)
        yield Figure(f"{what} on every frame, defaults", spread(times, unit="ms"))


def _daemon(folder: Path, *, hall: Path, trust: Path) -> Iterator[Figure]:
    decodes = [_decode_ms(hall) for _ in range(_ROUNDS)]
    decode_ms = statistics.median(decodes)
    yield Figure("decoding a picture file (taken off)", spread(decodes, unit="ms", digits=2))
    short, long, realtime = (
        _repeated(hall, into=folder / str(count), count=count)
        for count in (_SHORT, _LONG, _LONG_REALTIME)
    )
    for mode, camera, count, rounds in (
        ("lossless", long, _LONG, _ROUNDS),
        ("in real time", f"{realtime}?realtime", _LONG_REALTIME, 1),
    ):
        first = f"{short}?realtime" if rounds == 1 else short
        spent = [
            _cpu_s(f"frames:{camera}", trust=trust) - _cpu_s(f"frames:{first}", trust=trust)
            for _ in range(rounds)
        ]
        values = [one * 1000 / (count - _SHORT) - decode_ms for one in spent]
        shown = spread(values, unit="ms", digits=2)
        middle = statistics.median(values)
        yield at_most(f"door, a frame, {mode}", middle, bound=_BOUND_MS, unit="ms", shown=shown)


def _repeated(hall: Path, *, into: Path, count: int) -> Path:
    """Show the same pictures over and over in one folder."""
    into.mkdir()
    pictures = sorted(hall.iterdir())
    for number in range(count):
        (into / f"{number:04}.pgm").hardlink_to(pictures[number % len(pictures)])
    return into


def _decode_ms(hall: Path) -> float:
    pictures = sorted(hall.iterdir())
    started_ns = time.process_time_ns()
    for picture in pictures:
        decode_picture(picture.read_bytes())
    return (time.process_time_ns() - started_ns) / 1e6 / len(pictures)


def _cpu_s(camera: str, *, trust: Path) -> float:
    """Return user and system time of a door and the children that it reaped."""
    words = ("run", "--camera", camera, "--signals", "none", "--trust", str(trust), "--once")
    door = subprocess.Popen(setting.command(*words), cwd=setting.ROOT, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(door.pid, 0)
    door.returncode = os.waitstatus_to_exitcode(status)
    if door.returncode != 0:
        raise RuntimeError(f"the door ended with {door.returncode}")
    return used.ru_utime + used.ru_stime


def _each_ms(call: Callable[[Grey], object], grey: Grey, *, count: int) -> list[float]:
    call(grey)
    times: list[float] = []
    for _ in range(count):
        started_ns = time.process_time_ns()
        call(grey)
        times.append((time.process_time_ns() - started_ns) / 1e6)
    return times
