"""Codes become decisions, and decisions reach the lights, the events and the counts."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from scanner.door.clock import Clock
from scanner.door.events import Events
from scanner.door.lights import Lights
from scanner.door.tally import Tally
from scanner.gate import Belief, Entrance, Present, View
from scanner.terms import Decision, InputError, Payload, Reason
from scanner.terms.verdict import VERDICT_OF

# Some issuers are named by a key of a hundred letters.
_ISSUER_CHARACTERS: Final = 40


@dataclass(frozen=True, slots=True)
class Instant:
    """Where the door is: the frame in hand, its time, and the time that lamps go by.

    `frame_ms` counts from the camera's start. `lamps_ms` is the same in a rehearsal
    that does not wait, and the time since the door's start before a live camera.
    """

    frame: int
    frame_ms: int
    lamps_ms: int


@dataclass(frozen=True, slots=True)
class Happened:
    """One decision as it reached the lights; no latency where no frame led to it."""

    frame: int
    frame_time_ms: int
    latency_ms: float | None
    decision: Decision


class Answers:
    """Judges what is in view and shows what comes of it."""

    def __init__(
        self,
        *,
        belief: Belief,
        clock: Clock,
        lights: Lights,
        events: Events,
        on_decision: Callable[[Happened], None] | None = None,
    ) -> None:
        self.tally = Tally()
        self.belief = belief
        self.entrance = Entrance()
        self._clock = clock
        self._lights = lights
        self._events = events
        self._on_decision = on_decision
        self._view = View()

    @property
    def unanswered(self) -> int:
        """Return how many passes were seen in one frame only."""
        return self._view.unanswered

    def look(self, codes: tuple[Payload, ...], *, now: Instant, since_s: float) -> None:
        """Answer the codes of one frame, if an answer is due; `since_s` starts its latency."""
        decision = self._decide(codes, now=now)
        if decision is not None:
            self.show(decision, now=now, since_s=since_s)

    def fault(self, reason: Reason, detail: str, *, now: Instant) -> None:
        """Show that the machine failed, and tell the whole of why."""
        self._lights.note(f"{reason.value}: {detail}")
        self.show(_fault(reason, detail), now=now, since_s=None)

    def show(self, decision: Decision, *, now: Instant, since_s: float | None) -> None:
        """Give a decision to the lights first, then to whoever counts or records."""
        self._lights.answer(decision, frame=now.frame, at_ms=now.lamps_ms, words=_words(decision))
        latency_ms = None if since_s is None else (time.monotonic() - since_s) * 1000
        self.tally.add(decision)
        self._events.write(
            "decision",
            frame=now.frame,
            frame_time_ms=now.frame_ms,
            verdict=decision.verdict.value,
            reason=decision.reason.value,
            format=decision.format.value if decision.format else None,
            latency_ms=None if latency_ms is None else round(latency_ms, 1),
        )
        self._lights.tell()
        if self._on_decision is not None:
            self._on_decision(Happened(now.frame, now.frame_ms, latency_ms, decision))

    def _decide(self, codes: tuple[Payload, ...], *, now: Instant) -> Decision | None:
        """Ask the view and the judge; whatever goes wrong there is a fault, never an end."""
        try:
            moment = self._clock.moment(now.frame_ms)
            present = Present(self.belief, moment, now.frame_ms)
            self.entrance.forget(at_ms=now.frame_ms)
            answer = self._view.look(
                codes, at_ms=now.frame_ms, judge=lambda raws: self._judge(raws, present=present)
            )
        except Exception as error:  # noqa: BLE001 - the door goes on
            return _fault(Reason.INTERNAL, type(error).__name__)
        return None if answer is None else answer.decision

    def _judge(self, raws: tuple[bytes, ...], *, present: Present) -> Decision:
        """Judge what is meant; lists that cannot be read are a fault, told once for each code."""
        try:
            return self.entrance.judge(raws, present=present)
        except (OSError, InputError) as error:
            words = error.strerror if isinstance(error, OSError) else str(error)
            return _fault(Reason.INTERNAL, f"the revoked ids cannot be read: {words}")


def _fault(reason: Reason, detail: str) -> Decision:
    return Decision(VERDICT_OF[reason], reason, detail=detail)


def _words(decision: Decision) -> str:
    """Say what a decision is about; never a name, a date of birth or an id."""
    verified = decision.verified
    kind = verified.kind.value if verified and verified.kind else None
    issuer = (verified.issuer or "") if verified else ""
    about = " ".join(filter(None, (kind, issuer[:_ISSUER_CHARACTERS])))
    repeats = decision.repeats.value if decision.repeats else None
    told = (decision.reason.value, repeats or about, decision.detail)
    return ": ".join(filter(None, told))
