"""Contents follow schema 1.3.0, so that a rehearsal looks like the field."""

from datetime import UTC, date, datetime

import pytest

from scanner.passes.base45 import decode
from scanner.publish import base45, content

PERSON = content.Person("Grünwälder-O'Neil", "Åse Zoë", date(1971, 11, 2))


def test_a_holder_is_named_in_both_spellings() -> None:
    made = content.recovery(PERSON, country="AT", positive_on=date(2026, 1, 10))
    assert made["ver"] == "1.3.0"
    assert made["dob"] == "1971-11-02"
    assert made["nam"] == {
        "fn": "Grünwälder-O'Neil",
        "fnt": "GRUENWAELDER<ONEIL",
        "gn": "Åse Zoë",
        "gnt": "AASE<ZOE",
    }


def test_a_vaccination_counts_its_dose() -> None:
    made = content.vaccination(
        PERSON, country="AT", given_on=date(2026, 4, 1), dose=(1, 1), vaccine=content.JANSSEN
    )
    (event,) = made["v"]
    assert (event["dn"], event["sd"], event["dt"]) == (1, 1, "2026-04-01")
    assert event["tg"] == "840539006"
    assert event["mp"] == "EU/1/20/1525"


@pytest.mark.parametrize(
    ("outcome", "code"),
    [(content.Outcome.DETECTED, "260373001"), (content.Outcome.NOT_DETECTED, "260415000")],
)
def test_a_test_says_what_it_found(outcome: content.Outcome, code: str) -> None:
    sampled = datetime(2026, 4, 1, 9, 30, tzinfo=UTC)
    (event,) = content.test(PERSON, country="AT", result=outcome, sampled_at=sampled)["t"]
    assert event["tr"] == code
    assert event["sc"] == "2026-04-01T09:30:00+00:00"


def test_a_recovery_counts_from_day_11_to_day_180() -> None:
    (event,) = content.recovery(PERSON, country="AT", positive_on=date(2026, 1, 10))["r"]
    assert (event["df"], event["du"]) == ("2026-01-21", "2026-07-09")


def test_an_identifier_names_its_event_and_nothing_else() -> None:
    first, again, other = (
        content.vaccination(PERSON, country="AT", given_on=day)["v"][0]["ci"]
        for day in (date(2026, 4, 1), date(2026, 4, 1), date(2026, 4, 2))
    )
    assert first == again
    assert first != other


def test_one_wrong_character_in_an_identifier_changes_its_check_character() -> None:
    opaque = "10807843F94AEE0EE5093FBC254BD813"
    right = content.uvci(country="NL", opaque=opaque)[-1]
    wrong = {
        content.uvci(country="NL", opaque=opaque[:at] + "Z" + opaque[at + 1 :])[-1]
        for at in range(len(opaque))
    }
    assert right not in wrong


WRITTEN = {  # the examples of RFC 9285, section 4.3
    "AB": "BB8",
    "Hello!!": "%69 VD92EX0",
    "base-45": "UJCLQE7W581",
}


@pytest.mark.parametrize(("plain", "text"), WRITTEN.items(), ids=WRITTEN.keys())
def test_base45_is_written_as_the_standard_shows(plain: str, text: str) -> None:
    assert base45.encode(plain.encode()) == text


def test_the_door_reads_every_byte_back() -> None:
    data = bytes(range(256)) + b"\xff"
    assert decode(base45.encode(data).encode()) == data
