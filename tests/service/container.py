"""A whole Debian under the real systemd, in a container, whose files are laid over a cached tree.

Nothing outlives the test: mounts live in the container's own namespace, and the container dies
with the process that started it.
"""

import itertools
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from tests.service.nspawn import Nspawn, environment

CHECKOUT: Final = Path(__file__).resolve().parents[2]
UNIT: Final = "door-scanner.service"
STATUS: Final = "/run/door-scanner/status.json"
PATIENCE_S: Final = 60.0
_BEAT_S: Final = 0.02
_CERTIFICATES: Final = Path("/etc/ssl/certs/ca-certificates.crt")
_NUMBERS: Final = itertools.count(1)


class Container:
    """One system: its files in `folder`, over `layers` (the topmost first)."""

    def __init__(self, folder: Path, *, layers: Sequence[Path]) -> None:
        self.folder = folder
        self.layers = tuple(layers)
        self._name = f"door-{os.getpid()}-{next(_NUMBERS)}"
        self._nspawn: Nspawn | None = None
        for name in ("upper", "work", "root"):
            (folder / name).mkdir(parents=True, exist_ok=True)

    @property
    def written(self) -> tuple[Path, ...]:
        """Every layer of this system, for one that begins where this one ended."""
        return (self.folder / "upper", *self.layers)

    @property
    def files(self) -> Path:
        """The root of the running system, seen from outside."""
        return Path(f"/proc/{self._running.leader}/root")

    @property
    def _running(self) -> Nspawn:
        assert self._nspawn is not None, "the system is powered off"
        return self._nspawn

    def boot(self) -> None:
        """Start it and wait until systemd has done all that a start asks for."""
        self._nspawn = Nspawn(self._name, folder=self.folder, layers=self.layers)
        self.await_that(self._nspawn.has_leader, why="the container starts")
        self._nspawn.let_devices_be_closed()
        self.await_that(self._is_up, why="systemd answers")
        self._bring_ways_out()

    def run(
        self, *command: str, timeout_s: float = PATIENCE_S, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run a command inside as root; its words are part of the error where it fails."""
        done = subprocess.run(
            self._running.entering(*command),
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
        assert not check or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Start a command inside as root, whose standard error is read as it comes."""
        return subprocess.Popen(
            self._running.entering(*command),
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def show(self, name: str, *, unit: str = UNIT) -> str:
        """Give one property of a unit, or of systemd itself where none is named."""
        named = (unit,) if unit else ()
        return self.run("systemctl", "show", "-p", name, "--value", *named).stdout.strip()

    def status(self) -> dict[str, Any]:
        """Give what the door tells of itself; nothing while it tells nothing."""
        try:
            told: dict[str, Any] = json.loads(self.read(STATUS))
        except (FileNotFoundError, json.JSONDecodeError):
            return {}
        return told

    def faults(self) -> set[str]:
        """Give the reasons of the faults that the door tells."""
        return {fault["reason"] for fault in self.status().get("faults", ())}

    def children(self, module: str = "") -> set[str]:
        """Give the process ids of the door's children, or of those that run a module."""
        pid = self.show("MainPID")
        told = self.run("ps", "-o", "pid=,args=", "--ppid", pid, check=False).stdout
        return {line.split()[0] for line in told.splitlines() if module in line}

    def journal(self, *, unit: str = UNIT) -> str:
        """Give the words of a unit since the start, without systemd's own."""
        command = ("journalctl", "-b", "-o", "cat", "--no-pager", f"_SYSTEMD_UNIT={unit}")
        return self.run(*command).stdout

    def read(self, path: str) -> str:
        """Give the text of a file inside."""
        return self._inside(path).read_text()

    def write(self, path: str, content: str | bytes) -> None:
        """Write a file inside, and the folders above it."""
        there = self._inside(path)
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_bytes(content.encode() if isinstance(content, str) else content)

    def put(self, source: Path, path: str) -> None:
        """Copy a folder from outside, without what tools leave behind."""
        left = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info")
        shutil.copytree(source, self._inside(path), ignore=left, dirs_exist_ok=True)

    def take_away(self, path: str) -> None:
        """Let a link be gone until `give_back`."""
        self._inside(path).rename(self._inside(path + ".away"))

    def give_back(self, path: str) -> None:
        """Let a link be there again."""
        self._inside(path + ".away").rename(self._inside(path))

    def await_that(
        self, holds: Callable[[], object], *, why: str, within_s: float = PATIENCE_S
    ) -> float:
        """Wait until something holds; give the seconds that it took."""
        started = time.monotonic()
        while not holds():
            waited_s = time.monotonic() - started
            assert waited_s < within_s, f"not within {within_s} s: {why}\n{self._last_words()}"
            time.sleep(_BEAT_S)
        return time.monotonic() - started

    def power_off(self) -> None:
        """Shut it down in good order, or kill it; its files stay."""
        if self._nspawn is None:
            return
        with suppress(subprocess.TimeoutExpired, AssertionError):
            self.run("systemctl", "poweroff", "--no-block", timeout_s=5, check=False)
            self._nspawn.wait(20)
        self.cut_power()

    def cut_power(self) -> None:
        """Kill it with all that runs inside; its files stay."""
        if self._nspawn is not None:
            self._nspawn.kill()
            self._nspawn = None

    def remove(self) -> None:
        """Power it off and forget its files."""
        self.power_off()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _inside(self, path: str) -> Path:
        return self.files / path.removeprefix("/")

    def _is_up(self) -> bool:
        if not self._inside("run/systemd/private").exists():
            return False
        done = self.run("systemctl", "is-system-running", "--wait", check=False)
        return done.stdout.strip() in {"running", "degraded"}

    def _bring_ways_out(self) -> None:
        """Let pip and apt inside reach what they reach outside."""
        if _CERTIFICATES.exists():
            self.write(str(_CERTIFICATES), _CERTIFICATES.read_bytes())
        if Path("/etc/pip.conf").exists():
            self.write("/etc/pip.conf", Path("/etc/pip.conf").read_bytes())

    def _last_words(self) -> str:
        console = (self.folder / "console").read_text(errors="replace")[-2000:]
        with suppress(AssertionError, subprocess.TimeoutExpired, OSError):
            console += self.run(
                "journalctl", "-n", "30", "--no-pager", check=False, timeout_s=5
            ).stdout
        return console
