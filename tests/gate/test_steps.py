"""The checks told one by one: which passed, which failed, which were not reached."""

from typing import TYPE_CHECKING

import pytest

from scanner.gate import StepResult, judge, steps_of
from scanner.terms import Decision, Reason, Verdict
from scanner.terms.verdict import VERDICT_OF

if TYPE_CHECKING:
    from tests.conftest import Mint

NAMES = (
    "prefix", "container", "key", "algorithm", "signature", "revocation", "key dates",
    "key purpose", "dates", "rules", "lists", "ledger", "guest",
)  # fmt: skip

AT_THE_DOOR = ("ledger", "guest")

FAILS_AT = {
    Reason.NOT_A_PASS: "prefix",
    Reason.NO_CODE: "prefix",
    Reason.UNSUPPORTED: "prefix",
    Reason.ONLINE_ONLY: "prefix",
    Reason.MALFORMED: "container",
    Reason.TOO_LARGE: "container",
    Reason.UNKNOWN_ISSUER: "key",
    Reason.ISSUER_MISMATCH: "key",
    Reason.LIST_MISSING: "key",
    Reason.WRONG_ALGORITHM: "algorithm",
    Reason.BAD_SIGNATURE: "signature",
    Reason.REVOKED: "revocation",
    Reason.KEY_EXPIRED: "key dates",
    Reason.KEY_PURPOSE: "key purpose",
    Reason.NOT_YET_VALID: "dates",
    Reason.EXPIRED: "dates",
    Reason.CLOCK_UNTRUSTED: "dates",
    Reason.RULE_NOT_MET: "rules",
    Reason.WRONG_EVENT: "rules",
    Reason.WRONG_GATE: "rules",
    Reason.MORE_NEEDED: "container",
    Reason.ALREADY_USED: "ledger",
    Reason.PASSBACK: "guest",
    Reason.CHECK_ID: "guest",
}


@pytest.mark.parametrize(("reason", "name"), FAILS_AT.items())
def test_checks_before_the_failure_passed_and_later_ones_were_not_reached(
    reason: Reason, name: str
) -> None:
    steps = steps_of(Decision(VERDICT_OF[reason], reason, detail="found this"))
    at = NAMES.index(name)
    assert tuple(step.name for step in steps) == NAMES
    passed = [step.result for step in steps[:at] if step.name not in AT_THE_DOOR]
    assert set(passed) <= {StepResult.PASSED}
    assert steps[at].result is StepResult.FAILED
    assert {step.result for step in steps[at + 1 :]} <= {StepResult.NOT_REACHED}
    assert [step.found for step in steps if step.found] == ["found this"]


def test_lists_that_are_too_old_fail_after_the_rules(mint: "Mint") -> None:
    verified = judge(mint.valid, belief=mint.belief, moment=mint.now).verified
    steps = steps_of(Decision(Verdict.ASK, Reason.LIST_STALE, verified=verified, detail="9 days"))
    at = NAMES.index("lists")
    assert [step.result for step in steps[:at]] == [StepResult.PASSED] * at
    assert (steps[at].result, steps[at].found) == (StepResult.FAILED, "9 days")


def test_keys_that_are_too_old_to_know_an_issuer_fail_at_the_key() -> None:
    steps = steps_of(Decision(Verdict.ASK, Reason.LIST_STALE, detail="9 days"))
    failed = [step.name for step in steps if step.result is StepResult.FAILED]
    assert failed == ["key"]


def test_a_failure_without_detail_is_told_by_its_reason() -> None:
    steps = steps_of(Decision(Verdict.REFUSE, Reason.BAD_SIGNATURE))
    assert steps[4].found == "bad_signature"


@pytest.mark.parametrize("reason", [Reason.ADMITTED, Reason.ADMITTED_MARKED, Reason.REPEATED])
def test_an_admission_passed_every_check_but_those_that_only_the_door_makes(
    reason: Reason,
) -> None:
    decision = Decision(Verdict.ADMIT, reason, detail="odd but fine", rule="set/1/rule")
    for step in steps_of(decision):
        expected = StepResult.NOT_REACHED if step.name in AT_THE_DOOR else StepResult.PASSED
        assert step.result is expected
        assert step.found == ("set/1/rule" if step.name == "rules" else None)


@pytest.mark.parametrize("reason", [Reason.NOT_YET_VALID, Reason.EXPIRED])
def test_the_hours_of_a_venue_are_rules_and_no_dates_of_the_pass(reason: Reason) -> None:
    steps = steps_of(Decision(VERDICT_OF[reason], reason, rule="gala/1/window"))
    assert [step.name for step in steps if step.result is StepResult.FAILED] == ["rules"]


def test_a_pass_that_waits_for_another_was_verified(mint: "Mint") -> None:
    verified = judge(mint.valid, belief=mint.belief, moment=mint.now).verified
    steps = steps_of(Decision(Verdict.ASK, Reason.MORE_NEEDED, verified=verified))
    assert [step.name for step in steps if step.result is StepResult.FAILED] == ["rules"]


@pytest.mark.parametrize("reason", [Reason.INTERNAL, Reason.READER_LOST, Reason.CAMERA_LOST])
def test_a_fault_of_the_machine_reaches_no_check(reason: Reason) -> None:
    steps = steps_of(Decision(Verdict.FAULT, reason))
    assert {step.result for step in steps} == {StepResult.NOT_REACHED}
