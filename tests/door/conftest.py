"""Simulated camera, reader and lights around the real loop, and a stage that wires them.

The camera shows films: each opening shows the next one. The reader reads what lies in
the slots at the moment it answers, so that a slot given back too soon shows itself.
"""

import itertools
import json
import os
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import pytest

from scanner.door.answers import Answers, Happened
from scanner.door.clock import Clock, RehearsalClock
from scanner.door.events import Events
from scanner.door.lights import Lights
from scanner.door.loop import Attendant, Loop
from scanner.door.parts import Door
from scanner.gate import Belief
from scanner.sight.attention import Effort
from scanner.sight.eye import Eye, Sighting
from scanner.sight.reader import Reader
from scanner.sight.sightings import Ended, Looked, Opened, Shot, Skipped
from scanner.signals import Lamps, Pattern
from scanner.terms import DeviceError, Payload, Reason

if TYPE_CHECKING:
    from tests.conftest import Mint

Codes = tuple[Payload, ...]
FRAME_MS: Final = 67
MOVED: Final = 14_400
SLOTS: Final = 4
# No scene here takes a second; whatever takes longer hangs.
PATIENCE_S: Final = 8.0
# Enough for a slow reader's last answer.
LAST_TURNS: Final = 20


@dataclass(frozen=True, slots=True)
class Film:
    """What one opening of the camera shows.

    `frames` are codes, or the words why a picture is skipped; `burst` frames come at
    once. Then the camera ends, is lost, or stays open and silent.
    """

    frames: Sequence[Codes | str] = ()
    paced: bool = False
    then: str = "ends"
    burst: int = 1
    frame_ms: int = FRAME_MS
    changed: Sequence[int] = ()
    cannot_open: bool = False


class SimulatedEye:
    """A camera with the methods of `Eye`; `has_shown_all` once the last film is over."""

    def __init__(self, films: Sequence[Film], *, on_turn: Callable[[], None]) -> None:
        self._films = deque(films)
        self._on_turn = on_turn
        self._showing: Iterator[Sighting] = iter(())
        self._waiting: Sighting | None = None
        self._film = Film()
        self._readable = os.eventfd(1)
        self._deadline_s = time.monotonic() + PATIENCE_S
        self._burst_left = 0
        self.memory: dict[int, Codes] = {}
        self.held: set[int] = set()
        self.started_s: list[float] = []
        self.freed: list[int] = []
        self.given = 0
        self.dropped = 0
        self.keen = 0
        self.is_open = False
        self.has_shown_all = False
        self.ended = False

    def start(self, *, now_s: float) -> None:
        self.started_s.append(now_s)
        self.ended = False
        self.held.clear()
        self._film = self._films.popleft() if self._films else Film(then="waits")
        if self._film.cannot_open:
            raise DeviceError(Reason.CAMERA_LOST, "cannot start: no memory")
        self.is_open = True
        self._showing = self._sightings(self._film)

    def fileno(self) -> int:
        return self._readable if self.is_open else -1

    def receive(self, *, now_s: float) -> Sighting | None:
        del now_s
        assert time.monotonic() < self._deadline_s, "the door hangs"
        if not self.is_open:
            return None
        if self._burst_left == 0:
            self._burst_left = self._film.burst
            return None
        self._burst_left -= 1
        lossless = not self._film.paced
        if lossless and len(self.held) == SLOTS:
            return None
        return next(self._showing, None)

    def check(self, now_s: float) -> None:
        del now_s
        self._on_turn()

    def free(self, slot: int) -> None:
        assert self.is_open, "a slot of a camera that is gone is given back"
        assert slot in self.held, "a slot is given back twice"
        self.held.discard(slot)
        self.freed.append(slot)
        self.memory[slot] = ()

    def stay_keen(self) -> None:
        assert self.is_open
        self.keen += 1

    def close(self) -> None:
        self.is_open = False
        os.close(self._readable)

    def _sightings(self, film: Film) -> Iterator[Sighting]:
        yield Opened(paced=film.paced)
        for number, shown in enumerate(film.frames):
            at_ms = number * film.frame_ms
            if isinstance(shown, str):
                yield Skipped(number, at_ms=at_ms, why=shown)
                continue
            free = set(range(SLOTS)) - self.held
            if not free:
                self.dropped += 1
                continue
            slot = min(free)
            self.held.add(slot)
            self.memory[slot] = shown
            self.given += 1
            changed = film.changed[number] if film.changed else MOVED
            yield Shot(number, at_ms, slot, 1280, 720, changed_cells=changed)
        if film.then == "is lost":
            self.is_open = False
            raise DeviceError(Reason.CAMERA_LOST, "the camera process ended")
        if film.then == "ends":
            self.ended = True
            yield Ended(f"{len(film.frames)} pictures shown")
        self.has_shown_all = not self._films


