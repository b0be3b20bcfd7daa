"""One pass of every format, from its issuer to the verdict, at one door that trusts them all."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from scanner.gate import Belief, judge
from scanner.passes import recognise
from scanner.publish.rehearsal import rehearsal
from scanner.rules import GENUINE_ONLY, NO_INFECTION
from scanner.terms import Moment, PassFormat, Reason
from scanner.trust import Keyring, RevocationList

NOW: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)
MADE: Final = rehearsal(at=NOW)
FORMATS: Final = sorted(MADE.texts, key=lambda form: form.value)
BELIEF: Final = Belief(
    Keyring.of(MADE.keys, anchors=MADE.anchors), RevocationList(), (GENUINE_ONLY, NO_INFECTION)
)


def reason(form: PassFormat, *, at: datetime = NOW, belief: Belief = BELIEF) -> Reason:
    raw = MADE.texts[form].encode()
    return judge(raw, belief=belief, moment=Moment(at, trusted=True)).reason


def test_every_format_but_the_dcc_is_rehearsed() -> None:
    assert {*MADE.texts} == {*PassFormat} - {PassFormat.DCC}


@pytest.mark.parametrize("form", FORMATS)
def test_a_good_pass_of_each_format_comes_in(form: PassFormat) -> None:
    assert recognise(MADE.texts[form].encode()).format is form
    decision = judge(MADE.texts[form].encode(), belief=BELIEF, moment=Moment(NOW, trusted=True))
    assert (decision.reason, decision.format) == (Reason.ADMITTED, form)
    assert decision.verified is not None
    assert decision.verified.kind is not None


@pytest.mark.parametrize("form", FORMATS)
def test_nobody_comes_in_whose_issuer_is_not_known(form: PassFormat) -> None:
    others = [key for key in MADE.keys if form not in key.formats]
    anchors = () if form is PassFormat.VDSNC else MADE.anchors
    strangers = replace(BELIEF, keyring=Keyring.of(others, anchors=anchors))
    assert reason(form, belief=strangers) is Reason.UNKNOWN_ISSUER


@pytest.mark.parametrize("form", FORMATS)
def test_a_key_of_one_format_never_vouches_for_another(form: PassFormat) -> None:
    """Each key is offered for every format but its own."""
    crossed = [replace(key, formats=frozenset(PassFormat) - key.formats) for key in MADE.keys]
    assert reason(form, belief=replace(BELIEF, keyring=Keyring.of(crossed))) is not Reason.ADMITTED


@pytest.mark.parametrize("form", [one for one in FORMATS if one is not PassFormat.SHC])
def test_after_its_time_none_comes_in(form: PassFormat) -> None:
    late = reason(form, at=NOW + timedelta(days=91))
    assert late in (Reason.EXPIRED, Reason.KEY_EXPIRED)


TO_THE_SECOND: Final = (PassFormat.PRETIX, PassFormat.OWN)
LENIENT: Final = (PassFormat.NZCP, PassFormat.INFRADID)


@pytest.mark.parametrize("form", [*TO_THE_SECOND, *LENIENT])
def test_tickets_end_to_the_second_and_health_passes_two_minutes_later(form: PassFormat) -> None:
    end = NOW + timedelta(days=90)
    grace = timedelta() if form in TO_THE_SECOND else timedelta(seconds=120)
    assert reason(form, at=end + grace) is Reason.ADMITTED
    assert reason(form, at=end + grace + timedelta(seconds=1)) is Reason.EXPIRED
