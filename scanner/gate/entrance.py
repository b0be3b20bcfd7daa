"""What one entrance remembers between two codes: parts of a card, the first of two passes.

Promises that parts and pairs are joined and soon forgotten; that a ticket is used up only by
the decision that lets somebody in; that nothing here turns a refusal into an admission: every
admission is the judge's, and is at most held back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from scanner.gate.admission import Identity, Ledger, Policy, Remembered
from scanner.gate.judge import Belief, Weighed, authenticate, doubted, weigh
from scanner.passes import Genuine, Part, joined, part_of
from scanner.rules import Use
from scanner.terms import Decision, Moment, PassFormat, Reason, Verdict
from scanner.terms.verdict import VERDICT_OF

# A phone turns its parts over every few seconds; the next guest has come by then.
PARTS_WITHIN_MS: Final = 30_000


@dataclass(frozen=True, slots=True)
class Present:
    """What is believed, at what time, and where the frames stand in milliseconds."""

    belief: Belief
    moment: Moment
    at_ms: int = 0


@dataclass(slots=True)
class _Collected:
    """Parts of one card, by their numbers."""

    parts: dict[int, Part]
    last_ms: int


@dataclass(slots=True)
class _Held:
    """A pass that meets its half of a rule."""

    raw: bytes
    genuine: Genuine
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
        self._collected: _Collected | None = None
        self._held: _Held | None = None
        self._until_id = self.policy.identity_every

    def judge(self, raws: Sequence[bytes], *, present: Present) -> Decision:
        """Return the decision on one code, on parts of a card, or on two passes in view.

        Raises only what reading a table of revoked ids raises, where the disk fails.
        """
        parts = [part for part in map(part_of, raws) if part is not None]
        if len(parts) < len(raws) > 1:
            return self._judge_two(raws, present=present)
        shown = self._collected_with(parts, at_ms=present.at_ms) if parts else raws[0]
        if isinstance(shown, Decision):
            return shown
        known = authenticate(shown, belief=present.belief)
        return self.weigh(shown, known, present=present)

    def complete(self, raw: bytes, *, at_ms: int) -> bytes | Decision:
        """Return a code that is whole, by itself or as the last part of a card that was shown."""
        part = part_of(raw)
        return raw if part is None else self._collected_with([part], at_ms=at_ms)

    def weigh(self, raw: bytes, known: Genuine | Decision, *, present: Present) -> Decision:
        """Return the decision on a code of which it is known whether it is genuine."""
        if isinstance(known, Decision):
            return doubted(known, belief=present.belief, moment=present.moment)
        weighed = weigh((known,), belief=present.belief, moment=present.moment)
        if weighed.decision.reason is Reason.MORE_NEEDED:
            weighed = self._beside_held(raw, known, alone=weighed, present=present)
        return self._settled(raw, weighed, present=present)

    def _collected_with(self, parts: Sequence[Part], *, at_ms: int) -> bytes | Decision:
        known = self._collect(parts, at_ms=at_ms)
        count = parts[0].count
        if len(known) < count:
            missing = ", ".join(str(n) for n in range(1, count + 1) if n not in known)
            detail = f"{len(known)} of {count} parts; show part {missing}"
            return _asked(Reason.MORE_NEEDED, detail, form=PassFormat.SHC)
        self._collected = None
        return joined(tuple(known.values()))

    def _collect(self, parts: Sequence[Part], *, at_ms: int) -> dict[int, Part]:
        before = self._collected
        kept: dict[int, Part] = {}
        if before is not None and at_ms - before.last_ms < PARTS_WITHIN_MS:
            kept = before.parts
        for part in parts:
            other = next(iter(kept.values()), part)
            # Another card begins where the number of parts is another, or a part is.
            if other.count != part.count or kept.get(part.index, part) != part:
                kept = {}
            kept[part.index] = part
        self._collected = _Collected(kept, at_ms)
        return kept

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
        """Return the decision on a pass beside the one that was shown before it."""
        held = self._held
        if held is not None and held.raw != raw and present.at_ms < held.until_ms:
            together = weigh((held.genuine, genuine), belief=present.belief, moment=present.moment)
            if together.decision.reason is not Reason.MORE_NEEDED:
                return together
        self._held = _Held(raw, genuine, present.at_ms + (alone.within_s or 0) * 1000)
        return alone

    def _settled(self, raw: bytes, weighed: Weighed, *, present: Present) -> Decision:
        """Ask what is left to ask before somebody comes in."""
        decision, verified = weighed.decision, weighed.decision.verified
        if decision.verdict is not Verdict.ADMIT or verified is None:
            return decision
        self._held = None
        if weighed.use is not None and self._ledger is not None:
            decision = self._claimed(decision, weighed.use, ledger=self._ledger, present=present)
        elif self._remembered.has(verified, raw=raw, at_ms=present.at_ms):
            decision = _turned(decision, Reason.PASSBACK, "this pass let somebody in a while ago")
        return self._identified(decision) if decision.verdict is Verdict.ADMIT else decision

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
        return replace(decision, detail=_joined(decision.detail, claim.words))

    def _identified(self, decision: Decision) -> Decision:
        identity = self.policy.identity
        if identity is Identity.EVERY_N:
            self._until_id -= 1
        is_due = self._until_id <= 0 or identity is Identity.ALWAYS
        if identity is Identity.NEVER or not is_due:
            return decision
        self._until_id = self.policy.identity_every
        return _turned(decision, Reason.CHECK_ID, "the pass holds; look at the ID")


def _turned(decision: Decision, reason: Reason, words: str | None) -> Decision:
    return replace(
        decision,
        verdict=VERDICT_OF[reason],
        reason=reason,
        detail=_joined(words, decision.detail),
    )


def _asked(reason: Reason, detail: str, *, form: PassFormat | None = None) -> Decision:
    return Decision(VERDICT_OF[reason], reason, format=form, detail=detail)


def _joined(*details: str | None) -> str | None:
    return "; ".join(filter(None, details)) or None
