"""Decisions as people and scripts read them."""

import json
from typing import Any, Final

from scanner.gate import Step, StepResult
from scanner.terms import Decision, Reason
from scanner.terms.verdict import VERDICT_OF

Timing = dict[str, float | None]
_SHOWN_CHARACTERS: Final = 2000


def as_object(name: str, decision: Decision, *, timing_ms: Timing) -> dict[str, Any]:
    """Return the JSON object of one decision, as the interface lists it."""
    verified = decision.verified
    return {
        "input": name,
        "verdict": decision.verdict.value,
        "reason": decision.reason.value,
        "format": decision.format.value if decision.format else None,
        "kind": verified.kind.value if verified and verified.kind else None,
        "issuer": verified.issuer if verified else None,
        "kid": decision.key_id,
        "rule": decision.rule,
        "detail": decision.detail,
        "timing_ms": timing_ms,
    }


def as_line(shown: dict[str, Any]) -> str:
    """Return one line for a person."""
    about = " ".join(filter(None, (shown["format"], shown["kind"], shown["issuer"])))
    told = "; ".join(filter(None, (about, shown["rule"], shown["detail"])))
    line = f"{shown['verdict'].upper():<7} {shown['reason']:<15} {shown['input']}"
    return printable((f"{line}  ({told})" if told else line)[:_SHOWN_CHARACTERS])


def as_json(shown: dict[str, Any]) -> str:
    """Return one JSON object on one line; what could steer a terminal is escaped."""
    line = json.dumps(shown, ensure_ascii=False, allow_nan=False)
    if line.isprintable():
        return line
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)


def as_steps(steps: tuple[Step, ...]) -> list[str]:
    """Return the checks, a line each, with what was found at the one that failed."""
    marks = {
        StepResult.PASSED: "[ok]  ",
        StepResult.FAILED: "[FAIL]",
        StepResult.NOT_REACHED: "[ -- ]",
    }
    lines = []
    for step in steps:
        lines.append(f"  {marks[step.result]} {step.name:<11}  {step.asks}")
        if step.found is not None:
            lines.append(printable(f"         {'':<11}  -> {step.found}"))
    return lines


def fault(detail: str) -> Decision:
    """Return the decision on an input that could not be read."""
    return Decision(VERDICT_OF[Reason.INTERNAL], Reason.INTERNAL, detail=detail)


def printable(text: str) -> str:
    """Escape what could steer a terminal; codes are written by strangers."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
