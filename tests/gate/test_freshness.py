"""How old lists are, and what a venue makes of it: a ladder, and the judge on each of its steps."""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pytest

from scanner.gate import Action, Belief, Ladder, ListAge, Rung, judge
from scanner.gate.freshness import worst
from scanner.gate.judge import REVOKED, TRUST
from scanner.terms import Decision, Moment, Reason, Verdict
from scanner.trust import Keyring

if TYPE_CHECKING:
    from tests.conftest import Mint

HOUR: Final = timedelta(hours=1)
TICK: Final = timedelta(microseconds=1)
LADDER: Final = Ladder(24 * HOUR, 72 * HOUR, 168 * HOUR, Action.ADMIT, Action.MARK, Action.ASK)
STRICT: Final = Ladder(24 * HOUR, 72 * HOUR, 168 * HOUR, Action.MARK, Action.ASK, Action.REFUSE)

RUNGS: Final = {
    "from the future": (-HOUR, Rung.FRESH),
    "just made": (timedelta(), Rung.FRESH),
    "almost ageing": (24 * HOUR - TICK, Rung.FRESH),
    "ageing": (24 * HOUR, Rung.AGEING),
    "almost stale": (72 * HOUR - TICK, Rung.AGEING),
    "stale": (72 * HOUR, Rung.STALE),
    "almost expired": (168 * HOUR - TICK, Rung.STALE),
    "expired": (168 * HOUR, Rung.EXPIRED),
    "never synced": (None, Rung.EXPIRED),
}


@pytest.mark.parametrize(("age", "rung"), RUNGS.values(), ids=RUNGS)
def test_a_list_steps_down_as_it_ages(age: timedelta | None, rung: Rung) -> None:
    assert LADDER.rung(age) is rung


def test_old_is_what_a_person_should_look_at() -> None:
    assert {rung for rung in Rung if rung.is_old} == {Rung.STALE, Rung.EXPIRED}


@pytest.mark.parametrize(("rung", "action"), [*zip(Rung, Action, strict=True)], ids=str)
def test_each_step_has_the_action_that_the_venue_chose(rung: Rung, action: Action) -> None:
    assert STRICT.action(rung) is action


def aged(
    mint: "Mint", *, hours: float | None, name: str = REVOKED, ladder: Ladder = LADDER
) -> Belief:
    """The mint's belief with a list that is so old at its present."""
    issued = None if hours is None else mint.now.wall - hours * HOUR
    return replace(mint.belief, ages=(*mint.belief.ages, ListAge(name, issued, ladder)))


def decided(mint: "Mint", belief: Belief, *, trusted: bool = True) -> Decision:
    return judge(mint.valid, belief=belief, moment=Moment(mint.now.wall, trusted))


