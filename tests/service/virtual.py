"""The virtual camera of tests/camera inside a container, before the door's own eye."""

import subprocess
import tempfile
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from tests.service import guests
from tests.service.conftest import change
from tests.service.container import CHECKOUT, UNIT, Container
from tests.service.guests import Grey, Guest

OVERLAY: Final = CHECKOUT / "tests" / "camera" / "overlay"
PREPARE: Final = CHECKOUT / "tests" / "camera" / "prepare"
_FAULTS: Final = "/run/virtual-camera"
_WIDTH, _HEIGHT = 1280, 720
_LIMIT_S: Final = 1800


class VirtualCamera:
    """A camera that can stall and be gone."""

    def __init__(self, system: Container, *, guest: Guest) -> None:
        """Install it, and let the door open it."""
        self._system = system
        system.run("mkdir", "-p", _FAULTS)
        with tempfile.TemporaryDirectory() as folder:
            _draw(Path(folder), guest=guest)
            subprocess.run(
                [OVERLAY, system.files, folder], check=True, capture_output=True, timeout=_LIMIT_S
            )
        change(system, source="picamera2")
        system.run("systemctl", "restart", UNIT)

    def fails(self, how: str) -> None:
        """Let it `stall`, or be `gone`."""
        self._system.write(f"{_FAULTS}/{how}", "")

    def works(self) -> None:
        """Let frames come again."""
        self._system.run("sh", "-c", f"rm -f {_FAULTS}/*")


def is_possible() -> str:
    """Say why there can be no virtual camera here; nothing when there can."""
    done = subprocess.run([PREPARE], capture_output=True, text=True, check=False, timeout=_LIMIT_S)
    return "" if done.returncode == 0 else (done.stderr.splitlines() or ["it failed"])[-1]


def _draw(folder: Path, *, guest: Guest) -> None:
    """Draw the empty hall and a guest: two pictures only, for the camera holds all in memory."""
    for number, picture in enumerate([guests.hall(), guests.shown(guest.text)]):
        wide: Grey = np.full((_HEIGHT, _WIDTH), int(picture[0, 0]), np.uint8)
        height, width = picture.shape
        top, left = (_HEIGHT - height) // 2, (_WIDTH - width) // 2
        wide[top : top + height, left : left + width] = picture
        # Its decoder does not keep to black and white where a sharp edge goes beyond them.
        paler = cv2.convertScaleAbs(wide, alpha=0.8, beta=25)
        cv2.imwrite(str(folder / f"{number}.jpg"), cv2.cvtColor(paler, cv2.COLOR_GRAY2BGR))
