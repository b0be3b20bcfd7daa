"""Ticket rule sets as a file writes them, `"kind": "ticket"`; see config/rules/README.md."""

from enum import Enum
from typing import Final

from scanner.rules.envelope import Envelope
from scanner.rules.fields import Fields, Value, flag, mapped, moment, one_of, several, text, whole
from scanner.rules.tickets import Admissions, Asked, Event, Once, TicketRules, Window
from scanner.terms import Kind


class _Entitled(Enum):
    TICKET = "ticket"
    MEMBERSHIP = "membership"
    STAFF = "staff"


class _Reentry(Enum):
    NEVER = "never"
    AFTER_EXIT = "after_exit"


_PRODUCTS: Final = {"items": "item", "variations": "variation", "subevents": "subevent"}
_ID: Final = whole(low=0, high=2**53)

MEMBERS: Final = (
    "event", "kinds", "gates", "window", "once", "reentry", "admissions", "exempt", *_PRODUCTS,
)  # fmt: skip


def read(fields: Fields, *, envelope: Envelope) -> TicketRules:
    """Read a ticket rule set, or raise `InputError` naming the place of the first mistake."""
    event = fields.take("event", _event)
    kinds = fields.take("kinds", several(_kind))
    products = {name: fields.maybe(plural, several(_id)) for plural, name in _PRODUCTS.items()}
    return TicketRules(
        name=envelope.name,
        version=envelope.version,
        title=envelope.title,
        zone=envelope.zone,
        event=event,
        kinds=kinds,
        gates=fields.maybe("gates", _gates),
        products={name: values for name, values in products.items() if values is not None},
        window=_window_within(fields, event=event),
        once=_once(fields, event=event),
        exempt=fields.maybe("exempt", _exempt) or {},
    )


def _event(value: Value) -> Event:
    fields = Fields(value, names=("id", "ends"))
    return Event(fields.take("id", text), fields.maybe("ends", moment))


def _once(fields: Fields, *, event: Event) -> Once | None:
    once = fields.take("once", flag)
    reentry = fields.maybe("reentry", one_of(_Reentry))
    admissions = fields.maybe("admissions", one_of(Admissions))
    if not once:
        if reentry is not None or admissions is not None:
            raise fields.wrong("once", "reentry and admissions are kept count of with true only")
        return None
    if event.ends is None:
        words = "missing; give the time until which once is kept, like 2022-01-03T18:00:00+09:00"
        raise fields.wrong("event.ends", words)
    is_open = reentry is _Reentry.AFTER_EXIT
    return Once(event.ends, is_open, admissions or Admissions.EACH)


def _window_within(fields: Fields, *, event: Event) -> Window:
    window = fields.maybe("window", _window) or Window(None, None)
    # Once the event ends, nothing is known any more of who came in.
    if event.ends is not None and window.closes is not None and event.ends < window.closes:
        raise fields.wrong("event.ends", "before window.closes; give the end of the event")
    return window


def _window(value: Value) -> Window:
    fields = Fields(value, names=("opens", "closes"))
    window = Window(fields.maybe("opens", moment), fields.maybe("closes", moment))
    if window.opens is None and window.closes is None:
        raise value.wrong("give opens or closes, or leave the window out")
    if window.opens is not None and window.closes is not None and window.closes <= window.opens:
        raise fields.wrong("closes", "not later than opens")
    return window


def _kind(value: Value) -> Kind:
    return Kind(one_of(_Entitled)(value).value)


def _id(value: Value) -> int | None:
    # Null is for what has none: a product without variations.
    return None if value.told is None else _ID(value)


_gates: Final = mapped(text, several(text))
_exempt: Final = mapped(_kind, several(one_of(Asked)))
