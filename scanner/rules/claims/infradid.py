"""What `did:infra` credentials say, in the terms of rules: this project's own profile.

Nobody has published the field names that COOV used inside its credentials. So these are this
project's, and an issuer who wants this door to read a credential writes them so:

| type (`vc.type`)        | in `vc.credentialSubject`                                      |
|-------------------------|----------------------------------------------------------------|
| `VaccinationCredential` | `date` (day of the dose), `dose`, `doses`, `vaccine`           |
| `TestCredential`        | `collectedAt`, `testType` (`naat`, `antigen`, `other`),        |
|                         | `result` (`negative`, `positive`)                              |
| `RecoveryCredential`    | `date` (first positive test), `validFrom`, `validUntil`        |
| `ExemptionCredential`   | `date` (of the exemption), `validFrom`, `validUntil`           |
| every type              | `name`, `birthDate` (YYYY, YYYY-MM or YYYY-MM-DD), `disease`   |

Days are YYYY-MM-DD, `collectedAt` is a time with its offset (RFC 3339), `dose` and `doses` are
whole numbers, all else is text; `disease` is a SNOMED CT code, as in a DCC, and `vaccine` the
product's. A presentation may hold one credential an attribute, as COOV had it: its events are
those of all its credentials, its holder is whom they name. Where two of them differ in the name
or the birthday, all that is known is that there were tests.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final, TypeVar

from scanner.passes.credential import kind_of
from scanner.rules.claims import HealthEvent, Holder, Known, Result, TestType
from scanner.terms import Kind, Pass, rfc3339

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_BORN: Final = re.compile(r"\d{4}(-\d\d(-\d\d)?)?", re.ASCII)
MAX_DOSES: Final = 99

Subject = Mapping[str, Any]
_T = TypeVar("_T")


def read(verified: Pass) -> Known:
    """Return all events of a pass, and its holder; what cannot be read is absent."""
    credentials = [claims["vc"] for claims in verified.claims["credentials"]]
    told = [(kind_of(vc), _subject(vc)) for vc in credentials]
    events = tuple(_event(kind, subject=subject) for kind, subject in told if kind)
    names = [name for _, subject in told if (name := _names(subject))]
    births = [born for _, subject in told if (born := _born(subject.get("birthDate")))]
    if len(set(map(frozenset, names))) > 1 or len(set(births)) > 1:
        # Whose they are nobody knows; a test among them must not go unheard.
        tests = (event for event in events if event.kind is Kind.TEST)
        return Known(events=tuple(replace(test, result=Result.UNKNOWN) for test in tests))
    if not names and not births:
        return Known(events=events)
    return Known(holder=Holder(next(iter(names), ()), next(iter(births), None)), events=events)


def _subject(vc: Mapping[str, Any]) -> Subject:
    # A list of several persons would not say whose the event is.
    subject = vc.get("credentialSubject")
    return subject if isinstance(subject, dict) else {}


def _event(kind: Kind, *, subject: Subject) -> HealthEvent:
    is_test = kind is Kind.TEST
    return HealthEvent(
        kind=kind,
        on=None if is_test else _day(subject.get("date")),
        at=_read_as(rfc3339, text=subject.get("collectedAt")) if is_test else None,
        dose=_doses(subject.get("dose")),
        of=_doses(subject.get("doses")),
        product=_text(subject.get("vaccine")),
        test=_read_as(TestType, text=subject.get("testType")) if is_test else None,
        result=(_read_as(Result, text=subject.get("result")) or Result.UNKNOWN)
        if is_test
        else None,
        valid_from=_day(subject.get("validFrom")),
        valid_until=_day(subject.get("validUntil")),
        disease=_text(subject.get("disease")),
    )


def _names(subject: Subject) -> tuple[str, ...]:
    return tuple((_text(subject.get("name")) or "").casefold().split())


def _read_as(reader: Callable[[str], _T], *, text: object) -> _T | None:
    try:
        return reader(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _doses(value: object) -> int | None:
    return value if type(value) is int and 0 < value <= MAX_DOSES else None


def _born(value: object) -> str | None:
    text = _text(value) or ""
    return text if _BORN.fullmatch(text) else None


def _day(value: object) -> date | None:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return None
    return _read_as(date.fromisoformat, text=value)
