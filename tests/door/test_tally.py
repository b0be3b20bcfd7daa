"""Counts, and the exit code that they amount to."""

import pytest

from scanner.door.tally import Tally
from scanner.terms import Decision, Reason, Verdict
from scanner.terms.verdict import VERDICT_OF

EXIT_CODES: dict[str, tuple[tuple[Reason, ...], int]] = {
    "nothing at all": ((), 0),
    "admissions": ((Reason.ADMITTED, Reason.ADMITTED_MARKED), 0),
    "one refusal": ((Reason.ADMITTED, Reason.EXPIRED), 1),
    "one question": ((Reason.ONLINE_ONLY, Reason.ADMITTED), 1),
    "one poster": ((Reason.NOT_A_PASS,), 1),
    "no code": ((Reason.NO_CODE,), 1),
    "one fault among all": ((Reason.ADMITTED, Reason.EXPIRED, Reason.INTERNAL), 3),
    "no trust at all": ((Reason.LIST_MISSING,), 3),
}


@pytest.mark.parametrize("case", EXIT_CODES)
def test_the_worst_decision_gives_the_exit_code(case: str) -> None:
    reasons, code = EXIT_CODES[case]
    tally = Tally()
    for reason in reasons:
        tally.add(Decision(VERDICT_OF[reason], reason))
    assert tally.exit_code == code


def test_decisions_are_counted_by_verdict_and_reason() -> None:
    tally = Tally()
    for verdict in (Verdict.ADMIT, Verdict.ADMIT, Verdict.REFUSE):
        tally.add(Decision(verdict, Reason.REPEATED))
    assert tally.counts == {
        (Verdict.ADMIT, Reason.REPEATED): 2,
        (Verdict.REFUSE, Reason.REPEATED): 1,
    }
