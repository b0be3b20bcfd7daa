"""The EU's default acceptance from 1 February 2022, and the example of 2G+, on EU certificates."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from scanner.publish import content
from scanner.publish.content import COMIRNATY, INVENTED, JANSSEN, Outcome, Vaccine
from scanner.rules import Met, More, Shown, Unmet
from scanner.rules.files import read_rule_set
from scanner.terms import Kind, Pass, PassFormat

FOLDER: Final = Path(__file__).resolve().parents[2] / "config" / "rules"
EU, TWO_G_PLUS = (
    read_rule_set((FOLDER / f"{name}.json").read_bytes(), name=name, zone_of=ZoneInfo)
    for name in ("eu-2022-02-01", "example-2g-plus")
)
NOON: Final = datetime(2022, 2, 14, 12, tzinfo=ZoneInfo("Europe/Brussels"))
TODAY: Final = NOON.date()
MAJA: Final = INVENTED[0]
SPUTNIK: Final = Vaccine("J07BX03", "Sputnik-V", "Gamaleya-Research-Institute")


def certificate(claims: dict[str, Any]) -> Pass:
    """Give a certificate as its verifier would."""
    return Pass(
        format=PassFormat.DCC,
        kind=Kind.VACCINATION,
        issuer="AT",
        key_id="key",
        list_ids=tuple,
        issued_at=None,
        not_before=None,
        not_after=None,
        claims=claims,
    )


def dose(days_ago: int, number: int, course: int, vaccine: Vaccine = COMIRNATY) -> dict[str, Any]:
    """Make a vaccination certificate."""
    given_on = TODAY - timedelta(days=days_ago)
    return content.vaccination(
        MAJA, country="AT", given_on=given_on, dose=(number, course), vaccine=vaccine
    )


def sample(minutes_ago: int, *, kind: str = "LP6464-4") -> dict[str, Any]:
    """Make a negative test."""
    taken = NOON - timedelta(minutes=minutes_ago)
    claims = content.test(
        MAJA, country="AT", result=Outcome.NOT_DETECTED, sampled_at=taken.astimezone(UTC)
    )
    claims["t"][0]["tt"] = kind
    return claims


def recovery(days_ago: int) -> dict[str, Any]:
    """Make a recovery certificate, valid from day 11 to day 180."""
    return content.recovery(MAJA, country="AT", positive_on=TODAY - timedelta(days=days_ago))


ANTIGEN: Final = "LP217198-3"
DAY: Final = 24 * 60

CASES: Final = {
    "2/2 on day 13": (dose(13, 2, 2), "out primary-series"),
    "2/2 on day 14": (dose(14, 2, 2), "in primary-series"),
    "2/2 on day 270": (dose(270, 2, 2), "in primary-series"),
    "2/2 on day 271": (dose(271, 2, 2), "out primary-series"),
    "1/1 of Janssen on day 14": (dose(14, 1, 1, JANSSEN), "in primary-series"),
    "1/1 after a recovery on day 270": (dose(270, 1, 1), "in primary-series"),
    "1/2 on day 30": (dose(30, 1, 2), "out primary-series"),
    "3/3 of today": (dose(0, 3, 3), "in booster"),
    "3/3 of two years ago": (dose(730, 3, 3), "in booster"),
    "3/2 of today": (dose(0, 3, 2), "in booster"),
    "2/1 of today": (dose(0, 2, 1), "in booster"),
    "2/2 of Janssen today": (dose(0, 2, 2, JANSSEN), "in booster"),
    "3/3 of tomorrow": (dose(-1, 3, 3), "out booster"),
    "a vaccine that the Union did not authorise": (dose(30, 2, 2, SPUTNIK), "out booster"),
    "a PCR test of 72 hours": (sample(3 * DAY), "in naat-72-hours"),
    "a PCR test of a minute more": (sample(3 * DAY + 1), "out naat-72-hours"),
    "an antigen test of 24 hours": (sample(DAY, kind=ANTIGEN), "in antigen-24-hours"),
    "an antigen test of a minute more": (sample(DAY + 1, kind=ANTIGEN), "out antigen-24-hours"),
    "a test of another type": (sample(5, kind="LP0-0"), "out naat-72-hours"),
    "a recovery on day 10": (recovery(10), "out recovered"),
    "a recovery on day 11": (recovery(11), "in recovered"),
    "a recovery on day 180": (recovery(180), "in recovered"),
    "a recovery on day 181": (recovery(181), "out recovered"),
}


@pytest.mark.parametrize(("claims", "answer"), CASES.values(), ids=CASES.keys())
def test_the_default_of_the_eu(claims: dict[str, Any], answer: str) -> None:
    found = EU.find(Shown((certificate(claims),), NOON))
    verdict, rule = answer.split()
    assert isinstance(found, Met if verdict == "in" else Unmet)
    assert found.rule == f"eu-2022-02-01/1/{rule}"


def test_a_day_is_one_of_brussels() -> None:
    second = dose(14, 2, 2)
    for now, counts in (
        (datetime(2022, 2, 13, 22, 59, 59, tzinfo=UTC), False),
        (datetime(2022, 2, 13, 23, 0, tzinfo=UTC), True),
    ):
        assert isinstance(EU.find(Shown((certificate(second),), now)), Met) is counts


def test_a_recovery_ends_with_its_own_dates() -> None:
    claims = recovery(100)
    claims["r"][0]["du"] = (TODAY - timedelta(days=1)).isoformat()
    found = EU.find(Shown((certificate(claims),), NOON))
    assert isinstance(found, Unmet)
    assert found.words == "valid until 2022-02-13"


def test_two_g_plus_takes_two_certificates_of_one_person_or_a_booster() -> None:
    vaccinated, tested = certificate(dose(30, 2, 2)), certificate(sample(60, kind=ANTIGEN))
    wanting = TWO_G_PLUS.find(Shown((vaccinated,), NOON))
    assert isinstance(wanting, More)
    assert wanting.within_s == 60
    assert isinstance(TWO_G_PLUS.find(Shown((vaccinated, tested), NOON)), Met)
    assert isinstance(TWO_G_PLUS.find(Shown((certificate(dose(0, 3, 3)),), NOON)), Met)
    stranger = content.test(
        INVENTED[1],
        country="AT",
        result=Outcome.NOT_DETECTED,
        sampled_at=datetime(2022, 2, 14, 8, tzinfo=UTC),
    )
    found = TWO_G_PLUS.find(Shown((vaccinated, certificate(stranger)), NOON))
    assert isinstance(found, More)


def test_two_g_plus_takes_a_recovery_of_a_month() -> None:
    tested = certificate(sample(60))
    for days, counts in ((27, False), (28, True), (90, True), (91, False)):
        pair = (certificate(recovery(days)), tested)
        assert isinstance(TWO_G_PLUS.find(Shown(pair, NOON)), Met) is counts


def test_a_certificate_of_another_disease_is_none() -> None:
    claims = dose(30, 2, 2)
    claims["v"][0]["tg"] = "6142004"
    found = EU.find(Shown((certificate(claims),), NOON))
    assert isinstance(found, Unmet)
    assert found.words == "the vaccination is not for the disease asked for"
