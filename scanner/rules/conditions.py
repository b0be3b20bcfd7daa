"""The rule sets that need no country and no calendar.

Test results are SNOMED CT codes, as in the EU value set `covid-19-lab-result`.
"""

from collections.abc import Mapping
from typing import Any, Final

from scanner.rules.ruleset import Rule, RuleSet
from scanner.terms import InputError, Kind, Pass

NOT_DETECTED: Final = "260415000"


def _is_signed(verified: Pass) -> bool:
    # Every pass that comes this far is; the rule is there so that a venue which wants no
    # other has named one.
    return bool(verified.key_id)


def _tests_are_negative(verified: Pass) -> bool:
    if verified.kind is not Kind.TEST:
        return True
    tests: list[Mapping[str, Any]] = verified.claims.get("t") or []
    return bool(tests) and all(test.get("tr") == NOT_DETECTED for test in tests)


GENUINE_ONLY: Final = RuleSet(
    name="genuine-only",
    version="1",
    rules=(Rule("signed", "the proof is real and current; a positive test is, too", _is_signed),),
)

NO_INFECTION: Final = RuleSet(
    name="no-infection",
    version="1",
    rules=(
        Rule(
            "negative-test",
            "the test must not have found the virus",
            _tests_are_negative,
        ),
    ),
)

_BY_NAME: Final = {rule_set.name: rule_set for rule_set in (GENUINE_ONLY, NO_INFECTION)}


def find(name: str) -> RuleSet:
    """Return the rule set called `name`, or raise `InputError` naming those there are."""
    if name in _BY_NAME:
        return _BY_NAME[name]
    known = ", ".join(_BY_NAME)
    if name.endswith(".json") or "/" in name:
        raise InputError(f"rule set files are not read by this version; named sets: {known}")
    raise InputError(f"no rule set is called {name!r}; there are: {known}")
