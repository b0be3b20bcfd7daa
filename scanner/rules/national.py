"""The rules of states for EU certificates, applied as published.

A door asks the acceptance rules of its own country and region, and the invalidation rules
of the country that issued; of each rule the newest version in force at the clock; those for
every certificate and those for the kind that is shown. Each must say true. A certificate
that no rule of the country speaks of is refused: nothing was asked, so nothing is proved.

Source: dgc-business-rules-testdata (format) and dgc-certlogic-android (how rules are
chosen, and what `external` holds). Only EU certificates carry what these rules read.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from scanner.rules import fields
from scanner.rules.fields import Fields, Value
from scanner.rules.national_rule import NationalRule, RuleType, country_code, read_rule
from scanner.rules.ruleset import Family, Finding, Met, Shown, Unmet, family_of
from scanner.terms import InputError, Kind, Pass, PassFormat, Reason

ValueSets = Mapping[str, list[str]]

VALUE_SETS: Final = "valueSets"
"""The member of a rule-set file that holds them."""

_MEMBERS: Final = (
    "format",
    "kind",
    "name",
    "version",
    "title",
    "notes",
    "country",
    "region",
    "rules",
    VALUE_SETS,
)
_DIGEST_DIGITS: Final = 12
# Issuers are to be two letters; genuine ones go on behind them: "CH BAG".
_ISSUER: Final = re.compile(r"[A-Z]{2}(?![^\W\d_])")
_MAX_TOLD: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class NationalRules:
    """Published rules as a rule set; `country` is where the door is if nobody says otherwise."""

    name: str
    version: str
    title: str
    country: str
    region: str
    rules: tuple[NationalRule, ...]
    value_sets: ValueSets
    family: Family = Family.HEALTH

    def find(self, shown: Shown) -> Finding:
        """Find the first rule that a shown certificate does not meet."""
        certificates = [one for one in shown.passes if family_of(one) is Family.HEALTH]
        if not certificates or any(one.format is not PassFormat.DCC for one in certificates):
            return self._unmet("format", "these rules can judge EU certificates (HC1:) only")
        for certificate in certificates:
            unmet = self._first_unmet(certificate, shown=shown)
            if unmet is not None:
                return unmet
        here = shown.country or self.country
        return Met(f"{self.name}/{self.version}", f"every rule of {here} that speaks of it is met")

    def _first_unmet(self, certificate: Pass, *, shown: Shown) -> Unmet | None:
        here, now = shown.country or self.country, shown.now
        accepting = _in_force(self.accepting(here), now=now, kind=certificate.kind)
        if not accepting:
            return self._unmet("none", f"no rule of {here} in force speaks of this certificate")
        issued_in = _issued_in(certificate)
        invalidating = _in_force(
            (
                rule
                for rule in self.rules
                if rule.type is RuleType.INVALIDATION and rule.country == issued_in
            ),
            now=now,
            kind=certificate.kind,
        )
        data = self._data(certificate, now=now, here=here)
        for rule in (*accepting, *invalidating):
            objection = rule.objection(data)
            if objection is not None:
                return self._unmet(rule.identifier, objection)
        return None

    def accepting(self, country: str) -> Iterator[NationalRule]:
        """Return the acceptance rules of a country, for the region of this set."""
        for rule in self.rules:
            is_there = rule.country == country and rule.region == self.region
            if is_there and rule.type is RuleType.ACCEPTANCE:
                yield rule

    def _data(self, certificate: Pass, *, now: datetime, here: str) -> dict[str, Any]:
        external = {
            "validationClock": _written(now),
            "valueSets": self.value_sets,
            "countryCode": here,
            "issuerCountryCode": _issued_in(certificate),
            "exp": _written(certificate.not_after),
            "iat": _written(certificate.issued_at),
            "kid": certificate.key_id,
            "region": self.region,
        }
        return {"payload": dict(certificate.claims), "external": external}

    def _unmet(self, rule: str, words: str) -> Unmet:
        return Unmet(Reason.RULE_NOT_MET, f"{self.name}/{self.version}/{rule}", words)


def read(
    listed: Any, *, name: str, country: str | None = None, value_sets: Any = None
) -> NationalRules:
    """Read published rules: a rule-set file, or the bare list that states publish.

    `name` names a bare list, whose version is a digest of it; `country` is where the door is;
    `value_sets` are for a file that has none. Raises `InputError` for what cannot be used,
    a set without any rule for the country among it.
    """
    is_bare = isinstance(listed, list)
    if is_bare:
        listed = {"name": name, "version": _digest(listed), "title": name, "rules": listed}
    members = Fields(Value(listed, ""), names=_MEMBERS)
    rules = tuple(members.take("rules", _rules))
    own_sets = members.maybe(VALUE_SETS, _value_sets)
    members.maybe("notes", fields.several(fields.text))
    national = NationalRules(
        name=members.take("name", fields.label),
        version=members.take("version", fields.label),
        title=members.take("title", fields.text),
        country=country or members.maybe("country", country_code) or _only_country(rules),
        region=(members.maybe("region", fields.text) or "").strip().casefold(),
        rules=rules,
        value_sets=own_sets or _value_sets(Value(value_sets or {}, VALUE_SETS)),
    )
    _check(national, is_bare=is_bare)
    return national


def _rules(value: Value) -> Iterator[NationalRule]:
    seen: set[tuple[str, object]] = set()
    for one in fields.listed(value):
        rule = read_rule(one)
        if (rule.identifier, rule.version) in seen:
            raise one.wrong(f"{rule.identifier} stands twice in one version; leave one out")
        seen.add((rule.identifier, rule.version))
        yield rule


def _value_sets(value: Value) -> dict[str, list[str]]:
    """Read the codes of each value set, written as a list or as the EU publishes it."""
    if not isinstance(value.told, dict):
        raise value.no("object of value sets; give their ids and codes")
    found = {}
    for name, told in value.told.items():
        codes = told.get("valueSetValues") if isinstance(told, dict) else told
        codes = list(codes) if isinstance(codes, dict) else codes
        if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
            raise Value(told, f"{value.place}.{name}").no("value set; give a list of codes")
        found[name] = codes
    return found


def _only_country(rules: Iterable[NationalRule]) -> str:
    countries = {rule.country for rule in rules if rule.type is RuleType.ACCEPTANCE}
    if len(countries) != 1:
        told = ", ".join(sorted(countries)) or "none"
        raise InputError(f'acceptance rules for: {told}; name one of them, "country": "AT"')
    return countries.pop()


def _check(national: NationalRules, *, is_bare: bool) -> None:
    if not any(rule.expression for rule in national.accepting(national.country)):
        raise InputError(
            f"no acceptance rule for {national.country} that this version can judge; "
            "it would refuse everybody"
        )
    needed = {one for rule in national.rules for one in rule.value_sets}
    missing = ", ".join(sorted(needed - set(national.value_sets)))
    if missing:
        told = "".join(filter(str.isprintable, missing))[:_MAX_TOLD]
        wrapped = f", or wrap the list: {_WRAPPED}" if is_bare else " or into the member valueSets"
        raise InputError(
            f"value sets that its rules need are missing: {told}; put them into valueSets.json "
            f'beside it, {{"X": [codes]}}{wrapped}'
        )


_WRAPPED: Final = (
    '{"format": "door-scanner rules 1", "kind": "dcc-national", "name": "at", "version": "1", '
    '"title": "...", "rules": [...], "valueSets": {"X": [codes]}}'
)


def _issued_in(certificate: Pass) -> str | None:
    """Return the country that issued: its two letters in the issuer, else what the event says."""
    found = _ISSUER.match(certificate.issuer or "")
    if found:
        return found[0]
    events = (event for name in "vtr" for event in certificate.claims.get(name, ()))
    return next((event.get("co") for event in events), certificate.issuer)


def _in_force(
    rules: Iterable[NationalRule], *, now: datetime, kind: Kind | None
) -> tuple[NationalRule, ...]:
    """Return the newest version of each rule that is in force."""
    newest: dict[str, NationalRule] = {}
    for rule in rules:
        if rule.is_in_force(now=now, kind=kind):
            other = newest.setdefault(rule.identifier, rule)
            if rule.version > other.version:
                newest[rule.identifier] = rule
    return tuple(newest.values())


def _written(when: datetime | None) -> str | None:
    return when.astimezone(UTC).isoformat(timespec="milliseconds") if when else None


def _digest(rules: list[Any]) -> str:
    canonical = json.dumps(rules, sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()[:_DIGEST_DIGITS]
