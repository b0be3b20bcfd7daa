"""Every process of a running door may die or hang; the door is back in time."""

import pytest

from tests.service.conftest import FRAMES
from tests.service.container import UNIT, Container

# The promise is 5 s, and 2 s for the reader, held by the benchmarks; a busy machine gets three
# times as long.
BACK_LIMIT_S = 15.0
WATCHDOG_S = 10.0


def test_a_door_that_hangs_is_killed_by_the_watchdog_and_comes_back(door: Container) -> None:
    pid = door.show("MainPID")
    door.run("kill", "-STOP", pid)
    took_s = door.await_that(
        lambda: door.show("MainPID") not in {pid, "0"} and door.show("ActiveState") == "active",
        why="systemd replaces it",
        within_s=WATCHDOG_S + BACK_LIMIT_S,
    )
    print(f"stopped to ready: {took_s:.1f} s")
    assert took_s > WATCHDOG_S / 2
    assert door.show("NRestarts") == "1"
    assert "Watchdog timeout" in door.run("journalctl", "-b", "-u", UNIT, "-o", "cat").stdout


def test_a_door_that_is_killed_comes_back_and_leaves_nobody_behind(door: Container) -> None:
    pid = door.show("MainPID")
    before = door.children()
    door.run("kill", "-KILL", pid)
    took_s = door.await_that(
        lambda: door.show("MainPID") not in {pid, "0"} and door.show("ActiveState") == "active",
        why="systemd replaces it",
        within_s=BACK_LIMIT_S,
    )
    print(f"killed to ready: {took_s:.1f} s")
    assert not before & door.children()
    assert door.show("NRestarts") == "1"


@pytest.mark.parametrize("child", ["eye_child", "reader_child"])
def test_a_child_that_is_killed_is_replaced_by_the_same_door(door: Container, child: str) -> None:
    pid = door.show("MainPID")
    (old,) = door.children(child)
    frames = door.status()["camera"]["frames"]
    door.run("kill", "-KILL", old)
    took_s = door.await_that(
        lambda: door.children(child) not in ({old}, set()), why=f"a new {child}"
    )
    ready_s = door.await_that(
        lambda: (
            door.status()["state"] == "ready"
            and not door.faults()
            and door.status()["camera"]["frames"] > frames
        ),
        why="it goes on",
        within_s=BACK_LIMIT_S,
    )
    print(f"{child}: replaced after {took_s:.2f} s, ready after {took_s + ready_s:.2f} s")
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
    assert (door.show("MainPID"), door.show("NRestarts")) == (pid, "0")


def test_a_frozen_camera_is_seen_and_replaced(door: Container) -> None:
    (eye,) = door.children("eye_child")
    door.run("kill", "-STOP", eye)
    lost_s = door.await_that(lambda: "camera_lost" in door.faults(), why="its light is on")
    back_s = door.await_that(
        lambda: door.status()["state"] == "ready" and door.children("eye_child") != {eye},
        why="another eye sees",
    )
    print(f"frozen camera: seen after {lost_s:.1f} s, ready {back_s:.1f} s later")
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
