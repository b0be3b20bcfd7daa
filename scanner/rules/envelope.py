"""What every rule-set file says of itself, whatever its kind."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from scanner.rules.fields import Fields, Value, label, several, text

MEMBERS: Final = ("format", "kind", "name", "version", "title", "notes", "timezone")

ZoneOf = Callable[[str], tzinfo]
"""Gives the time zone of a name; raises for a name that is none."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Name, version and title of a rule set, and the time zone of its days."""

    name: str
    version: str
    title: str
    zone: tzinfo


def read_envelope(fields: Fields, *, zone_of: ZoneOf) -> Envelope:
    """Read what all kinds of rule sets have in common."""

    def zone(value: Value) -> tzinfo:
        wrong = value.no("time zone; give one like Asia/Seoul")
        if not isinstance(value.told, str):
            raise wrong
        try:
            return zone_of(value.told)
        except (LookupError, ValueError, OSError):
            raise wrong from None

    fields.maybe("notes", several(text))
    return Envelope(
        name=fields.take("name", label),
        version=fields.take("version", label),
        title=fields.take("title", text),
        zone=fields.take("timezone", zone),
    )
