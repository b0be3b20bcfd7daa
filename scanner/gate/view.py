"""The codes in front of the camera, followed from frame to frame.

Which code is meant: codes that are no pass never count beside one that is; of two
passes the one with twice the area wins, else a person is asked; parts of one card are
taken together. When it is answered:
an admission at once, anything else when the code was seen in a second frame. How
often: once while it stays in view; after it left for a second it counts as new, but
within five seconds of the first answer that answer is only given again. A ticket that was
used up is never green again: the next in line may hold a picture of it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from scanner import passes
from scanner.terms import Decision, Payload, Reason, Verdict

# A hand trembles and frames are missed; a code absent this long has been taken away.
LEFT_AFTER_MS: Final = 1000
# Guests show a code again when they missed the light: no new question, the same answer.
REPEAT_WINDOW_MS: Final = 5000
# One misread frame must not accuse anybody.
FRAMES_BEFORE_RED: Final = 2
# An admission needs no second frame, and a fault of the machine accuses nobody.
_AT_ONCE: Final = (Verdict.ADMIT, Verdict.FAULT)
# The nearer of two guests fills at least twice the area.
DOMINANT_AREA: Final = 2.0
# A wall of posters must not fill the memory.
MAX_FOLLOWED: Final = 64


Judge = Callable[[tuple[bytes, ...]], Decision]


@dataclass(frozen=True, slots=True)
class Subject:
    """What a frame asks about: one payload, parts of one card, or two passes that compete."""

    raws: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision that is due now, and the code it is about."""

    subject: Subject
    decision: Decision


@dataclass(slots=True)
class _Followed:
    last_ms: int
    missed: bool = False
    frames: int = 0
    decision: Decision | None = None
    answered_ms: int | None = None

    def has_left(self, *, at_ms: int) -> bool:
        """Say whether the code was taken away: a frame without it, and a second gone by."""
        return self.missed and at_ms - self.last_ms >= LEFT_AFTER_MS

    def repeated(self, *, at_ms: int) -> Decision | None:
        """Return the first answer again while its window lasts."""
        if self.decision is None or self.answered_ms is None or self.decision.is_spent:
            return None
        if at_ms - self.answered_ms >= REPEAT_WINDOW_MS:
            return None
        return replace(self.decision, reason=Reason.REPEATED, repeats=self.decision.reason)


class View:
    """Follows codes by frame time; `look` is called once for every frame that was read."""

    def __init__(self) -> None:
        self._followed: dict[Subject, _Followed] = {}
        self.unanswered = 0
        """Passes that left, or stand, unanswered because no second frame showed them."""

    def look(
        self,
        codes: Sequence[Payload],
        *,
        at_ms: int,
        judge: Judge,
    ) -> Answer | None:
        """Return the answer that this frame makes due, if any.

        `judge` is asked once for each new subject; `at_ms` is frame time and never goes back.
        """
        self._forget(at_ms=at_ms)
        subject = choose(codes)
        known = self._followed.get(subject) if subject else None
        returning = known is not None and known.has_left(at_ms=at_ms)
        self._refresh({code.raw for code in codes}, subject=subject, at_ms=at_ms)
        if subject is None:
            return None
        if known is not None and returning:
            again = known.repeated(at_ms=at_ms)
            if again is not None:
                return Answer(subject, again)
            known = None
        if known is None:
            known = self._follow(subject, at_ms=at_ms)
        known.frames += 1
        return self._answer(subject, known, at_ms=at_ms, judge=judge)

    def _answer(
        self,
        subject: Subject,
        known: _Followed,
        *,
        at_ms: int,
        judge: Judge,
    ) -> Answer | None:
        if known.answered_ms is not None:
            return None
        if known.decision is None:
            known.decision = judge(subject.raws)
        if known.decision.verdict not in _AT_ONCE:
            waits = known.frames < FRAMES_BEFORE_RED
            if known.decision.verdict is not Verdict.IGNORE:
                self.unanswered += 1 if waits else -1
            if waits:
                return None
        known.answered_ms = at_ms
        return Answer(subject, known.decision)

    def _refresh(self, raws: set[bytes], *, subject: Subject | None, at_ms: int) -> None:
        """Note which followed codes are in view, also those that are not the subject."""
        for other, known in self._followed.items():
            if other == subject or (
                raws.issuperset(other.raws) and not known.has_left(at_ms=at_ms)
            ):
                known.last_ms, known.missed = at_ms, False
            else:
                known.missed = True

    def _follow(self, subject: Subject, *, at_ms: int) -> _Followed:
        while len(self._followed) >= MAX_FOLLOWED:
            del self._followed[min(self._followed, key=lambda one: self._followed[one].last_ms)]
        self._followed[subject] = _Followed(last_ms=at_ms)
        return self._followed[subject]

    def _forget(self, *, at_ms: int) -> None:
        """Drop codes that are long gone: nobody's pass stays in memory."""
        kept_ms = LEFT_AFTER_MS + REPEAT_WINDOW_MS
        gone = [o for o, known in self._followed.items() if at_ms - known.last_ms >= kept_ms]
        for other in gone:
            del self._followed[other]


def choose(codes: Sequence[Payload]) -> Subject | None:
    """Return what a frame asks about: the one pass meant, two that compete, else any code."""
    passes_by_raw: dict[bytes, float] = {}
    others: dict[bytes, float] = {}
    for code in codes:
        group = passes_by_raw if passes.recognise(code.raw).is_pass else others
        group[code.raw] = max(code.area, group.get(code.raw, 0.0))
    ranked = sorted(passes_by_raw or others, key=(passes_by_raw or others).__getitem__)
    if not ranked:
        return None
    if len(passes_by_raw) > 1 and _are_parts(ranked):
        return Subject(tuple(sorted(ranked)))
    if len(passes_by_raw) < 2 or _dominates(passes_by_raw, ranked):  # noqa: PLR2004 - a pair
        return Subject((ranked[-1],))
    return Subject(tuple(sorted(ranked[-2:])))


def _are_parts(raws: Sequence[bytes]) -> bool:
    """Say whether all these are parts of cards that have as many."""
    parts = [passes.part_of(raw) for raw in raws]
    return len({None if part is None else part.count for part in parts} - {None}) == 1 and all(
        parts
    )


def _dominates(areas: dict[bytes, float], ranked: list[bytes]) -> bool:
    return areas[ranked[-1]] >= DOMINANT_AREA * areas[ranked[-2]] > 0
