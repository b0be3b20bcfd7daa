"""A booth with the real picamera2 before libcamera's virtual camera, and eyes to look with."""

import contextlib
import json
import select
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import pytest
import segno
from numpy.typing import NDArray

from scanner.process.child import CODE, Program
from scanner.sight.eye import Eye, Sighting
from scanner.sight.memory import FrameMemory
from scanner.sight.sightings import Shot

Grey = NDArray[np.uint8]

HERE: Final = Path(__file__).resolve().parent
INTERPRETER: Final = "/usr/bin/python3"
PAYLOAD: Final = b"HC1:A PASS IN THE PICTURE"
_BUILD_TIMEOUT_S: Final = 1800
_RUN_TIMEOUT_S: Final = 60


@pytest.fixture(scope="session")
def prefix() -> Path:
    """What `prepare` built; the test is skipped where it cannot."""
    built = subprocess.run(
        [HERE / "prepare"], capture_output=True, text=True, check=False, timeout=_BUILD_TIMEOUT_S
    )
    if built.returncode == 4:
        pytest.skip(built.stderr.strip().splitlines()[-1])
    assert built.returncode == 0, built.stderr
    return Path(built.stdout.strip())


class Booth:
    """A working directory that holds the virtual camera, and the eyes that look through it."""

    def __init__(self, root: Path, *, prefix: Path, pictures: Sequence[Grey]) -> None:
        self.root = root
        self.memory = FrameMemory(slots=2, slot_bytes=1280 * 720)
        self._faults = root / "run" / "virtual-camera"
        self._faults.mkdir(parents=True)
        home = root / "etc" / "virtual-camera"
        described = home / "libcamera" / "pipeline" / "virtual"
        described.mkdir(parents=True)
        shutil.copy(HERE / "virtual.yaml", described)
        (home / "frames").mkdir()
        for number, picture in enumerate(pictures):
            colour = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
            cv2.imwrite(str(home / "frames" / f"{number}.jpg"), colour)
        (packages,) = prefix.glob("usr/local/lib/python3*/dist-packages")
        self.program = Program(
            "virtual_eye",
            interpreter=INTERPRETER,
            path=f"{CODE}:{packages}:{HERE}",
            cwd=str(root),
            environment=(("LD_LIBRARY_PATH", str(prefix / "usr/local/lib/virtual-camera")),),
        )
        self.eyes: list[Eye] = []

    def open(self, camera: str = "picamera2") -> Eye:
        """Start an eye."""
        eye = Eye(camera, memory=self.memory, program=self.program)
        eye.start(now_s=time.monotonic())
        self.eyes.append(eye)
        return eye

    def luma(self, shot: Shot) -> Grey:
        """Give the pixels of a shot whose slot is still held."""
        start = shot.slot * self.memory.slot_bytes
        with open(self.memory.readable_fd, "rb", closefd=False) as frames:
            frames.seek(start)
            pixels = np.frombuffer(frames.read(shot.width * shot.height), np.uint8)
        return pixels.reshape(shot.height, shot.width)

    @contextlib.contextmanager
    def fault(self, name: str) -> Iterator[None]:
        """Have the camera `stall` or be `gone` for a while."""
        file = self._faults / name
        file.touch()
        try:
            yield
        finally:
            file.unlink()

    def run_inside(self, what: str) -> Any:
        """Run a function of `inside` where the eye runs; return what it told."""
        paths = self.program.path.split(":")
        code = f"import sys; sys.path.extend({paths!r}); import inside; inside.{what}()"
        done = subprocess.run(
            [INTERPRETER, "-I", "-c", code],
            env={"PATH": "/usr/bin:/bin", **dict(self.program.environment)},
            cwd=self.root,
            capture_output=True,
            check=False,
            timeout=_RUN_TIMEOUT_S,
        )
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout.splitlines()[-1])

    def close(self) -> None:
        """Close every eye."""
        for eye in self.eyes:
            eye.close()
        self.memory.close()


def see(eye: Eye) -> Sighting:
    """Wait for the next sighting as the door does; raises when the camera is lost."""
    while (sighting := eye.receive(now_s=time.monotonic())) is None:
        eye.check(time.monotonic())
        select.select([eye.fileno()], [], [], 0.05)
    return sighting


def see_shot(eye: Eye) -> Shot:
    """Wait for the next frame, and give its slot back at once."""
    while not isinstance(sighting := see(eye), Shot):
        pass
    eye.free(sighting.slot)
    return sighting


def _pass_in_view() -> Grey:
    picture: Grey = np.full((720, 1280), 150, np.uint8)
    rows = segno.make_qr(PAYLOAD, error="q").matrix_iter(scale=8, border=4)
    code: Grey = np.where(np.array([list(row) for row in rows]) == 1, 20, 235).astype(np.uint8)
    height, width = code.shape
    picture[200 : 200 + height, 500 : 500 + width] = code
    return picture


@pytest.fixture(scope="session")
def picture() -> Grey:
    """What the camera sees: a code before a grey wall."""
    return _pass_in_view()


@pytest.fixture
def booth(tmp_path: Path, prefix: Path, picture: Grey) -> Iterator[Booth]:
    booth = Booth(tmp_path, prefix=prefix, pictures=[picture])
    yield booth
    booth.close()


@pytest.fixture
def await_shot() -> Callable[[Eye], Shot]:
    return see_shot


@pytest.fixture
def await_sighting() -> Callable[[Eye], Sighting]:
    return see
