"""From power-on to READY, and what READY and the status promise."""

from pathlib import Path

import pytest

from tests.service.conftest import FRAMES, change
from tests.service.container import UNIT, Container

READY_LIMIT_S = 3.0


def test_a_door_is_ready_soon_after_power_on(off: Container) -> None:
    off.boot()
    took_s = off.await_that(lambda: off.show("ActiveState") == "active", why="the door is ready")
    started = int(off.show("ExecMainStartTimestampMonotonic"))
    ready = int(off.show("ActiveEnterTimestampMonotonic"))
    userspace = int(off.show("UserspaceTimestampMonotonic", unit=""))
    print(f"READY {(ready - started) / 1e6:.2f} s after its start, ", end="")
    print(f"{(ready - userspace) / 1e6:.2f} s after systemd's; waited {took_s:.2f} s")
    assert (ready - userspace) / 1e6 <= READY_LIMIT_S
    assert off.show("StatusText") == "ready"


def test_a_ready_door_admits_the_guests_before_its_camera(door: Container) -> None:
    door.await_that(
        lambda: door.status()["decisions"].get("admit.admitted", 0) >= 1, why="a guest is admitted"
    )
    status = door.status()
    assert status["faults"] == []
    assert status["keys"] == 1
    assert status["camera"]["frames"] > 0
    assert status["reader"]["cage"]


def test_ready_is_told_only_after_a_frame_was_looked_at(door: Container) -> None:
    door.run("systemctl", "restart", "--no-block", UNIT)
    before = door.show("MainPID")
    door.await_that(lambda: door.show("MainPID") not in {before, "0"}, why="it starts again")
    door.await_that(lambda: door.children("eye_child"), why="the eye opens")
    (eye,) = door.children("eye_child")
    door.run("kill", "-STOP", eye)
    door.await_that(lambda: door.status().get("state") == "starting", why="it tells its state")
    assert door.show("ActiveState") == "activating"
    door.run("kill", "-CONT", eye)
    door.await_that(lambda: door.show("ActiveState") == "active", why="frames come")


def test_a_camera_that_is_gone_at_power_on_is_a_light_and_no_restart_loop(off: Container) -> None:
    off.boot()
    off.take_away(FRAMES)
    off.run("systemctl", "restart", UNIT)
    assert off.status()["state"] == "fault"
    assert off.faults() == {"camera_lost"}
    off.give_back(FRAMES)
    took_s = off.await_that(lambda: off.status()["state"] == "ready", why="frames are back")
    print(f"ready {took_s:.1f} s after the camera came")
    assert off.show("NRestarts") == "0"


def test_pins_that_are_not_there_are_a_status_and_no_restart_loop(off: Container) -> None:
    off.boot()
    change(off, output="gpio")
    off.run("systemctl", "restart", UNIT)
    off.await_that(lambda: off.faults() == {"pins_lost"}, why="the missing chip is told")
    pid = off.show("MainPID")
    frames = off.status()["camera"]["frames"]
    off.await_that(lambda: off.status()["camera"]["frames"] > frames + 30, why="it goes on")
    assert (off.show("MainPID"), off.show("NRestarts")) == (pid, "0")


@pytest.mark.parametrize(
    ("line", "names"),
    [
        pytest.param("colour = 3", "colour", id="a key that is not known"),
        pytest.param("= 3", "key = value", id="text that is no TOML"),
    ],
)
def test_wrong_settings_are_one_line_in_the_journal_and_no_restart_loop(
    door: Container, line: str, names: str
) -> None:
    settings = "etc/door-scanner/scanner.toml"
    good = (door.files / settings).read_text()
    (door.files / settings).write_text(good + line + "\n")
    door.run("systemctl", "restart", UNIT, check=False)
    door.await_that(lambda: door.show("ActiveState") == "failed", why="it gives up at once")
    assert (door.show("ExecMainStatus"), door.show("NRestarts")) == ("2", "0")
    words = [said for said in door.journal().splitlines() if settings in said]
    assert len(words) == 1
    assert names in words[0]
    (door.files / settings).write_text(good)
    door.run("systemctl", "restart", UNIT)
    assert door.show("ActiveState") == "active"


def test_a_second_door_by_hand_is_refused_with_one_line(door: Container) -> None:
    pid = door.show("MainPID")
    second = door.run(
        *("setpriv", "--reuid=door-scanner", "--regid=door-scanner", "--init-groups"),
        *("door-scanner", "run", "--config", "/etc/door-scanner/scanner.toml"),
        *("--state", "/var/lib/door-scanner"),
        check=False,
    )
    assert second.returncode in {2, 3, 4}
    assert second.stderr.count("\n") == 1
    assert pid in second.stderr
    assert door.status()["pid"] == int(pid)
    assert Path(f"{door.files}/run/door-scanner/status.json").stat().st_mode & 0o777 == 0o644
