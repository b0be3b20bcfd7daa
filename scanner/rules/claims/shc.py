"""What a SMART Health Card says, in the terms of rules: its FHIR R4 resources about COVID-19.

Source: SMART Health Cards Vaccination and Testing IG 1.0 (profiles and value sets). Vaccinations
count only with a vaccine code of COVID-19, or in a card that is typed so: a flu shot is no dose.
Which dose of a series it was, a card hardly says: doses are counted by their days, and how many
belong to the series is not known. A test that names only its day was taken when that day began
anywhere on Earth, so that it is never taken for fresher than it is. What is not said, or cannot
be read, is absent; a card of two patients says nothing.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from scanner.passes.shc import resources
from scanner.rules.claims import HealthEvent, Holder, Known, Result, TestType
from scanner.rules.claims.fhir_codes import CVX, LOINC, METHODS, PRODUCTS, RESULTS, SNOMED
from scanner.terms import Kind, Pass, rfc3339

_COVID_19: Final = "840539006"  # SNOMED CT, as in a DCC
_COVID_CARD: Final = "https://smarthealth.cards#covid19"
_REPORTED: Final = ("final", "amended", "corrected")
_BORN: Final = re.compile(r"\d{4}(-\d\d(-\d\d)?)?", re.ASCII)
_DAY_CHARACTERS: Final = 10
_EARLIEST_ZONE: Final = timedelta(hours=14)
MAX_DOSES: Final = 99

Resource = Mapping[str, Any]


def read(verified: Pass) -> Known:
    """Return the vaccinations and tests of a card, and its holder."""
    card = verified.claims["vc"]
    found = list(resources(card["credentialSubject"]["fhirBundle"]))
    patients = [one for one in found if one.get("resourceType") == "Patient"]
    if len(patients) > 1:
        return Known()
    is_typed = _COVID_CARD in card["type"]
    return Known(
        holder=_holder(patients[0]) if patients else None,
        events=(*_vaccinations(found, is_typed=is_typed), *_tests(found, is_typed=is_typed)),
    )


def _vaccinations(found: Iterable[Resource], *, is_typed: bool) -> list[HealthEvent]:
    doses = []
    for one in found:
        if one.get("resourceType") != "Immunization" or one.get("status") != "completed":
            continue
        cvx = _codes(one.get("vaccineCode"), system=CVX)
        known = [code for code in cvx if code in PRODUCTS]
        if known or (is_typed and not cvx):
            doses.append((_day(one.get("occurrenceDateTime")), known, _protocol(one)))
    days = sorted({day for day, _, _ in doses if day})
    return [
        HealthEvent(
            kind=Kind.VACCINATION,
            on=day,
            dose=_count(protocol.get("doseNumberPositiveInt"))
            or (days.index(day) + 1 if day else None),
            of=_count(protocol.get("seriesDosesPositiveInt")),
            product=PRODUCTS[known[0]] if known else None,
            disease=_COVID_19,
        )
        for day, known, protocol in doses
    ]


def _tests(found: Iterable[Resource], *, is_typed: bool) -> list[HealthEvent]:
    events = []
    for one in found:
        if one.get("resourceType") != "Observation" or one.get("status") not in _REPORTED:
            continue
        method = _method(_codes(one.get("code"), system=LOINC))
        if method is TestType.OTHER and not is_typed:
            continue
        taken = one.get("effectiveDateTime")
        results = _codes(one.get("valueCodeableConcept"), system=SNOMED)
        events.append(
            HealthEvent(
                kind=Kind.TEST,
                on=_day(taken),
                at=_moment(taken),
                test=method,
                result=_result(results),
                disease=_COVID_19,
            )
        )
    return events


def _method(codes: list[str]) -> TestType:
    told = {METHODS.get(code, TestType.OTHER) for code in codes}
    return told.pop() if len(told) == 1 else TestType.OTHER


def _result(codes: list[str]) -> Result:
    told = {RESULTS.get(code, Result.UNKNOWN) for code in codes}
    return told.pop() if len(told) == 1 else Result.UNKNOWN


def _codes(concept: Any, *, system: str) -> list[str]:
    """Return the codes of a CodeableConcept in one code system."""
    codings = concept.get("coding") if isinstance(concept, dict) else None
    told = [one for one in codings if isinstance(one, dict)] if isinstance(codings, list) else []
    codes = [one.get("code") for one in told if one.get("system") == system]
    return [code for code in codes if isinstance(code, str)]


def _protocol(immunization: Resource) -> Resource:
    applied = immunization.get("protocolApplied")
    first = applied[0] if isinstance(applied, list) and len(applied) == 1 else None
    return first if isinstance(first, dict) else {}


def _count(told: Any) -> int | None:
    return told if type(told) is int and 1 <= told <= MAX_DOSES else None


def _day(told: Any) -> date | None:
    """Return the day of a FHIR dateTime as it is written; a year or a month names none."""
    try:
        return date.fromisoformat(told[:_DAY_CHARACTERS])
    except (TypeError, ValueError):
        return None


def _moment(told: Any) -> datetime | None:
    day = _day(told)
    if day is None:
        return None
    try:
        if len(told) == _DAY_CHARACTERS:
            return datetime(day.year, day.month, day.day, tzinfo=UTC) - _EARLIEST_ZONE
        return rfc3339(told)
    except (OverflowError, ValueError):
        return None


def _holder(patient: Resource) -> Holder | None:
    born, names = patient.get("birthDate"), patient.get("name")
    name = names[0] if isinstance(names, list) and names else None
    given = name.get("given") if isinstance(name, dict) else None
    told = [*given] if isinstance(given, list) else []
    told.append(name.get("family") if isinstance(name, dict) else None)
    words = " ".join(one for one in told if isinstance(one, str)).casefold().split()
    day = born if isinstance(born, str) and _BORN.fullmatch(born) else None
    return Holder(tuple(words), day) if words or day else None
