"""The composition root of the daemon: makes the parts, wires them, and ends them.

The only place that knows every part. Signals SIGTERM and SIGINT end the loop: lamps go
dark, the children are ended, and whoever called learns what was counted.
"""

import contextlib
import os
import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scanner import __version__
from scanner.door.answers import Answers
from scanner.door.installed import Installed
from scanner.door.lights import Lights
from scanner.door.loop import Loop
from scanner.door.parts import Door
from scanner.door.pins import Pins
from scanner.door.plan import Plan
from scanner.door.premises import WIRING
from scanner.door.staff import Staff
from scanner.door.tally import Tally
from scanner.gate import Belief
from scanner.process.kernel import keep_memory_private
from scanner.sight.eye import Eye
from scanner.sight.memory import FrameMemory
from scanner.sight.reader import Reader
from scanner.signals.keeper import Keeper
from scanner.store import replace_file

_ENDING: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a door ended: what it counted, and whether somebody asked it to end."""

    tally: Tally
    interrupted: bool
    unanswered: int = 0


def run(plan: Plan) -> Ended:
    """Run a door until a signal, or the end of its rehearsal."""
    # A child that was taken over runs as the same user, and must not rewrite this process.
    keep_memory_private()
    with contextlib.ExitStack() as stack:
        stop = stack.enter_context(_ending())
        memory = stack.enter_context(FrameMemory())
        script_fd = stack.enter_context(_script(plan.script))
        reader = Reader(memory)
        stack.callback(reader.close)
        eye = Eye(plan.camera, memory=memory, script_fd=script_fd)
        stack.callback(eye.close)
        installed = Installed(plan)
        stack.callback(installed.close)
        lights = Lights(plan.indicator, events=plan.events)
        answers = Answers(
            belief=installed.belief,
            clock=plan.clock,
            lights=lights,
            events=plan.events,
            on_decision=plan.on_decision or installed.take_note,
        )
        answers.entrance = installed.entrance
        door = Door(
            eye=eye,
            reader=reader,
            answers=answers,
            lights=lights,
            events=plan.events,
            once=plan.once,
            standing=installed.standing,
            on_ready=lambda: _greet(lights, belief=answers.belief, reader=reader),
        )
        loop = Loop(door, stop=stop)
        staff = Staff(lights, events=plan.events, now=loop.now, count=installed.count_staff)
        pins = _pins(plan, loop=loop, installed=installed, staff=staff)
        installed.attend(loop, pins=pins)
        loop.run()
        plan.events.close()
        return Ended(answers.tally, interrupted=loop.interrupted, unanswered=answers.unanswered)


def _pins(plan: Plan, *, loop: Loop, installed: Installed, staff: Staff) -> Pins | None:
    if not isinstance(plan.indicator, Keeper):
        return None
    if plan.premises is not None:
        try:
            _tell_wiring(plan.indicator, path=plan.premises.run / WIRING)
        except OSError as error:
            words = f"{plan.premises.run}: {error.strerror}; a crash may leave a lamp on"
            installed.warn(words)
    pins = Pins(plan.indicator, faults=loop.faults, now=loop.now, staff=staff)
    loop.attendants.append(pins)
    return pins


def _tell_wiring(keeper: Keeper, *, path: Path) -> None:
    """Write down which pins are in use, for whoever darkens them when all of us are gone."""
    replace_file(path, keeper.wiring.to_json().encode(), mode=0o644)


def _greet(lights: Lights, *, belief: Belief, reader: Reader) -> None:
    """Say how the reader is held, before anything else is said."""
    cage = {
        "seccomp": "reader caged (seccomp, limits)",
        "limits": "reader under limits only: this kernel refuses seccomp",
        None: "reader not caged",
    }[reader.cage]
    rules = " + ".join(f"{r.name}/{r.version}" for r in belief.rule_sets)
    keys = len(belief.keyring)
    plural = "" if keys == 1 else "s"
    lights.note(f"door-scanner {__version__}: {cage}; {keys} key{plural}; rules {rules}")
    if not reader.second_opinion:
        lights.note("No second opinion: libzbar is missing (remedy: apt-get install libzbar0).")


@contextlib.contextmanager
def _script(script: bytes | None) -> Iterator[int | None]:
    """Hand a rehearsal's script to the eye without touching the disk."""
    if script is None:
        yield None
        return
    fd = os.memfd_create("script", os.MFD_CLOEXEC)
    try:
        os.write(fd, script)
        os.lseek(fd, 0, os.SEEK_SET)
        yield fd
    finally:
        os.close(fd)


@contextlib.contextmanager
def _ending() -> Iterator[socket.socket]:
    """Yield a socket that becomes readable when the process is asked to end."""
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)  # noqa: FBT003 - the standard library's signature
    before = {number: signal.signal(number, lambda *_: None) for number in _ENDING}
    wakeup = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    try:
        yield ours
    finally:
        signal.set_wakeup_fd(wakeup)
        for number, handler in before.items():
            signal.signal(number, handler)
        ours.close()
        theirs.close()
