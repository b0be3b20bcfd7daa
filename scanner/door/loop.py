"""The loop: frames come from the eye, codes from the reader, answers go to the lights.

One thread, one turn after another. A camera or reader that is lost becomes a fault on
the lamps and is started again for as long as the door runs; a frame that killed the
reader is gone. A paced camera's newest frame wins; a rehearsal's frames are all looked
at, in order, and its time is frame time, so that it repeats exactly.
"""

import selectors
import socket
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from scanner.door.clock import Clock
from scanner.door.events import Events
from scanner.door.lights import Lights
from scanner.door.tally import Tally
from scanner.gate import Belief, View, judge
from scanner.sight.attention import Attention, Effort
from scanner.sight.eye import Eye
from scanner.sight.reader import Reader
from scanner.sight.sightings import Ended, Looked, Opened, Shot, Skipped
from scanner.signals import Pattern
from scanner.terms import Decision, DeviceError, Moment, Payload, Reason
from scanner.terms.verdict import VERDICT_OF

# How soon a lost camera is opened again: fast at first, then every five seconds.
_REOPEN_S: Final = (0.2, 1.0, 2.0, 5.0)
_LONGEST_WAIT_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Happened:
    """One decision as it reached the lights."""

    frame: int
    frame_time_ms: int
    latency_ms: float | None
    decision: Decision


@dataclass(frozen=True, slots=True)
class Door:
    """What a loop is wired to; `once` ends it after the camera's last frame."""

    belief: Belief
    clock: Clock
    eye: Eye
    reader: Reader
    lights: Lights
    events: Events
    once: bool = False
    on_decision: Callable[[Happened], None] | None = None
    on_ready: Callable[[], None] | None = None


