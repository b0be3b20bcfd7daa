"""The one model of what passes say: health events, or an entitlement, in the same terms.

Rule sets speak of this alone, so that one rule set serves every format. Each format has one
reader here, `read(verified) -> Known`; what a pass does not say, or says so that it cannot be
read, is absent, and no rule takes what is absent for good.
"""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Final, Protocol, cast

from scanner.terms import Kind, Pass, PassFormat


class TestType(Enum):
    """How a test looks for the virus."""

    __test__ = False  # no test of ours

    NAAT = "naat"
    ANTIGEN = "antigen"
    OTHER = "other"


class Result(Enum):
    """What a test found."""

    NEGATIVE = "negative"
    POSITIVE = "positive"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a pass names: `names` casefolded and in order, `born` as YYYY, YYYY-MM or YYYY-MM-DD."""

    names: tuple[str, ...]
    born: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthEvent:
    """One vaccination, test, recovery or exemption.

    `on` is the day of the dose, of the first positive test, or of the exemption; `at` the time at
    which a sample was taken; `dose` of `of` doses in the series; `valid_from` and `valid_until`
    are the days that a recovery or exemption itself names.
    """

    kind: Kind
    on: date | None = None
    at: datetime | None = None
    dose: int | None = None
    of: int | None = None
    product: str | None = None
    test: TestType | None = None
    result: Result | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    disease: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlement:
    """A ticket, a membership or a staff pass.

    `serial` is its typed id, by which it is revoked and counted; `zones` are the gates that it
    opens, none for all; `admits` is for how many persons; `product` what the seller calls it.
    """

    kind: Kind
    serial: str
    event: str | None = None
    zones: frozenset[str] = frozenset()
    admits: int = 1
    product: Mapping[str, int | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What one genuine pass says."""

    holder: Holder | None = None
    events: tuple[HealthEvent, ...] = ()
    entitlement: Entitlement | None = None


class _Reader(Protocol):
    def read(self, verified: Pass) -> Known:
        """Return what a pass says."""


_READERS: Final = {form: f"scanner.rules.claims.{form.value}" for form in PassFormat}


def known_of(verified: Pass) -> Known:
    """Return what a genuine pass says, in the terms of rules."""
    # One venue sees one or two formats: the others are not loaded.
    reader = cast("_Reader", importlib.import_module(_READERS[verified.format]))
    return reader.read(verified)
