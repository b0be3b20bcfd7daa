"""What an entrance remembers between two codes: parts, pairs, used tickets, repeats, IDs."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final
from zlib import compress

import pytest

from scanner.gate import (
    Belief,
    Claim,
    Entrance,
    Identity,
    Policy,
    Present,
    Role,
)
from scanner.gate.admission import MAX_REMEMBERED, Remembered
from scanner.gate.entrance import ONE_GUEST_MS, PARTS_WITHIN_MS
from scanner.passes import verify
from scanner.publish import base45, content, shc
from scanner.rules import Family, Finding, Met, More, Shown, Use
from scanner.rules.conditions import GENUINE_ONLY
from scanner.terms import Decision, Kind, Moment, PassFormat, Reason, Verdict
from scanner.trust import Binding, Keyring, RevocationList, read_trust

if TYPE_CHECKING:
    from tests.conftest import Mint

NOW: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)
USE: Final = Use(
    serial="own:summer:7",
    event="gala",
    most=1,
    at_once=1,
    reenters=False,
    ends=NOW + timedelta(hours=9),
)


@dataclass
class Book:
    """A ledger in memory that lets a ticket in once."""

    fails: bool = False
    claimed: list[tuple[Use, Role, datetime]] = field(default_factory=list)

    def claim(self, use: Use, *, role: Role, now: datetime) -> Claim:
        if self.fails:
            raise OSError(28, "No space left on device")
        is_new = all(use != before for before, _, _ in self.claimed)
        self.claimed.append((use, role, now))
        return Claim(is_new, None if is_new else "used 2 minutes ago")


@dataclass(frozen=True)
class Tickets:
    """A rule set by which every pass is a one-time ticket."""

    name: str = "tickets"
    version: str = "1"
    title: str = "tickets"
    family: Family = Family.ANY

    def find(self, shown: Shown) -> Finding:
        del shown
        return Met("tickets/1/once", "a ticket", USE)


@dataclass(frozen=True)
class Pair:
    """A rule set that wants a vaccination and a test, of whomever."""

    name: str = "pair"
    version: str = "1"
    title: str = "both"
    family: Family = Family.ANY

    def find(self, shown: Shown) -> Finding:
        kinds = {one.kind for one in shown.passes}
        if {Kind.VACCINATION, Kind.TEST} <= kinds:
            return Met("pair/1/both")
        return More("pair/1/both", "a test too", 20)


def present(belief: Belief, *, at_ms: int = 0) -> Present:
    return Present(belief, Moment(NOW, trusted=True), at_ms)


def with_rules(mint: "Mint", rule_set: Tickets | Pair) -> Belief:
    return replace(mint.belief, rule_sets=(rule_set,))


def a_test_of(mint: "Mint") -> bytes:
    return mint.strike(mint.claims(mint.test))


# --- one code ---------------------------------------------------------------------------


def test_a_good_pass_comes_in_and_a_bad_one_does_not(mint: "Mint", expired: bytes) -> None:
    entrance = Entrance()
    assert entrance.judge([mint.valid], present=present(mint.belief)).verdict is Verdict.ADMIT
    assert entrance.judge([expired], present=present(mint.belief)).reason is Reason.EXPIRED
    poster = entrance.judge([b"https://example.org"], present=present(mint.belief))
    assert poster.verdict is Verdict.IGNORE


# --- parts of a card ----------------------------------------------------------------------


ISS: Final = "https://issuer.example/cards"


@pytest.fixture(scope="module")
def cards() -> shc.Issuer:
    return shc.Issuer(ISS)


@pytest.fixture(scope="module")
def card_belief(cards: shc.Issuer) -> Belief:
    keys = read_trust(cards.jwks(), binding=Binding(issuer=ISS)).keys
    return Belief(Keyring.of(keys), RevocationList(), (GENUINE_ONLY,))


def parts_of(cards: shc.Issuer, *, count: int = 3, person: int = 0) -> list[bytes]:
    told = [shc.patient(content.INVENTED[person]), shc.immunization(date(2026, 3, 1))]
    card = cards.issue(told, issued_at=NOW - timedelta(days=30))
    return [part.encode() for part in shc.in_parts(card, count=count)]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 1, 0, 2), (2, 1, 2, 1, 0)])
def test_parts_are_joined_in_any_order(
    order: tuple[int, ...], cards: shc.Issuer, card_belief: Belief
) -> None:
    parts, entrance = parts_of(cards), Entrance()
    answers = [entrance.judge([parts[n]], present=present(card_belief)) for n in order]
    assert {answer.reason for answer in answers[:-1]} == {Reason.MORE_NEEDED}
    assert answers[-1].reason is Reason.ADMITTED
    assert answers[0].format is PassFormat.SHC


def test_parts_in_view_together_are_joined_at_once(cards: shc.Issuer, card_belief: Belief) -> None:
    answer = Entrance().judge(parts_of(cards), present=present(card_belief))
    assert answer.reason is Reason.ADMITTED


def test_a_person_is_told_which_parts_are_missing(cards: shc.Issuer, card_belief: Belief) -> None:
    answer = Entrance().judge(parts_of(cards)[1:2], present=present(card_belief))
    assert answer.detail == "1 of 3 parts; show part 1, 3"


def test_parts_are_soon_forgotten(cards: shc.Issuer, card_belief: Belief) -> None:
    for waits_ms, reason in ((-1, Reason.ADMITTED), (0, Reason.MORE_NEEDED)):
        entrance = Entrance()
        first, second = parts_of(cards, count=2)
        entrance.judge([first], present=present(card_belief))
        later = present(card_belief, at_ms=PARTS_WITHIN_MS + waits_ms)
        assert entrance.judge([second], present=later).reason is reason


def test_each_part_gives_the_next_one_its_time(cards: shc.Issuer, card_belief: Belief) -> None:
    entrance = Entrance()
    for number, part in enumerate(parts_of(cards)):
        at_ms = number * (PARTS_WITHIN_MS - 1)
        answer = entrance.judge([part], present=present(card_belief, at_ms=at_ms))
    assert answer.reason is Reason.ADMITTED


def test_another_card_begins_where_a_part_is_another(
    cards: shc.Issuer, card_belief: Belief
) -> None:
    mine, yours = parts_of(cards), parts_of(cards, person=1)
    entrance = Entrance()
    shown = [mine[0], mine[1], yours[0], yours[1], yours[2]]
    answers = [entrance.judge([part], present=present(card_belief)) for part in shown]
    assert [a.detail for a in answers[:4]] == [
        "1 of 3 parts; show part 2, 3",
        "2 of 3 parts; show part 3",
        "1 of 3 parts; show part 2, 3",
        "2 of 3 parts; show part 3",
    ]
    assert answers[4].reason is Reason.ADMITTED


def test_a_card_of_another_number_of_parts_is_another(
    cards: shc.Issuer, card_belief: Belief
) -> None:
    entrance = Entrance()
    entrance.judge(parts_of(cards)[:2], present=present(card_belief))
    two = parts_of(cards, count=2)
    answer = entrance.judge([two[1]], present=present(card_belief))
    assert answer.detail == "1 of 2 parts; show part 1"


def test_parts_of_two_people_never_open_the_door(cards: shc.Issuer, card_belief: Belief) -> None:
    mine, yours = parts_of(cards), parts_of(cards, person=1)
    entrance = Entrance()
    entrance.judge(mine[:2], present=present(card_belief))
    answer = entrance.judge([yours[2]], present=present(card_belief, at_ms=ONE_GUEST_MS))
    assert answer.verdict is Verdict.REFUSE
    assert entrance.judge([mine[2]], present=present(card_belief)).reason is Reason.MORE_NEEDED


def test_nobody_is_accused_for_the_parts_of_somebody_who_gave_up(
    cards: shc.Issuer, card_belief: Belief
) -> None:
    mine, yours = parts_of(cards), parts_of(cards, person=1)
    entrance = Entrance()
    entrance.judge(mine[:2], present=present(card_belief))
    later_ms = ONE_GUEST_MS + 1
    begun = entrance.judge([yours[2]], present=present(card_belief, at_ms=later_ms))
    assert (begun.reason, begun.detail) == (Reason.MORE_NEEDED, "1 of 3 parts; show part 1, 2")
    whole = entrance.judge(yours[:2], present=present(card_belief, at_ms=later_ms))
    assert whole.reason is Reason.ADMITTED


def test_a_forged_card_of_parts_that_come_slowly_is_refused_in_the_end(
    cards: shc.Issuer, card_belief: Belief
) -> None:
    parts = parts_of(cards, count=2)
    forged = parts[1][:-2] + (b"00" if parts[1][-2:] != b"00" else b"01")
    entrance = Entrance()
    reasons = [
        entrance.judge([raw], present=present(card_belief, at_ms=at_ms)).verdict
        for at_ms, raw in ((0, parts[0]), (20_000, forged), (21_000, parts[0]))
    ]
    assert reasons == [Verdict.ASK, Verdict.ASK, Verdict.REFUSE]


# --- pairs --------------------------------------------------------------------------------


def test_two_passes_in_time_make_a_pair(mint: "Mint") -> None:
    entrance, belief = Entrance(), with_rules(mint, Pair())
    first = entrance.judge([mint.valid], present=present(belief))
    assert (first.verdict, first.reason) == (Verdict.ASK, Reason.MORE_NEEDED)
    assert (first.rule, first.detail) == ("pair/1/both", "a test too")
    second = entrance.judge([a_test_of(mint)], present=present(belief, at_ms=19_999))
    assert (second.reason, second.rule) == (Reason.ADMITTED, "pair/1/both")


def test_the_second_comes_too_late(mint: "Mint") -> None:
    entrance, belief = Entrance(), with_rules(mint, Pair())
    entrance.judge([mint.valid], present=present(belief))
    late = entrance.judge([a_test_of(mint)], present=present(belief, at_ms=20_000))
    assert late.reason is Reason.MORE_NEEDED
    # It is now the first of the next pair.
    again = entrance.judge([mint.valid], present=present(belief, at_ms=21_000))
    assert again.reason is Reason.ADMITTED


def test_a_pair_is_used_up_by_whom_it_let_in(mint: "Mint") -> None:
    entrance, belief = Entrance(), with_rules(mint, Pair())
    for raw in (mint.valid, a_test_of(mint)):
        entrance.judge([raw], present=present(belief))
    assert entrance.judge([a_test_of(mint)], present=present(belief)).reason is Reason.MORE_NEEDED


def test_the_same_pass_twice_is_no_pair(mint: "Mint") -> None:
    entrance, belief = Entrance(), with_rules(mint, Pair())
    for at_ms in (0, 1000):
        answer = entrance.judge([mint.valid], present=present(belief, at_ms=at_ms))
        assert answer.reason is Reason.MORE_NEEDED


def test_of_two_first_passes_the_later_one_waits(mint: "Mint", another: object) -> None:
    assert callable(another)
    entrance, belief = Entrance(), with_rules(mint, Pair())
    for at_ms, raw in ((0, mint.valid), (15_000, another(1))):
        answer = entrance.judge([raw], present=present(belief, at_ms=at_ms))
        assert answer.reason is Reason.MORE_NEEDED
    second = entrance.judge([a_test_of(mint)], present=present(belief, at_ms=34_999))
    assert second.reason is Reason.ADMITTED


def test_a_first_pass_that_was_revoked_meanwhile_lets_nobody_in(mint: "Mint") -> None:
    entrance, belief = Entrance(), with_rules(mint, Pair())
    entrance.judge([mint.valid], present=present(belief))
    ids = frozenset(verify(mint.valid, keyring=mint.keyring).verified.ids)
    revoked = replace(belief, revoked=RevocationList(ids=ids))
    other = mint.strike(mint.claims({**mint.test, "t": [{**mint.test["t"][0], "ci": "other"}]}))
    assert entrance.judge([other], present=present(revoked)).reason is Reason.MORE_NEEDED


def test_a_first_pass_whose_key_is_not_trusted_any_more_lets_nobody_in(
    mint: "Mint", rsa_mint: "Mint"
) -> None:
    both = replace(with_rules(mint, Pair()), keyring=Keyring.of([mint.key, rsa_mint.key]))
    entrance = Entrance()
    entrance.judge([rsa_mint.valid], present=present(both))
    alone = replace(both, keyring=mint.keyring)
    assert entrance.judge([a_test_of(mint)], present=present(alone)).reason is Reason.MORE_NEEDED


def test_a_first_pass_that_ended_meanwhile_accuses_nobody(mint: "Mint") -> None:
    entrance, belief = Entrance(), with_rules(mint, Pair())
    brief = mint.strike(mint.claims(exp=int(NOW.timestamp()) - 115))
    assert entrance.judge([brief], present=present(belief)).reason is Reason.MORE_NEEDED
    later = Present(belief, Moment(NOW + timedelta(seconds=10), trusted=True), 10_000)
    assert entrance.judge([a_test_of(mint)], present=later).reason is Reason.MORE_NEEDED


def test_a_refusal_ends_what_was_begun(mint: "Mint", expired: bytes) -> None:
    entrance, belief = Entrance(), with_rules(mint, Pair())
    shown = [mint.valid, expired, a_test_of(mint)]
    reasons = [entrance.judge([raw], present=present(belief)).reason for raw in shown]
    assert reasons == [Reason.MORE_NEEDED, Reason.EXPIRED, Reason.MORE_NEEDED]


def test_three_passes_that_a_venue_asks_for_are_joined(mint: "Mint") -> None:
    @dataclass(frozen=True)
    class Three(Pair):
        def find(self, shown: Shown) -> Finding:
            kinds = {one.kind for one in shown.passes}
            if {Kind.VACCINATION, Kind.TEST, Kind.RECOVERY} <= kinds:
                return Met("three/1/all")
            return More("three/1/all", "more", 20)

    entrance, belief = Entrance(), with_rules(mint, Three())
    shown = [mint.valid, a_test_of(mint), mint.strike(mint.claims(mint.recovery))]
    reasons = [entrance.judge([raw], present=present(belief)).reason for raw in shown]
    assert reasons == [Reason.MORE_NEEDED, Reason.MORE_NEEDED, Reason.ADMITTED]


def test_what_waited_too_long_is_forgotten_also_when_nobody_comes(
    mint: "Mint", cards: shc.Issuer, card_belief: Belief
) -> None:
    entrance = Entrance()
    entrance.judge([mint.valid], present=present(with_rules(mint, Pair())))
    entrance.judge(parts_of(cards)[:1], present=present(card_belief))
    name = mint.person.family
    kept = vars(entrance)
    assert (kept["_held"], kept["_collected"].parts) != ((), {})
    entrance.forget(at_ms=PARTS_WITHIN_MS)
    assert (kept["_held"], kept["_collected"].parts) == ((), {})
    assert name not in repr(kept)


def test_a_pair_in_view_together_comes_in(mint: "Mint") -> None:
    answer = Entrance().judge(
        [mint.valid, a_test_of(mint)], present=present(with_rules(mint, Pair()))
    )
    assert answer.reason is Reason.ADMITTED


TWO: Final = ("two that each come in", "one that is no pass at all", "two of the same kind")


@pytest.mark.parametrize("case", TWO)
def test_any_other_two_passes_are_asked_about(case: str, mint: "Mint", another: object) -> None:
    assert callable(another)
    pair = with_rules(mint, Pair())
    belief, raws = {
        "two that each come in": (mint.belief, [mint.valid, a_test_of(mint)]),
        "one that is no pass at all": (pair, [mint.valid, b"HC1:?"]),
        "two of the same kind": (pair, [mint.valid, another(1)]),
    }[case]
    answer = Entrance().judge(raws, present=present(belief))
    assert (answer.verdict, answer.reason) == (Verdict.ASK, Reason.TWO_PASSES)


def test_two_that_would_both_come_in_are_one_guest_too_many(mint: "Mint") -> None:
    """Neither is let in for the other: each meets the rules alone."""
    answer = Entrance().judge([mint.valid, a_test_of(mint)], present=present(mint.belief))
    assert answer.reason is Reason.TWO_PASSES


def test_a_code_is_completed_before_it_is_judged(cards: shc.Issuer) -> None:
    entrance, parts = Entrance(), parts_of(cards, count=2)
    asked = entrance.complete(parts[0], at_ms=0)
    assert isinstance(asked, Decision)
    assert asked.reason is Reason.MORE_NEEDED
    whole = entrance.complete(parts[1], at_ms=0)
    assert isinstance(whole, bytes)
    assert whole.startswith(b"shc:/")
    assert entrance.complete(b"HC1:X", at_ms=0) == b"HC1:X"


# --- the ledger ---------------------------------------------------------------------------


def test_a_ticket_comes_in_once(mint: "Mint") -> None:
    book = Book()
    entrance, belief = Entrance(ledger=book), with_rules(mint, Tickets())
    first = entrance.judge([mint.valid], present=present(belief))
    assert (first.reason, first.detail) == (Reason.ADMITTED, "a ticket")
    again = entrance.judge([mint.valid], present=present(belief))
    assert (again.verdict, again.reason) == (Verdict.REFUSE, Reason.ALREADY_USED)
    assert again.detail == "used 2 minutes ago"
    assert book.claimed[0] == (USE, Role.ENTRY, NOW)


def test_an_exit_says_so_to_the_ledger(mint: "Mint") -> None:
    book = Book()
    entrance = Entrance(policy=Policy(role=Role.EXIT), ledger=book)
    entrance.judge([mint.valid], present=present(with_rules(mint, Tickets())))
    assert book.claimed[0][1] is Role.EXIT


def test_a_refusal_uses_nothing_up(mint: "Mint", expired: bytes) -> None:
    book = Book()
    entrance = Entrance(ledger=book)
    entrance.judge([expired], present=present(with_rules(mint, Tickets())))
    assert book.claimed == []


def test_a_ledger_that_fails_lets_nobody_in(mint: "Mint") -> None:
    entrance = Entrance(ledger=Book(fails=True))
    answer = entrance.judge([mint.valid], present=present(with_rules(mint, Tickets())))
    assert (answer.verdict, answer.reason) == (Verdict.FAULT, Reason.INTERNAL)
    assert "No space left" in str(answer.detail)


def test_without_a_ledger_nothing_is_used_up(mint: "Mint") -> None:
    entrance, belief = Entrance(), with_rules(mint, Tickets())
    for _ in range(2):
        assert entrance.judge([mint.valid], present=present(belief)).reason is Reason.ADMITTED


# --- repeats and IDs ----------------------------------------------------------------------


def passback(entrance: Entrance, raw: bytes, *, belief: Belief, at_s: float) -> Decision:
    return entrance.judge([raw], present=present(belief, at_ms=int(at_s * 1000)))


def test_the_same_health_pass_again_asks(mint: "Mint", another: object) -> None:
    assert callable(another)
    entrance = Entrance(policy=Policy(passback_s=600), key=b"k" * 32)
    belief = mint.belief
    assert passback(entrance, mint.valid, belief=belief, at_s=0).reason is Reason.ADMITTED
    again = passback(entrance, mint.valid, belief=belief, at_s=599.9)
    assert (again.verdict, again.reason) == (Verdict.ASK, Reason.PASSBACK)
    assert passback(entrance, a_test_of(mint), belief=belief, at_s=599.9).reason is Reason.ADMITTED
    assert passback(entrance, mint.valid, belief=belief, at_s=600).reason is Reason.ADMITTED


def test_another_writing_of_a_pass_is_the_same_pass(mint: "Mint") -> None:
    entrance = Entrance(policy=Policy(passback_s=600))
    passback(entrance, mint.valid, belief=mint.belief, at_s=0)
    other = b"HC1:" + base45.encode(compress(mint.unwire(mint.valid), level=1)).encode()
    assert other != mint.valid
    assert passback(entrance, other, belief=mint.belief, at_s=1).reason is Reason.PASSBACK


def test_a_pass_without_an_id_is_known_by_its_bytes(mint: "Mint") -> None:
    verified = replace(verify(mint.valid, keyring=mint.keyring).verified, list_ids=tuple)
    other = replace(verified, claims={**verified.claims, "x": 1})
    remembered = Remembered(key=b"k", for_s=10)
    remembered.add([verified], at_ms=0)
    assert remembered.has_any([verified], at_ms=9_999)
    assert not remembered.has_any([verified], at_ms=10_000)
    assert not remembered.has_any([other], at_ms=1)
    assert remembered.has_any([other, verified], at_ms=1)


def test_what_is_remembered_is_bounded(mint: "Mint") -> None:
    verified = replace(verify(mint.valid, keyring=mint.keyring).verified, list_ids=tuple)
    remembered = Remembered(key=b"k", for_s=86400)
    for number in range(MAX_REMEMBERED + 1):
        remembered.add([replace(verified, claims={"n": number})], at_ms=0)
    first, last = ({"n": number} for number in (0, MAX_REMEMBERED))
    assert not remembered.has_any([replace(verified, claims=first)], at_ms=1)
    assert remembered.has_any([replace(verified, claims=last)], at_ms=1)


def test_both_passes_of_a_pair_are_remembered(mint: "Mint") -> None:
    entrance = Entrance(policy=Policy(passback_s=600))
    belief = with_rules(mint, Pair())
    for raw in (mint.valid, a_test_of(mint)):
        passback(entrance, raw, belief=belief, at_s=0)
    reasons = [
        passback(entrance, raw, belief=belief, at_s=9).reason
        for raw in (a_test_of(mint), mint.valid)
    ]
    assert reasons == [Reason.MORE_NEEDED, Reason.PASSBACK]


def test_a_pass_that_is_asked_about_uses_no_ticket_up(mint: "Mint") -> None:
    book = Book()
    entrance = Entrance(policy=Policy(passback_s=600), ledger=book)
    belief = with_rules(mint, Tickets())
    passback(entrance, mint.valid, belief=belief, at_s=0)
    assert passback(entrance, mint.valid, belief=belief, at_s=9).reason is Reason.PASSBACK
    assert len(book.claimed) == 1


def test_staff_and_tickets_are_no_health_passes(mint: "Mint") -> None:
    verified = verify(mint.valid, keyring=mint.keyring).verified
    remembered = Remembered(key=b"k", for_s=10)
    remembered.add([replace(verified, kind=Kind.STAFF)], at_ms=0)
    assert not remembered.has_any([verified], at_ms=1)


def test_who_was_asked_for_an_id_is_asked_again(mint: "Mint", another: object) -> None:
    assert callable(another)
    entrance = Entrance(policy=Policy(identity=Identity.EVERY_N, identity_every=2))
    shown = [another(1), another(2), another(2), another(3), another(4)]
    reasons = [entrance.judge([raw], present=present(mint.belief)).reason for raw in shown]
    asked, admitted = Reason.CHECK_ID, Reason.ADMITTED
    assert reasons == [admitted, asked, asked, admitted, asked]


def test_every_id_is_looked_at_or_every_fifth(mint: "Mint", another: object) -> None:
    assert callable(another)
    for policy, expected in (
        (Policy(identity=Identity.ALWAYS), [Reason.CHECK_ID] * 6),
        (
            Policy(identity=Identity.EVERY_N, identity_every=3),
            [Reason.ADMITTED, Reason.ADMITTED, Reason.CHECK_ID] * 2,
        ),
    ):
        entrance = Entrance(policy=policy)
        reasons = [
            entrance.judge([another(number)], present=present(mint.belief)).reason
            for number in range(6)
        ]
        assert reasons == expected


def test_nobody_who_is_refused_counts_for_the_id(mint: "Mint", expired: bytes) -> None:
    entrance = Entrance(policy=Policy(identity=Identity.EVERY_N, identity_every=2))
    shown = [mint.valid, expired, expired, mint.valid]
    reasons = [entrance.judge([raw], present=present(mint.belief)).reason for raw in shown]
    assert reasons == [Reason.ADMITTED, Reason.EXPIRED, Reason.EXPIRED, Reason.CHECK_ID]


def test_a_ticket_whose_id_is_looked_at_is_used_up(mint: "Mint") -> None:
    book = Book()
    entrance = Entrance(policy=Policy(identity=Identity.ALWAYS), ledger=book)
    belief = with_rules(mint, Tickets())
    asked = entrance.judge([mint.valid], present=present(belief))
    assert (asked.reason, len(book.claimed)) == (Reason.CHECK_ID, 1)