class SimulatedReader:
    """A reader with the methods of `Reader`; `misdeeds` maps a frame to what it does there."""

    def __init__(
        self,
        eye: SimulatedEye,
        *,
        misdeeds: dict[int, str] | None = None,
        turns_to_answer: int = 1,
        turns_to_start: int = 2,
        failing_starts: int = 0,
    ) -> None:
        self._eye = eye
        self._misdeeds = dict(misdeeds or {})
        self._turns = turns_to_answer
        self._turns_to_start = turns_to_start
        self._failing_starts = failing_starts
        self._left = 0
        self._asked: Shot | None = None
        self._readable = os.eventfd(1)
        self._lives = False
        self.ready = False
        self.cage = "seccomp"
        self.second_opinion = True
        self.starts = 0
        self.replaced = 0
        self.asked: list[tuple[int, Effort]] = []

    def start(self, *, now_s: float) -> None:
        del now_s
        self.starts += 1
        self._lives = True
        self._left = self._turns_to_start

    def fileno(self) -> int:
        return self._readable

    def submit(self, shot: Shot, *, effort: Effort, now_s: float) -> None:
        del now_s
        assert self.ready, "asked before it was ready"
        assert self._asked is None, "asked two questions at once"
        self.asked.append((shot.frame, effort))
        self._asked, self._left = shot, self._turns
        if self._misdeeds.get(shot.frame) == "is gone when asked":
            del self._misdeeds[shot.frame]
            raise self._lost()

    def receive(self) -> Looked | None:
        self._left -= 1
        if not self._lives or self._left > 0:
            return None
        if not self.ready:
            if self._failing_starts:
                self._failing_starts -= 1
                raise self._lost()
            self.ready = True
            return None
        shot = self._asked
        if shot is None or self._is_silent(shot.frame):
            return None
        self._asked = None
        if self._misdeeds.pop(shot.frame, None) == "dies":
            raise self._lost()
        return Looked(shot.frame, self._eye.memory[shot.slot], read_ms=1.0)

    def check(self, now_s: float) -> None:
        if self._asked is not None and self._misdeeds.get(self._asked.frame) == "hangs":
            del self._misdeeds[self._asked.frame]
            raise self._lost()
        if not self._lives:
            self.start(now_s=now_s)

    def replace(self, *, now_s: float) -> None:
        self.replaced += 1
        if self._misdeeds.pop(-1, None) == "cannot be replaced at once":
            raise DeviceError(Reason.READER_LOST, "cannot start: no memory")
        self.check(now_s)

    def close(self) -> None:
        os.close(self._readable)

    def _is_silent(self, frame: int) -> bool:
        misdeed = self._misdeeds.get(frame)
        camera_is_back = len(self._eye.started_s) > 1 and self._eye.held
        return misdeed == "hangs" or (
            misdeed == "answers when the camera is back" and not camera_is_back
        )

    def _lost(self) -> DeviceError:
        self._lives, self.ready, self._asked = False, False, None
        return DeviceError(Reason.READER_LOST, "the reader ended (killed by SIGSYS)")


@dataclass(slots=True)
class SimulatedLights:
    """Whoever shows the lamps, writing down what is shown."""

    signals: list[tuple[Pattern, Lamps, int]] = field(default_factory=list)
    drawn: list[Lamps] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    closed: bool = False

    def signal(self, pattern: Pattern, lamps: Lamps, *, at_ms: int, words: str = "") -> None:
        self.signals.append((pattern, lamps, at_ms))
        self.drawn.append(lamps)
        self.words.append(words)

    def lamps(self, lamps: Lamps) -> None:
        self.drawn.append(lamps)

    def note(self, words: str) -> None:
        self.notes.append(words)

    def close(self) -> None:
        self.closed = True

    @property
    def patterns(self) -> list[Pattern]:
        return [pattern for pattern, _, _ in self.signals]


@dataclass(slots=True)
class Played:
    """What came of a scene."""

    eye: SimulatedEye
    reader: SimulatedReader
    lights: SimulatedLights
    loop: Loop
    answers: Answers
    happened: list[Happened]
    greetings: int
    events: list[dict[str, Any]]

    @property
    def told(self) -> list[tuple[int, str]]:
        """Frame and reason of every decision."""
        return [(e["frame"], e["reason"]) for e in self.events if e["event"] == "decision"]

    @property
    def states(self) -> list[str]:
        return [e["state"] for e in self.events if e["event"] == "state"]

    @property
    def read(self) -> list[int]:
        """The frames that the reader was asked about, in order."""
        return [frame for frame, _ in self.reader.asked]


