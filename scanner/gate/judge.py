"""The judge: one payload, one belief, one moment, one decision.

Order of checks: container, key, algorithm, signature, revocation, key dates, key
purpose, dates, rules, age of the lists. The first failure names the reason. An untrusted
clock judges at both ends of what may be true; the same verdict stands, a different one is
left to a person.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from scanner import passes
from scanner.gate.freshness import Action, ListAge, Rung, worst
from scanner.passes import Genuine
from scanner.rules import Finding, More, RuleSet, Shown, Unmet, Use, combined
from scanner.terms import Decision, Kind, Moment, PassFormat, Reason, Refused, Verdict
from scanner.terms.verdict import VERDICT_OF
from scanner.trust import Key, Keyring, RevocationList

# Clocks of issuers and doors differ a little.
LEEWAY: Final = timedelta(seconds=120)
# A ticket's hours are the venue's own, on its own clock.
_TO_THE_SECOND: Final = (PassFormat.PRETIX, PassFormat.OWN)
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
    `country`, `gate` and `leaving` say where the door is and which way guests go, for rules that
    ask.
    """

    keyring: Keyring
    revoked: RevocationList
    rule_sets: tuple[RuleSet, ...]
    ages: tuple[ListAge, ...] = ()
    country: str | None = None
    gate: str | None = None
    leaving: bool = False

    def __post_init__(self) -> None:
        if not self.rule_sets:
            raise ValueError("no rule set: everything genuine would be let in")


@dataclass(frozen=True, slots=True)
class Weighed:
    """The decision on what one guest has shown, and what is still asked before the light.

    `use` is asked of the ledger; another pass is waited for `within_s`.
    """

    decision: Decision
    shown: Sequence[Genuine] = ()
    use: Use | None = None
    within_s: int | None = None


def judge(raw: bytes, *, belief: Belief, moment: Moment) -> Decision:
    """Return the decision on one payload by itself; it reads no clock.

    Raises only what reading a table of revoked ids raises, where the disk fails.
    """
    known = authenticate(raw, belief=belief)
    if isinstance(known, Decision):
        return doubted(known, belief=belief, moment=moment)
    return weigh((known,), belief=belief, moment=moment).decision


def authenticate(raw: bytes, *, belief: Belief) -> Genuine | Decision:
    """Return the genuine pass in `raw`, or the decision that it is none."""
    try:
        return passes.verify(raw, keyring=belief.keyring)
    except Refused as refused:
        found = passes.recognise(raw)
        reason, detail = refused.reason, refused.detail
        if reason is Reason.UNKNOWN_ISSUER and not len(belief.keyring):
            reason, detail = Reason.LIST_MISSING, "no trusted key; give --trust, or bring a feed"
        return Decision(
            verdict=VERDICT_OF[reason],
            reason=reason,
            format=found.format,
            key_id=refused.key_id,
            detail=detail,
        )


def doubted(decision: Decision, *, belief: Belief, moment: Moment) -> Decision:
    """Return the decision on what is no genuine pass, in view of how old the keys are."""
    if decision.reason is not Reason.UNKNOWN_ISSUER:
        return decision
    for age in belief.ages:
        if age.name == TRUST and age.rung(moment.wall) is not Rung.FRESH:
            detail = joined_details(
                "the issuer is not known", age.words(moment.wall), decision.detail
            )
            return replace(decision, verdict=Verdict.ASK, reason=Reason.LIST_STALE, detail=detail)
    return decision


def weigh(shown: Sequence[Genuine], *, belief: Belief, moment: Moment) -> Weighed:
    """Return the decision at `moment` on the genuine passes of one guest, the newest last."""
    first = _weigh_at(shown, belief=belief, now=moment.wall)
    decision = first.decision
    marks: list[str | None] = []
    if not moment.trusted:
        late = min(moment.wall, _CALENDAR_END) + UNTRUSTED_SPAN
        last = _weigh_at(shown, belief=belief, now=late).decision
        between = decision.reason in _TOO_EARLY and last.reason is not decision.reason
        if decision.verdict is not last.verdict or between:
            remedy = "set the clock, or check the dates by eye"
            return Weighed(_decided(shown[-1], Reason.CLOCK_UNTRUSTED, remedy))
        marks.append("the clock is not trusted")
    if decision.verdict is not Verdict.ADMIT:
        return first
    # At the moment itself, also where the clock is not trusted: judged 14 days later every list
    # would be old, and each start without a network would ask for everybody.
    action, age = worst(belief.ages, now=moment.wall)
    if action in _TOO_OLD:
        words = joined_details(age, *marks, decision.detail)
        verdict = _TOO_OLD[action]
        return Weighed(replace(decision, verdict=verdict, reason=Reason.LIST_STALE, detail=words))
    marks.append(age)
    if not any(marks):
        return first
    words = joined_details(*marks, decision.detail)
    return replace(first, decision=replace(decision, reason=Reason.ADMITTED_MARKED, detail=words))


