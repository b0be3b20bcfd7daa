"""A real door as a process: its folder of frames, its events, its children."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np
import pytest
import segno
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tests.conftest import Mint

Grey = NDArray[np.uint8]
Event = dict[str, Any]

CHECKOUT: Final = Path(__file__).resolve().parents[2]
AT: Final = "2026-06-01T12:00:00+00:00"
SIZE: Final = (480, 960)
# Nothing here takes longer, on a machine with other work too.
PATIENCE_S: Final = 20.0


class Album:
    """A folder of frames, shown in the order in which they are added."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._count = 0

    def add(self, picture: Grey, *, frames: int = 1) -> None:
        """Add one picture for some frames."""
        _, data = cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 1])
        for _ in range(frames):
            self.add_bytes(data.tobytes())

    def add_bytes(self, content: bytes) -> None:
        """Add a file as it is."""
        (self.folder / f"{self._count:05}.png").write_bytes(content)
        self._count += 1

    def show(self, *codes: tuple[bytes, int], frames: int = 1) -> None:
        """Add frames in which codes lie side by side, each with its pixels a module."""
        canvas = np.full(SIZE, 200, np.uint8)
        left = 20
        for raw, scale in codes:
            code = _drawn(raw, scale=scale)
            height, width = code.shape
            canvas[20 : 20 + height, left : left + width] = code
            left += width + 20
        self.add(canvas, frames=frames)


def _drawn(raw: bytes, *, scale: int) -> Grey:
    rows = segno.make_qr(raw, mode="byte", error="l").matrix_iter(scale=scale, border=4)
    return np.where(np.array([list(row) for row in rows]) == 1, 0, 255).astype(np.uint8)


class Running:
    """A door under way; its events are read as they come."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "scanner", "run", "--events", "-", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=CHECKOUT,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        )
        assert self.process.stdout is not None
        self._out = self.process.stdout.fileno()
        self._rest = b""
        self.events: list[Event] = []

    def await_event(self, kind: str, **fields: object) -> Event:
        """Read on until an event has these fields; older events do not count."""
        deadline_s = time.monotonic() + PATIENCE_S
        while True:
            line = self._line(deadline_s)
            event: Event = json.loads(line)
            self.events.append(event)
            if event["event"] == kind and fields.items() <= event.items():
                return event

    def child(self, module: str) -> int:
        """Give the process id of the child that runs a module."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        (found,) = (
            int(child)
            for child in children
            if module.encode() in Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
        )
        return found

    def hurt(self, module: str, *, how: signal.Signals) -> int:
        """Kill a child as the kernel would when memory is short, or stop it: it hangs."""
        pid = self.child(module)
        os.kill(pid, how)
        return pid

    def finish(self) -> tuple[int, str]:
        """Wait for the end; give exit code and standard error."""
        out, err = self.process.communicate(timeout=PATIENCE_S)
        lines = (self._rest + out).decode().splitlines()
        self.events += [json.loads(line) for line in lines]
        return self.process.returncode, err.decode()

    def _line(self, deadline_s: float) -> bytes:
        while b"\n" not in self._rest:
            ready, _, _ = select.select([self._out], [], [], deadline_s - time.monotonic())
            assert ready, f"nothing more came after {self.events[-3:]}"
            chunk = os.read(self._out, 1 << 16)
            assert chunk, f"the door ended after {self.events[-3:]}"
            self._rest += chunk
        line, _, self._rest = self._rest.partition(b"\n")
        return line


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that only waits to be buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def are_gone(pids: Iterable[int], *, within_s: float) -> bool:
    """Watch processes until the last is gone, or the time is over."""
    deadline_s = time.monotonic() + within_s
    left = list(pids)
    while left and time.monotonic() < deadline_s:
        left = [pid for pid in left if is_alive(pid)]
        select.select([], [], [], 0.01)
    return not left


@pytest.fixture
def album(tmp_path: Path) -> Album:
    """An empty folder of frames."""
    folder = tmp_path / "frames"
    folder.mkdir()
    return Album(folder)


@pytest.fixture
def trusting(mint: "Mint", tmp_path: Path) -> tuple[str, ...]:
    """The options of a door that trusts one issuer."""
    path = tmp_path / "trust.der"
    path.write_bytes(mint.issuer.certificate_der)
    return ("--trust", str(path))


@pytest.fixture
def open_door(trusting: tuple[str, ...]) -> Iterator[Callable[..., Running]]:
    """Start doors that are ended with the test."""
    started: list[Running] = []

    def opening(camera: str, *arguments: str) -> Running:
        # A live camera sees the present, and no other.
        at = ("--at", AT) if camera.startswith("frames:") else ()
        started.append(Running(["--camera", camera, *at, *trusting, *arguments]))
        return started[-1]

    yield opening
    for door in started:
        door.process.kill()
        door.process.communicate()


@pytest.fixture
def open_site() -> Iterator[Callable[..., Running]]:
    """Start doors with settings and a state folder, which are ended with the test."""
    started: list[Running] = []

    def opening(*options: str) -> Running:
        started.append(Running(["--at", AT, *options]))
        return started[-1]

    yield opening
    for door in started:
        door.process.kill()
        door.process.communicate()


@pytest.fixture
def gone() -> Callable[..., bool]:
    """Give `are_gone`."""
    return are_gone
