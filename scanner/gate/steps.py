"""The checks of the judge, told one by one for `explain`.

The order is fixed and the first failure names the reason, so that a decision alone
says which checks passed, which one failed and which were not reached.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from scanner.terms import Decision, Reason, Verdict


class StepResult(Enum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_REACHED = "not reached"


@dataclass(frozen=True, slots=True)
class Step:
    """One check: its name, what it asks, how it ended, and what was found if it failed."""

    name: str
    asks: str
    result: StepResult
    found: str | None = None


_R = Reason
_CHECKS: Final[tuple[tuple[str, str, frozenset[Reason]], ...]] = (
    ("prefix", "is it a pass that is verified here?",
     frozenset({_R.NOT_A_PASS, _R.NO_CODE, _R.UNSUPPORTED, _R.ONLINE_ONLY})),
    ("container", "is it whole and well formed?", frozenset({_R.MALFORMED, _R.TOO_LARGE})),
    ("key", "is the issuer's key trusted?",
     frozenset({_R.UNKNOWN_ISSUER, _R.LIST_MISSING, _R.ISSUER_MISMATCH})),
    ("algorithm", "is it signed the way this key signs?", frozenset({_R.WRONG_ALGORITHM})),
    ("signature", "does the signature hold?", frozenset({_R.BAD_SIGNATURE})),
    ("revocation", "are pass, key and issue date unrevoked?", frozenset({_R.REVOKED})),
    ("key dates", "is the key valid now?", frozenset({_R.KEY_EXPIRED})),
    ("key purpose", "may the key sign this kind?", frozenset({_R.KEY_PURPOSE})),
    ("dates", "is the pass valid now?",
     frozenset({_R.NOT_YET_VALID, _R.EXPIRED, _R.CLOCK_UNTRUSTED})),
    ("rules", "do the venue's rules let it in?",
     frozenset({_R.RULE_NOT_MET, _R.WRONG_EVENT, _R.WRONG_GATE, _R.MORE_NEEDED})),
    ("lists", "are the lists recent enough?", frozenset({_R.LIST_STALE})),
    ("ledger", "does the ticket still count?", frozenset({_R.ALREADY_USED})),
    ("guest", "may it go without a look at the guest?", frozenset({_R.PASSBACK, _R.CHECK_ID})),
)  # fmt: skip


# Asked where guests come in; whoever only looks into a pass asks neither.
_AT_THE_DOOR: Final = ("ledger", "guest")


def steps_of(decision: Decision) -> tuple[Step, ...]:
    """Return every check with its result; a fault of the machine reaches none."""
    reason = _as_checked(decision)
    at = next((i for i, check in enumerate(_CHECKS) if reason in check[2]), None)
    reached = len(_CHECKS) if decision.verdict is Verdict.ADMIT else at
    steps = []
    for index, (name, asks, _) in enumerate(_CHECKS):
        if index == at:
            found = decision.detail or decision.reason.value
            steps.append(Step(name, asks, StepResult.FAILED, found))
        elif reached is None or index > reached or name in _AT_THE_DOOR:
            steps.append(Step(name, asks, StepResult.NOT_REACHED))
        else:
            told = decision.rule if name == "rules" else None
            steps.append(Step(name, asks, StepResult.PASSED, told))
    return tuple(steps)


def _as_checked(decision: Decision) -> Reason:
    """Return the reason by which a check is found: some words are said at two of them."""
    reason = decision.reason
    if reason is Reason.LIST_STALE and decision.verified is None:
        # No key for it, and the keys are old.
        return Reason.UNKNOWN_ISSUER
    if reason is Reason.MORE_NEEDED and decision.verified is None:
        # A part of a card, of which nothing could be verified yet.
        return Reason.MALFORMED
    if reason in (Reason.NOT_YET_VALID, Reason.EXPIRED) and decision.rule is not None:
        # The venue's hours, not the pass's own dates.
        return Reason.RULE_NOT_MET
    return reason
