"""Every assertion of the CertLogic suite that is not marked skip, and every validation case."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from scanner.rules.certlogic import CertLogicError, check, evaluate


def load(folder: Path) -> Iterator[Any]:
    """Give every suite, each a file; an empty folder would prove nothing."""
    for path in sorted(folder.glob("*.json")):
        yield json.loads(path.read_text(encoding="utf-8"))


def in_json(value: Any) -> str:
    """Write a value so that true is not 1; a date-time as the suite does."""
    if isinstance(value, datetime):
        value = value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps(value, sort_keys=True)


def skips(*members: Any) -> bool:
    return any(member.get("directive") == "skip" for member in members)


def result(logic: Any, data: Any) -> str:
    try:
        return in_json(evaluate(logic, data))
    except CertLogicError as error:
        return f"CertLogicError: {error}"


def test_every_assertion_has_its_expected_value(conformance: Path) -> None:
    checked, failed = 0, []
    for suite in load(conformance / "passes" / "certlogic" / "testSuite"):
        for case in suite["cases"]:
            for assertion in case["assertions"]:
                if skips(suite, case, assertion):
                    continue
                checked += 1
                logic = assertion.get("certLogicExpression", case.get("certLogicExpression"))
                found, expected = result(logic, assertion["data"]), in_json(assertion["expected"])
                if found != expected:
                    failed.append((suite["name"], case["name"], assertion, found))
    assert failed == []
    assert checked >= 169


def is_valid(logic: Any) -> bool:
    try:
        check(logic)
    except CertLogicError:
        return False
    return True


def test_every_validation_case_has_its_expected_verdict(conformance: Path) -> None:
    suites = list(load(conformance / "passes" / "certlogic" / "validation-testSuite"))
    cases = [case for suite in suites for case in suite["cases"]]
    wrong = [
        case for case in cases if is_valid(case["certLogicExpression"]) is bool(case["issues"])
    ]
    assert wrong == []
    assert len(cases) >= 17
