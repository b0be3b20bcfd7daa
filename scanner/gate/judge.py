"""The judge: one payload, one belief, one moment, one decision.

Order of checks: container, key, algorithm, signature, revocation, key dates, key
purpose, dates, rules, age of the lists. The first failure names the reason. An untrusted
clock judges at both ends of what may be true; the same verdict stands, a different one is
left to a person.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from scanner import passes
from scanner.gate.freshness import Action, ListAge, Rung, worst
from scanner.passes import Genuine
from scanner.rules import RuleSet, first_unmet
from scanner.terms import Decision, Kind, Moment, Reason, Refused, Verdict
from scanner.terms.verdict import VERDICT_OF
from scanner.trust import Key, Keyring, RevocationList

# Clocks of issuers and doors differ a little; tickets get none of this.
LEEWAY: Final = timedelta(seconds=120)
# How long a door without a clock may have been switched off before a person must look.
UNTRUSTED_SPAN: Final = timedelta(days=14)
# What fails so now, and otherwise then, may have held in between.
_TOO_EARLY: Final = (Reason.NOT_YET_VALID, Reason.KEY_EXPIRED)
_CALENDAR_END: Final = datetime.max.replace(tzinfo=UTC) - UNTRUSTED_SPAN

TRUST: Final = "trust"
REVOKED: Final = "revoked"
"""The lists that age, by the names that people read."""

_TOO_OLD: Final = {Action.ASK: Verdict.ASK, Action.REFUSE: Verdict.REFUSE}


@dataclass(frozen=True, slots=True)
class Belief:
    """All that a verdict rests on besides the pass and the time.

    `ages` are the lists that come from a feed; files that a technician named do not age.
    """

    keyring: Keyring
    revoked: RevocationList
    rule_sets: tuple[RuleSet, ...]
    ages: tuple[ListAge, ...] = ()

    def __post_init__(self) -> None:
        if not self.rule_sets:
            raise ValueError("no rule set: everything genuine would be let in")


def judge(raw: bytes, *, belief: Belief, moment: Moment) -> Decision:
    """Return the decision on one payload; it reads no clock.

    Raises only what reading a table of revoked ids raises, where the disk fails.
    """
    known = authenticate(raw, belief=belief)
    if isinstance(known, Decision):
        return doubted(known, belief=belief, moment=moment)
    return weigh(known, belief=belief, moment=moment)


def authenticate(raw: bytes, *, belief: Belief) -> Genuine | Decision:
    """Return the genuine pass in `raw`, or the decision that it is none."""
    try:
        return passes.verify(raw, keyring=belief.keyring)
    except Refused as refused:
        found = passes.recognise(raw)
        reason = refused.reason
        if reason is Reason.UNKNOWN_ISSUER and not len(belief.keyring):
            reason = Reason.LIST_MISSING
        return Decision(
            verdict=VERDICT_OF[reason],
            reason=reason,
            format=found.format,
            key_id=refused.key_id,
            detail=refused.detail,
        )


def doubted(decision: Decision, *, belief: Belief, moment: Moment) -> Decision:
    """Return the decision on what is no genuine pass, in view of how old the keys are."""
    if decision.reason is not Reason.UNKNOWN_ISSUER:
        return decision
    for age in belief.ages:
        if age.name == TRUST and age.rung(moment.wall) is not Rung.FRESH:
            detail = _joined("the issuer is not known", age.words(moment.wall), decision.detail)
            return replace(decision, verdict=Verdict.ASK, reason=Reason.LIST_STALE, detail=detail)
    return decision


def weigh(genuine: Genuine, *, belief: Belief, moment: Moment) -> Decision:
    """Return the decision on a genuine pass at `moment`."""
    first = _weigh_at(genuine, belief=belief, now=moment.wall)
    marks: list[str | None] = []
    if not moment.trusted:
        late = min(moment.wall, _CALENDAR_END) + UNTRUSTED_SPAN
        last = _weigh_at(genuine, belief=belief, now=late)
        between = first.reason in _TOO_EARLY and last.reason is not first.reason
        if first.verdict is not last.verdict or between:
            remedy = "set the clock, or check the dates by eye"
            return _decided(genuine, Reason.CLOCK_UNTRUSTED, remedy)
        marks.append("the clock is not trusted")
    if first.verdict is not Verdict.ADMIT:
        return first
    # At the moment itself, also where the clock is not trusted: judged 14 days later every list
    # would be old, and each start without a network would ask for everybody.
    action, words = worst(belief.ages, now=moment.wall)
    if action in _TOO_OLD:
        detail = _joined(words, *marks, first.detail)
        return replace(first, verdict=_TOO_OLD[action], reason=Reason.LIST_STALE, detail=detail)
    marks.append(words)
    if not any(marks):
        return first
    return replace(first, reason=Reason.ADMITTED_MARKED, detail=_joined(*marks, first.detail))


def _weigh_at(genuine: Genuine, *, belief: Belief, now: datetime) -> Decision:
    for reason, detail, rule in _failures(genuine, belief=belief, now=now):
        return replace(_decided(genuine, reason, detail), rule=rule)
    issued_at = genuine.verified.issued_at
    early = issued_at and issued_at - now > LEEWAY
    future = f"issued in the future, {_stamp(issued_at)}" if issued_at and early else None
    return _decided(genuine, Reason.ADMITTED, _joined(genuine.detail, future))


def _failures(
    genuine: Genuine, *, belief: Belief, now: datetime
) -> Iterator[tuple[Reason, str, str | None]]:
    """Yield reason, detail and rule of the checks that fail, in the order of checks."""
    verified, key = genuine.verified, genuine.key
    twins = belief.keyring.twins(key)
    kids = (key.kid, *(twin.kid for twin in twins))
    entry = belief.revoked.entry_for(verified, kids=kids)
    if entry is not None:
        yield Reason.REVOKED, entry, None
    if (key.not_before and now < key.not_before) or (key.not_after and now > key.not_after):
        yield Reason.KEY_EXPIRED, _span("key", key.not_before, key.not_after), None
    for allowing in (key, *(() if genuine.key_is_named else twins)):
        if allowing.purposes and verified.kind not in allowing.purposes:
            yield Reason.KEY_PURPOSE, _purposes(allowing, kind=verified.kind), None
    if verified.not_before and verified.not_before - now > LEEWAY:
        yield Reason.NOT_YET_VALID, f"valid from {_stamp(verified.not_before)}", None
    if verified.not_after and now - verified.not_after > LEEWAY:
        yield Reason.EXPIRED, f"valid until {_stamp(verified.not_after)}", None
    unmet = first_unmet(verified, rule_sets=belief.rule_sets)
    if unmet is not None:
        rule, words = unmet
        yield Reason.RULE_NOT_MET, words, rule


def _decided(genuine: Genuine, reason: Reason, detail: str | None) -> Decision:
    return Decision(
        verdict=VERDICT_OF[reason],
        reason=reason,
        format=genuine.verified.format,
        key_id=genuine.verified.key_id,
        verified=genuine.verified,
        detail=detail,
    )


def _joined(*details: str | None) -> str | None:
    return "; ".join(filter(None, details)) or None


def _stamp(when: datetime) -> str:
    return when.isoformat(timespec="seconds").replace("+00:00", "Z")


def _span(what: str, start: datetime | None, end: datetime | None) -> str:
    return f"{what} valid {_stamp(start) if start else '...'} to {_stamp(end) if end else '...'}"


def _purposes(key: Key, *, kind: Kind | None) -> str:
    allowed = ", ".join(sorted(purpose.value for purpose in key.purposes))
    return f"the key signs {allowed} only, not {kind.value if kind else 'this kind'}"
