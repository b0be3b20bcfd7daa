"""Health rule sets as they are written in a file, `"kind": "health"`; see config/rules/README.md.

Every bound is a parameter that may be left out, and a bound of days says whether its day
counts. A way stands where it is used: there are no names of ways to go round in circles by.
"""

from typing import Final

from scanner.rules.counted import Vaccines
from scanner.rules.envelope import Envelope
from scanner.rules.fields import Fields, Value, label, listed, one_of, several, text, whole
from scanner.rules.health import ACCEPT, Accepted, AgeWay, BothWays, HealthRules, OneWay
from scanner.rules.way_file import COMMON, EVERY, Asked, WayReader, read_age
from scanner.rules.ways import Way

MEMBERS: Final = ("diseases", "vaccines", "accept")

_NAMING: Final = ("name", "why")
_BOTH: Final = ("both", "within_s", "words", *_NAMING)
_DOSES: Final = whole(low=1, high=9)
# Shorter, nobody finds the second pass; longer, the next guest has come.
_WITHIN_S: Final = whole(low=5, high=600)
_PARTS: Final = 2
# Few enough to try them all in a moment.
_MOST_WAYS: Final = 100


def read(fields: Fields, *, envelope: Envelope) -> HealthRules:
    """Read a health rule set, or raise `InputError` naming the place of the first mistake."""
    diseases = fields.take("diseases", several(text))
    vaccines = fields.maybe("vaccines", _vaccines)
    accept = _Accept(WayReader(diseases=diseases, vaccines=vaccines))
    return HealthRules(
        name=envelope.name,
        version=envelope.version,
        title=envelope.title,
        zone=envelope.zone,
        vaccines=vaccines,
        accept=fields.take("accept", accept.read),
    )


def _vaccines(value: Value) -> Vaccines:
    fields = Fields(value, names=("one_dose", "series_doses", "booster_from_dose"))
    return Vaccines(
        # A venue may know of no vaccine of one dose.
        one_dose=fields.take("one_dose", several(text, fewest=0)),
        series_doses=fields.take("series_doses", _DOSES),
        booster_from_dose=fields.take("booster_from_dose", _DOSES),
    )


class _Accept:
    """Reads the list of all that lets in."""

    def __init__(self, ways: WayReader) -> None:
        self._ways = ways

    def read(self, value: Value) -> tuple[tuple[str, Accepted], ...]:
        """Read all ways; each has a name of its own."""
        found: dict[str, Accepted] = {}
        for one in listed(value, most=_MOST_WAYS):
            fields = Fields(one, names=(*EVERY, *_BOTH))
            name = fields.take("name", label)
            if name in found or name == ACCEPT:
                raise fields.wrong("name", f"{name} names another rule; give one of its own")
            fields.maybe("why", text)
            found[name] = self._accepted(one, fields=fields)
        return tuple(found.items())

    def _accepted(self, value: Value, *, fields: Fields) -> Accepted:
        if "both" in value.told:
            return self._both(Fields(value, names=_BOTH))
        if fields.take("event", one_of(Asked)) is not Asked.ANY:
            return OneWay(self._ways.read(value, also=_NAMING))
        fields = Fields(value, names=(*COMMON, *_NAMING))
        return AgeWay(fields.take("words", text), fields.take("born", read_age))

    def _both(self, fields: Fields) -> BothWays:
        return BothWays(
            words=fields.take("words", text),
            parts=fields.take("both", self._parts),
            within_s=fields.maybe("within_s", _WITHIN_S),
        )

    def _parts(self, value: Value) -> tuple[tuple[Way, ...], tuple[Way, ...]]:
        parts = list(listed(value))
        if len(parts) != _PARTS:
            raise value.wrong(f"{len(parts)} parts; give two lists of ways")
        first, second = (
            tuple(map(self._ways.read, listed(part, most=_MOST_WAYS))) for part in parts
        )
        return first, second