@dataclass(slots=True)
class Wired:
    """A loop and the simulated parts around it."""

    eye: SimulatedEye
    reader: SimulatedReader
    lights: SimulatedLights
    loop: Loop
    answers: Answers
    happened: list[Happened]
    greeted: list[str]
    text: StringIO

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.getvalue().splitlines()]

    def begin(self, reason: Reason, detail: str = "gone") -> None:
        """Let a fault stand."""
        self.loop.faults.begin(DeviceError(reason, detail), now=self.loop.now())

    def close(self) -> None:
        self.reader.close()
        self.eye.close()


class Stage:
    """Plays films before a real loop."""

    def __init__(self, belief: Belief, clock: Clock) -> None:
        self.belief = belief
        self.clock = clock

    def film(self, frames: Sequence[Codes | str] = (), **how: Any) -> Film:
        """Make a film; see `Film`."""
        return Film(frames, **how)

    def wire(
        self,
        *films: Film,
        once: bool = True,
        standing: Sequence[DeviceError] = (),
        on_turn: Callable[[], None] = lambda: None,
        on_decision: Callable[[Happened], None] = lambda _happened: None,
        stop: socket.socket | None = None,
        **reader: Any,
    ) -> Wired:
        """Wire a loop to simulated parts; nobody turns it yet."""
        shown = SimulatedLights()
        eye = SimulatedEye(films, on_turn=on_turn)
        desk = SimulatedReader(eye, **reader)
        text = StringIO()
        events = Events(text)
        happened: list[Happened] = []
        greeted: list[str] = []

        def take_note(one: Happened) -> None:
            happened.append(one)
            on_decision(one)

        lights = Lights(shown, events=events)
        answers = Answers(
            belief=self.belief,
            clock=self.clock,
            lights=lights,
            events=events,
            on_decision=take_note,
        )
        door = Door(
            # The loop asks nothing of a child that the simulators do not have.
            eye=cast("Eye", eye),
            reader=cast("Reader", desk),
            answers=answers,
            lights=lights,
            events=events,
            once=once,
            standing=tuple(standing),
            on_ready=lambda: greeted.append("ready"),
        )
        return Wired(eye, desk, shown, Loop(door, stop=stop), answers, happened, greeted, text)

    def play(
        self,
        *films: Film,
        once: bool = True,
        until: Callable[[SimulatedLights], bool] = lambda _lights: True,
        attend: Callable[[Loop], Sequence[Attendant]] = lambda _loop: (),
        standing: Sequence[DeviceError] = (),
        on_decision: Callable[[Happened], None] = lambda _happened: None,
        **reader: Any,
    ) -> Played:
        """Run a door over the films, with attendants if there are any.

        A daemon (not `once`) is asked to stop when the last film is over, what was on its
        way through the reader has been answered, and `until` holds.
        """
        ours, theirs = socket.socketpair()
        turns_left = itertools.chain(range(LAST_TURNS, 0, -1), itertools.repeat(0))

        def on_turn() -> None:
            over = wired.eye.has_shown_all and until(wired.lights)
            if not once and over and next(turns_left) == 0:
                theirs.send(b"\0")

        wired = self.wire(
            *films,
            once=once,
            standing=standing,
            on_turn=on_turn,
            on_decision=on_decision,
            stop=ours,
            **reader,
        )
        wired.loop.attendants.extend(attend(wired.loop))
        try:
            wired.loop.run()
        finally:
            for end in (ours, theirs, wired):
                end.close()
        return Played(
            wired.eye,
            wired.reader,
            wired.lights,
            wired.loop,
            wired.answers,
            wired.happened,
            len(wired.greeted),
            wired.events,
        )


@pytest.fixture
def stage(mint: "Mint") -> Stage:
    """A door that trusts one issuer, in a rehearsal at the mint's present."""
    return Stage(mint.belief, RehearsalClock(mint.now))


@pytest.fixture
def backstage(stage: Stage) -> Iterator[Wired]:
    """A loop that nobody turns."""
    wired = stage.wire()
    yield wired
    wired.close()


@pytest.fixture
def trust_file(mint: "Mint", tmp_path: Path) -> Path:
    """The issuer's certificate as a file."""
    path = tmp_path / "dsc.der"
    path.write_bytes(mint.issuer.certificate_der)
    return path
