"""The installed door with the real picamera2 on libcamera's virtual camera, in its sandbox."""

import subprocess
from pathlib import Path

import cv2
import pytest

from tests.service.conftest import FRAMES, change
from tests.service.container import CHECKOUT, UNIT, Container

OVERLAY = CHECKOUT / "tests" / "camera" / "overlay"
READY_LIMIT_S = 3.0
SEEN_LIMIT_S = 2.5
BACK_LIMIT_S = 5.0


@pytest.fixture
def seeing(off: Container, tmp_path: Path) -> Container:
    """A door before a camera of picamera2, which shows a guest and an empty hall in turn."""
    off.boot()
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for number in range(20):
        name = "guest-0" if number % 10 < 5 else "hall"
        picture = cv2.imread(f"{off.files}{Path(FRAMES).with_name('frames')}/{name}.png")
        assert picture is not None
        cv2.imwrite(str(pictures / f"{number:02}.jpg"), cv2.resize(picture, (1280, 720)))
    done = subprocess.run(
        [OVERLAY, off.files, pictures], capture_output=True, text=True, check=False, timeout=600
    )
    if done.returncode == 4:
        pytest.skip(done.stderr.strip().splitlines()[-1])
    assert done.returncode == 0, done.stderr
    change(off, source="picamera2")
    off.power_off()
    off.boot()
    return off


def test_a_door_with_a_camera_is_ready_soon_after_power_on_and_admits(seeing: Container) -> None:
    seeing.await_that(lambda: seeing.status().get("state") == "ready", why="the door is ready")
    ready = int(seeing.show("ActiveEnterTimestampMonotonic"))
    userspace = int(seeing.show("UserspaceTimestampMonotonic", unit=""))
    print(f"READY with picamera2 {(ready - userspace) / 1e6:.2f} s after systemd's start")
    assert (ready - userspace) / 1e6 <= READY_LIMIT_S
    seeing.await_that(
        lambda: seeing.status()["decisions"].get("admit.admitted", 0) >= 1,
        why="a guest is admitted",
    )
    status = seeing.status()
    print(f"{status['camera']}; {seeing.show('MemoryCurrent')} bytes together")
    assert (status["faults"], status["camera"]["starts"]) == ([], 1)


@pytest.mark.parametrize("fault", ["stall", "gone"])
def test_a_camera_that_fails_is_seen_and_comes_back_without_a_restart(
    seeing: Container, fault: str
) -> None:
    seeing.await_that(lambda: seeing.status().get("state") == "ready", why="the door is ready")
    pid = seeing.show("MainPID")
    seeing.write(f"/run/virtual-camera/{fault}", "")
    lost_s = seeing.await_that(lambda: seeing.faults() == {"camera_lost"}, why="its light is on")
    (seeing.files / f"run/virtual-camera/{fault}").unlink()
    back_s = seeing.await_that(lambda: seeing.status()["state"] == "ready", why="frames are back")
    print(f"camera {fault}: seen after {lost_s:.1f} s, ready {back_s:.1f} s after frames returned")
    assert lost_s <= SEEN_LIMIT_S
    assert back_s <= BACK_LIMIT_S
    assert (seeing.show("MainPID"), seeing.show("NRestarts", unit=UNIT)) == (pid, "0")
