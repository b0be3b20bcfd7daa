"""The processes of a container: started together, found by their first, and gone together."""

import os
import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

_CGROUPS: Final = Path("/sys/fs/cgroup")
_CLOSING: Final = ("devices", "memory", "pids")
_BURIAL_S: Final = 5.0
_BEAT_S: Final = 0.02

# All processes of a PID namespace die with its first, and that one with whoever started it.
_GUARD: Final = (
    *("setpriv", "--pdeathsig", "KILL"),
    *("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"),
)
# The first process of a namespace in a namespace.
_FIRST: Final = re.compile(r"^NSpid:\t\d+\t\d+\t1$", re.MULTILINE)

# Cgroups of its own let systemd inside close devices, where the kernel has version 1 of them; a
# systemd that is too new for those is told to bear them. It may set up the network of its units.
_BOOT: Final = r"""
set -e
for name in devices memory pids systemd unified; do
  folder=/sys/fs/cgroup/$name
  [ ! -d $folder ] || { mkdir -p $folder/$NAME && echo $$ >$folder/$NAME/cgroup.procs; }
done
cd "$HERE"
mount -t overlay overlay -o "lowerdir=$LOWER,upperdir=upper,workdir=work" root
exec systemd-nspawn -q -D "$HERE/root" --machine="$NAME" --register=no --keep-unit \
  --resolv-conf=copy-host --capability=CAP_NET_ADMIN \
  --setenv=SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1 $BINDS -b
"""


class Nspawn:
    """A container that was started; `leader` is its systemd, as this machine numbers it."""

    def __init__(self, name: str, *, folder: Path, layers: Sequence[Path]) -> None:
        self._name = name
        self.leader = 0
        environment = {
            "PATH": os.defpath + ":/usr/sbin:/sbin",
            "NAME": name,
            "HERE": str(folder),
            "LOWER": ":".join(map(str, layers)),
            "BINDS": " ".join(f"--bind={path}" for path in _shared() if path.is_dir()),
        }
        with (folder / "console").open("wb") as console:
            self._process = subprocess.Popen(
                [*_GUARD, "sh", "-c", _BOOT],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
            )

    def has_leader(self) -> bool:
        """Tell whether its systemd runs; an error if the container has ended instead."""
        assert self._process.poll() is None, "the container ended at its start"
        for nspawn in _children(self._process.pid):
            for child in _children(nspawn):
                with suppress(FileNotFoundError, ProcessLookupError):
                    if _FIRST.search(Path(f"/proc/{child}/status").read_text()):
                        self.leader = child
        return bool(self.leader)

    def let_devices_be_closed(self) -> None:
        """Give systemd inside its cgroups, which it got to read alone."""
        for name in _CLOSING:
            remount = ("mount", "-o", "remount,bind,rw", str(_CGROUPS / name))
            enter = ("nsenter", "--target", str(self.leader), "--mount", "--", *remount)
            subprocess.run(enter, capture_output=True, check=False, timeout=_BURIAL_S)

    def entering(self, *command: str) -> Sequence[str]:
        """Give the command that runs a command inside as root."""
        return ("nsenter", "--target", str(self.leader), "--all", "--", *command)

    def wait(self, timeout_s: float) -> None:
        """Wait until it ends by itself; `subprocess.TimeoutExpired` if it does not."""
        self._process.wait(timeout_s)

    def kill(self) -> None:
        """Kill it with all that runs inside, and wait until nothing is left."""
        self._process.kill()
        self._process.wait()
        # The kernel buries the last processes, and then their cgroups, a moment later.
        deadline_s = time.monotonic() + _BURIAL_S
        while not self._is_buried() and time.monotonic() < deadline_s:
            time.sleep(_BEAT_S)

    def _is_buried(self) -> bool:
        left = bool(self.leader) and Path(f"/proc/{self.leader}").exists()
        for folder in _CGROUPS.glob(f"*/{self._name}"):
            for inner, _, _ in os.walk(folder, topdown=False):
                with suppress(OSError):
                    Path(inner).rmdir()
            left |= folder.exists()
        return not left


def environment() -> Mapping[str, str]:
    """Give the variables of commands inside: the usual ones, and what pip is told outside."""
    told = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    return {
        "PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/root",
        **told,
        "PIP_CACHE_DIR": str(_pip_cache()),
    }


def _shared() -> Sequence[Path]:
    found = [Path(entry) for entry in os.environ.get("PIP_FIND_LINKS", "").split()]
    return (*found, _pip_cache())


def _pip_cache() -> Path:
    return Path(os.environ.get("PIP_CACHE_DIR", Path.home() / ".cache" / "pip"))


def _children(pid: int) -> Sequence[int]:
    with suppress(FileNotFoundError, ProcessLookupError):
        told = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return [int(child) for child in told.split()]
    return ()
