"""What an installed door promises in seconds and megabytes, measured once each.

    tests/run --bench service

Prints figures with their bounds; needs what the tests of this folder need. Exit 1 if one is over.
"""

import contextlib
import re
from collections.abc import Callable, Iterator
from typing import Final

import pytest

from tests.bench.figures import Figure, at_most, spread
from tests.service import faults_of_parts, guests, virtual
from tests.service.container import UNIT, Container
from tests.service.endurance_memory import Weight, together, weighed
from tests.service.fault import Row, Watch
from tests.service.faults import measured
from tests.service.house import TRUST, House, house
from tests.service.virtual import VirtualCamera

_TIMES: Final = 5
_MEMORY_MB: Final = 200
_PYTHON: Final = "/opt/door-scanner/current/.venv/bin/python"
_IMPORT: Final = ("import scanner.cli.main, scanner.cli.run",)
_LOADED: Final = re.compile(r"^import time: +(\d+) \|", re.MULTILINE)


def starting(at: House) -> Iterator[Figure]:
    """From the unit's start, and from systemd's, to READY with frames looked at."""
    own, boot = [], []
    for _ in range(_TIMES):
        with at.off() as system:
            system.boot()
            system.await_that(lambda s=system: s.show("ActiveState") == "active", why="READY")  # type: ignore[misc]
            ready = int(system.show("ActiveEnterTimestampMonotonic"))
            own.append((ready - int(system.show("ExecMainStartTimestampMonotonic"))) / 1e6)
            first = int(system.show("UserspaceTimestampMonotonic", unit=""))
            boot.append((ready - first) / 1e6)
    yield _spread("unit started to READY", own, bound=3)
    yield _spread("systemd started to READY", boot, bound=3)


def dying(at: House) -> Iterator[Figure]:
    """A door that is killed is dark, and back; a reader that is killed is replaced."""
    killed = _rows(faults_of_parts.door_killed, at=at)
    yield _spread("kill -9 of the door to dark", [row.seen_s for row in killed], bound=1)
    yield _spread("kill -9 of the door to ready", [row.back_s for row in killed], bound=5)
    reader = _rows(faults_of_parts.reader_killed, at=at)
    yield _spread("kill -9 of the reader to ready", [row.back_s for row in reader], bound=2)


def stalling(at: House) -> Iterator[Figure]:
    """A camera that gives nothing is noticed, and back when it gives again."""
    folder = _rows(faults_of_parts.camera_stalls, at=at)
    yield _spread("stalled eye to fault", [row.seen_s for row in folder], bound=2.5)
    yield _spread("stalled eye to ready", [row.back_s for row in folder], bound=5)


def loading(at: House) -> Iterator[Figure]:
    """What systemd says of the unit, and how long the door's modules take to load."""
    with at.open() as system:
        said = system.run("systemd-analyze", "verify", "--man=no", UNIT)
        words = said.stdout + said.stderr
        yield Figure("systemd-analyze verify", words or "silent", "silent", not words)
        security = system.run("systemd-analyze", "security", UNIT, "--no-pager").stdout
        level = float(security.rsplit("level for", 1)[1].partition(":")[2].split()[0])
        yield at_most("exposure", level, bound=1.5, unit="")
        seconds = [_imports_s(system) for _ in range(_TIMES)]
        yield _spread("imports of the door", seconds, bound=1.0)


def weighing(at: House) -> Iterator[Figure]:
    """Memory of each process while guests pass, before a folder and the virtual camera."""
    with at.open() as system:
        yield from _memory("folder", system)
    if why := virtual.is_possible():
        yield Figure("virtual camera", f"not run: {why}")
        return
    with at.open() as system:
        signer = guests.issuer()
        (guest,) = guests.guests(1, by=signer)
        system.write(TRUST, signer.certificate_der)
        camera = VirtualCamera(system, guest=guest)
        yield from _memory("virtual camera", system)
        yield from _virtual(system, camera=camera)


def bench() -> Iterator[Figure]:
    """Measure every figure at one installed door; where none can be, the only figure says why."""
    with contextlib.ExitStack() as stack:
        try:
            at = stack.enter_context(house())
        except pytest.skip.Exception as why:
            yield Figure("not run", f"{why}")
            return
        for part in (starting, dying, stalling, loading, weighing):
            yield from part(at)


def _virtual(system: Container, *, camera: VirtualCamera) -> Iterator[Figure]:
    started = int(system.show("ExecMainStartTimestampMonotonic"))
    ready = int(system.show("ActiveEnterTimestampMonotonic"))
    yield at_most("virtual camera to READY", (ready - started) / 1e6, bound=3, unit="s")
    for how in ("stall", "gone"):
        watch = Watch(system)
        watch.begins()
        camera.fails(how)
        watch.sees("camera_lost")
        watch.waits_longest()
        watch.begins()
        camera.works()
        watch.comes_back()
        row = watch.row
        yield at_most(f"camera {how} to fault", row.seen_s or 0, bound=2.5, unit="s")
        yield at_most(f"camera back from {how} to ready", row.back_s or 0, bound=5, unit="s")


def _memory(camera: str, system: Container) -> Iterator[Figure]:
    system.await_that(
        lambda: system.status().get("decisions", {}).get("admit.admitted"), why="a guest is in"
    )
    weights = weighed(system)
    for trade, weight in weights.items():
        yield Figure(f"{camera}: {trade}", _words(weight))
    total = together(weights)
    yield at_most(f"{camera}: sum of RSS", total.rss_mb, bound=_MEMORY_MB, unit="MB")
    yield at_most(f"{camera}: sum of PSS", total.pss_mb, bound=_MEMORY_MB, unit="MB")


def _words(weight: Weight) -> str:
    return f"RSS {weight.rss_mb:.1f}, PSS {weight.pss_mb:.1f} MB"


def _rows(fault: Callable[[Watch], None], *, at: House) -> list[Row]:
    return [measured(fault, at=at) for _ in range(_TIMES)]


def _imports_s(system: Container) -> float:
    """Time what the door loads before it can run, by the interpreter's own clock."""
    told = system.run(_PYTHON, "-X", "importtime", "-c", *_IMPORT).stderr
    return sum(int(own_us) for own_us in _LOADED.findall(told)) / 1e6


def _spread(what: str, values: list[float] | list[float | None], *, bound: float) -> Figure:
    there = [value for value in values if value is not None]
    return at_most(what, max(there), bound=bound, unit="s", shown=spread(there, unit="s", digits=2))
