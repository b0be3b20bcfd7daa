"""Every process of a running door may die or hang; the door is back in time.

Seconds are the machine's monotonic clock, which systemd inside shares with the tests outside.
"""

import time

import pytest

from tests.service.conftest import FRAMES
from tests.service.container import UNIT, Container

SEEN_LIMIT_S = 2.5
BACK_LIMIT_S = 5.0
READER_LIMIT_S = 2.0
WATCHDOG_S = 10.0


def hurt(door: Container, sign: str, pid: str) -> float:
    """Send a signal to a process; the time before it."""
    before_s = time.monotonic()
    door.run("kill", f"-{sign}", pid)
    return before_s


def replaced_s(door: Container, *, pid: str) -> float:
    """Wait until another door than `pid` is ready; the time when systemd heard so."""
    door.await_that(
        lambda: door.show("MainPID") not in {pid, "0"} and door.show("ActiveState") == "active",
        why="systemd replaces it",
    )
    return int(door.show("ActiveEnterTimestampMonotonic")) / 1e6


def test_a_door_that_hangs_is_killed_by_the_watchdog_and_comes_back(door: Container) -> None:
    pid = door.show("MainPID")
    stopped_s = hurt(door, "STOP", pid)
    took_s = replaced_s(door, pid=pid) - stopped_s
    print(f"stopped to ready: {took_s:.1f} s")
    assert WATCHDOG_S / 2 < took_s <= WATCHDOG_S + BACK_LIMIT_S
    assert door.show("NRestarts") == "1"
    assert "Watchdog timeout" in door.run("journalctl", "-b", "-u", UNIT, "-o", "cat").stdout


def test_a_door_that_is_killed_comes_back_and_leaves_nobody_behind(door: Container) -> None:
    pid = door.show("MainPID")
    before = door.children()
    killed_s = hurt(door, "KILL", pid)
    took_s = replaced_s(door, pid=pid) - killed_s
    print(f"killed to ready: {took_s:.1f} s")
    assert took_s <= BACK_LIMIT_S
    assert not before & door.children()
    assert door.show("NRestarts") == "1"


@pytest.mark.parametrize(
    ("child", "part", "within_s"),
    [("eye_child", "camera", BACK_LIMIT_S), ("reader_child", "reader", READER_LIMIT_S)],
)
def test_a_child_that_is_killed_is_replaced_by_the_same_door(
    door: Container, child: str, part: str, within_s: float
) -> None:
    pid = door.show("MainPID")
    (old,) = door.children(child)
    starts = door.status()[part]["starts"]
    killed_s = hurt(door, "KILL", old)
    door.await_that(
        lambda: (
            door.status()["state"] == "ready"
            and not door.faults()
            and door.status()[part]["starts"] > starts
        ),
        why="another one works",
    )
    took_s = time.monotonic() - killed_s
    print(f"{child}: replaced, and the door ready, after {took_s:.2f} s")
    assert took_s <= within_s
    assert door.children(child) not in ({old}, set())
    frames = door.status()["camera"]["frames"]
    door.await_that(lambda: door.status()["camera"]["frames"] > frames, why="it goes on")
    assert (door.show("MainPID"), door.show("NRestarts")) == (pid, "0")


def test_a_camera_that_goes_away_and_comes_back_needs_nobody(door: Container) -> None:
    pid = door.show("MainPID")
    door.take_away(FRAMES)
    (eye,) = door.children("eye_child")
    door.run("kill", "-KILL", eye)
    lost_s = door.await_that(lambda: door.faults() == {"camera_lost"}, why="its light is on")
    door.give_back(FRAMES)
    back_s = door.await_that(lambda: door.status()["state"] == "ready", why="frames are back")
    print(f"camera lost: seen after {lost_s:.1f} s, ready {back_s:.1f} s after it came back")
    assert lost_s <= SEEN_LIMIT_S
    assert back_s <= BACK_LIMIT_S
    assert (door.show("MainPID"), door.show("NRestarts")) == (pid, "0")


def test_a_frozen_camera_is_seen_and_replaced(door: Container) -> None:
    (eye,) = door.children("eye_child")
    stopped_s = hurt(door, "STOP", eye)
    door.await_that(lambda: "camera_lost" in door.faults(), why="its light is on")
    lost_s = time.monotonic() - stopped_s
    back_s = door.await_that(lambda: door.status()["state"] == "ready", why="another eye sees")
    print(f"frozen camera: seen after {lost_s:.1f} s, ready {back_s:.1f} s later")
    assert lost_s <= SEEN_LIMIT_S
    assert back_s <= BACK_LIMIT_S
    assert door.children("eye_child") not in ({eye}, set())
    assert door.show("NRestarts") == "0"


def test_a_door_that_is_told_to_end_ends_in_good_order_and_soon(door: Container) -> None:
    door.run("systemctl", "stop", UNIT)
    assert door.show("Result") == "success"
    assert door.show("ExecMainStatus") == "0"
    started = int(door.show("ActiveExitTimestampMonotonic"))
    ended = int(door.show("InactiveEnterTimestampMonotonic"))
    print(f"stopped in {(ended - started) / 1e6:.2f} s")
    assert (ended - started) / 1e6 < 5
    assert not (door.files / "run/door-scanner").exists()
