"""What a SMART Health Card says, in the terms of rules: its FHIR R4 resources about COVID-19.

Source: SMART Health Cards Vaccination and Testing IG 1.0 (profiles and value sets). Vaccinations
count only with a vaccine code of COVID-19, or in a card that is typed so: a flu shot is no dose.
Which dose of a series it was, a card hardly says: doses are counted by their days, and how many
belong to the series is not known. A test that names only its day was taken when that day began
anywhere on Earth, or ended where it was not negative, so that it is never taken for better than
it is. What is not said, or cannot be read, is absent; a test that cannot be read, as one that is
not final, has an unknown result. A card of two patients says no more than that there were tests.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
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
# A day begins first 14 hours ahead of UTC, and ends last 12 hours behind it.
_BEGINS: Final = timedelta(hours=-14)
_ENDS: Final = timedelta(days=1, hours=12)
MAX_DOSES: Final = 99

Resource = Mapping[str, Any]


def read(verified: Pass) -> Known:
    """Return the vaccinations and tests of a card, and its holder."""
    card = verified.claims["vc"]
    found = list(resources(card["credentialSubject"]["fhirBundle"]))
    patients = [one for one in found if one.get("resourceType") == "Patient"]
    is_typed = _COVID_CARD in card["type"]
    tests = _tests(found, is_typed=is_typed)
    if len(patients) > 1:
        # Whose they are nobody knows; a test among them must not go unheard.
        return Known(events=tuple(replace(test, result=Result.UNKNOWN) for test in tests))
    return Known(
        holder=_holder(patients[0]) if patients else None,
        events=(*_vaccinations(found, is_typed=is_typed), *tests),
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
        if one.get("resourceType") != "Observation":
            continue
        codes = _codes(one.get("code"), system=LOINC)
        # Plainly a test for something else.
        if codes and METHODS.keys().isdisjoint(codes) and not is_typed:
            continue
        method = _method(codes)
        is_readable = method is not TestType.OTHER or is_typed
        is_reported = one.get("status") in _REPORTED
        taken = one.get("effectiveDateTime")
        result = _result(_codes(one.get("valueCodeableConcept"), system=SNOMED))
        if not is_readable or not is_reported:
            result = Result.UNKNOWN
        events.append(
            HealthEvent(
                kind=Kind.TEST,
                on=_day(taken),
                at=_moment(taken, result=result),
                test=method,
                result=result,
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


def _moment(told: Any, *, result: Result) -> datetime | None:
    day = _day(told)
    if day is None:
        return None
    try:
        if len(told) == _DAY_CHARACTERS:
            hours = _BEGINS if result is Result.NEGATIVE else _ENDS
            return datetime(day.year, day.month, day.day, tzinfo=UTC) + hours
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
