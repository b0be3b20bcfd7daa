"""Rule-set files: JSON as config/rules/README.md describes it, or a state's published list.

A file is read whole or not at all: the first mistake is told in one line with its place, and no
rule set is made that asks for nothing.
"""

from enum import Enum
from typing import Any, Final, Protocol

from scanner.rules import document, envelope
from scanner.rules.envelope import Envelope, ZoneOf
from scanner.rules.fields import Fields, Value, one_of
from scanner.rules.ruleset import RuleSet
from scanner.terms import InputError

FORMAT: Final = "door-scanner rules 1"


class _Kind(Enum):
    HEALTH = "health"
    TICKET = "ticket"
    DCC_NATIONAL = "dcc-national"


class _Read(Protocol):
    def __call__(self, fields: Fields, *, envelope: Envelope) -> RuleSet:
        """Read a rule set of one kind."""


def read_rule_set(
    content: bytes,
    *,
    name: str,
    zone_of: ZoneOf,
    country: str | None = None,
    value_sets: bytes | None = None,
) -> RuleSet:
    """Return the rule set in a file, or raise `InputError` with one line.

    `zone_of` gives a time zone or raises. `country` is where the door is, for rules of several
    states. `name` is for a published list, which has none of its own; `value_sets` what
    valueSets.json holds, for national rules that hold none.
    """
    told = document.parse(content)
    if isinstance(told, list):
        return _national(told, name=name, country=country, value_sets=value_sets)
    whole = Value(told, "")
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise whole.wrong(f'no rule set; one begins with {{"format": "{FORMAT}", ...')
    kind = Fields(whole, names=told).take("kind", one_of(_Kind))
    if kind is _Kind.DCC_NATIONAL:
        return _national(told, name=name, country=country, value_sets=value_sets)
    read, members = _READING[kind]()
    fields = Fields(whole, names=(*envelope.MEMBERS, *members))
    return read(fields, envelope=envelope.read_envelope(fields, zone_of=zone_of))


# A door has one or two kinds of rule sets; the others are not loaded.
def _health() -> tuple[_Read, tuple[str, ...]]:
    from scanner.rules import health_file  # noqa: PLC0415

    return health_file.read, health_file.MEMBERS


def _tickets() -> tuple[_Read, tuple[str, ...]]:
    from scanner.rules import ticket_file  # noqa: PLC0415

    return ticket_file.read, ticket_file.MEMBERS


_READING: Final = {_Kind.HEALTH: _health, _Kind.TICKET: _tickets}


def _national(told: Any, *, name: str, country: str | None, value_sets: bytes | None) -> RuleSet:
    from scanner.rules import national  # noqa: PLC0415 - as above

    has_own = isinstance(told, dict) and national.VALUE_SETS in told
    sets = None if has_own or value_sets is None else _beside(value_sets)
    return national.read(told, name=name, country=country, value_sets=sets)


def _beside(value_sets: bytes) -> Any:
    try:
        return document.parse(value_sets)
    except InputError as error:
        raise InputError(f"valueSets.json beside it: {error}") from None
