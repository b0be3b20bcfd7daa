"""A ticket rule set: which tickets, memberships and staff passes open this gate, and how often.

Whether a ticket was used before is the ledger's to say; what it must be asked is found here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import Enum

from scanner.rules.claims import Entitlement
from scanner.rules.ruleset import Family, Finding, Met, Shown, Unmet, Use
from scanner.terms import Kind, Reason


class Asked(Enum):
    """One thing that is asked of a ticket; kinds may be exempt from it."""

    EVENT = "event"
    GATE = "gate"
    PRODUCT = "product"
    WINDOW = "window"
    ONCE = "once"


class Admissions(Enum):
    """How a ticket for several persons is used up."""

    EACH = "each"
    TOGETHER = "together"


@dataclass(frozen=True, slots=True)
class Event:
    """The event that is on; when it `ends`, nothing is kept of its tickets."""

    id: str
    ends: datetime | None


@dataclass(frozen=True, slots=True)
class Window:
    """From when to when people are let in; each end may be open, and they leave when they like."""

    opens: datetime | None
    closes: datetime | None


@dataclass(frozen=True, slots=True)
class Once:
    """A ticket lets in as often as it admits persons, and again after an exit where it may."""

    ends: datetime
    reenters: bool
    admissions: Admissions


_Fault = tuple[Asked, Reason, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRules:
    """A named, versioned rule set for one event.

    `gates` are the zones of each gate, or None where each gate is its own zone. `products` are
    the values that count, by what a seller calls them: item, variation, subevent.
    """

    name: str
    version: str
    title: str
    zone: tzinfo
    event: Event
    kinds: frozenset[Kind]
    gates: Mapping[str, frozenset[str]] | None
    products: Mapping[str, frozenset[int | None]]
    window: Window
    once: Once | None
    exempt: Mapping[Kind, frozenset[Asked]]
    family: Family = Family.ENTITLEMENT

    @property
    def uses_up(self) -> bool:
        """Say whether some ticket that counts here is used up."""
        return self.once is not None and any(
            Asked.ONCE not in self.exempt.get(kind, ()) for kind in self.kinds
        )

    def find(self, shown: Shown) -> Finding:
        """Say whether the newest ticket that was shown opens this gate, and what it uses up."""
        tickets = [one.entitlement for one in shown.known if one.entitlement is not None]
        if not tickets or tickets[-1].kind not in self.kinds:
            kinds = ", ".join(sorted(kind.value for kind in self.kinds))
            return Unmet(Reason.RULE_NOT_MET, self._rule("kind"), f"what counts here: {kinds}")
        ticket = tickets[-1]
        exempt = self.exempt.get(ticket.kind, frozenset())
        for asked, reason, words in self._faults(ticket, shown=shown):
            if asked not in exempt:
                return Unmet(reason, self._rule(asked.value), words)
        rule = self._rule(ticket.kind.value)
        if self.once is None or Asked.ONCE in exempt:
            return Met(rule, self.title)
        return Met(rule, self.title, self._use(ticket, once=self.once))

    def _rule(self, rule: str) -> str:
        return f"{self.name}/{self.version}/{rule}"

    def _faults(self, ticket: Entitlement, *, shown: Shown) -> Iterator[_Fault]:
        # A ticket that names no event is for all of those whose key the venue trusts.
        if ticket.event not in (None, self.event.id):
            words = f"a {ticket.kind.value} for {ticket.event}; here is {self.event.id}"
            yield Asked.EVENT, Reason.WRONG_EVENT, words
        if not self._opens(ticket, gate=shown.gate):
            where = " or ".join(sorted(ticket.zones))
            at = f"gate {shown.gate}" if shown.gate else "a door without a name; set door.gate"
            yield Asked.GATE, Reason.WRONG_GATE, f"for {where or 'another gate'}; this is {at}"
        for name, values in self.products.items():
            if ticket.product is None or ticket.product.get(name) not in values:
                yield Asked.PRODUCT, Reason.RULE_NOT_MET, f"its {name} does not count here"
        if not shown.leaving:
            yield from self._out_of_window(shown)

    def _out_of_window(self, shown: Shown) -> Iterator[_Fault]:
        opens, closes = self.window.opens, self.window.closes
        if opens is not None and shown.now < opens:
            yield Asked.WINDOW, Reason.NOT_YET_VALID, f"doors open at {self._local(opens)}"
        if closes is not None and shown.now >= closes:
            yield Asked.WINDOW, Reason.EXPIRED, f"last entry was at {self._local(closes)}"
        ends = self.event.ends
        if ends is not None and shown.now >= ends:
            yield Asked.WINDOW, Reason.EXPIRED, f"the event ended at {self._local(ends)}"

    def _opens(self, ticket: Entitlement, *, gate: str | None) -> bool:
        if self.gates is None:
            return not ticket.zones or gate in ticket.zones
        zones = self.gates.get(gate or "")
        return zones is not None and (not ticket.zones or not zones.isdisjoint(ticket.zones))

    def _local(self, moment: datetime) -> str:
        return f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M}"

    def _use(self, ticket: Entitlement, *, once: Once) -> Use:
        return Use(
            serial=ticket.serial,
            event=self.event.id,
            most=ticket.admits,
            at_once=ticket.admits if once.admissions is Admissions.TOGETHER else 1,
            reenters=once.reenters,
            ends=once.ends,
        )
