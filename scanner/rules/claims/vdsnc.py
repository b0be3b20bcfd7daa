"""What a VDS-NC says, in the terms of rules: its doses, or its test, and its holder.

Source: ICAO Technical Report "VDS-NC" 1.1, messages PoV (`uvci`, `pid`, `ve`) and PoT (`utci`,
`pid`, `dat`, `tr`). Diseases are in ICD-11 and vaccines go by brand; both become the codes of a
DCC, where one is known. How many doses belong to a series is not said. A test that names only
its day was taken when that day began anywhere on Earth, so that it is never taken for fresher
than it is. A result counts as negative by that word alone. What cannot be read is absent.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from scanner.rules.claims import HealthEvent, Holder, Known, Result, TestType
from scanner.terms import Kind, Pass, rfc3339

_COVID_19: Final = "840539006"  # SNOMED CT, as in a DCC
# ICD-11: COVID-19, with the virus identified, and not; the vaccines against it.
_COVID_19_DISEASES: Final = frozenset({"RA01", "RA01.0", "RA01.1"})
_COVID_19_VACCINE: Final = "XM68M6"
# Brands stand among other words, as in "AstraZeneca Vaxzevria"; the codes are those of the EU.
_PRODUCTS: Final = {
    "comirnaty": "EU/1/20/1528",
    "spikevax": "EU/1/20/1507",
    "vaxzevria": "EU/1/21/1529",
    "janssen": "EU/1/20/1525",
    "jcovden": "EU/1/20/1525",
    "nuvaxovid": "EU/1/21/1618",
}
_METHODS: Final = {
    "molecular(pcr)": TestType.NAAT,
    "molecular(other)": TestType.NAAT,
    "antigen": TestType.ANTIGEN,
}
_RESULTS: Final = {"negative": Result.NEGATIVE, "positive": Result.POSITIVE}
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_BORN: Final = re.compile(r"\d{4}(-\d\d(-\d\d)?)?", re.ASCII)
_EARLIEST_ZONE: Final = timedelta(hours=14)
MAX_DOSES: Final = 99


def read(verified: Pass) -> Known:
    """Return the doses or the test of a pass, and its holder."""
    message = verified.claims["msg"]
    is_test = verified.kind is Kind.TEST
    return Known(
        holder=_holder(_object(message.get("pid"))),
        events=(_test(message),) if is_test else tuple(_doses(message)),
    )


def _holder(person: Mapping[str, Any]) -> Holder | None:
    name, born = _text(person.get("n")), _text(person.get("dob"))
    if not _BORN.fullmatch(born):
        born = ""
    return Holder(tuple(name.casefold().split()), born or None) if name or born else None


def _doses(message: Mapping[str, Any]) -> Iterator[HealthEvent]:
    for vaccine in _objects(message.get("ve")):
        disease, group = _text(vaccine.get("dis")), _text(vaccine.get("des"))
        is_covid = disease in _COVID_19_DISEASES or (not disease and group == _COVID_19_VACCINE)
        for dose in _objects(vaccine.get("vd")):
            yield HealthEvent(
                kind=Kind.VACCINATION,
                on=_day(dose.get("dvc")),
                dose=_count(dose.get("seq")),
                product=_product(_text(vaccine.get("nam"))),
                disease=_COVID_19 if is_covid else disease or None,
            )


def _test(message: Mapping[str, Any]) -> HealthEvent:
    taken, found = _object(message.get("dat")).get("sc"), _object(message.get("tr"))
    return HealthEvent(
        kind=Kind.TEST,
        at=_moment(taken),
        test=_METHODS.get(_text(found.get("tc")).lower(), TestType.OTHER),
        result=_RESULTS.get(_text(found.get("r")).lower(), Result.UNKNOWN),
        disease=_COVID_19,
    )


def _product(name: str) -> str | None:
    for word in name.casefold().split():
        if word in _PRODUCTS:
            return _PRODUCTS[word]
    return name or None


def _moment(told: object) -> datetime | None:
    day = _day(told)
    try:
        if day is not None:
            return datetime(day.year, day.month, day.day, tzinfo=UTC) - _EARLIEST_ZONE
        return rfc3339(_text(told))
    except (OverflowError, ValueError):
        return None


def _day(told: object) -> date | None:
    text = _text(told)
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def _count(told: object) -> int | None:
    """Read the number of a dose, which some issuers write as text."""
    if isinstance(told, str) and told.isdecimal() and told.isascii():
        told = int(told[: len(str(MAX_DOSES)) + 1])
    return told if type(told) is int and 1 <= told <= MAX_DOSES else None


def _objects(told: object) -> list[Mapping[str, Any]]:
    return [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []


def _object(told: object) -> Mapping[str, Any]:
    return told if isinstance(told, dict) else {}


def _text(told: object) -> str:
    return told.strip() if isinstance(told, str) else ""
