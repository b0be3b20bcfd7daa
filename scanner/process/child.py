"""A child process of the door: exec'ed, alone with one socket, and easily killed.

Promises: a child inherits its socket and the descriptors named here, /dev/null three
times, and the environment below; nothing else. It leads a session of its own, so a
terminal's Ctrl-C does not reach it. It ends when the door ends: it watches the socket,
and asks the kernel to be killed with its parent (`kernel.die_with_parent`).
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from scanner.process import wire

CODE: Final = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # noqa: PTH100, PTH120
"""The folder that holds the package: a checkout, or site-packages."""

_START: Final = (
    "import sys, importlib\n"
    "sys.path.extend(sys.argv[1].split(':'))\n"
    "importlib.import_module(sys.argv[2]).main(sys.argv[3:])\n"
)
"""With -I neither the working directory nor the environment adds code; our path comes last."""

_ENVIRONMENT: Final = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    # One thread each: a cage with threads has more than one way out.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENCV_IO_MAX_IMAGE_PIXELS": str(2**26),
    "OPENCV_LOG_LEVEL": "SILENT",
    # Planes larger than a frame go back to the system at once, and stay out of the heap.
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": str(1 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 20),
}

_KILL_WAIT_S: Final = 1.0
"""SIGKILL takes milliseconds, unless the process hangs inside a driver."""


@dataclass(frozen=True, slots=True)
class Program:
    """What a child runs: a module with `main(argv)`, and the interpreter to run it.

    `path` holds folders divided by colons that the interpreter searches last;
    `environment` is added to the little that every child gets.
    """

    module: str
    interpreter: str = sys.executable
    path: str = CODE
    cwd: str = "/"
    environment: tuple[tuple[str, str], ...] = ()


class Child:
    """One running child and the door's end of its wire."""

    def __init__(
        self, program: Program, *, arguments: Sequence[str] = (), descriptors: Sequence[int] = ()
    ) -> None:
        """Start it; it gets its socket's number and our pid before `arguments`."""
        ours, theirs = wire.pair()
        self.wire: socket.socket = ours
        ours.settimeout(0)
        with theirs:
            # ruff S603: every part of the command is ours.
            self.process = subprocess.Popen(  # noqa: S603
                [
                    *(program.interpreter, "-I", "-c", _START, program.path, program.module),
                    *(str(theirs.fileno()), str(os.getpid()), *arguments),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                close_fds=True,
                pass_fds=(theirs.fileno(), *descriptors),
                env=_ENVIRONMENT | dict(program.environment),
                start_new_session=True,
                cwd=program.cwd,
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def send(self, message: wire.Message) -> None:
        """Send it a message; `wire.WireClosed` when it is gone or does not listen."""
        wire.send(self.wire, message)

    def receive(self, *, max_bytes: int) -> wire.Message | None:
        """Take its next message without waiting; None when there is none."""
        return wire.receive(self.wire, max_bytes=max_bytes)

    def obituary(self) -> str:
        """Say how it ended, for a person."""
        status = self.process.poll()
        if status is None:
            return "still running"
        if status >= 0:
            return f"exit status {status}"
        with contextlib.suppress(ValueError):
            return f"killed by {signal.Signals(-status).name}"
        return f"killed by signal {-status}"

    def end(self) -> None:
        """Kill and reap it; safe to repeat."""
        self.wire.close()
        self.process.kill()
        # A process stuck in a driver is left to the kernel; the door does not wait for it.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(_KILL_WAIT_S)
