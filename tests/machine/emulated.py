"""The emulated machine as tests see it: commands in it, doors in it, and what its pins did."""

import contextlib
import json
import select
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from scanner.signals.wiring import Wiring

PYTHON: Final = "/opt/door-scanner/current/.venv/bin/python"
WATCHING: Final = "/run/tests/watching"
LISTENING: Final = "/run/tests/listening"
PINS: Final = "/sys/devices/platform/gpio-sim.1/gpiochip1"

COMMAND_DEADLINE_S: Final = 60.0
# Above the longest performance, all patterns one after another.
WATCH_LIMIT_S: Final = 120.0
# Above the start of a door and all that is done to it.
LISTEN_LIMIT_S: Final = 300.0
# Of the port, over what the guest itself allows a command.
ANSWER_SLACK_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command in the machine left; `code` is None when it was killed for its time."""

    code: int | None
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Watched:
    """What happened at the pins, as [monotonic seconds, pin, level]; see guest/watch.py."""

    began_s: float
    seen: list[tuple[float, int, int]]
    written: list[tuple[float, int, int]]
    killed_s: float | None
    gap_s: float

    def edges(
        self, pin: int, *, since_s: float = 0, until_s: float = 1e12
    ) -> list[tuple[float, int]]:
        """Return the changes that were seen at a pin, without the level it began with."""
        changes = [(at_s, level) for at_s, its_pin, level in self.seen if its_pin == pin][1:]
        return [(at_s, level) for at_s, level in changes if since_s <= at_s < until_s]

    def levels(self) -> dict[int, int]:
        """Return what each pin showed in the end."""
        return {pin: level for _, pin, level in self.seen}

    def writes(
        self, pin: int, *, since_s: float = 0, until_s: float = 1e12
    ) -> list[tuple[float, int]]:
        """Return what was written to a pin."""
        return [
            (at_s, level)
            for at_s, its_pin, level in self.written
            if its_pin == pin and since_s <= at_s < until_s
        ]


@dataclass(frozen=True, slots=True)
class Told:
    """What the installed door told at one moment; see guest/told.py."""

    at_s: float
    state: str
    pattern: str
    reasons: list[str]
    starts: int


class Job:
    """A command that runs in the machine."""

    def __init__(self, machine: "Machine", *, number: int, deadline_s: float) -> None:
        self._machine = machine
        self._number = number
        self._deadline_s = deadline_s

    def result(self) -> Outcome:
        """Wait for its end."""
        return self._machine.answer(self._number, deadline_s=self._deadline_s)


class Door:
    """The program guest/door.py in the machine: a door that plays patterns on the real keeper."""

    SAYS: Final = "/run/tests/said"

    def __init__(
        self, machine: "Machine", *, wiring: str, program: list[tuple[str, float]]
    ) -> None:
        self._machine = machine
        self._outcome: Outcome | None = None
        machine.sh(f": >{self.SAYS}")
        length_s = sum(for_s for _, for_s in program)
        argv = (PYTHON, "/run/tests/door.py", wiring, json.dumps(program), self.SAYS)
        self._job = machine.start(*argv, timeout_s=length_s + COMMAND_DEADLINE_S)
        machine.until(f"[ -s {self.SAYS} ]")

    def said(self) -> list[dict[str, Any]]:
        """Return what it has said up to now."""
        return [json.loads(line) for line in self._machine.sh(f"cat {self.SAYS}").splitlines()]

    def end(self) -> Outcome:
        """Wait for its end; safe to repeat."""
        self._outcome = self._outcome or self._job.result()
        return self._outcome


class Machine:
    """Sends commands to the machine; `AssertionError` when it does not answer in time."""

    def __init__(self, port: socket.socket, *, process: subprocess.Popen[bytes]) -> None:
        self._port = port
        self._process = process
        self._pending = b""
        self._answers: dict[int, Outcome] = {}
        self._last = 0
        self._doors: list[Door] = []
        self._pulled: tuple[int, ...] = ()

    def start(self, *argv: str, given: str = "", timeout_s: float = COMMAND_DEADLINE_S) -> Job:
        """Start a command and go on."""
        self._last += 1
        request = {"id": self._last, "argv": argv, "input": given, "timeout_s": timeout_s}
        self._port.sendall(json.dumps(request).encode() + b"\n")
        deadline_s = time.monotonic() + timeout_s + ANSWER_SLACK_S
        return Job(self, number=self._last, deadline_s=deadline_s)

    def run(self, *argv: str, given: str = "", timeout_s: float = COMMAND_DEADLINE_S) -> Outcome:
        """Run a command to its end."""
        return self.start(*argv, given=given, timeout_s=timeout_s).result()

    def sh(self, script: str, *, given: str = "", timeout_s: float = COMMAND_DEADLINE_S) -> str:
        """Run a shell script that must succeed; returns what it printed."""
        outcome = self.run("bash", "-euc", script, given=given, timeout_s=timeout_s)
        assert outcome.code == 0, f"{script}: {outcome}"
        return outcome.out

    def watch(self, *pins: int, **kill: object) -> Callable[[], Watched]:
        """Begin to watch pins; the function that is returned ends that and tells what was seen."""
        self.sh(f"rm -f {WATCHING}")
        task = json.dumps({"pins": pins, "for_s": WATCH_LIMIT_S, **kill})
        argv = (PYTHON, "/run/tests/watch.py", task)
        job = self.start(*argv, timeout_s=WATCH_LIMIT_S + COMMAND_DEADLINE_S)
        self.until(f"[ -e {WATCHING} ]")

        def watched() -> Watched:
            self.sh(f"rm -f {WATCHING}")
            outcome = job.result()
            assert outcome.code == 0, outcome
            return Watched(**json.loads(outcome.out))

        return watched

    def listen(self) -> Callable[[], list[Told]]:
        """Begin to listen to the installed door; the function that is returned ends that."""
        self.sh(f"rm -f {LISTENING}")
        job = self.start(PYTHON, "/run/tests/told.py", timeout_s=LISTEN_LIMIT_S)
        self.until(f"[ -e {LISTENING} ]")

        def told() -> list[Told]:
            self.sh(f"rm -f {LISTENING}")
            outcome = job.result()
            assert outcome.code == 0, outcome
            return [Told(*heard) for heard in json.loads(outcome.out)]

        return told

    def now_s(self) -> float:
        """Tell the time of its monotonic clock."""
        return float(self.sh("cut -d' ' -f1 /proc/uptime"))

    def open_door(self, wiring: Wiring, *program: tuple[str, float]) -> Door:
        """Start a door and wait until its keeper holds the pins, or is lost."""
        door = Door(self, wiring=wiring.to_json(), program=list(program))
        self._doors.append(door)
        return door

    def pull(self, *pins: int, level: int) -> None:
        """Let pins that nobody drives rest at a level, as a resistor would; low at first."""
        for pin in pins:
            self.sh(f"echo pull-{'up' if level else 'down'} >{PINS}/sim_gpio{pin}/pull")
        self._pulled = pins if level else ()

    def press(self, pin: int, *, held_s: Sequence[float], bounces: int = 0) -> None:
        """Connect a pin to ground and let go again, as a finger on a button would."""
        down, up = (f"echo pull-{way} >{PINS}/sim_gpio{pin}/pull" for way in ("down", "up"))
        # No program is started in between: that takes as long as a press.
        bounce = f"for n in $(seq {bounces}); do {down}; {up}; done"
        one = "{0}; {1}; sleep {2}; {0}; {3}; sleep 0.25"
        self.sh("; ".join(one.format(bounce, down, for_s, up) for for_s in held_s))
        self._pulled = (*self._pulled, pin)

    @contextlib.contextmanager
    def holding(self, pin: int) -> Iterator[None]:
        """Let another program hold a pin for a while."""
        job = self.start(PYTHON, "/run/tests/hold.py", str(pin))
        try:
            self.until(f"grep -q 'gpio-{pin} .*(gpioset)' /sys/kernel/debug/gpio", within_s=10)
            yield
        finally:
            self.sh("kill $(pgrep -f 'tests/[h]old.py')")
            job.result()

    def tidy(self) -> None:
        """Wait for the doors of a test and undo what it did to the pins."""
        for door in self._doors:
            door.end()
        self._doors.clear()
        self.sh(f"rm -f {Door.SAYS}")
        self.pull(*self._pulled, level=0)

    def until(self, condition: str, *, within_s: float = COMMAND_DEADLINE_S) -> None:
        """Wait until a shell condition holds."""
        script = f"until {condition}; do sleep 0.02; done 2>/dev/null"
        outcome = self.run("bash", "-c", script, timeout_s=within_s)
        assert outcome.code == 0, f"did not come true in {within_s} s: {condition}"

    def answer(self, number: int, *, deadline_s: float) -> Outcome:
        """Wait for the answer to a request."""
        while number not in self._answers:
            self._take(deadline_s=deadline_s)
        return self._answers.pop(number)

    def _take(self, *, deadline_s: float) -> None:
        left_s = max(0.0, deadline_s - time.monotonic())
        ready, _, _ = select.select([self._port], [], [], left_s)
        assert ready, "the machine does not answer"
        chunk = self._port.recv(1 << 20)
        assert chunk, f"the machine ended: QEMU's status {self._process.poll()}"
        *lines, self._pending = (self._pending + chunk).split(b"\n")
        for line in lines:
            said: dict[str, Any] = json.loads(line)
            number = said.pop("id")
            self._answers[number] = Outcome(**said)
