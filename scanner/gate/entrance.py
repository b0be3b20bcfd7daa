"""What one entrance remembers between two codes: parts of a card, passes that wait for others.

Promises that parts and pairs are joined and soon forgotten; that a ticket is used up only by
the decision that lets somebody in; that nothing here turns a refusal into an admission: every
admission is the judge's, and is at most held back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from scanner.gate.admission import Identity, Ledger, Policy, Remembered
from scanner.gate.judge import Belief, Weighed, authenticate, doubted, joined_details, weigh
from scanner.passes import Genuine, Part, joined, part_of
from scanner.rules import Use
from scanner.terms import Decision, Moment, PassFormat, Reason, Verdict
from scanner.terms.verdict import VERDICT_OF

# A phone turns its parts over every few seconds; the next guest has come by then.
PARTS_WITHIN_MS: Final = 30_000
# Parts that came further apart than this may be of two people who both gave up.
ONE_GUEST_MS: Final = 10_000
# Vaccination, test and ticket: nobody is asked for more.
MOST_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Present:
    """What is believed, at what time, and where the frames stand in milliseconds."""

    belief: Belief
    moment: Moment
    at_ms: int = 0


@dataclass(slots=True)
class _Collected:
    """Parts of one card by their numbers, and when each was shown last."""

    parts: dict[int, Part] = field(default_factory=dict)
    shown_ms: dict[int, int] = field(default_factory=dict)

    @property
    def last_ms(self) -> int:
        return max(self.shown_ms.values(), default=0)

    @property
    def span_ms(self) -> int:
        return self.last_ms - min(self.shown_ms.values(), default=0)


@dataclass(frozen=True, slots=True)
class _Held:
    """A pass that meets its part of a rule; it is verified anew beside the next one."""

    raw: bytes
    until_ms: int


class Entrance:
    """Judges what guests show, one after the other; `key` is for hashes of what they showed.

    Without a `ledger` no ticket is used up.
    """

    def __init__(
        self, *, policy: Policy | None = None, ledger: Ledger | None = None, key: bytes = b""
    ) -> None:
        self.policy = policy or Policy()
        self._ledger = ledger
        self._remembered = Remembered(key=key, for_s=self.policy.passback_s)
        self._collected = _Collected()
        self._held: tuple[_Held, ...] = ()
        self._until_id = self.policy.identity_every
        self._whose_id: bytes | None = None

    def judge(self, raws: Sequence[bytes], *, present: Present) -> Decision:
        """Return the decision on one code, on parts of a card, or on two passes in view.

        Raises only what reading a table of revoked ids raises, where the disk fails.
        """
        parts = [part for part in map(part_of, raws) if part is not None]
        if len(parts) < len(raws) > 1:
            return self._judge_two(raws, present=present)
        if parts:
            return self._judge_parts(parts, present=present)
        return self.weigh(raws[0], authenticate(raws[0], belief=present.belief), present=present)

    def complete(self, raw: bytes, *, at_ms: int) -> bytes | Decision:
        """Return a code that is whole, by itself or as the last part of a card that was shown."""
        part = part_of(raw)
        if part is None:
            return raw
        whole = self._whole([part], at_ms=at_ms)
        if isinstance(whole, bytes):
            self._collected = _Collected()
        return whole

    def weigh(self, raw: bytes, known: Genuine | Decision, *, present: Present) -> Decision:
        """Return the decision on a code of which it is known whether it is genuine."""
        self.forget(at_ms=present.at_ms)
        if isinstance(known, Decision):
            return doubted(known, belief=present.belief, moment=present.moment)
        weighed = weigh((known,), belief=present.belief, moment=present.moment)
        if weighed.decision.reason is Reason.MORE_NEEDED:
            weighed = self._beside_held(raw, known, alone=weighed, present=present)
        elif weighed.decision.verdict is Verdict.REFUSE:
            # Whoever was refused does not go on with what was shown before.
            self._held = ()
        return self._settled(raw, weighed, present=present)

    def forget(self, *, at_ms: int) -> None:
        """Drop what waited too long: nobody's pass stays in memory."""
        self._held = tuple(held for held in self._held if at_ms < held.until_ms)
        if at_ms - self._collected.last_ms >= PARTS_WITHIN_MS:
            self._collected = _Collected()

    def _judge_parts(self, parts: Sequence[Part], *, present: Present) -> Decision:
        whole = self._whole(parts, at_ms=present.at_ms)
        if isinstance(whole, Decision):
            return whole
        collected, self._collected = self._collected, _Collected()
        known = authenticate(whole, belief=present.belief)
        if isinstance(known, Decision) and collected.span_ms > ONE_GUEST_MS:
            # Somebody gave up on a card of as many parts: this guest begins anew.
            begun = self._whole(parts, at_ms=present.at_ms)
            known = begun if isinstance(begun, Decision) else known
        return self.weigh(whole, known, present=present)

    def _whole(self, parts: Sequence[Part], *, at_ms: int) -> bytes | Decision:
        """Return the card of these parts and those before; ask for those that are missing."""
        self.forget(at_ms=at_ms)
        for part in parts:
            known = self._collected.parts
            other = next(iter(known.values()), part)
            # Another card begins where the number of parts is another, or a part is.
            if other.count != part.count or known.get(part.index, part) != part:
                self._collected = _Collected()
            self._collected.parts[part.index] = part
            self._collected.shown_ms[part.index] = at_ms
        known, count = self._collected.parts, parts[0].count
        if len(known) == count:
            return joined(tuple(known.values()))
        missing = ", ".join(str(n) for n in range(1, count + 1) if n not in known)
        words = f"{len(known)} of {count} parts; show part {missing}"
        return _asked(Reason.MORE_NEEDED, words, form=PassFormat.SHC)

    def _judge_two(self, raws: Sequence[bytes], *, present: Present) -> Decision:
        """Let two passes in only as the pair that a rule set wants."""
        shown = [authenticate(raw, belief=present.belief) for raw in raws]
        genuine = [one for one in shown if isinstance(one, Genuine)]
        if len(genuine) == len(raws):
            belief, moment = present.belief, present.moment
            alone = [weigh((one,), belief=belief, moment=moment) for one in genuine]
            if all(one.decision.reason is Reason.MORE_NEEDED for one in alone):
                together = weigh(genuine, belief=belief, moment=moment)
                if together.decision.verdict is Verdict.ADMIT:
                    return self._settled(raws[-1], together, present=present)
        return _asked(Reason.TWO_PASSES, "two passes in view; show one")

    def _beside_held(
        self, raw: bytes, genuine: Genuine, *, alone: Weighed, present: Present
    ) -> Weighed:
        """Return the decision on a pass beside those that were shown before it."""
        belief, moment = present.belief, present.moment
        others = [held for held in self._held if held.raw != raw]
        known = [authenticate(held.raw, belief=belief) for held in others]
        before = [one for one in known if isinstance(one, Genuine)]
        # The latest alone first: whoever came before may have been somebody else.
        for first in range(len(before) - 1, -1, -1):
            together = weigh((*before[first:], genuine), belief=belief, moment=moment)
            if together.decision.verdict is Verdict.ADMIT:
                return together
        until_ms = present.at_ms + (alone.within_s or 0) * 1000
        self._held = (*others, _Held(raw, until_ms))[-(MOST_SHOWN - 1) :]
        return alone

    def _settled(self, raw: bytes, weighed: Weighed, *, present: Present) -> Decision:
        """Ask what is left to ask before somebody comes in."""
        decision = weighed.decision
        if decision.verdict is not Verdict.ADMIT:
            return decision
        self._held = ()
        shown = [one.verified for one in weighed.shown]
        if self._remembered.has_any(shown, at_ms=present.at_ms):
            words = "this pass let somebody in a while ago; look at the ID"
            return _turned(decision, Reason.PASSBACK, words)
        if weighed.use is not None and self._ledger is not None:
            decision = self._claimed(decision, weighed.use, ledger=self._ledger, present=present)
            if decision.verdict is not Verdict.ADMIT:
                return decision
        self._remembered.add(shown, at_ms=present.at_ms)
        return self._identified(decision, raw=raw)

    def _claimed(
        self, decision: Decision, use: Use, *, ledger: Ledger, present: Present
    ) -> Decision:
        """Use a ticket up, if it still counts."""
        try:
            claim = ledger.claim(use, role=self.policy.role, now=present.moment.wall)
        except OSError as error:
            words = f"the ledger of used tickets: {error.strerror or error}"
            return _turned(decision, Reason.INTERNAL, words)
        if not claim.granted:
            return _turned(decision, Reason.ALREADY_USED, claim.words)
        detail = joined_details(decision.detail, claim.words)
        return replace(decision, detail=detail, is_spent=True)

    def _identified(self, decision: Decision, *, raw: bytes) -> Decision:
        """Ask for the ID of everybody, or of every n-th guest, who is asked again if need be."""
        identity = self.policy.identity
        if identity is Identity.NEVER:
            return decision
        if identity is Identity.EVERY_N and raw != self._whose_id:
            self._until_id -= 1
            if self._until_id > 0:
                return decision
            self._until_id, self._whose_id = self.policy.identity_every, raw
        return _turned(decision, Reason.CHECK_ID, "the pass holds; look at the ID")


def _turned(decision: Decision, reason: Reason, words: str | None) -> Decision:
    return replace(decision, verdict=VERDICT_OF[reason], reason=reason, detail=words)


def _asked(reason: Reason, detail: str, *, form: PassFormat | None = None) -> Decision:
    return Decision(VERDICT_OF[reason], reason, format=form, detail=detail)
