"""The judge: one reason for each wrong thing, in the order of checks, at the ends of every date."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from scanner.gate import Belief, authenticate, judge, weigh
from scanner.gate.judge import LEEWAY, UNTRUSTED_SPAN
from scanner.passes import Genuine
from scanner.passes import verify as verify_pass
from scanner.publish import content
from scanner.rules.conditions import GENUINE_ONLY, NO_INFECTION
from scanner.terms import Decision, Kind, Moment, PassFormat, Reason, Verdict
from scanner.terms.verdict import VERDICT_OF
from scanner.trust import Keyring, RevocationList

if TYPE_CHECKING:
    from tests.conftest import Mint

TICK = timedelta(microseconds=1)


def genuine_of(mint: "Mint", claims: dict[Any, Any] | None = None) -> Genuine:
    return verify_pass(mint.strike(claims or mint.claims()), keyring=mint.keyring)


def decided(
    mint: "Mint", genuine: Genuine, *, at: datetime | None = None, belief: Belief | None = None
) -> Decision:
    moment = Moment(at or mint.now.wall, trusted=True)
    return weigh([genuine], belief=belief or mint.belief, moment=moment).decision


def test_a_valid_pass_is_admitted_with_all_that_is_known_of_it(mint: "Mint") -> None:
    decision = judge(mint.valid, belief=mint.belief, moment=mint.now)
    assert (decision.verdict, decision.reason) == (Verdict.ADMIT, Reason.ADMITTED)
    assert decision.verified == verify_pass(mint.valid, keyring=mint.keyring).verified
    assert decision.key_id == genuine_of(mint).verified.key_id
    assert (decision.format, decision.rule, decision.detail) == (PassFormat.DCC, None, None)


def test_both_algorithms_admit(rsa_mint: "Mint") -> None:
    decision = judge(rsa_mint.valid, belief=rsa_mint.belief, moment=rsa_mint.now)
    assert decision.verdict is Verdict.ADMIT


PAYLOADS: dict[str, tuple[Callable[["Mint"], bytes], Reason, PassFormat | None]] = {
    "a poster": (lambda _: b"https://example.org", Reason.NOT_A_PASS, None),
    "a session code": (lambda _: b"003|x", Reason.ONLINE_ONLY, None),
    "a rail ticket": (lambda _: b"#UT01", Reason.UNSUPPORTED, None),
    "a SMART Health Card": (lambda _: b"shc:/567", Reason.MALFORMED, PassFormat.SHC),
    "rubbish after the prefix": (lambda _: b"HC1:?", Reason.MALFORMED, PassFormat.DCC),
    "a bomb": (lambda mint: mint.wire(bytes(99_999)), Reason.TOO_LARGE, PassFormat.DCC),
    "a wrong algorithm": (
        lambda mint: mint.headed({1: -37, 4: mint.issuer.kid}), Reason.WRONG_ALGORITHM,
        PassFormat.DCC,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("make", "reason", "form"), PAYLOADS.values(), ids=PAYLOADS.keys())
def test_what_is_no_genuine_pass_is_decided_without_a_clock(
    make: Callable[["Mint"], bytes], reason: Reason, form: PassFormat | None, mint: "Mint"
) -> None:
    decision = authenticate(make(mint), belief=mint.belief)
    assert isinstance(decision, Decision)
    assert (decision.reason, decision.verdict) == (reason, VERDICT_OF[reason])
    assert (decision.format, decision.verified) == (form, None)


def test_an_unknown_issuer_is_red_but_missing_trust_is_a_fault(
    mint: "Mint", strange_mint: "Mint"
) -> None:
    unknown = judge(strange_mint.valid, belief=mint.belief, moment=mint.now)
    assert (unknown.verdict, unknown.reason) == (Verdict.REFUSE, Reason.UNKNOWN_ISSUER)
    assert unknown.key_id is not None
    nothing = replace(mint.belief, keyring=Keyring())
    missing = judge(mint.valid, belief=nothing, moment=mint.now)
    assert (missing.verdict, missing.reason) == (Verdict.FAULT, Reason.LIST_MISSING)


def test_missing_trust_does_not_hide_what_is_wrong_with_the_code(mint: "Mint") -> None:
    nothing = replace(mint.belief, keyring=Keyring())
    assert judge(b"HC1:?", belief=nothing, moment=mint.now).reason is Reason.MALFORMED


def test_keys_are_judged_at_the_clock_with_both_ends_included(mint: "Mint") -> None:
    long = genuine_of(mint, mint.claims(exp=int(datetime(2030, 1, 1, tzinfo=UTC).timestamp())))
    assert decided(mint, long, at=mint.begins).verdict is Verdict.ADMIT
    assert decided(mint, long, at=mint.ends).verdict is Verdict.ADMIT
    for at in (mint.begins - TICK, mint.ends + TICK):
        decision = decided(mint, long, at=at)
        assert decision.reason is Reason.KEY_EXPIRED
        assert decision.detail == "key valid 2026-01-01T00:00:00Z to 2027-01-01T00:00:00Z"


def test_a_key_without_one_of_its_dates_is_open_on_that_side(mint: "Mint") -> None:
    genuine = genuine_of(mint)
    early, late = mint.begins - timedelta(days=9000), mint.ends + timedelta(days=1)
    no_start = replace(genuine, key=replace(mint.key, not_before=None))
    no_end = replace(genuine, key=replace(mint.key, not_after=None))
    assert decided(mint, no_start, at=early).verdict is Verdict.ADMIT
    assert decided(mint, no_start, at=late).detail == "key valid ... to 2027-01-01T00:00:00Z"
    assert decided(mint, no_end, at=early).detail == "key valid 2026-01-01T00:00:00Z to ..."
    assert decided(mint, no_end, at=late).reason is Reason.EXPIRED


def test_the_expiry_of_a_pass_has_a_leeway_and_no_more(mint: "Mint") -> None:
    genuine = genuine_of(mint)
    assert decided(mint, genuine, at=mint.expires + LEEWAY).verdict is Verdict.ADMIT
    late = decided(mint, genuine, at=mint.expires + LEEWAY + TICK)
    assert (late.reason, "2026-12-01T00:00:00Z" in str(late.detail)) == (Reason.EXPIRED, True)
    assert timedelta(seconds=120) == LEEWAY


def test_the_beginning_of_a_pass_has_the_same_leeway(mint: "Mint") -> None:
    begins = datetime(2026, 6, 1, tzinfo=UTC)
    genuine = genuine_of(mint, {**mint.claims(), 5: int(begins.timestamp())})
    assert decided(mint, genuine, at=begins - LEEWAY).verdict is Verdict.ADMIT
    early = decided(mint, genuine, at=begins - LEEWAY - TICK)
    assert (early.reason, early.detail) == (Reason.NOT_YET_VALID, "valid from 2026-06-01T00:00:00Z")


def test_a_pass_without_an_end_does_not_expire(mint: "Mint") -> None:
    genuine = genuine_of(mint)
    endless = replace(genuine, verified=replace(genuine.verified, not_after=None))
    assert decided(mint, endless, at=mint.ends).verdict is Verdict.ADMIT


def test_a_date_of_issue_in_the_future_is_mentioned_and_does_not_refuse(mint: "Mint") -> None:
    genuine = genuine_of(mint)
    at = mint.issued - LEEWAY
    assert decided(mint, genuine, at=at).detail is None
    early = decided(mint, genuine, at=at - TICK)
    assert (early.verdict, early.detail) == (
        Verdict.ADMIT, "issued in the future, 2026-05-01T00:00:00Z",
    )  # fmt: skip


def test_oddities_of_a_genuine_pass_are_passed_on(mint: "Mint") -> None:
    decision = decided(mint, genuine_of(mint, mint.claims(iss="DE")))
    assert (decision.verdict, decision.detail) == (
        Verdict.ADMIT, "issued by DE with a key of AT",
    )  # fmt: skip


FIRST_SECOND, LAST_SECOND = -62135596800, 253402300799
EDGES: dict[str, tuple[dict[str, Any], Reason]] = {
    "expires in the last second of the calendar": ({"exp": LAST_SECOND}, Reason.ADMITTED),
    "expires in the first second of the calendar": ({"exp": FIRST_SECOND}, Reason.EXPIRED),
    "issued in the first second of the calendar": ({"iat": FIRST_SECOND}, Reason.ADMITTED),
    "issued in the last second of the calendar": ({"iat": LAST_SECOND}, Reason.ADMITTED),
    "begins in the first second of the calendar": ({"nbf": FIRST_SECOND}, Reason.ADMITTED),
    "begins in the last second of the calendar": ({"nbf": LAST_SECOND}, Reason.NOT_YET_VALID),
}


@pytest.mark.parametrize(("dates", "reason"), EDGES.values(), ids=EDGES.keys())
def test_dates_at_the_edge_of_the_calendar_are_judged_like_others(
    dates: dict[str, Any], reason: Reason, mint: "Mint"
) -> None:
    claims = mint.claims(**dates) | ({5: dates["nbf"]} if "nbf" in dates else {})
    assert judge(mint.strike(claims), belief=mint.belief, moment=mint.now).reason is reason


@pytest.mark.parametrize("kind", [Kind.VACCINATION, None])
def test_a_key_signs_only_what_it_is_for(kind: Kind | None, mint: "Mint") -> None:
    genuine = genuine_of(mint)
    verified = replace(genuine.verified, kind=kind)
    for purposes in ({Kind.TEST}, {Kind.TEST, Kind.RECOVERY}):
        key = replace(mint.key, purposes=frozenset(purposes))
        decision = decided(mint, replace(genuine, verified=verified, key=key))
        assert decision.reason is Reason.KEY_PURPOSE
        allowed = ", ".join(sorted(one.value for one in purposes))
        shown = kind.value if kind else "this kind"
        assert decision.detail == f"the key signs {allowed} only, not {shown}"


def test_a_key_may_sign_each_of_its_purposes(mint: "Mint") -> None:
    purposes = frozenset({Kind.TEST, Kind.VACCINATION})
    genuine = replace(genuine_of(mint), key=replace(mint.key, purposes=purposes))
    assert decided(mint, genuine).verdict is Verdict.ADMIT


def test_a_revoked_pass_says_under_what_it_was_listed(mint: "Mint") -> None:
    genuine = genuine_of(mint)
    revoked = RevocationList(ids=frozenset(genuine.verified.ids[1:2]))
    decision = decided(mint, genuine, belief=replace(mint.belief, revoked=revoked))
    assert (decision.reason, decision.detail) == (Reason.REVOKED, "listed as dcc-uci")


def test_an_unmet_rule_is_named_with_set_version_and_rule(mint: "Mint") -> None:
    positive = content.test(
        mint.person, country="AT", result=content.Outcome.DETECTED, sampled_at=mint.issued
    )
    belief = replace(mint.belief, rule_sets=(GENUINE_ONLY, NO_INFECTION))
    decision = judge(mint.strike(mint.claims(positive)), belief=belief, moment=mint.now)
    assert (decision.reason, decision.rule) == (
        Reason.RULE_NOT_MET, "no-infection/1/negative-test",
    )  # fmt: skip
    assert decision.verified is not None


def test_the_first_failure_in_the_order_of_checks_names_the_reason(mint: "Mint") -> None:
    positive = content.test(
        mint.person, country="AT", result=content.Outcome.DETECTED, sampled_at=mint.issued
    )
    past = int(datetime(2020, 1, 1, tzinfo=UTC).timestamp())
    future = int(datetime(2040, 1, 1, tzinfo=UTC).timestamp())
    genuine = genuine_of(mint, {**mint.claims(positive, exp=past), 5: future})
    key = replace(mint.key, not_after=mint.begins, purposes=frozenset({Kind.RECOVERY}))
    genuine = replace(genuine, key=key)
    belief = Belief(mint.keyring, RevocationList(kids=frozenset({key.kid})), (NO_INFECTION,))
    reasons = []
    mended: tuple[Callable[[Genuine], Genuine], ...] = (
        lambda one: one,
        lambda one: replace(one, key=replace(one.key, not_after=None)),
        lambda one: replace(one, key=replace(one.key, purposes=frozenset())),
        lambda one: replace(one, verified=replace(one.verified, not_before=None)),
        lambda one: replace(one, verified=replace(one.verified, not_after=None)),
    )
    reasons.append(decided(mint, genuine, belief=belief).reason)
    belief = replace(belief, revoked=RevocationList())
    for mend in mended:
        genuine = mend(genuine)
        reasons.append(decided(mint, genuine, belief=belief).reason)
    assert reasons == [
        Reason.REVOKED, Reason.KEY_EXPIRED, Reason.KEY_PURPOSE, Reason.NOT_YET_VALID,
        Reason.EXPIRED, Reason.RULE_NOT_MET,
    ]  # fmt: skip


def untrusted(mint: "Mint", wall: datetime) -> Decision:
    return judge(mint.valid, belief=mint.belief, moment=Moment(wall, trusted=False))


def test_an_untrusted_clock_that_changes_nothing_admits_with_a_mark(mint: "Mint") -> None:
    decision = untrusted(mint, mint.now.wall)
    assert (decision.verdict, decision.reason) == (Verdict.ADMIT, Reason.ADMITTED_MARKED)
    assert decision.detail == "the clock is not trusted"
    assert decision.verified is not None


def test_an_untrusted_clock_that_could_change_the_verdict_asks(mint: "Mint") -> None:
    for wall in (mint.expires - timedelta(days=13), mint.begins - timedelta(days=13)):
        decision = untrusted(mint, wall)
        assert (decision.verdict, decision.reason) == (Verdict.ASK, Reason.CLOCK_UNTRUSTED)
    assert timedelta(days=14) == UNTRUSTED_SPAN


def test_an_untrusted_clock_that_refuses_at_both_ends_refuses(mint: "Mint") -> None:
    decision = untrusted(mint, mint.expires + timedelta(days=1))
    assert (decision.verdict, decision.reason) == (Verdict.REFUSE, Reason.EXPIRED)


def test_both_ends_of_an_untrusted_clock_are_included(mint: "Mint") -> None:
    last = mint.expires + LEEWAY - UNTRUSTED_SPAN
    assert untrusted(mint, last).reason is Reason.ADMITTED_MARKED
    assert untrusted(mint, last + TICK).reason is Reason.CLOCK_UNTRUSTED


def test_an_untrusted_clock_at_the_end_of_the_calendar_still_answers(mint: "Mint") -> None:
    decision = untrusted(mint, datetime.max.replace(tzinfo=UTC))
    assert (decision.verdict, decision.reason) == (Verdict.REFUSE, Reason.KEY_EXPIRED)


def test_a_belief_without_rule_sets_would_let_everything_in_and_is_refused(mint: "Mint") -> None:
    with pytest.raises(ValueError, match="no rule set"):
        Belief(mint.keyring, RevocationList(), ())
