"""Every test that states published with their own rules, and every rule in its rule set."""

import json
from pathlib import Path
from typing import Any

import pytest

from scanner.rules import national
from scanner.rules.certlogic import CertLogicError, evaluate

COUNTRIES = ("AT", "CZ", "DE", "ES", "EU", "FR", "NL")
VALUE_SETS = "valueSets"


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def rules_of(folder: Path) -> list[Any]:
    rules: list[Any] = load(folder / "rules.json")
    return rules


def data_of(test: Any, *, value_sets: Any) -> dict[str, Any]:
    """Give what a test evaluates on: `payload`, which one test lacks, and `external`."""
    external = dict(test["external"])
    if "$ref" in external.get(VALUE_SETS, {}):
        external[VALUE_SETS] = value_sets[external[VALUE_SETS]["$ref"]]
    return {name: test[name] for name in ("payload",) if name in test} | {"external": external}


def result(logic: Any, data: Any) -> Any:
    try:
        return evaluate(logic, data)
    except CertLogicError as error:
        return str(error)


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_test_of_a_state_has_its_expected_result(country: str, conformance: Path) -> None:
    folder = conformance / "passes" / "dcc-business-rules"
    logic = {rule["Identifier"]: rule["Logic"] for rule in rules_of(folder / country)}
    value_sets = load(folder / "valuesets.json")
    lines = (folder / country / "tests.jsonl").read_text(encoding="utf-8").splitlines()
    tests = [json.loads(line) for line in lines]
    failed = [
        (test["rule"], test["file"])
        for test in tests
        if result(logic[test["rule"]], data_of(test, value_sets=value_sets)) is not test["expected"]
    ]
    assert failed == []
    assert tests


@pytest.mark.parametrize("country", COUNTRIES)
def test_the_rules_of_a_state_are_read_as_a_rule_set(country: str, conformance: Path) -> None:
    folder = conformance / "passes" / "dcc-business-rules"
    published = rules_of(folder / country)
    value_sets = next(iter(load(folder / "valuesets.json").values()))
    read = national.read(published, name=country.lower(), value_sets=value_sets)
    assert (read.country, len(read.rules)) == (country, len(published))
    assert all(rule.expression for rule in read.rules)
