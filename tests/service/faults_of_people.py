"""What people do to a door: settings, second doors, signals, questions of strangers."""

import time
from typing import Final

from tests.service.conftest import SETTINGS
from tests.service.container import UNIT
from tests.service.fault import Watch, restart

_AS_DOOR: Final = (
    "setpriv", "--reuid=door-scanner", "--regid=door-scanner", "--init-groups",
)  # fmt: skip
_BY_HAND: Final = (
    *_AS_DOOR, "door-scanner", "run", "--config", SETTINGS, "--state", "/var/lib/door-scanner",
)  # fmt: skip
_AS_STRANGER: Final = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


def wrong_settings(watch: Watch) -> None:
    """Wrong settings."""
    good = watch.system.read(SETTINGS)
    watch.system.write(SETTINGS, good.replace("fps = 15", "fps = 500"))
    _gives_up(watch, good=good)


def unknown_rules(watch: Watch) -> None:
    """Rule set that is not known."""
    good = watch.system.read(SETTINGS)
    watch.system.write(SETTINGS, good.replace('["no-infection"]', '["no-infektion"]'))
    _gives_up(watch, good=good)


def second_door_by_hand(watch: Watch) -> None:
    """Second door, started by hand."""
    pid = watch.system.show("MainPID")
    assert watch.hears(*_BY_HAND) != 0
    watch.row.line = watch.row.line.replace(pid, "PID")
    line = watch.row.line
    watch.goes_on()
    watch.row.line = line
    watch.row.remark = f"the first is not disturbed; {watch.restarts()}"


def service_beside_a_door_by_hand(watch: Watch) -> None:
    """Service started while a door by hand has the folder."""
    watch.system.run("systemctl", "stop", UNIT)
    by_hand = watch.system.start(*_BY_HAND)
    told = watch.system.files / "var/lib/door-scanner/run/status.json"
    pid = ""
    try:
        watch.system.await_that(told.exists, why="it has the folder")
        pid = watch.system.read("/var/lib/door-scanner/lock")
        watch.begins()
        restart(watch.system)
        watch.sees("internal", restarted=True)
        watch.row.line = watch.row.line.replace(pid, "PID")
        # Longer than it would take a door that ends to be started again.
        watch.system.run("sleep", "3")
        watch.row.remark = f"it waits; {watch.restarts()}"
        waiting = watch.system.status()["pid"]
        watch.begins()
    finally:
        watch.system.run("kill", pid)
        by_hand.wait(10)
    watch.comes_back()
    assert watch.told["pid"] == waiting


def stopped_in_green(watch: Watch) -> None:
    """SIGTERM while green."""
    watch.system.await_that(
        lambda: watch.system.status().get("pattern") == "accept", why="the light is green"
    )
    watch.harms("systemctl", "stop", UNIT)
    watch.goes_dark()
    begun = int(watch.system.show("ActiveExitTimestampMonotonic"))
    ended = int(watch.system.show("ExecMainExitTimestampMonotonic"))
    watch.asks()
    done = watch.system.show("ExecMainStatus")
    watch.row.remark = f"door ends after {(ended - begun) / 1e6:.2f} s with exit {done}"
    watch.begins()
    restart(watch.system)
    watch.comes_back(restarted=True)


def hung_up(watch: Watch) -> None:
    """SIGHUP to the door."""
    watch.harms("kill", "-HUP", watch.system.show("MainPID"))
    watch.goes_dark()
    watch.asks()
    watch.comes_back(restarted=True)
    watch.row.remark = "ends in good order, systemd starts it again"


def log_read_by_a_stranger(watch: Watch) -> None:
    """Log asked for by a stranger."""
    watch.hears(*_AS_STRANGER, "door-scanner", "log")
    line = watch.row.line
    watch.goes_on()
    watch.row.line = line


def signals_played_by_a_stranger(watch: Watch) -> None:
    """Signals played by a stranger."""
    watch.hears(*_AS_STRANGER, "door-scanner", "signals")
    line = watch.row.line
    watch.goes_on()
    watch.row.line = line


def status_after_the_end(watch: Watch) -> None:
    """Status of a door that was stopped."""
    watch.system.run("systemctl", "stop", UNIT)
    watch.row.light = "dark"
    watch.asks()
    watch.begins()
    restart(watch.system)
    watch.comes_back(restarted=True)


def socket_flooded(watch: Watch) -> None:
    """Control socket held by callers who ask nothing."""
    code = (
        "import socket, time; path = '/run/door-scanner/control.sock';"
        "ends = [socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(12)];"
        "[end.connect(path) for end in ends]; time.sleep(12)"
    )
    callers = watch.system.start("python3", "-c", code)
    try:
        time.sleep(1)  # they have called
        watch.begins()
        watch.goes_on()
        watch.system.await_that(
            lambda: watch.system.run("door-scanner", "log", check=False).returncode == 0,
            why="others are answered",
        )
    finally:
        callers.kill()
        callers.wait(40)
    watch.row.remark = "others are answered within seconds"


def _gives_up(watch: Watch, *, good: str) -> None:
    watch.begins()
    restart(watch.system)
    watch.system.await_that(lambda: watch.system.show("ActiveState") == "failed", why="it gives up")
    watch.row.light = "dark"
    watch.row.line = watch.system.journal().splitlines()[-1]
    status = watch.system.show("ExecMainStatus")
    watch.row.remark = f"exit {status}, {watch.restarts()}"
    watch.system.write(SETTINGS, good)
    watch.begins()
    restart(watch.system)
    watch.comes_back(restarted=True)
