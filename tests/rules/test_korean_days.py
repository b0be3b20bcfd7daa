"""The days of Korea's vaccine pass, as a table to be read by people who know the law.

A day is one in Seoul. "no last day" and "day 180" are what set the two rule sets apart. Every row
is tried with every format of pass that can say so.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from scanner.publish import content, shc
from scanner.publish.content import INVENTED, JANSSEN, Outcome, Person
from scanner.rules import Met, RuleSet, Shown, Unmet
from scanner.rules.files import read_rule_set
from scanner.terms import Kind, Pass, PassFormat, Reason

SEOUL: Final = ZoneInfo("Asia/Seoul")
FOLDER: Final = Path(__file__).resolve().parents[2] / "config" / "rules"

# What the guest can prove, the day of it, the moment at the door, and the answer of each set:
# "in" or "out", and the rule that decided. All times are those of Seoul.
TABLE: Final = """
what              | of                  | at the door         | from 2021-12-13  | from 2022-01-03
------------------|---------------------|---------------------|------------------|-----------------
2nd dose          | 2021-12-25          | 2021-12-25 12:00:00 | out two-doses    | out two-doses
2nd dose          | 2021-12-25          | 2022-01-07 00:00:00 | out two-doses    | out two-doses
2nd dose          | 2021-12-25          | 2022-01-07 23:59:59 | out two-doses    | out two-doses
2nd dose          | 2021-12-25          | 2022-01-08 00:00:00 | in two-doses     | in two-doses
2nd dose          | 2021-12-25          | 2022-01-08 12:00:00 | in two-doses     | in two-doses
2nd dose          | 2021-07-06          | 2022-01-01 12:00:00 | in two-doses     | in two-doses
2nd dose          | 2021-07-06          | 2022-01-02 00:00:00 | in two-doses     | in two-doses
2nd dose          | 2021-07-06          | 2022-01-02 23:59:59 | in two-doses     | in two-doses
2nd dose          | 2021-07-06          | 2022-01-03 00:00:00 | in two-doses     | out two-doses
2nd dose          | 2021-07-07          | 2022-01-03 23:59:59 | in two-doses     | in two-doses
2nd dose          | 2021-07-07          | 2022-01-04 00:00:00 | in two-doses     | out two-doses
2nd dose          | 2021-07-06          | 2022-02-28 12:00:00 | in two-doses     | out two-doses
2nd dose          | 2022-01-05          | 2022-01-04 23:59:59 | out two-doses    | out two-doses
1st dose          | 2021-12-01          | 2022-01-04 12:00:00 | out two-doses    | out two-doses
Janssen           | 2021-12-25          | 2022-01-07 23:59:59 | out two-doses    | out two-doses
Janssen           | 2021-12-25          | 2022-01-08 00:00:00 | in two-doses     | in two-doses
Janssen           | 2021-07-06          | 2022-01-02 23:59:59 | in two-doses     | in two-doses
Janssen           | 2021-07-06          | 2022-01-03 00:00:00 | in two-doses     | out two-doses
3rd dose          | 2022-01-04          | 2022-01-03 23:59:59 | out third-dose   | out third-dose
3rd dose          | 2022-01-04          | 2022-01-04 00:00:00 | in third-dose    | in third-dose
3rd dose          | 2022-01-04          | 2022-01-04 18:30:00 | in third-dose    | in third-dose
3rd dose          | 2021-08-01          | 2022-02-28 12:00:00 | in third-dose    | in third-dose
2nd after Janssen | 2022-01-04          | 2022-01-04 00:00:00 | in third-dose    | in third-dose
2nd after Janssen | 2021-07-01          | 2022-02-28 12:00:00 | in third-dose    | in third-dose
PCR negative      | 2022-01-03 10:00:00 | 2022-01-03 10:00:00 | in pcr-negative  | in pcr-negative
PCR negative      | 2022-01-03 10:00:00 | 2022-01-05 10:00:01 | in pcr-negative  | in pcr-negative
PCR negative      | 2022-01-03 10:00:00 | 2022-01-05 23:59:59 | in pcr-negative  | in pcr-negative
PCR negative      | 2022-01-03 10:00:00 | 2022-01-06 00:00:00 | out pcr-negative | out pcr-negative
PCR negative      | 2022-01-03 23:59:59 | 2022-01-05 23:59:59 | in pcr-negative  | in pcr-negative
PCR negative      | 2022-01-03 23:59:59 | 2022-01-06 00:00:00 | out pcr-negative | out pcr-negative
PCR negative      | 2022-01-04 00:00:00 | 2022-01-06 23:59:59 | in pcr-negative  | in pcr-negative
PCR negative      | 2022-01-04 00:00:00 | 2022-01-07 00:00:00 | out pcr-negative | out pcr-negative
PCR negative      | 2022-01-04 00:00:00 | 2022-01-03 23:57:59 | out pcr-negative | out pcr-negative
PCR positive      | 2022-01-03 10:00:00 | 2022-01-03 12:00:00 | out pcr-negative | out pcr-negative
antigen negative  | 2022-01-03 10:00:00 | 2022-01-03 12:00:00 | out pcr-negative | out pcr-negative
released          | 2022-01-04          | 2022-01-03 23:59:59 | out recovered    | out recovered
released          | 2022-01-04          | 2022-01-04 00:00:00 | in recovered     | in recovered
released          | 2021-07-06          | 2022-01-02 23:59:59 | in recovered     | in recovered
released          | 2021-07-06          | 2022-01-03 00:00:00 | out recovered    | out recovered
2nd dose, had it  | 2021-07-06          | 2022-02-28 12:00:00 | in two-doses     | in breakthrough
2nd dose, had it  | 2022-01-05          | 2022-01-18 23:59:59 | out two-doses    | out two-doses
2nd dose, had it  | 2022-01-05          | 2022-01-19 00:00:00 | in two-doses     | in two-doses
exempt            | 2022-01-04          | 2022-01-03 23:59:59 | out exempt       | out exempt
exempt            | 2022-01-04          | 2022-01-04 00:00:00 | in exempt        | in exempt
exempt            | 2021-01-04          | 2022-02-28 12:00:00 | in exempt        | in exempt
exempt, 180 days  | 2021-07-08          | 2022-01-04 23:59:59 | in exempt        | in exempt
exempt, 180 days  | 2021-07-08          | 2022-01-05 00:00:00 | out exempt       | out exempt
born 2003         | 2022-01-03          | 2022-01-03 12:00:00 | in 18-or-under   | in 18-or-under
born 2002         | 2022-01-03          | 2022-01-03 12:00:00 | out two-doses    | out two-doses
born 2003, sick   | 2022-01-03 10:00:00 | 2022-01-03 12:00:00 | out pcr-negative | out pcr-negative
"""

GUEST: Final = INVENTED[0]
COVID_19: Final = content.COVID_19
COMIRNATY_CVX, JANSSEN_CVX = "208", "212"
PCR_LOINC, ANTIGEN_LOINC = "94500-6", "94558-4"


@dataclass(frozen=True, slots=True)
class Proof:
    """What a row says of a guest, before any format: doses in order, or one other event."""

    person: Person = GUEST
    doses: tuple[date, ...] = ()
    janssen_first: bool = False
    sampled_at: datetime | None = None
    result: Outcome = Outcome.NOT_DETECTED
    is_antigen: bool = False
    released_on: date | None = None
    exempt_on: date | None = None
    exempt_until: date | None = None


def proof_of(what: str, of: str) -> Proof:
    """Read the first two columns of a row."""
    at = datetime.fromisoformat(of).replace(tzinfo=SEOUL)
    day = at.date()
    long_ago, before = day - timedelta(days=150), day - timedelta(days=21)
    older, younger = (
        Person("Kim", "Minji", born) for born in (date(2002, 12, 31), date(2003, 1, 1))
    )
    return {
        "1st dose": Proof(doses=(day,)),
        "2nd dose": Proof(doses=(before, day)),
        "3rd dose": Proof(doses=(long_ago, before, day)),
        "Janssen": Proof(doses=(day,), janssen_first=True),
        "2nd after Janssen": Proof(doses=(before, day), janssen_first=True),
        "PCR negative": Proof(sampled_at=at),
        "PCR positive": Proof(sampled_at=at, result=Outcome.DETECTED),
        "antigen negative": Proof(sampled_at=at, is_antigen=True),
        "released": Proof(released_on=day),
        "2nd dose, had it": Proof(doses=(before, day), released_on=date(2020, 12, 24)),
        "exempt": Proof(exempt_on=day),
        "exempt, 180 days": Proof(exempt_on=day, exempt_until=day + timedelta(days=180)),
        "born 2002": Proof(person=older, doses=(day,)),
        "born 2003": Proof(person=younger, doses=(day,)),
        "born 2003, sick": Proof(person=younger, sampled_at=at, result=Outcome.DETECTED),
    }[what]


# Each format says as much as it can, or nothing: then the row is not its.


def as_dcc(proof: Proof) -> dict[str, Any] | None:
    """One event in the words of the EU certificate."""
    if proof.exempt_on or (proof.doses and proof.released_on):
        return None
    if proof.sampled_at:
        claims = content.test(
            proof.person, country="KR", result=proof.result, sampled_at=proof.sampled_at
        )
        if proof.is_antigen:
            claims["t"][0]["tt"] = "LP217198-3"
        return claims
    if proof.released_on:
        positive_on = proof.released_on - timedelta(days=11)
        return content.recovery(proof.person, country="KR", positive_on=positive_on)
    number, course = len(proof.doses), 1 if proof.janssen_first else 2
    return content.vaccination(
        proof.person,
        country="KR",
        given_on=proof.doses[-1],
        dose=(number, max(course, number if number > 2 else 0)),
        vaccine=JANSSEN if proof.janssen_first and number == 1 else content.COMIRNATY,
    )


def as_shc(proof: Proof) -> dict[str, Any] | None:
    """All doses, or a test, as FHIR resources."""
    if proof.exempt_on or proof.released_on:
        return None
    first = JANSSEN_CVX if proof.janssen_first else COMIRNATY_CVX
    resources = [
        shc.immunization(day, cvx=COMIRNATY_CVX if at else first)
        for at, day in enumerate(proof.doses)
    ]
    if len(proof.doses) > 2:
        # With all three on the card the first two would count until the third day.
        resources = [resources[-1] | {"protocolApplied": [{"doseNumberPositiveInt": 3}]}]
    if proof.sampled_at:
        loinc = ANTIGEN_LOINC if proof.is_antigen else PCR_LOINC
        resources.append(shc.observation(proof.sampled_at, result=proof.result, loinc=loinc))
    issuer = shc.Issuer("https://example.org")
    issued_at = datetime(2022, 1, 1, tzinfo=UTC)
    return issuer.claims([shc.patient(proof.person), *resources], issued_at=issued_at)


def as_infradid(proof: Proof) -> dict[str, Any] | None:
    """One credential for each thing that is known."""
    told: list[tuple[str, dict[str, Any]]] = []
    if proof.doses:
        number = len(proof.doses)
        course = 1 if proof.janssen_first else 2
        vaccine = "EU/1/20/1525" if proof.janssen_first and number == 1 else "EU/1/20/1528"
        day = proof.doses[-1].isoformat()
        dose = {"date": day, "dose": number, "doses": course, "vaccine": vaccine}
        told.append(("VaccinationCredential", dose))
    if proof.sampled_at:
        is_positive = proof.result is Outcome.DETECTED
        test = {
            "collectedAt": proof.sampled_at.isoformat(),
            "testType": "antigen" if proof.is_antigen else "naat",
            "result": "positive" if is_positive else "negative",
        }
        told.append(("TestCredential", test))
    if proof.released_on:
        positive_on = proof.released_on - timedelta(days=10)
        recovery = {"date": positive_on.isoformat(), "validFrom": proof.released_on.isoformat()}
        told.append(("RecoveryCredential", recovery))
    if proof.exempt_on:
        exemption = {"date": proof.exempt_on.isoformat()}
        if proof.exempt_until:
            exemption["validUntil"] = proof.exempt_until.isoformat()
        told.append(("ExemptionCredential", exemption))
    person = proof.person
    about = {
        "name": f"{person.given} {person.family}",
        "birthDate": person.born.isoformat(),
        "disease": COVID_19,
    }
    credentials = [
        {"vc": {"type": ["VerifiableCredential", kind], "credentialSubject": about | one}}
        for kind, one in told
    ]
    return {"credentials": credentials}


def as_vdsnc(proof: Proof) -> dict[str, Any] | None:
    """All doses under their brands, or a test."""
    if proof.exempt_on or proof.released_on:
        return None
    person = proof.person
    message: dict[str, Any] = {
        "pid": {"n": f"{person.family} {person.given}", "dob": person.born.isoformat()}
    }
    if proof.sampled_at:
        message["dat"] = {"sc": proof.sampled_at.isoformat()}
        message["tr"] = {
            "tc": "antigen" if proof.is_antigen else "molecular(PCR)",
            "r": "positive" if proof.result is Outcome.DETECTED else "negative",
        }
    brands = ["Janssen" if proof.janssen_first else "Comirnaty", "Comirnaty", "Comirnaty"]
    told = [
        {"des": "XM68M6", "nam": nam, "vd": [{"dvc": day.isoformat(), "seq": number}]}
        for number, (day, nam) in enumerate(zip(proof.doses, brands, strict=False), start=1)
    ]
    message["ve"] = told[-1:] if len(told) > 2 else told
    return {"msg": message}


FORMATS: Final[dict[PassFormat, Callable[[Proof], dict[str, Any] | None]]] = {
    PassFormat.DCC: as_dcc,
    PassFormat.SHC: as_shc,
    PassFormat.INFRADID: as_infradid,
    PassFormat.VDSNC: as_vdsnc,
}


def rows() -> Iterator[list[str]]:
    """Give the columns of each row."""
    for line in TABLE.strip().splitlines()[2:]:
        yield [column.strip() for column in line.split("|")]


def cases() -> Iterator[Any]:
    """Give each row in each format that can say it."""
    for what, of, moment, *answers in rows():
        proof = proof_of(what, of)
        at = datetime.fromisoformat(moment).replace(tzinfo=SEOUL)
        kind = Kind.TEST if proof.sampled_at else Kind.VACCINATION
        for form, write in FORMATS.items():
            claims = write(proof)
            if claims is not None:
                label = f"{form.value}-{what}-{of}-at-{moment}".replace(" ", "_")
                yield pytest.param(a_pass(form, claims, kind=kind), at, answers, id=label)


def a_pass(form: PassFormat, claims: dict[str, Any], *, kind: Kind = Kind.VACCINATION) -> Pass:
    """Give a pass as its verifier would; a rule looks at nothing but its claims."""
    return Pass(
        format=form,
        kind=kind,
        issuer="KR",
        key_id="key",
        list_ids=tuple,
        issued_at=None,
        not_before=None,
        not_after=None,
        claims=claims,
    )


@pytest.fixture(scope="module", params=["kr-2021-12-13", "kr-2022-01-03"])
def rule_set(request: pytest.FixtureRequest) -> RuleSet:
    """Both rule sets as they are shipped."""
    return shipped(request.param)


def shipped(name: str) -> RuleSet:
    """Read a shipped rule set."""
    return read_rule_set((FOLDER / f"{name}.json").read_bytes(), name=name, zone_of=ZoneInfo)


@pytest.mark.parametrize(("shown", "at", "answers"), list(cases()))
def test_the_days_of_korea(
    shown: Pass, at: datetime, answers: list[str], rule_set: RuleSet
) -> None:
    answer, rule = answers[rule_set.name == "kr-2022-01-03"].split()
    # The same moment, as three clocks write it.
    for zone in (SEOUL, UTC, timezone(timedelta(hours=-11))):
        found = rule_set.find(Shown((shown,), at.astimezone(zone)))
        assert isinstance(found, Met if answer == "in" else Unmet)
        assert found.rule == f"{rule_set.name}/1/{rule}"
        assert not isinstance(found, Unmet) or found.reason is Reason.RULE_NOT_MET


def test_the_table_is_not_cut_short() -> None:
    assert len(list(rows())) == 50
    assert {len(row) for row in rows()} == {5}
    told = {form: sum(form.value in str(case.id) for case in cases()) for form in FORMATS}
    assert told[PassFormat.INFRADID] == 50
    assert told[PassFormat.DCC] == 42
    assert told[PassFormat.SHC] == 38
    assert told[PassFormat.VDSNC] == 38


WORDS: Final = {
    "two-doses at day 13": ("2nd dose", "2021-12-25", "2022-01-07 12:00:00",
        "13 days since the last dose; counts from day 14"),
    "two-doses at day 1": ("2nd dose", "2021-12-25", "2021-12-26 12:00:00",
        "1 day since the last dose; counts from day 14"),
    "two-doses at day 181": ("2nd dose", "2021-07-06", "2022-01-03 00:00:00",
        "181 days since the last dose; counted until day 180"),
    "one dose": ("1st dose", "2021-07-06", "2022-01-03 00:00:00",
        "dose 1 of 2; the series is not complete"),
    "a dose of tomorrow": ("2nd dose", "2022-01-05", "2022-01-04 12:00:00",
        "the vaccination is dated in the future"),
    "a test too old": ("PCR negative", "2022-01-03 10:00:00", "2022-01-06 00:00:00",
        "the test counted until the end of 2022-01-05"),
    "a test of the wrong type": ("antigen negative", "2022-01-03 10:00:00", "2022-01-03 12:00:00",
        "this type of test does not count; naat does"),
    "a test that found it": ("PCR positive", "2022-01-03 10:00:00", "2022-01-03 12:00:00",
        "the test must not have found the virus"),
}  # fmt: skip


@pytest.mark.parametrize(("what", "of", "at", "words"), WORDS.values(), ids=WORDS.keys())
def test_a_guest_hears_what_is_missing(what: str, of: str, at: str, words: str) -> None:
    claims = as_dcc(proof_of(what, of))
    assert claims is not None
    moment = datetime.fromisoformat(at).replace(tzinfo=SEOUL)
    found = shipped("kr-2022-01-03").find(Shown((a_pass(PassFormat.DCC, claims),), moment))
    assert isinstance(found, Unmet)
    assert found.words == words


@pytest.mark.parametrize(
    ("what", "rule"),
    [("2nd dose", "in two-doses"), ("3rd dose", "in third-dose"),
     ("PCR negative", "out accept"), ("released", "out accept")],
)  # fmt: skip
def test_nightlife_wants_vaccinated_guests_only(what: str, rule: str) -> None:
    nightlife = shipped("kr-nightlife-2021-12-13")
    claims = as_dcc(proof_of(what, "2021-12-14 10:00:00"))
    assert claims is not None
    moment = datetime(2021, 12, 29, 12, tzinfo=SEOUL)
    found = nightlife.find(Shown((a_pass(PassFormat.DCC, claims),), moment))
    answer, name = rule.split()
    assert isinstance(found, Met if answer == "in" else Unmet)
    assert found.rule == f"kr-nightlife-2021-12-13/1/{name}"
