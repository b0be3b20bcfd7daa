"""CPU of the whole door for a frame of the empty hall, with the motion gate.

Two runs that differ in nothing but the number of frames: their difference is CPU of
door, eye and reader for the additional frames alone, without starting up. Decoding is
left out, as a real camera delivers pixels: one picture is held, so that it is decoded
once in either run. Frames with noise of their own, to show that noise wakes nobody, are
files of their own; decoding those is measured by itself and taken off. What stays: the
gate, the copy into shared memory, messages, the loop, and the one reading a second that
no gate may skip (every 15th frame). Rival: reading every frame.
"""

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import zxingcpp
from pyzbar import pyzbar

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
_MORE = _LONG - _SHORT
_PACED = 225  # 15 s at 15 fps

_T = TypeVar("_T")


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
    still_hall = f"frames:{hall / '000.pgm'}?hold="
    held = [
        _per_frame_ms(f"{still_hall}{_SHORT}", f"{still_hall}{_LONG}", trust=trust, more=_MORE)
        for _ in range(_ROUNDS)
    ]
    yield _bounded("door, a frame held, lossless", held)
    short, long = f"{still_hall}{_SHORT}&realtime", f"{still_hall}{_SHORT + _PACED}&realtime"
    paced = [_per_frame_ms(short, long, trust=trust, more=_PACED)]
    yield _bounded("door, a frame held, at 15 fps", paced)
    short, long = (
        f"frames:{_repeated(hall, into=folder / str(count), count=count)}"
        for count in (_SHORT, _LONG)
    )
    decode_ms = statistics.fmean(_decodes_ms(hall))
    yield Figure("decoding a picture file (taken off)", f"{decode_ms:.2f} ms")
    noisy = [
        _per_frame_ms(short, long, trust=trust, more=_MORE) - decode_ms for _ in range(_ROUNDS)
    ]
    yield _bounded("door, a frame with noise, lossless", noisy)


def _bounded(what: str, values: list[float]) -> Figure:
    shown = spread(values, unit="ms", digits=2)
    middle = statistics.median(values)
    return at_most(what, middle, bound=_BOUND_MS, unit="ms", shown=shown)


def _per_frame_ms(short: str, long: str, *, trust: Path, more: int) -> float:
    return (_cpu_s(long, trust=trust) - _cpu_s(short, trust=trust)) * 1000 / more


def _repeated(hall: Path, *, into: Path, count: int) -> Path:
    """Show the same pictures over and over in one folder."""
    into.mkdir()
    pictures = sorted(hall.iterdir())
    for number in range(count):
        (into / f"{number:04}.pgm").hardlink_to(pictures[number % len(pictures)])
    return into


def _decodes_ms(hall: Path) -> list[float]:
    times: list[float] = []
    for picture in sorted(hall.iterdir()):
        started_ns = time.process_time_ns()
        decode_picture(picture.read_bytes())
        times.append((time.process_time_ns() - started_ns) / 1e6)
    return times


def _cpu_s(camera: str, *, trust: Path) -> float:
    """Return user and system time of a door and the children that it reaped."""
    words = ("run", "--camera", camera, "--signals", "none", "--trust", str(trust), "--once")
    door = subprocess.Popen(
        setting.command(*words),
        cwd=setting.ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(door.pid, 0)
    door.returncode = os.waitstatus_to_exitcode(status)
    if door.returncode != 0:
        raise RuntimeError(f"the door ended with {door.returncode}")
    return used.ru_utime + used.ru_stime


def _each_ms(call: Callable[[_T], object], subject: _T, *, count: int) -> list[float]:
    call(subject)
    times: list[float] = []
    for _ in range(count):
        started_ns = time.process_time_ns()
        call(subject)
        times.append((time.process_time_ns() - started_ns) / 1e6)
    return times
