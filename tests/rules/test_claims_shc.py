"""What rules hear of a SMART Health Card: COVID-19 only, and nothing that it does not say."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from scanner.passes import shc
from scanner.publish import content
from scanner.publish.shc import Issuer, immunization, observation, patient
from scanner.rules.claims import HealthEvent, Holder, Known, Result, TestType, known_of
from scanner.terms import Kind
from scanner.trust import Binding, Keyring, read_trust

ISSUER = Issuer("https://shc.example")
RING = Keyring.of(read_trust(ISSUER.jwks(), binding=Binding(issuer=ISSUER.iss)).keys)
ISSUED = datetime(2026, 5, 1, tzinfo=UTC)
PERSON = patient(content.INVENTED[0])
DOSE = immunization(date(2026, 1, 5))
TEST = observation(datetime(2026, 4, 30, 8, 15, tzinfo=UTC), result=content.Outcome.NOT_DETECTED)
COVID = "840539006"
CVX, SNOMED = "http://hl7.org/fhir/sid/cvx", "http://snomed.info/sct"


def known(*resources: Any, types: tuple[str, ...] = ()) -> Known:
    claims = ISSUER.claims([], issued_at=ISSUED)
    claims["vc"]["type"] += types
    claims["vc"]["credentialSubject"]["fhirBundle"]["entry"] = [
        {"resource": one} for one in resources
    ]
    return known_of(shc.verify(ISSUER.pack(claims).encode(), keyring=RING).verified)


def event(*resources: Any, types: tuple[str, ...] = ()) -> HealthEvent:
    (found,) = known(*resources, types=types).events
    return found


def test_a_vaccination_says_its_day_its_product_and_its_holder() -> None:
    found = known(PERSON, DOSE)
    assert found.holder == Holder(("maja", "elin", "lindqvist-øster"), "1984-03-17")
    assert found.events == (
        HealthEvent(
            kind=Kind.VACCINATION,
            on=date(2026, 1, 5),
            dose=1,
            product="EU/1/20/1528",
            disease=COVID,
        ),
    )
    assert found.entitlement is None


def test_a_test_says_when_how_and_what() -> None:
    assert event(PERSON, TEST) == HealthEvent(
        kind=Kind.TEST,
        on=date(2026, 4, 30),
        at=datetime(2026, 4, 30, 8, 15, tzinfo=UTC),
        test=TestType.NAAT,
        result=Result.NEGATIVE,
        disease=COVID,
    )


def test_a_card_may_say_both() -> None:
    assert [one.kind for one in known(TEST, DOSE).events] == [Kind.VACCINATION, Kind.TEST]


def test_doses_are_counted_by_their_days() -> None:
    days = (date(2026, 3, 1), date(2026, 1, 5), date(2026, 2, 2), date(2026, 1, 5))
    found = known(PERSON, *map(immunization, days)).events
    # The same day twice is one dose that was written down twice.
    assert [(one.on, one.dose) for one in found] == list(zip(days, (3, 1, 2, 1), strict=True))


def test_a_dose_that_the_card_numbers_has_that_number() -> None:
    protocol = [{"doseNumberPositiveInt": 3, "seriesDosesPositiveInt": 2}]
    found = event(DOSE | {"protocolApplied": protocol})
    assert (found.dose, found.of) == (3, 2)


UNNUMBERED: dict[str, Any] = {
    "nought": [{"doseNumberPositiveInt": 0}],
    "a hundred": [{"doseNumberPositiveInt": 100}],
    "a truth": [{"doseNumberPositiveInt": True}],
    "a text": [{"doseNumberString": "three"}],
    "two protocols": [{"doseNumberPositiveInt": 3}] * 2,
    "a text for a protocol": ["3"],
    "no list": {"doseNumberPositiveInt": 3},
}


@pytest.mark.parametrize("protocol", UNNUMBERED.values(), ids=UNNUMBERED.keys())
def test_a_number_that_cannot_be_read_is_counted(protocol: Any) -> None:
    found = event(DOSE | {"protocolApplied": protocol})
    assert (found.dose, found.of) == (1, None)


PRODUCTS = {
    "Spikevax": ("207", "EU/1/20/1507"),
    "Comirnaty for children": ("218", "EU/1/20/1528"),
    "Vaxzevria": ("210", "EU/1/21/1529"),
    "Janssen": ("212", "EU/1/20/1525"),
    "Nuvaxovid": ("211", "EU/1/21/1618"),
    "Sinopharm": ("510", "cvx:510"),
    "unspecified": ("213", "cvx:213"),
}


@pytest.mark.parametrize(("cvx", "product"), PRODUCTS.values(), ids=PRODUCTS.keys())
def test_a_vaccine_goes_by_the_name_that_rules_know(cvx: str, product: str) -> None:
    assert event(immunization(date(2026, 1, 5), cvx=cvx)).product == product


NO_DOSE: dict[str, Any] = {
    "a flu shot": immunization(date(2026, 1, 5), cvx="150"),
    "a dose that was not given": DOSE | {"status": "not-done"},
    "a dose in error": DOSE | {"status": "entered-in-error"},
    "a status that is a list": DOSE | {"status": ["completed"]},
    "no status": {name: DOSE[name] for name in DOSE if name != "status"},
    "no vaccine": DOSE | {"vaccineCode": None},
    "a vaccine without codes": DOSE | {"vaccineCode": {"text": "COVID-19"}},
    "codes that are no list": DOSE | {"vaccineCode": {"coding": {}}},
    "codes that are texts": DOSE | {"vaccineCode": {"coding": ["208"]}},
    "a code that is a number": DOSE | {"vaccineCode": {"coding": [{"system": CVX, "code": 208}]}},
    "a code of another system": DOSE | {"vaccineCode": {"coding": [{"code": "208"}]}},
    "another resource": DOSE | {"resourceType": "MedicationStatement"},
}  # fmt: skip


@pytest.mark.parametrize("resource", NO_DOSE.values(), ids=NO_DOSE.keys())
def test_what_is_no_dose_against_covid_19_counts_for_nothing(resource: Any) -> None:
    assert known(PERSON, resource).events == ()


def test_in_a_card_about_covid_19_a_vaccine_of_another_system_counts() -> None:
    other = DOSE | {"vaccineCode": {"coding": [{"system": SNOMED, "code": "28581000087106"}]}}
    found = event(other, types=("https://smarthealth.cards#covid19",))
    assert (found.kind, found.dose, found.product) == (Kind.VACCINATION, 1, None)


def test_in_a_card_about_covid_19_a_flu_shot_still_is_one() -> None:
    flu = immunization(date(2026, 1, 5), cvx="150")
    assert known(flu, types=("https://smarthealth.cards#covid19",)).events == ()


DAYS: dict[str, tuple[Any, date | None]] = {
    "a day": ("2026-01-05", date(2026, 1, 5)),
    "a time": ("2026-01-05T23:30:00-08:00", date(2026, 1, 5)),
    "a month": ("2026-01", None),
    "a year": ("2026", None),
    "no day of the calendar": ("2026-02-30", None),
    "a text": ("yesterday", None),
    "a number": (20260105, None),
    "nothing": (None, None),
}


@pytest.mark.parametrize(("told", "day"), DAYS.values(), ids=DAYS.keys())
def test_a_dose_has_the_day_that_is_written(told: Any, day: date | None) -> None:
    found = event(DOSE | {"occurrenceDateTime": told})
    assert (found.on, found.dose) == (day, 1 if day else None)


MOMENTS: dict[str, tuple[Any, datetime | None]] = {
    "a time with its offset": (
        "2026-04-30T08:15:00+02:00",
        datetime(2026, 4, 30, 6, 15, tzinfo=UTC),
    ),
    "a time with a fraction": (
        "2026-04-30T08:15:00.250Z",
        datetime(2026, 4, 30, 8, 15, 0, 250000, tzinfo=UTC),
    ),
    "a day, from its first hour on Earth": (
        "2026-04-30",
        datetime(2026, 4, 29, 10, tzinfo=UTC),
    ),
    "the first day of the calendar": ("0001-01-01", None),
    "a time without its offset": ("2026-04-30T08:15:00", None),
    "a month": ("2026-04", None),
    "nothing": (None, None),
}


@pytest.mark.parametrize(("told", "moment"), MOMENTS.values(), ids=MOMENTS.keys())
def test_a_test_is_never_taken_for_fresher_than_it_is(told: Any, moment: datetime | None) -> None:
    assert event(TEST | {"effectiveDateTime": told}).at == moment


METHODS = {
    "a PCR": ("94500-6", TestType.NAAT),
    "an antigen test": ("94558-4", TestType.ANTIGEN),
    "another antigen test": ("97097-0", TestType.ANTIGEN),
}


@pytest.mark.parametrize(("loinc", "method"), METHODS.values(), ids=METHODS.keys())
def test_the_kind_of_test_is_known_from_its_code(loinc: str, method: TestType) -> None:
    test = observation(ISSUED, result=content.Outcome.DETECTED, loinc=loinc)
    assert (event(test).test, event(test).result) == (method, Result.POSITIVE)


@pytest.mark.parametrize("found", ["260373001", "419984006"])
def test_a_bad_test_of_a_day_was_taken_when_the_day_ended_last_on_earth(found: str) -> None:
    result = {"valueCodeableConcept": coded(found, system=SNOMED)}
    of_day = TEST | result | {"effectiveDateTime": "2026-04-30"}
    assert event(of_day).at == datetime(2026, 5, 1, 12, tzinfo=UTC)
    assert event(of_day | {"effectiveDateTime": "9999-12-31"}).at is None


def coded(*codes: str, system: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code} for code in codes]}


NO_TEST: dict[str, Any] = {
    "a test for antibodies": TEST | {"code": coded("94563-4", system="http://loinc.org")},
    "a blood count": TEST | {"code": coded("718-7", system="http://loinc.org")},
}


@pytest.mark.parametrize("resource", NO_TEST.values(), ids=NO_TEST.keys())
def test_what_is_no_test_for_the_virus_counts_for_nothing(resource: Any) -> None:
    assert known(PERSON, resource).events == ()


UNREADABLE: dict[str, Any] = {
    "tests that differ": TEST | {"code": coded("94500-6", "94558-4", system="http://loinc.org")},
    "half a test": TEST | {"code": coded("94500-6", "718-7", system="http://loinc.org")},
    "no code": TEST | {"code": None},
    "a code of another system": TEST | {"code": coded("94500-6", system="a")},
    "a preliminary report": TEST | {"status": "preliminary"},
    "a cancelled test": TEST | {"status": "cancelled"},
    "a status that is a list": TEST | {"status": ["final"]},
    "no status": {name: TEST[name] for name in TEST if name != "status"},
}


@pytest.mark.parametrize("resource", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_test_that_cannot_be_read_is_there_and_found_nobody_knows_what(resource: Any) -> None:
    dose, test = known(PERSON, DOSE, resource).events
    assert (dose.kind, test.kind) == (Kind.VACCINATION, Kind.TEST)
    assert test.result is Result.UNKNOWN


def test_a_test_in_a_card_about_covid_19_counts_only_if_it_is_final() -> None:
    typed = ("https://smarthealth.cards#covid19",)
    assert event(TEST | {"code": None}, types=typed).result is Result.NEGATIVE
    assert event(TEST | {"status": "preliminary"}, types=typed).result is Result.UNKNOWN


def test_in_a_card_about_covid_19_an_unknown_test_is_another_test() -> None:
    test = TEST | {"code": coded("94563-4", system="http://loinc.org")}
    assert event(test, types=("https://smarthealth.cards#covid19",)).test is TestType.OTHER


RESULTS: dict[str, tuple[Any, Result]] = {
    "detected": (coded("260373001", system=SNOMED), Result.POSITIVE),
    "positive": (coded("10828004", system=SNOMED), Result.POSITIVE),
    "not detected": (coded("260415000", system=SNOMED), Result.NEGATIVE),
    "negative": (coded("260385009", system=SNOMED), Result.NEGATIVE),
    "inconclusive": (coded("419984006", system=SNOMED), Result.UNKNOWN),
    "both": (coded("260415000", "260373001", system=SNOMED), Result.UNKNOWN),
    "a code of another system": (coded("260415000", system="a"), Result.UNKNOWN),
    "a text": ("negative", Result.UNKNOWN),
    "nothing": (None, Result.UNKNOWN),
}


@pytest.mark.parametrize(("told", "result"), RESULTS.values(), ids=RESULTS.keys())
def test_a_result_is_what_its_code_says(told: Any, result: Result) -> None:
    assert event(TEST | {"valueCodeableConcept": told}).result is result


HOLDERS: dict[str, tuple[Any, Holder | None]] = {
    "a family name alone": ({"name": [{"family": "Øst Vest"}]}, Holder(("øst", "vest"), None)),
    "given names alone": ({"name": [{"given": ["Ann", "B."]}]}, Holder(("ann", "b."), None)),
    "a day of birth alone": ({"birthDate": "1984"}, Holder((), "1984")),
    "the first of two names": (
        {"name": [{"family": "A"}, {"family": "B"}]},
        Holder(("a",), None),
    ),
    "given names that are a text": ({"name": [{"given": "Ann"}], "birthDate": 1984}, None),
    "names that are numbers": ({"name": [{"given": [1], "family": 2}]}, None),
    "a name that is a text": ({"name": ["Ann"]}, None),
    "names that are an object": ({"name": {"family": "A"}}, None),
    "no names": ({"name": []}, None),
    "a day of birth that is none": ({"birthDate": "in spring"}, None),
    "a day of birth and more": ({"birthDate": "1984-03-17T00:00:00Z"}, None),
}


@pytest.mark.parametrize(("told", "holder"), HOLDERS.values(), ids=HOLDERS.keys())
def test_the_holder_is_whom_the_card_names(told: Any, holder: Holder | None) -> None:
    assert known({"resourceType": "Patient", **told}, DOSE).holder == holder


def test_a_card_without_a_patient_names_nobody() -> None:
    found = known(DOSE)
    assert (found.holder, len(found.events)) == (None, 1)


def test_a_card_of_two_patients_says_no_more_than_that_there_was_a_test() -> None:
    other = patient(content.INVENTED[1])
    assert known(PERSON, other, DOSE) == Known()
    found = known(PERSON, other, DOSE, TEST)
    assert found.holder is None
    assert [(one.kind, one.result) for one in found.events] == [(Kind.TEST, Result.UNKNOWN)]
