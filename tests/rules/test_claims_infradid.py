"""Credentials are read by this project's profile; what does not follow it says nothing."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from scanner.passes import infradid
from scanner.publish.infradid import Signer
from scanner.rules.claims import HealthEvent, Holder, Known, Result, TestType, known_of
from scanner.terms import Kind
from scanner.trust import Keyring
from scanner.trust.dids import read_dids

ISSUER, HOLDER = Signer.es256(), Signer.es256()
KEYRING = Keyring.of(read_dids(ISSUER.did.encode()).keys)


def known(*told: tuple[str, Any]) -> Known:
    """Present credentials of these types and subjects."""
    credentials = [
        ISSUER.sign({
            "vc": {"type": ["VerifiableCredential", kind], "credentialSubject": subject},
            "sub": HOLDER.did, "iss": ISSUER.did, "jti": f"urn:{number}",
        })
        for number, (kind, subject) in enumerate(told)
    ]  # fmt: skip
    text = HOLDER.presentation(credentials, at_s=1_700_000_000)
    return known_of(infradid.verify(text.encode(), keyring=KEYRING).verified)


EVENTS: dict[str, tuple[str, dict[str, Any], HealthEvent]] = {
    "a dose": (
        "VaccinationCredential",
        {"date": "2021-10-01", "dose": 2, "doses": 3, "vaccine": "EU/1/20/1528",
         "disease": "840539006"},
        HealthEvent(
            kind=Kind.VACCINATION, on=date(2021, 10, 1), dose=2, of=3, product="EU/1/20/1528",
            disease="840539006",
        ),
    ),
    "a test": (
        "TestCredential",
        {"collectedAt": "2021-12-13T11:40:00+09:00", "testType": "naat", "result": "negative"},
        HealthEvent(
            kind=Kind.TEST, at=datetime(2021, 12, 13, 2, 40, tzinfo=UTC), test=TestType.NAAT,
            result=Result.NEGATIVE,
        ),
    ),
    "a recovery": (
        "RecoveryCredential",
        {"date": "2021-11-01", "validFrom": "2021-11-12", "validUntil": "2022-04-30"},
        HealthEvent(
            kind=Kind.RECOVERY, on=date(2021, 11, 1), valid_from=date(2021, 11, 12),
            valid_until=date(2022, 4, 30),
        ),
    ),
    "an exemption": (
        "ExemptionCredential",
        {"date": "2021-12-01", "validUntil": "2022-05-30"},
        HealthEvent(
            kind=Kind.EXEMPTION, on=date(2021, 12, 1), valid_until=date(2022, 5, 30),
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "subject", "event"), EVENTS.values(), ids=EVENTS.keys())
def test_an_event_is_what_its_credential_says(
    kind: str, subject: dict[str, Any], event: HealthEvent
) -> None:
    assert known((kind, subject)) == Known(events=(event,))


def test_a_credential_alone_is_read_in_the_same_way() -> None:
    kind, subject, event = EVENTS["a dose"]
    text = ISSUER.credential(kind, subject=subject, holder=HOLDER.did)
    assert known_of(infradid.verify(text.encode(), keyring=KEYRING).verified).events == (event,)


def test_one_credential_an_attribute_makes_one_person() -> None:
    """As COOV had it: name, birthday and each dose apart."""
    told = known(
        ("PersonCredential", {"name": "HONG Gildong"}),
        ("PersonCredential", {"birthDate": "1990-01-31"}),
        ("VaccinationCredential", {"date": "2021-07-01", "dose": 1, "doses": 2}),
        ("VaccinationCredential", {"date": "2021-08-01", "dose": 2, "doses": 2}),
    )
    assert told.holder == Holder(("hong", "gildong"), "1990-01-31")
    assert [event.dose for event in told.events] == [1, 2]
    assert told.entitlement is None


TWO_PERSONS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "two names": ({"name": "Kim A"}, {"name": "Lee B"}),
    "one name more": ({"name": "Kim A"}, {"name": "Kim A B"}),
    "two birthdays": ({"birthDate": "1990-01-31"}, {"birthDate": "1990-01-30"}),
    "a birthday in part": ({"birthDate": "1990-01-31"}, {"birthDate": "1990"}),
    "one name, two birthdays": (
        {"name": "Kim A", "birthDate": "1990-01-31"},
        {"name": "Kim A", "birthDate": "1990-01-30 "},
    ),
}


@pytest.mark.parametrize(("one", "other"), TWO_PERSONS.values(), ids=TWO_PERSONS.keys())
def test_credentials_of_two_persons_say_no_more_than_that_there_was_a_test(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    (dosed, dose, _), (tested, test, event) = EVENTS["a dose"], EVENTS["a test"]
    assert known((dosed, one | dose), ("RecoveryCredential", other)) == Known()
    found = known((dosed, one | dose), (tested, other | test))
    assert found == Known(events=(replace(event, result=Result.UNKNOWN),))


def test_one_person_may_be_written_in_two_ways_or_not_at_all() -> None:
    told = known(
        ("PersonCredential", {"name": " HONG  Gildong"}),
        ("PersonCredential", {"name": "gildong hong", "birthDate": "1990-01-31"}),
        ("VaccinationCredential", {"name": " ", "birthDate": " 1990-01-31"}),
        ("VaccinationCredential", {}),
        ("TestCredential", {"name": 1, "birthDate": "in spring"}),
    )
    assert told.holder == Holder(("hong", "gildong"), "1990-01-31")
    assert len(told.events) == 3


@pytest.mark.parametrize("born", ["1990", "1990-01", "1990-01-31"])
def test_a_birthday_may_be_known_in_part(born: str) -> None:
    assert known(("PersonCredential", {"birthDate": born})).holder == Holder((), born)


UNREADABLE: dict[str, Any] = {
    "no subject": None,
    "a text": "vaccinated",
    "two persons": [{"date": "2021-10-01"}, {"date": "2021-10-01"}],
    "other names": {"claim1": "claim1_value"},
    "numbers for texts": {
        "date": 20211001, "collectedAt": 1, "testType": 1, "result": 1, "vaccine": 1, "disease": 1,
        "name": 1, "birthDate": 1990, "validFrom": 1, "validUntil": 1,
    },
    "texts for numbers": {"dose": "2", "doses": "2"},
    "truths for numbers": {"dose": True, "doses": False},
    "impossible numbers": {"dose": 0, "doses": -1},
    "fractions": {"dose": 1.0, "doses": 2.5},
    "far too many doses": {"dose": 100, "doses": 10**18},
    "empty texts": {"vaccine": "", "disease": " ", "name": " ", "birthDate": "", "date": ""},
    "other words": {"testType": "PCR", "result": "Negative"},
    "days that are none": {
        "date": "2021-02-30", "validFrom": "2021-13-01", "validUntil": "20211001",
    },
    "days of a week": {"date": "2021-W01-1"},
    "times without an offset": {
        "collectedAt": "2021-12-13T11:40:00", "date": "2021-12-13T11:40:00",
    },
    "digits of other scripts": {"date": "２０２１-10-01", "birthDate": "１９９０"},
    "birthdays that are none": {"birthDate": "1990-1-1"},
    "lists": {"date": ["2021-10-01"], "name": ["Hong"], "dose": [1]},
}  # fmt: skip


@pytest.mark.parametrize("subject", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_cannot_be_read_is_absent(subject: Any) -> None:
    nothing = Known(events=(HealthEvent(kind=Kind.VACCINATION),))
    assert known(("VaccinationCredential", subject)) == nothing


@pytest.mark.parametrize("subject", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_test_whose_result_cannot_be_read_has_found_nobody_healthy(subject: Any) -> None:
    (event,) = known(("TestCredential", subject)).events
    assert event == HealthEvent(kind=Kind.TEST, result=Result.UNKNOWN)


def test_a_credential_of_another_type_is_no_event() -> None:
    assert known(("PersonCredential", {"date": "2021-10-01", "dose": 2})) == Known()
