"""A national rule set of 15 rules, asked of one certificate: median, p99, and loading it.

The rules are larger than published ones are on average (20 expressions against 9), all of
them are asked, and all hold. Where the public suite lies, each state's own rules follow.
Times are of the CPU.
"""

import json
import time
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from scanner import passes
from scanner.rules import Met, Shown, national
from scanner.rules.certlogic import evaluate
from scanner.rules.national import NationalRules
from scanner.terms import Pass
from scanner.trust import Keyring, read_trust
from tests.bench import setting
from tests.bench.figures import Figure, at_most, percentile, spread

_RULES = 15
_BOUND_MS = 1.0
_ROUNDS = 3000
_COUNTRIES = ("AT", "CZ", "DE", "ES", "EU", "FR")
_VALUE_SETS = {"vaccines": [f"EU/1/20/{number}" for number in range(1500, 1540)]}


def bench() -> Iterator[Figure]:
    """Time the door's question, then what it costs to prepare, or not to prepare, the answer."""
    certificate = _certificate()
    published = [_rule(number) for number in range(_RULES)]
    load = partial(national.read, published, name="at", value_sets=_VALUE_SETS)
    rule_set = load()
    shown = Shown((certificate,), setting.NOW)
    if not isinstance(rule_set.find(shown), Met):
        raise TypeError("the rules were to be met")
    yield from _asked(f"{_RULES} rules", rule_set, shown=shown)
    data = {"payload": certificate.claims, "external": _external()}
    logics = [rule["Logic"] for rule in published]
    bare = _times_ms(lambda: [evaluate(logic, data) for logic in logics], rounds=_ROUNDS // 10)
    yield Figure("  the same, each read anew", spread(bare, unit="ms", digits=3))
    yield Figure("  loading", spread(_times_ms(load, rounds=30), unit="ms", digits=2))
    yield from _states(shown)


def _asked(name: str, rule_set: NationalRules, *, shown: Shown) -> Iterator[Figure]:
    times_ms = _times_ms(lambda: rule_set.find(shown), rounds=_ROUNDS)
    yield Figure(f"{name}: median", f"{percentile(times_ms, 0.5):.3f} ms")
    p99 = percentile(times_ms, 0.99)
    yield at_most(f"{name}: p99", p99, bound=_BOUND_MS, unit="ms", shown=f"{p99:.3f} ms")


def _states(shown: Shown) -> Iterator[Figure]:
    folder = setting.conformance()
    suite = folder / "passes" / "dcc-business-rules" if folder else None
    if suite is None or not suite.is_dir():
        yield Figure("dcc-business-rules: not there, see README.md", "-")
        return
    value_sets = next(iter(json.loads((suite / "valuesets.json").read_text()).values()))
    for country in _COUNTRIES:
        listed = json.loads((suite / country / "rules.json").read_text())
        rule_set = national.read(listed, name=country, value_sets=value_sets)
        yield from _asked(f"{country}, {len(listed)} rules", rule_set, shown=shown)


def _times_ms(call: Any, *, rounds: int) -> list[float]:
    times = []
    for _ in range(rounds):
        started_ns = time.thread_time_ns()
        call()
        times.append((time.thread_time_ns() - started_ns) / 1e6)
    return times


def _certificate() -> Pass:
    issuer = setting.es256()
    keyring = Keyring.of(read_trust(issuer.certificate_der).keys)
    return passes.verify(setting.vaccinated(issuer), keyring=keyring).verified


def _external() -> Mapping[str, Any]:
    return {"validationClock": setting.NOW.isoformat(), "valueSets": _VALUE_SETS}


def _rule(number: int) -> dict[str, Any]:
    """Make a rule such as states publish: a dose of a listed vaccine, neither fresh nor old."""
    given, clock = {"var": "payload.v.0.dt"}, {"var": "external.validationClock"}
    is_in_time = {
        "not-after": [
            {"plusTime": [given, 14, "day"]},
            {"plusTime": [clock, 0, "day"]},
            {"plusTime": [given, 270 + number, "day"]},
        ]
    }
    is_complete = {">=": [{"var": "payload.v.0.dn"}, {"var": "payload.v.0.sd"}]}
    is_listed = {"in": [{"var": "payload.v.0.mp"}, {"var": "external.valueSets.vaccines"}]}
    logic = {"if": [{"var": "payload.v.0"}, {"and": [is_in_time, is_complete, is_listed]}, True]}
    return {
        "Identifier": f"VR-AT-{number:04}",
        "Type": "Acceptance",
        "Country": "AT",
        "Version": "1.0.0",
        "SchemaVersion": "1.0.0",
        "Engine": "CERTLOGIC",
        "EngineVersion": "1.0.0",
        "CertificateType": "Vaccination",
        "Description": [{"lang": "en", "desc": "a full series of a listed vaccine"}],
        "ValidFrom": "2021-07-01T00:00:00Z",
        "ValidTo": "2030-06-01T00:00:00Z",
        "Logic": logic,
    }
