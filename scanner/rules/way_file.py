"""One way of a health rule set as it is written in a file: its event, conditions and bounds."""

from collections.abc import Callable
from enum import Enum
from typing import Final

from scanner.rules.bounds import Age, DaySpan, Lifetime
from scanner.rules.claims import TestType
from scanner.rules.counted import Series, Vaccines
from scanner.rules.fields import Fields, Value, day, flag, one_of, several, text, whole
from scanner.rules.ways import (
    Condition,
    Origin,
    Way,
    in_days,
    in_life,
    in_own_dates,
    negative_test,
    of_age,
    of_disease,
    of_product,
    of_series,
    past,
)
from scanner.terms import Kind


class Asked(Enum):
    """The event that a way asks for; `any` for none."""

    VACCINATION = "vaccination"
    TEST = "test"
    RECOVERY = "recovery"
    EXEMPTION = "exemption"
    ANY = "any"


COMMON: Final = ("words", "event", "born")
_SPAN: Final = ("from_day", "from_inclusive", "until_day", "until_inclusive")
_OF_KIND: Final = {
    Asked.VACCINATION: (*COMMON, "series", "products", *_SPAN),
    Asked.TEST: (*COMMON, "types", "until"),
    Asked.RECOVERY: (*COMMON, "counted_from", "own_dates", *_SPAN),
    Asked.EXEMPTION: (*COMMON, "own_dates", *_SPAN),
    Asked.ANY: COMMON,
}
EVERY: Final = tuple(dict.fromkeys(name for names in _OF_KIND.values() for name in names))
"""Every member that some way may have."""

_YEARS: Final = whole(low=0, high=150)
_DAYS: Final = whole(low=0, high=36500)
# A year: room for any law, and for the arithmetic of `bounds`.
_HOURS: Final = whole(low=1, high=24 * 366)


class WayReader:
    """Reads ways, each with what the whole set says of diseases and vaccines."""

    def __init__(self, *, diseases: frozenset[str], vaccines: Vaccines | None) -> None:
        self._disease = of_disease(diseases)
        self._vaccines = vaccines

    def read(self, value: Value, *, also: tuple[str, ...] = ()) -> Way:
        """Read a way; it may have the members in `also`, which are not looked at."""
        if isinstance(value.told, str):
            raise value.wrong("a way stands here itself, not by its name; give { ... }")
        asked = Fields(value, names=(*EVERY, *also)).take("event", one_of(Asked))
        fields = Fields(value, names=(*_OF_KIND[asked], *also))
        if asked is Asked.ANY:
            raise fields.wrong("event", "any is a way of its own, not a part of one")
        what, dated = _CONDITIONS[asked](fields, self._vaccines)
        born = fields.maybe("born", read_age)
        who = [] if born is None else [of_age(born)]
        conditions = (self._disease, *what, *who, *dated)
        return Way(Kind(asked.value), fields.take("words", text), conditions)


def read_age(value: Value) -> Age:
    """Read bounds of age, at least one."""
    fields = Fields(value, names=("under_years", "from_years", "on_or_after", "before"))
    age = Age(
        under_years=fields.maybe("under_years", _YEARS),
        from_years=fields.maybe("from_years", _YEARS),
        on_or_after=fields.maybe("on_or_after", day),
        before=fields.maybe("before", day),
    )
    if age == Age():
        raise value.wrong("give on_or_after, before, under_years or from_years")
    return age


_Conditions = tuple[list[Condition], list[Condition]]
"""What an event has to be, and when."""


def _of_vaccination(fields: Fields, vaccines: Vaccines | None) -> _Conditions:
    if vaccines is None:
        raise fields.wrong("event", "say in vaccines, beside accept, how doses are counted")
    what: list[Condition] = []
    products = fields.maybe("products", several(text))
    if products is not None:
        what.append(of_product(products))
    what.append(of_series(fields.take("series", one_of(Series)), vaccines=vaccines))
    return what, [past, in_days(_span(fields))]


def _of_test(fields: Fields, _: Vaccines | None) -> _Conditions:
    types = fields.take("types", several(one_of(TestType)))
    return [negative_test(types)], [in_life(fields.take("until", _lifetime))]


def _of_recovery(fields: Fields, _: Vaccines | None) -> _Conditions:
    return [], _dated(fields, origin=fields.take("counted_from", one_of(Origin)))


def _of_exemption(fields: Fields, _: Vaccines | None) -> _Conditions:
    return [], _dated(fields, origin=Origin.FIRST_POSITIVE)


_CONDITIONS: Final[dict[Asked, Callable[[Fields, Vaccines | None], _Conditions]]] = {
    Asked.VACCINATION: _of_vaccination,
    Asked.TEST: _of_test,
    Asked.RECOVERY: _of_recovery,
    Asked.EXEMPTION: _of_exemption,
}


def _dated(fields: Fields, *, origin: Origin) -> list[Condition]:
    dated: list[Condition] = [past, in_days(_span(fields), origin=origin)]
    if fields.maybe("own_dates", flag) is not False:
        dated.append(in_own_dates)
    return dated


def _span(fields: Fields) -> DaySpan:
    first, first_counts = _bound(fields, "from_day", "from_inclusive")
    last, last_counts = _bound(fields, "until_day", "until_inclusive")
    first = first if first is None or first_counts else first + 1
    last = last if last is None or last_counts else last - 1
    if first is not None and last is not None and last < first:
        raise fields.wrong("until_day", "no day is left between the two bounds")
    return DaySpan(first, last)


def _bound(fields: Fields, number: str, inclusive: str) -> tuple[int | None, bool | None]:
    days = fields.maybe(number, _DAYS)
    counts = fields.maybe(inclusive, flag)
    if (days is None) != (counts is None):
        missing, there, give = (
            (number, inclusive, f"a number of days, or leave {inclusive} out")
            if days is None
            else (inclusive, number, "true or false")
        )
        raise fields.wrong(missing, f"missing beside {there}; give {give}")
    return days, counts


def _lifetime(value: Value) -> Lifetime:
    fields = Fields(value, names=("hours", "end_of_day"))
    return Lifetime(fields.take("hours", _HOURS), fields.take("end_of_day", flag))