def _weigh_at(shown: Sequence[Genuine], *, belief: Belief, now: datetime) -> Weighed:
    genuine = shown[-1]
    for one in reversed(shown):
        for reason, detail in _failures(one, belief=belief, now=now):
            return Weighed(_decided(one, reason, detail))
    found = _found(shown, belief=belief, now=now)
    if isinstance(found, Unmet):
        return Weighed(replace(_decided(genuine, found.reason, found.words), rule=found.rule))
    if isinstance(found, More):
        asked = replace(_decided(genuine, Reason.MORE_NEEDED, found.words), rule=found.rule)
        return Weighed(asked, shown, within_s=found.within_s)
    issued_at = genuine.verified.issued_at
    early = issued_at and issued_at - now > LEEWAY
    future = f"issued in the future, {_stamp(issued_at)}" if issued_at and early else None
    told = joined_details(genuine.detail, future, found.words)
    admitted = replace(_decided(genuine, Reason.ADMITTED, told), rule=found.rule)
    return Weighed(admitted, shown, use=found.use)


def _found(shown: Sequence[Genuine], *, belief: Belief, now: datetime) -> Finding:
    passes_shown = tuple(genuine.verified for genuine in shown)
    asked = Shown(
        passes_shown, now, country=belief.country, gate=belief.gate, leaving=belief.leaving
    )
    return combined(asked, rule_sets=belief.rule_sets)


def _failures(genuine: Genuine, *, belief: Belief, now: datetime) -> Iterator[tuple[Reason, str]]:
    """Yield reason and detail of the checks before the rules that fail, in their order."""
    verified, key = genuine.verified, genuine.key
    twins = belief.keyring.twins(key)
    kids = (key.kid, *(twin.kid for twin in twins))
    entry = belief.revoked.entry_for(verified, kids=kids, certificate=key.certificate)
    if entry is not None:
        yield Reason.REVOKED, entry
    if (key.not_before and now < key.not_before) or (key.not_after and now > key.not_after):
        yield Reason.KEY_EXPIRED, _span("key", key.not_before, key.not_after)
    for allowing in (key, *(() if genuine.key_is_named else twins)):
        if allowing.purposes and verified.kind not in allowing.purposes:
            yield Reason.KEY_PURPOSE, _purposes(allowing, kind=verified.kind)
    leeway = _leeway(genuine)
    if verified.not_before and verified.not_before - now > leeway:
        yield Reason.NOT_YET_VALID, f"valid from {_stamp(verified.not_before)}"
    if verified.not_after and now - verified.not_after > leeway:
        yield Reason.EXPIRED, f"valid until {_stamp(verified.not_after)}"


def _leeway(genuine: Genuine) -> timedelta:
    if genuine.is_presented or genuine.verified.format in _TO_THE_SECOND:
        return timedelta()
    return LEEWAY


def _decided(genuine: Genuine, reason: Reason, detail: str | None) -> Decision:
    return Decision(
        verdict=VERDICT_OF[reason],
        reason=reason,
        format=genuine.verified.format,
        key_id=genuine.verified.key_id,
        verified=genuine.verified,
        detail=detail,
    )


def joined_details(*details: str | None) -> str | None:
    """Return several details as one, or None where there is none."""
    return "; ".join(filter(None, details)) or None


def _stamp(when: datetime) -> str:
    return when.isoformat(timespec="seconds").replace("+00:00", "Z")


def _span(what: str, start: datetime | None, end: datetime | None) -> str:
    return f"{what} valid {_stamp(start) if start else '...'} to {_stamp(end) if end else '...'}"


def _purposes(key: Key, *, kind: Kind | None) -> str:
    allowed = ", ".join(sorted(purpose.value for purpose in key.purposes))
    return f"the key signs {allowed} only, not {kind.value if kind else 'this kind'}"