class Loop:
    """Runs a door until it is stopped, or its rehearsal ends."""

    def __init__(self, door: Door, *, stop: socket.socket | None = None) -> None:
        self._door = door
        self._stop = stop
        self.tally = Tally()
        self.stopping = False
        self.interrupted = False
        self._view = View()
        self._attention = Attention()
        self._waiting: deque[tuple[Shot, float]] = deque()
        self._looking: tuple[Shot, float] | None = None
        self._paced: bool | None = None
        self._started_s = time.monotonic()
        self._frame, self._at_ms = 0, 0
        self._first_frame, self._first_ms = 0, 0
        self._losses = 0
        self._reopen_at_s: float | None = None
        self._faults: set[Reason] = set()
        self._state: str | None = None

    def run(self) -> None:
        """Turn until stopped; the children are closed by whoever made them."""
        self._enter("starting")
        now_s = time.monotonic()
        self._door.reader.start(now_s=now_s)
        self._door.eye.start(now_s=now_s)
        while not self.stopping:
            self._turn()
        self._enter("stopping")
        self._door.lights.close(at_ms=self._now_ms())

    def _turn(self) -> None:
        self._wait()
        now_s = time.monotonic()
        self._hear_reader(now_s)
        self._hear_eye(now_s)
        self._take_up(now_s)
        self._settle()
        self._door.lights.turn(self._now_ms())
        if self._door.once and self._finished():
            self.stopping = True

    def _wait(self) -> None:
        now_ms = self._now_ms()
        timeout_s = (self._door.lights.next_change_ms(now_ms) - now_ms) / 1000
        with selectors.DefaultSelector() as ready:
            for source in (self._door.reader, self._door.eye):
                if source.fileno() >= 0:
                    ready.register(source.fileno(), selectors.EVENT_READ)
            if self._stop is not None:
                ready.register(self._stop, selectors.EVENT_READ, "stop")
            for key, _ in ready.select(min(timeout_s, _LONGEST_WAIT_S)):
                self.interrupted |= key.data == "stop"
        self.stopping |= self.interrupted

    def _hear_reader(self, now_s: float) -> None:
        reader = self._door.reader
        try:
            was_ready = reader.ready
            looked = reader.receive()
            reader.check(now_s)
        except DeviceError as lost:
            self._lose_reader(lost, now_s=now_s)
            return
        if reader.ready and not was_ready:
            self._faults.discard(Reason.READER_LOST)
        if looked is not None:
            self._answer(looked)

    def _lose_reader(self, lost: DeviceError, *, now_s: float) -> None:
        self._fail(lost)
        if self._looking is not None:
            self._door.eye.free(self._looking[0].slot)
            self._looking = None
        self._door.reader.replace(now_s=now_s)

    def _hear_eye(self, now_s: float) -> None:
        eye = self._door.eye
        if self._reopen_at_s is not None:
            if now_s < self._reopen_at_s:
                return
            self._reopen_at_s = None
            eye.start(now_s=now_s)
        try:
            while True:
                seen = eye.receive(now_s=now_s)
                if seen is None:
                    break
                self._see(seen, now_s=now_s)
            eye.check(now_s)
        except DeviceError as lost:
            self._lose_eye(lost, now_s=now_s)

    def _lose_eye(self, lost: DeviceError, *, now_s: float) -> None:
        self._waiting.clear()
        self._fail(lost)
        self._reopen_at_s = now_s + _REOPEN_S[min(self._losses, len(_REOPEN_S) - 1)]
        self._losses += 1
        self.stopping |= self._door.once

    def _see(self, seen: Opened | Shot | Skipped | Ended, *, now_s: float) -> None:
        match seen:
            case Opened():
                self._open(paced=seen.paced)
            case Shot():
                self._losses = 0
                self._queue(seen, now_s=now_s)
            case Skipped():
                self._door.lights.note(f"skipped: {seen.why}")
            case Ended() if not self._door.once:
                self._door.lights.note(f"the camera has ended: {seen.note}")

    def _open(self, *, paced: bool) -> None:
        """Take note of a camera; opened again, its frames go on where the last one was."""
        if self._paced is not None:
            self._first_frame = self._frame + 1
            self._first_ms = max(self._at_ms + 1, self._now_ms())
        self._paced = paced
        self._faults.discard(Reason.CAMERA_LOST)

    def _queue(self, shot: Shot, *, now_s: float) -> None:
        if shot.note is not None:
            self._door.lights.note(f"frame {shot.frame}: {shot.note}")
        if self._paced:
            while self._waiting:
                older, _ = self._waiting.popleft()
                self._door.eye.free(older.slot)
                shot = replace(shot, changed_cells=max(shot.changed_cells, older.changed_cells))
        self._waiting.append((shot, now_s))

    def _take_up(self, now_s: float) -> None:
        """Hand the next frame worth reading to the reader, if it is free."""
        while self._waiting and self._looking is None and self._door.reader.ready:
            shot, arrived_s = self._waiting.popleft()
            self._frame = self._first_frame + shot.frame
            self._at_ms = self._first_ms + shot.at_ms
            effort = self._attention.effort(self._at_ms, changed_cells=shot.changed_cells)
            if effort is Effort.SKIP:
                self._door.eye.free(shot.slot)
                self._door.lights.turn(self._now_ms())
                continue
            self._looking = (shot, arrived_s if self._paced else time.monotonic())
            try:
                self._door.reader.submit(shot, effort=effort, now_s=now_s)
            except DeviceError as lost:
                self._lose_reader(lost, now_s=now_s)

    def _answer(self, looked: Looked) -> None:
        if self._looking is None:
            return
        (shot, since_s), self._looking = self._looking, None
        self._door.eye.free(shot.slot)
        if looked.codes:
            self._attention.stay_keen(self._at_ms)
        moment = self._door.clock.moment(self._at_ms)
        decision = self._ask_view(looked.codes, moment=moment)
        if decision is not None:
            self._show(decision, latency_ms=(time.monotonic() - since_s) * 1000)

    def _ask_view(self, codes: tuple[Payload, ...], *, moment: Moment) -> Decision | None:
        """Look at codes; whatever goes wrong in judging is a fault, never an end."""
        belief = self._door.belief
        try:
            answer = self._view.look(
                codes,
                at_ms=self._at_ms,
                judge=lambda raw: judge(raw, belief=belief, moment=moment),
            )
        except Exception as error:  # noqa: BLE001 - the door goes on
            return _fault(Reason.INTERNAL, type(error).__name__)
        return None if answer is None else answer.decision

    def _fail(self, lost: DeviceError) -> None:
        if lost.reason not in self._faults:
            self._faults.add(lost.reason)
            self._show(_fault(lost.reason, lost.detail), latency_ms=None)

    def _show(self, decision: Decision, *, latency_ms: float | None) -> None:
        at_ms = self._now_ms()
        words = _words(decision)
        self._door.lights.answer(decision, frame=self._frame, at_ms=at_ms, words=words)
        self.tally.add(decision)
        happened = Happened(self._frame, self._at_ms, latency_ms, decision)
        self._door.events.write(
            "decision",
            frame=happened.frame,
            frame_time_ms=happened.frame_time_ms,
            verdict=decision.verdict.value,
            reason=decision.reason.value,
            format=decision.format.value if decision.format else None,
            latency_ms=None if latency_ms is None else round(latency_ms, 1),
        )
        if self._door.on_decision is not None:
            self._door.on_decision(happened)

    def _settle(self) -> None:
        """Rest on ready, fault or dark, and say so when that changes."""
        if self._faults:
            self._enter("fault")
            self._door.lights.rest(Pattern.FAULT, at_ms=self._now_ms())
        elif self._door.reader.ready and self._paced is not None:
            if self._state == "starting" and self._door.on_ready is not None:
                self._door.on_ready()
            self._enter("ready")
            self._door.lights.rest(Pattern.READY, at_ms=self._now_ms())

    def _enter(self, state: str) -> None:
        if state != self._state:
            self._state = state
            self._door.events.write("state", state=state)

    def _finished(self) -> bool:
        return self._door.eye.ended and not self._waiting and self._looking is None

    def _now_ms(self) -> int:
        """Return door time: frame time in a rehearsal, else the time since the start."""
        if self._paced is False:
            return self._at_ms
        return int((time.monotonic() - self._started_s) * 1000)


def _fault(reason: Reason, detail: str) -> Decision:
    return Decision(VERDICT_OF[reason], reason, detail=detail)


def _words(decision: Decision) -> str:
    verified = decision.verified
    kind = verified.kind.value if verified and verified.kind else None
    issuer = verified.issuer if verified else None
    about = " ".join(filter(None, (kind, issuer)))
    detail = decision.repeats.value if decision.repeats else decision.detail
    return ": ".join(filter(None, (decision.reason.value, detail or about)))
