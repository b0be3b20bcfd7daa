"""Fixtures of the sight tests: memory, readers that end with the test, public data."""

import os
import select
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import segno
from numpy.typing import NDArray

from scanner.process.child import Program
from scanner.sight.attention import Effort
from scanner.sight.memory import FrameMemory
from scanner.sight.reader import READER, Reader
from scanner.sight.sightings import Looked, Shot

Grey = NDArray[np.uint8]
Drawing = Callable[[bytes], Grey]

CHECKOUT = Path(__file__).resolve().parents[2]


class Desk:
    """A reader with its memory, asked one frame at a time."""

    def __init__(self, program: Program = READER) -> None:
        self.memory = FrameMemory(slots=1)
        self.reader = Reader(self.memory, program=program)

    def await_ready(self) -> "Desk":
        """Wait for the greeting."""
        self.reader.check(time.monotonic())
        while not self.reader.ready:
            select.select([self.reader.fileno()], [], [], 5)
            self.reader.receive()
            self.reader.check(time.monotonic())
        return self

    def ask(self, grey: Grey, *, frame: int = 0, effort: Effort = Effort.RESCUE) -> Looked:
        """Look at one frame and wait for the answer."""
        self.put(grey, frame=frame, effort=effort)
        while (looked := self.reader.receive()) is None:
            select.select([self.reader.fileno()], [], [], 5)
            self.reader.check(time.monotonic())
        return looked

    def put(self, grey: Grey, *, frame: int = 0, effort: Effort = Effort.RESCUE) -> None:
        """Submit one frame without waiting."""
        self.memory.write(grey.tobytes(), slot=0)
        height, width = grey.shape
        shot = Shot(frame, frame * 67, 0, width, height, changed_cells=0)
        self.reader.submit(shot, effort=effort, now_s=time.monotonic())

    def close(self) -> None:
        self.reader.close()
        self.memory.close()


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A real reader, ready."""
    desk = Desk()
    yield desk.await_ready()
    desk.close()


@pytest.fixture
def rogue() -> Iterator[Desk]:
    """A caged reader that does, at frame N, the N-th misdeed of `rogue_child.MISDEEDS`."""
    here = Path(__file__).resolve().parent
    desk = Desk(Program("rogue_child", path=f"{CHECKOUT}:{here}"))
    yield desk.await_ready()
    desk.close()


@pytest.fixture
def zbar() -> Iterator[Desk]:
    """A caged reader that asks zbar about every frame."""
    here = Path(__file__).resolve().parent
    desk = Desk(Program("zbar_child", path=f"{CHECKOUT}:{here}"))
    desk.await_ready()
    if not desk.reader.second_opinion:
        desk.close()
        pytest.skip("libzbar is not installed")
    yield desk
    desk.close()


@pytest.fixture
def draw() -> Drawing:
    """Draw bytes as a QR code of four pixels a module."""

    def drawing(raw: bytes) -> Grey:
        rows = segno.make_qr(raw, mode="byte").matrix_iter(scale=4, border=4)
        dark: Grey = np.array([list(row) for row in rows], dtype=np.uint8)
        return np.where(dark == 1, np.uint8(0), np.uint8(255))

    return drawing


@pytest.fixture(scope="session")
def conformance() -> Path:
    """The public data beside the checkout; the test is skipped where there is none."""
    named = os.environ.get("DOOR_SCANNER_CONFORMANCE")
    folder = Path(named) if named else CHECKOUT.parent / "shared" / "data"
    if not (folder / "images").is_dir():
        pytest.skip(f"no conformance data at {folder}; set DOOR_SCANNER_CONFORMANCE")
    return folder
