"""What the status tells of the lists: how old, how many, when the next come, what limits them."""

from datetime import datetime, timedelta
from typing import Any, Final

from scanner.door.believing import Believing
from scanner.door.plan import Lists
from scanner.door.rounds import last_offer, last_round
from scanner.gate import Action, Belief
from scanner.gate.timekeeping import Evidence, span
from scanner.terms import Moment

_NOT_PINNED: Final = (
    "a feed is named, but its root is not pinned: door-scanner trust pin ROOT.json --sha256 HEX"
)
_MAX_CHARS: Final = 500
_EFFECTS: Final = {
    Action.MARK: "good passes are let in with a mark",
    Action.ASK: "staff is asked about good passes",
    Action.REFUSE: "good passes are refused",
}


def told_lists(
    believing: Believing,
    *,
    lists: Lists,
    moment: Moment,
    evidence: Evidence | None,
    clock_why: str | None,
) -> dict[str, Any]:
    """Return the lists as `status.json` has them; all times are the door's own."""
    belief, opened = believing.belief, believing.opened
    generation = None if opened is None else opened.generation
    places = lists.places
    courier = None if evidence is None else last_round(places, evidence=evidence, now=moment.wall)
    offer = last_offer(places)
    limits = [*limits_of(belief, moment=moment)]
    if lists.is_named and generation is None and not believing.is_pinned:
        limits.append(_NOT_PINNED)
    if clock_why is not None:
        limits.append(f"the clock is not trusted: {clock_why}")
    if believing.trouble:
        limits.append(believing.trouble)
    if courier is not None and courier.went_wrong:
        limits.append(f"the last round {courier.words}")
    if offer is not None and offer.went_wrong:
        limits.append(f"the last offer {offer.words}")
    return {
        "generation": None if generation is None else generation.number,
        "issued": None if generation is None else _stamp(generation.issued),
        "source": None if generation is None else generation.source,
        "rungs": {age.name: age.rung(moment.wall).value for age in belief.ages},
        "entries": {}
        if generation is None
        else {name: one.entries for name, one in generation.lists.items()},
        "courier": None if courier is None else courier.told(),
        "limits": [words[:_MAX_CHARS] for words in limits],
    }


def limits_of(belief: Belief, *, moment: Moment) -> list[str]:
    """Return, in words, which lists are old, and what that does to guests."""
    limits = []
    for age in belief.ages:
        action = age.action(moment.wall)
        rung = age.rung(moment.wall)
        if action is not Action.ADMIT:
            limits.append(f"{age.words(moment.wall)} ({rung.value}): {_EFFECTS[action]}")
        elif rung.is_old:
            limits.append(f"{age.words(moment.wall)} ({rung.value})")
    return limits


def age_words(issued: str, *, now: datetime) -> str:
    """Return how old lists are that were issued then."""
    return f"{span(max(now - datetime.fromisoformat(issued), timedelta()))} old"


def _stamp(when: datetime) -> str:
    return when.isoformat(timespec="seconds")
