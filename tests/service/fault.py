"""One fault in an installed door: when it was seen, what was shown of it, when it was over.

Times are the machine's monotonic clock, which systemd inside and the program outside share.
What a door shows is read from the file behind `door-scanner status` and worded as that
command words it; a door that is not there is asked with the command itself.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from scanner.cli.screen import screen
from tests.service.container import UNIT, Container

LIMIT_S: Final = 40.0
_SERVICE: Final = "org.freedesktop.systemd1.Service"
_OBJECT: Final = "/org/freedesktop/systemd1/unit/door_2dscanner_2eservice"
_INDENT: Final = 11
_EYE: Final = "eye_child"
# A lost camera is tried after waits that grow; from here on they do not.
_SELDOM_FROM: Final = 4
_NOTHING: Final = "–"


@dataclass(slots=True)
class Row:
    """What is written down of a fault; seconds where something was measured."""

    light: str = _NOTHING
    reason: str = _NOTHING
    line: str = _NOTHING
    seen_s: float | None = None
    back_s: float | None = None
    remark: str = ""


class Watch:
    """Looks at one door while something happens to it."""

    def __init__(self, system: Container) -> None:
        self.system = system
        self.row = Row()
        self.told: dict[str, Any] = system.status()
        self.since_s = time.monotonic()
        self._before: dict[str, Any] = self.told

    def begins(self) -> None:
        """Start the clock: the fault comes now, or ends now."""
        self._before = self.system.status() or self._before
        self.since_s = time.monotonic()

    def harms(self, *command: str) -> None:
        """Run what does the harm, with the clock started."""
        self.begins()
        self.system.run(*command)

    def sees(self, reason: str, *, restarted: bool = False) -> None:
        """Wait until the door tells the fault."""
        old = self._before.get("pid") if restarted else None

        def shown() -> bool:
            self.told = self.system.status()
            faults = {fault["reason"] for fault in self.told.get("faults", ())}
            return reason in faults and self.told["pid"] != old

        self._await(shown, why=f"{reason} is told")
        self.row.seen_s = self.row.seen_s or time.monotonic() - self.since_s
        self.row.light, self.row.reason = self.told["pattern"], reason
        self.row.line = _line(self.told, "fault").removeprefix(f"{reason}: ")

    def waits_longest(self) -> None:
        """Wait until a lost camera is tried as seldom as ever, and was tried in vain just now."""
        self._await(
            lambda: self.system.status()["camera"]["starts"] >= _SELDOM_FROM, why="it is tried"
        )
        self._await(lambda: bool(self.system.children(_EYE)), why="it is tried once more")
        self._await(lambda: not self.system.children(_EYE), why="in vain")

    def warns(self, *, restarted: bool = False) -> None:
        """Wait until the door tells a warning, if it does."""
        old = self._before.get("pid") if restarted else None

        def shown() -> bool:
            self.told = self.system.status()
            return bool(self.told.get("warnings")) and self.told["pid"] != old

        self._await(shown, why="a warning is told")
        self.row.line = f"warning: {_line(self.told, 'warning')}"

    def comes_back(self, *, restarted: bool = False) -> None:
        """Wait until the door is ready, then make sure that it looks at frames."""
        self._await(lambda: self._is_well(restarted=restarted), why="the door is ready")
        self.row.back_s = time.monotonic() - self.since_s
        frames = self.told["camera"]["frames"]
        self._await(lambda: self._frames() > frames, why="frames are looked at")
        assert not self.system.faults(), self.system.status()

    def comes_up(self) -> None:
        """Start the door with the fault in place, and wait until it is ready all the same."""
        self.begins()
        restart(self.system)
        self._await(lambda: self._is_well(restarted=True), why="the door is ready")
        self.row.remark = f"ready {time.monotonic() - self.since_s:.2f} s after its start"

    def goes_dark(self) -> None:
        """Wait until the door has ended and the lamps were written dark; take the time between."""
        self._await(self._is_dark, why="the lamps are written dark")
        self.row.light = "dark"

    def goes_on(self) -> None:
        """Make sure that a guest is admitted while the fault lasts."""
        admitted = self._admitted()
        self._await(lambda: self._admitted() > admitted, why="a guest is admitted")
        self.row.light = "as ever"

    def hears(self, *command: str) -> int:
        """Take what a command says for the status line; give its exit code."""
        done = self.system.run(*command, check=False)
        words = (done.stderr or done.stdout).splitlines()
        self.row.line = f"{words[0] if words else ''} (exit {done.returncode})"
        return done.returncode

    def shows(self, name: str) -> None:
        """Take a line of `door-scanner status` by the name that it begins with."""
        said = self.system.run("door-scanner", "status").stdout.splitlines()
        (line,) = (line for line in said if line.startswith(f"{name} "))
        self.row.line = " ".join(line.split()).replace(f"{name} ", f"{name}: ", 1)

    def asks(self) -> int:
        """Ask `door-scanner status`."""
        return self.hears("door-scanner", "status")

    def pid(self, module: str) -> str:
        """Give the process of one of the children."""
        (found,) = self.system.children(module)
        return found

    def restarts(self) -> str:
        """Say how often systemd restarted the door."""
        times = int(self.system.show("NRestarts"))
        return "no restart" if times == 0 else f"{times} restarts"

    def _await(self, holds: Callable[[], bool], *, why: str) -> None:
        self.system.await_that(holds, why=f"{why}; told: {self.told}", within_s=LIMIT_S)

    def _is_well(self, *, restarted: bool) -> bool:
        told = self.told = self.system.status()
        if told.get("state") != "ready" or told["faults"]:
            return False
        return not restarted or told["pid"] != self._before.get("pid")

    def _is_dark(self) -> bool:
        said = self.system.run(
            *("busctl", "--json=short", "get-property", "org.freedesktop.systemd1"),
            *(_OBJECT, _SERVICE, "ExecMainExitTimestampMonotonic", "ExecStopPost"),
        ).stdout
        ended, commands = (json.loads(line)["data"] for line in said.splitlines())
        # The command's words, then begin and end by both clocks, then how it ended.
        *_, dark_us, _pid, _code, _status = commands[0]
        self.row.seen_s = (dark_us - ended) / 1e6
        return bool(dark_us >= ended > self.since_s * 1e6)

    def _frames(self) -> int:
        return int((self.system.status().get("camera") or {}).get("frames", 0))

    def _admitted(self) -> int:
        counts = self.system.status().get("decisions", {})
        return sum(counts.get(f"admit.{how}", 0) for how in ("admitted", "admitted_marked"))


def restart(system: Container) -> None:
    """Start the door again without waiting for it."""
    system.run("systemctl", "reset-failed", UNIT, check=False)
    system.run("systemctl", "restart", "--no-block", UNIT)


def _line(told: dict[str, Any], name: str) -> str:
    """Give the first entry of a name on the screen, its lines joined, without the hint."""
    words: list[str] = []
    for line in screen(told).splitlines():
        head, rest = line[:_INDENT].strip(), line[_INDENT:]
        if head == name and not words:
            words.append(rest)
        elif words:
            if head or rest.startswith("-> "):
                break
            words.append(rest)
    return " ".join(words)