# How old, on which ladder: verdict, reason, detail.
GUESTS: Final[dict[str, tuple[float | None, Ladder, Verdict, Reason, str | None]]] = {
    "fresh": (1, LADDER, Verdict.ADMIT, Reason.ADMITTED, None),
    "ageing": (30, LADDER, Verdict.ADMIT, Reason.ADMITTED, None),
    "stale": (
        73, LADDER, Verdict.ADMIT, Reason.ADMITTED_MARKED, "the revoked list is 3 days old",
    ),
    "expired": (200, LADDER, Verdict.ASK, Reason.LIST_STALE, "the revoked list is 8 days old"),
    "never synced": (
        None, LADDER, Verdict.ASK, Reason.LIST_STALE, "the revoked list was never synced",
    ),
    "ageing, and the venue is strict": (
        30, STRICT, Verdict.ADMIT, Reason.ADMITTED_MARKED, "the revoked list is 30 hours old",
    ),
    "stale, and the venue is strict": (
        73, STRICT, Verdict.ASK, Reason.LIST_STALE, "the revoked list is 3 days old",
    ),
    "expired, and the venue is strict": (
        720, STRICT, Verdict.REFUSE, Reason.LIST_STALE, "the revoked list is 30 days old",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", GUESTS)
def test_a_pass_that_is_in_order_meets_the_ladder(case: str, mint: "Mint") -> None:
    hours, ladder, verdict, reason, detail = GUESTS[case]
    decision = decided(mint, aged(mint, hours=hours, ladder=ladder))
    assert (decision.verdict, decision.reason, decision.detail) == (verdict, reason, detail)
    assert decision.verified is not None


def test_of_two_lists_the_one_that_asks_for_more_decides(mint: "Mint") -> None:
    belief = aged(mint, hours=80)
    both = replace(belief, ages=(*belief.ages, *aged(mint, hours=300, name=TRUST).ages))
    decision = decided(mint, both)
    assert (decision.reason, decision.detail) == (
        Reason.LIST_STALE,
        "the trust list is 12 days old",
    )


def test_two_lists_that_ask_for_the_same_are_both_told(mint: "Mint") -> None:
    belief = aged(mint, hours=80)
    both = replace(belief, ages=(*belief.ages, *aged(mint, hours=100, name=TRUST).ages))
    action, words = worst(both.ages, now=mint.now.wall)
    assert action is Action.MARK
    assert words == "the revoked list is 3 days old; the trust list is 4 days old"


def test_without_a_feed_nothing_ages(mint: "Mint") -> None:
    assert worst(mint.belief.ages, now=mint.now.wall) == (Action.ADMIT, None)


def test_a_pass_that_fails_fails_for_its_own_reason(mint: "Mint", expired: bytes) -> None:
    decision = judge(expired, belief=aged(mint, hours=None, ladder=STRICT), moment=mint.now)
    assert (decision.verdict, decision.reason) == (Verdict.REFUSE, Reason.EXPIRED)


def test_a_clock_that_is_not_trusted_is_judged_by_the_ladder_at_its_moment_only(
    mint: "Mint",
) -> None:
    """14 days later everything would be old: each start without a network would ask for all."""
    decision = decided(mint, aged(mint, hours=1, ladder=STRICT), trusted=False)
    assert (decision.reason, decision.detail) == (
        Reason.ADMITTED_MARKED, "the clock is not trusted",
    )  # fmt: skip
    decision = decided(mint, aged(mint, hours=73), trusted=False)
    assert decision.reason is Reason.ADMITTED_MARKED
    assert decision.detail == "the clock is not trusted; the revoked list is 3 days old"
    decision = decided(mint, aged(mint, hours=200), trusted=False)
    assert decision.reason is Reason.LIST_STALE
    assert decision.detail == "the revoked list is 8 days old; the clock is not trusted"


# --- issuers that are not known ----------------------------------------------------------

STRANGERS: Final = {
    "fresh": (1, TRUST, Reason.UNKNOWN_ISSUER),
    "ageing": (30, TRUST, Reason.LIST_STALE),
    "stale": (73, TRUST, Reason.LIST_STALE),
    "expired": (200, TRUST, Reason.LIST_STALE),
    "never synced": (None, TRUST, Reason.LIST_STALE),
    "another list that is old": (200, REVOKED, Reason.UNKNOWN_ISSUER),
}


@pytest.mark.parametrize("case", STRANGERS)
def test_an_unknown_issuer_is_asked_about_where_the_keys_are_old(
    case: str, mint: "Mint", strange_mint: "Mint"
) -> None:
    hours, name, reason = STRANGERS[case]
    belief = aged(mint, hours=hours, name=name)
    decision = judge(strange_mint.valid, belief=belief, moment=mint.now)
    asks = reason is Reason.LIST_STALE
    assert decision.reason is reason
    assert decision.verdict is (Verdict.ASK if asks else Verdict.REFUSE)
    assert ("the issuer is not known" in str(decision.detail)) is asks
    assert decision.key_id is not None


def test_a_door_without_any_key_is_a_fault_however_old_its_lists(mint: "Mint") -> None:
    belief = replace(aged(mint, hours=None, name=TRUST), keyring=Keyring())
    decision = judge(mint.valid, belief=belief, moment=mint.now)
    assert (decision.verdict, decision.reason) == (Verdict.FAULT, Reason.LIST_MISSING)
