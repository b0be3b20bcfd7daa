"""One rule as a state publishes it, and what it finds in a certificate.

Source: the rule format of the EU gateway (dgc-business-rules-testdata) and the way the
reference verifier applies it (dgc-certlogic-android). There a rule that cannot be evaluated
is "open", and a person decides; here it is not met, since a door admits on proof only.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Final

from scanner.rules import fields
from scanner.rules.certlogic import CertLogicError, Expression, prepare
from scanner.rules.fields import Fields, Value
from scanner.terms import Kind

Version = tuple[int, int, int]

# A rule for a newer engine or schema may say what is not understood here.
_ENGINE: Final = "CERTLOGIC"
_ENGINE_VERSION: Final = (1, 3, 3)
_SCHEMA_VERSION: Final = (1, 3, 3)

_VERSION: Final = re.compile(r"(\d{1,4})\.(\d{1,4})\.(\d{1,4})", re.ASCII)
_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_COUNTRY: Final = re.compile("[A-Z]{2}")
_VALUE_SETS: Final = "external.valueSets."
_MAX_WORDS: Final = 300  # longer than any published description


class RuleType(Enum):
    """Whose rule it is: of the state that is entered, or of the one that issued."""

    ACCEPTANCE = "Acceptance"
    INVALIDATION = "Invalidation"


class _CertificateType(Enum):
    GENERAL = "General"
    VACCINATION = "Vaccination"
    TEST = "Test"
    RECOVERY = "Recovery"


_KINDS: Final = {
    _CertificateType.GENERAL: None,
    _CertificateType.VACCINATION: Kind.VACCINATION,
    _CertificateType.TEST: Kind.TEST,
    _CertificateType.RECOVERY: Kind.RECOVERY,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NationalRule:
    """A published rule; `kind` is None for every certificate, `expression` for an open rule."""

    identifier: str
    version: Version
    type: RuleType
    country: str
    region: str
    kind: Kind | None
    words: str
    valid_from: datetime
    valid_to: datetime
    expression: Expression | None

    def is_in_force(self, *, now: datetime, kind: Kind | None) -> bool:
        """Say if the rule counts now, for this kind of certificate."""
        return self.valid_from <= now <= self.valid_to and self.kind in (None, kind)

    def objection(self, data: Mapping[str, Any]) -> str | None:
        """Say in words why the data do not meet the rule, or return None where they do."""
        if self.expression is None:
            return f"{self.words} (the rule is for a newer scanner)"
        try:
            found = self.expression.evaluate(data)
        except CertLogicError as error:
            return f"{self.words} (cannot be told: {error})"
        if found is True:
            return None
        return self.words if found is False else f"{self.words} (neither true nor false)"

    @property
    def value_sets(self) -> Iterator[str]:
        """Return the ids of the value sets that the rule reads."""
        for path in self.expression.paths if self.expression else ():
            if path.startswith(_VALUE_SETS):
                yield path.removeprefix(_VALUE_SETS).partition(".")[0]


def read_rule(value: Value) -> NationalRule:
    """Read one published rule; members that the door does not use are passed over."""
    members = Fields(value, names=value.told if isinstance(value.told, dict) else ())
    identifier = members.take("Identifier", _identifier)
    named = Fields(Value(value.told, identifier), names=value.told)
    valid_from = named.take("ValidFrom", fields.moment)
    valid_to = named.take("ValidTo", fields.moment)
    if valid_to < valid_from:
        raise named.wrong("ValidTo", "before ValidFrom; exchange them")
    return NationalRule(
        identifier=identifier,
        version=named.take("Version", _version),
        type=named.take("Type", fields.one_of(RuleType)),
        country=named.take("Country", country_code),
        region=named.maybe("Region", _region) or "",
        kind=_KINDS[named.take("CertificateType", fields.one_of(_CertificateType))],
        words=named.take("Description", _words) or identifier,
        valid_from=valid_from,
        valid_to=valid_to,
        expression=named.take("Logic", _logic) if _is_understood(named) else None,
    )


def country_code(value: Value) -> str:
    """Read the code of a country."""
    if not isinstance(value.told, str) or not _COUNTRY.fullmatch(value.told):
        raise value.no("country; give two capital letters, like AT")
    return value.told


def _is_understood(rule: Fields) -> bool:
    engine = rule.take("Engine", fields.text)
    engine_version = rule.take("EngineVersion", _version)
    schema_version = rule.take("SchemaVersion", _version)
    is_newer = engine_version > _ENGINE_VERSION or schema_version > _SCHEMA_VERSION
    return engine == _ENGINE and not is_newer


def _logic(value: Value) -> Expression:
    if value.is_missing:
        raise value.no("CertLogic; give { ... }")
    try:
        return prepare(value.told)
    except CertLogicError as error:
        raise value.wrong(f"no valid CertLogic: {error}") from None


def _identifier(value: Value) -> str:
    if not isinstance(value.told, str) or not _IDENTIFIER.fullmatch(value.told):
        raise value.no("identifier of a rule; give one like VR-AT-0001")
    return value.told


def _version(value: Value) -> Version:
    found = _VERSION.fullmatch(value.told) if isinstance(value.told, str) else None
    if found is None:
        raise value.no("version; give one like 1.0.0")
    return int(found[1]), int(found[2]), int(found[3])


def _region(value: Value) -> str:
    if value.told is None:
        return ""
    if not isinstance(value.told, str):
        raise value.no("text")
    return value.told.strip().casefold()


def _words(value: Value) -> str:
    """Choose the English description, else the first."""
    chosen = ""
    for one in fields.listed(value):
        told = one.told if isinstance(one.told, dict) else {}
        described = told.get("desc")
        if not isinstance(described, str):
            raise one.wrong("no description; give lang and desc")
        if not chosen or told.get("lang") == "en":
            chosen = described
    line = " ".join(chosen.split())
    return "".join(filter(str.isprintable, line))[:_MAX_WORDS]
