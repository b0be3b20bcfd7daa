"""Ticket rule sets: event, gate, products, window, and what the ledger is asked."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from scanner.rules import Finding, Met, RuleSet, Shown, Unmet, Use
from scanner.rules.claims import Entitlement, Known
from scanner.rules.files import FORMAT, read_rule_set
from scanner.rules.tickets import TicketRules
from scanner.terms import InputError, Kind, Pass, PassFormat, Reason

OPENS: Final = datetime(2027, 7, 3, 16, tzinfo=UTC)
CLOSES: Final = datetime(2027, 7, 3, 21, tzinfo=UTC)
ENDS: Final = datetime(2027, 7, 4, 2, tzinfo=UTC)
NOW: Final = datetime(2027, 7, 3, 18, tzinfo=UTC)

PASS: Final = Pass(
    format=PassFormat.OWN,
    kind=Kind.TICKET,
    issuer=None,
    key_id="key",
    list_ids=tuple,
    issued_at=None,
    not_before=None,
    not_after=None,
    claims={},
)


def rules(**members: Any) -> RuleSet:
    """Make a ticket rule set for one evening."""
    told = {
        "format": FORMAT,
        "kind": "ticket",
        "name": "evening",
        "version": "2",
        "title": "One evening",
        "timezone": "Europe/Berlin",
        "event": {"id": "e1", "ends": ENDS.isoformat()},
        "kinds": ["ticket", "membership", "staff"],
        "once": True,
    } | members
    return read_rule_set(json.dumps(told).encode(), name="evening", zone_of=ZoneInfo)


def ticket(kind: Kind = Kind.TICKET, **members: Any) -> Entitlement:
    """Make a ticket."""
    return Entitlement(kind=kind, **{"serial": "own:1:7", "event": "e1", **members})


def find(
    rule_set: RuleSet, *tickets: Entitlement | None, gate: str | None = None, now: datetime = NOW
) -> Finding:
    """Show tickets, None for a pass that is none, at a gate."""
    known = [Known(entitlement=one) for one in tickets]
    return rule_set.find(Shown((PASS,) * len(known), now, gate=gate, _known=known))


def refused(found: Finding) -> tuple[Reason, str, str]:
    """Give reason, rule and words of a refusal."""
    assert isinstance(found, Unmet)
    return found.reason, found.rule, found.words


def use(found: Finding) -> Use | None:
    """Give what the ledger is asked."""
    assert isinstance(found, Met)
    return found.use


def test_a_ticket_is_used_once_until_its_event_ends() -> None:
    found = find(rules(), ticket())
    expected = Use(serial="own:1:7", event="e1", most=1, at_once=1, reenters=False, ends=ENDS)
    assert found == Met("evening/2/ticket", "One evening", expected)


def test_a_group_comes_one_by_one_or_together() -> None:
    group = ticket(admits=5)
    each, together = use(find(rules(), group)), use(find(rules(admissions="together"), group))
    assert each is not None
    assert together is not None
    assert (each.most, each.at_once) == (5, 1)
    assert (together.most, together.at_once) == (5, 5)


@pytest.mark.parametrize(("reentry", "reenters"), [("never", False), ("after_exit", True)])
def test_a_house_says_whether_a_guest_may_come_back(reentry: str, *, reenters: bool) -> None:
    asked = use(find(rules(reentry=reentry), ticket()))
    assert asked is not None
    assert asked.reenters is reenters


def test_nothing_is_asked_of_the_ledger_where_a_ticket_counts_again_and_again() -> None:
    assert use(find(rules(once=False), ticket())) is None
    assert use(find(rules(once=False, event={"id": "e1"}), ticket())) is None


def test_members_and_staff_may_be_exempt_from_once() -> None:
    house = rules(exempt={"membership": ["once"], "staff": ["once", "window"]})
    assert use(find(house, ticket(Kind.MEMBERSHIP))) is None
    assert use(find(house, ticket(Kind.STAFF))) is None
    assert use(find(house, ticket())) is not None
    assert use(find(rules(), ticket(Kind.MEMBERSHIP))) is not None


def test_what_is_exempt_from_one_thing_is_asked_the_others() -> None:
    window = {"opens": OPENS.isoformat()}
    house = rules(window=window, exempt={"staff": ["window"]})
    early = OPENS - timedelta(hours=3)
    assert isinstance(find(house, ticket(Kind.STAFF), now=early), Met)
    assert isinstance(find(house, ticket(), now=early), Unmet)
    stranger = find(house, ticket(Kind.STAFF, event="e2"), now=early)
    assert refused(stranger) == (
        Reason.WRONG_EVENT,
        "evening/2/event",
        "a staff for e2; here is e1",
    )
    anywhere = rules(exempt={"staff": ["event", "gate", "product"]}, items=[1], gates={"n": ["a"]})
    assert isinstance(find(anywhere, ticket(Kind.STAFF, event="e2")), Met)


def test_a_ticket_of_another_event_is_told_so() -> None:
    found = refused(find(rules(), ticket(event="e2")))
    assert found == (Reason.WRONG_EVENT, "evening/2/event", "a ticket for e2; here is e1")


def test_after_the_event_a_ticket_is_over_and_nobody_is_accused_of_having_used_it() -> None:
    over = refused(find(rules(), ticket(), now=ENDS))
    assert over[:2] == (Reason.EXPIRED, "evening/2/window")
    assert over[2].startswith("the event ended at ")
    assert isinstance(find(rules(), ticket(), now=ENDS - timedelta(seconds=1)), Met)


def test_a_ticket_that_names_no_event_is_for_all() -> None:
    asked = use(find(rules(), ticket(event=None)))
    assert asked is not None
    assert asked.event == "e1"


def test_kinds_that_do_not_count_are_refused() -> None:
    found = refused(find(rules(kinds=["ticket", "staff"]), ticket(Kind.MEMBERSHIP)))
    assert found == (Reason.RULE_NOT_MET, "evening/2/kind", "what counts here: staff, ticket")


def test_a_health_pass_is_no_ticket_and_the_newest_ticket_counts() -> None:
    assert refused(find(rules(), None))[1] == "evening/2/kind"
    assert refused(find(rules()))[1] == "evening/2/kind"
    asked = use(find(rules(), ticket(event="e2"), ticket(serial="own:1:8"), None))
    assert asked is not None
    assert asked.serial == "own:1:8"


GATES: Final = {"north": ["standing", "seats"], "backstage": ["crew"]}
AT_GATES: Final[dict[str, tuple[Mapping[str, Any], list[str], str | None, bool]]] = {
    "any zone, a door without a name": ({}, [], None, True),
    "any zone, a door with a name": ({}, [], "north", True),
    "its zone": ({}, ["north", "south"], "north", True),
    "another zone": ({}, ["south"], "north", False),
    "a zone, a door without a name": ({}, ["south"], None, False),
    "a zone of the gate": ({"gates": GATES}, ["seats"], "north", True),
    "a zone of another gate": ({"gates": GATES}, ["seats"], "backstage", False),
    "any zone, a gate": ({"gates": GATES}, [], "backstage", True),
    "any zone, a gate that the rules do not know": ({"gates": GATES}, [], "south", False),
    "any zone, no gate": ({"gates": GATES}, [], None, False),
    "a gate's name for a zone": ({"gates": GATES}, ["north"], "north", False),
}


@pytest.mark.parametrize(
    ("members", "zones", "gate", "opens"), AT_GATES.values(), ids=AT_GATES.keys()
)
def test_a_ticket_opens_the_gates_of_its_zones(
    members: Mapping[str, Any], zones: list[str], gate: str | None, *, opens: bool
) -> None:
    found = find(rules(**members), ticket(zones=frozenset(zones)), gate=gate)
    assert isinstance(found, Met) is opens
    assert opens or refused(found)[:2] == (Reason.WRONG_GATE, "evening/2/gate")


def test_a_guest_at_the_wrong_gate_hears_which_is_right() -> None:
    zones = frozenset({"south", "east"})
    words = refused(find(rules(), ticket(zones=zones), gate="north"))[2]
    assert words == "for east or south; this is gate north"
    words = refused(find(rules(gates=GATES), ticket()))[2]
    assert words == "for another gate; this is a door without a name; set door.gate"


FILTERS: Final = {"items": [1, 2], "variations": [None, 3], "subevents": [14]}
PRODUCTS: Final[dict[str, tuple[dict[str, int | None] | None, str | None]]] = {
    "all three": ({"item": 1, "variation": 3, "subevent": 14}, None),
    "without a variation": ({"item": 2, "variation": None, "subevent": 14}, None),
    "another item": ({"item": 3, "variation": 3, "subevent": 14}, "item"),
    "another variation": ({"item": 1, "variation": 4, "subevent": 14}, "variation"),
    "another date": ({"item": 1, "variation": 3, "subevent": 15}, "subevent"),
    "no date": ({"item": 1, "variation": 3, "subevent": None}, "subevent"),
    "no item": ({}, "item"),
    "no product": (None, "item"),
}


@pytest.mark.parametrize(("product", "wrong"), PRODUCTS.values(), ids=PRODUCTS.keys())
def test_only_some_products_may_count(
    product: dict[str, int | None] | None, wrong: str | None
) -> None:
    found = find(rules(**FILTERS), ticket(product=product))
    if wrong is None:
        assert isinstance(found, Met)
    else:
        words = f"its {wrong} does not count here"
        assert refused(found) == (Reason.RULE_NOT_MET, "evening/2/product", words)


SECOND: Final = timedelta(seconds=1)
WINDOWS: Final = {
    "before the doors open": (
        OPENS - SECOND,
        (Reason.NOT_YET_VALID, "evening/2/window", "doors open at 2027-07-03 18:00"),
    ),
    "when they open": (OPENS, None),
    "before they close": (CLOSES - SECOND, None),
    "when they close": (
        CLOSES,
        (Reason.EXPIRED, "evening/2/window", "last entry was at 2027-07-03 23:00"),
    ),
}


@pytest.mark.parametrize(("now", "refusal"), WINDOWS.values(), ids=WINDOWS.keys())
def test_doors_open_and_close_to_the_second(
    now: datetime, refusal: tuple[Reason, str, str] | None
) -> None:
    window = {"opens": OPENS.isoformat(), "closes": CLOSES.isoformat()}
    found = find(rules(window=window), ticket(), now=now)
    assert (None if isinstance(found, Met) else refused(found)) == refusal


@pytest.mark.parametrize("now", [OPENS - SECOND, CLOSES, CLOSES + timedelta(days=1)])
def test_guests_leave_when_they_like(now: datetime) -> None:
    house = rules(window={"opens": OPENS.isoformat(), "closes": CLOSES.isoformat()})

    def leave(entitlement: Entitlement) -> Finding:
        known = [Known(entitlement=entitlement)]
        return house.find(Shown((PASS,), now, gate="north", leaving=True, _known=known))

    assert leave(ticket()) == find(house, ticket())
    assert refused(leave(ticket(event="e2")))[0] is Reason.WRONG_EVENT
    assert refused(leave(ticket(zones=frozenset({"south"}))))[0] is Reason.WRONG_GATE


USING_UP: Final[dict[str, tuple[dict[str, Any], bool]]] = {
    "once": ({}, True),
    "not once": ({"once": False}, False),
    "some kind is exempt": ({"exempt": {"staff": ["once"]}}, True),
    "all kinds that count are exempt": (
        {"kinds": ["staff"], "exempt": {"staff": ["window", "once"]}}, False),
    "exempt from other things": ({"kinds": ["staff"], "exempt": {"staff": ["window"]}}, True),
    "a kind that does not count is exempt": (
        {"kinds": ["ticket"], "exempt": {"staff": ["once"]}}, True),
}  # fmt: skip


@pytest.mark.parametrize(("members", "uses_up"), USING_UP.values(), ids=USING_UP.keys())
def test_a_set_says_whether_it_uses_tickets_up(members: dict[str, Any], *, uses_up: bool) -> None:
    house = rules(**members)
    assert isinstance(house, TicketRules)
    assert house.uses_up is uses_up


def test_either_end_of_the_window_may_be_open() -> None:
    from_then = rules(window={"opens": OPENS.isoformat()}, once=False, event={"id": "e1"})
    until_then = rules(window={"closes": CLOSES.isoformat()}, once=False, event={"id": "e1"})
    year = timedelta(days=365)
    assert isinstance(find(from_then, ticket(), now=CLOSES + year), Met)
    assert isinstance(find(until_then, ticket(), now=OPENS - year), Met)


def test_the_first_thing_that_is_wrong_is_told() -> None:
    wrong = ticket(event="e2", zones=frozenset({"south"}))
    found = find(rules(items=[1]), wrong, gate="north")
    assert refused(found)[0] is Reason.WRONG_EVENT


def test_an_event_that_ends_before_its_last_entry_is_a_mistake() -> None:
    closes = (ENDS + timedelta(minutes=1)).isoformat()
    with pytest.raises(InputError, match=r"event\.ends: before window\.closes"):
        rules(window={"closes": closes})
    assert rules(window={"closes": ENDS.isoformat()}).name == "evening"
