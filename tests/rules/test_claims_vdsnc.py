"""What a VDS-NC says, in the terms of rules; what cannot be read is absent."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from scanner.rules.claims import HealthEvent, Holder, Known, Result, TestType, known_of
from scanner.terms import Kind, Pass, PassFormat


def known(message: dict[str, Any], *, kind: Kind = Kind.VACCINATION) -> Known:
    return known_of(
        Pass(
            format=PassFormat.VDSNC,
            kind=kind,
            issuer="UTO",
            key_id="",
            list_ids=tuple,
            issued_at=None,
            not_before=None,
            not_after=None,
            claims={"hdr": {}, "msg": message},
        )
    )


def event(**vaccine: Any) -> HealthEvent:
    """Give the one event of a vaccine with one dose."""
    dose = {name: vaccine.pop(name) for name in ("dvc", "seq") if name in vaccine}
    (found,) = known({"ve": [{"vd": [dose]} | vaccine]}).events
    return found


def test_every_dose_is_an_event() -> None:
    pfizer = {"des": "XM68M6", "nam": "Comirnaty", "dis": "RA01.0"}
    astra = {"des": "XM68M6", "nam": "AstraZeneca Vaxzevria", "dis": "RA01.0"}
    told = known(
        {
            "uvci": "U32870",
            "ve": [
                astra | {"vd": [{"dvc": "2021-03-03", "seq": 1}, {"dvc": "2021-05-24", "seq": 2}]},
                pfizer | {"vd": [{"dvc": "2021-11-02", "seq": 3}]},
            ],
        }
    )
    days = (date(2021, 3, 3), date(2021, 5, 24), date(2021, 11, 2))
    products = ("EU/1/21/1529", "EU/1/21/1529", "EU/1/20/1528")
    assert told.events == tuple(
        HealthEvent(
            kind=Kind.VACCINATION, on=day, dose=number, product=product, disease="840539006"
        )
        for number, (day, product) in enumerate(zip(days, products, strict=True), start=1)
    )


def test_the_holder_is_whom_the_pass_names() -> None:
    told = known({"pid": {"n": "CITIZEN  JOHN PAUL", "dob": "2004-03-20", "i": "PA0940385"}})
    assert told.holder == Holder(("citizen", "john", "paul"), "2004-03-20")
    assert known({"pid": {"n": "A  B", "dob": "20.3.2004"}}).holder == Holder(("a", "b"), None)
    assert known({"pid": {"dob": "2004"}}).holder == Holder((), "2004")


@pytest.mark.parametrize(
    "message", [{}, {"pid": None}, {"pid": []}, {"pid": {"n": 1, "dob": 2}}, {"pid": {"n": " "}}]
)
def test_a_pass_may_name_nobody(message: dict[str, Any]) -> None:
    assert known(message).holder is None


@pytest.mark.parametrize(
    "doses", [None, {}, "x", [], [None], [{}], [{"vd": None}], [{"vd": ["x", 1]}]]
)
def test_a_pass_without_a_dose_that_can_be_read_has_no_event(doses: object) -> None:
    assert known({"ve": doses}).events == ()


def test_a_day_is_read_in_one_way() -> None:
    assert event(dvc="2021-03-03").on == date(2021, 3, 3)
    assert event(dvc=" 2021-03-03 ").on == date(2021, 3, 3)
    for other in (None, 20210303, "20210303", "2021-02-30", "2021-W09-3", "3.3.2021", ""):
        assert event(dvc=other).on is None


def test_the_number_of_a_dose_is_a_number_or_its_digits() -> None:
    assert [event(seq=seq).dose for seq in (1, 2, "2", "02", 99)] == [1, 2, 2, 2, 99]
    for other in (0, -1, 100, 1.0, True, None, "", "x", "²", "1/2", "9" * 5000):
        assert event(seq=other).dose is None


def test_a_vaccine_goes_by_its_code_where_one_is_known() -> None:
    brands = {
        "Comirnaty": "EU/1/20/1528",
        "MODERNA SPIKEVAX": "EU/1/20/1507",
        "Vaxzevria": "EU/1/21/1529",
        "COVID-19 Vaccine Janssen": "EU/1/20/1525",
        "Jcovden": "EU/1/20/1525",
        "Nuvaxovid": "EU/1/21/1618",
        "Sputnik V": "Sputnik V",
        "": None,
    }
    assert {brand: event(nam=brand).product for brand in brands} == brands
    assert event().product is None


def test_a_disease_goes_by_its_code_where_one_is_known() -> None:
    for told in ({"dis": "RA01"}, {"dis": "RA01.0"}, {"dis": "RA01.1"}, {"des": "XM68M6"}):
        assert event(**told).disease == "840539006"
    assert event(dis="1F03", des="XM68M6").disease == "1F03"
    assert event(des="XM8AE5").disease is None


def of_test(**members: Any) -> HealthEvent:
    (found,) = known(members, kind=Kind.TEST).events
    return found


def test_a_test_says_when_how_and_with_what_result() -> None:
    assert of_test(
        dat={"sc": "2026-02-12T12:00:00+08:00", "ri": "2026-02-13T14:00:00+08:00"},
        tr={"tc": "molecular(PCR)", "r": "negative", "m": "nasopharyngeal"},
    ) == HealthEvent(
        kind=Kind.TEST,
        at=datetime(2026, 2, 12, 4, tzinfo=UTC),
        test=TestType.NAAT,
        result=Result.NEGATIVE,
        disease="840539006",
    )


def test_a_sample_of_a_day_was_taken_when_the_day_began_anywhere() -> None:
    assert of_test(dat={"sc": "2026-02-12"}).at == datetime(2026, 2, 11, 10, tzinfo=UTC)
    assert of_test(dat={"sc": "0001-01-01"}).at is None


@pytest.mark.parametrize("taken", [None, 1, "", "2026-02-30", "2026-02-12T12:00", "yesterday"])
def test_a_time_that_cannot_be_read_is_absent(taken: object) -> None:
    assert of_test(dat={"sc": taken}).at is None


def test_methods_and_results_are_told_by_their_words() -> None:
    methods = {
        "molecular(PCR)": TestType.NAAT,
        "Molecular(other)": TestType.NAAT,
        "antigen": TestType.ANTIGEN,
        "antibody": TestType.OTHER,
        "": TestType.OTHER,
    }
    assert {word: of_test(tr={"tc": word}).test for word in methods} == methods
    results = {
        "negative": Result.NEGATIVE,
        "Positive": Result.POSITIVE,
        "normal": Result.UNKNOWN,
        "not negative": Result.UNKNOWN,
        "": Result.UNKNOWN,
    }
    assert {word: of_test(tr={"r": word}).result for word in results} == results


@pytest.mark.parametrize("message", [{}, {"tr": None, "dat": []}, {"tr": {"r": 1, "tc": []}}])
def test_a_test_that_says_nothing_has_an_unknown_result(message: dict[str, Any]) -> None:
    found = of_test(**message)
    assert (found.result, found.test, found.at) == (Result.UNKNOWN, TestType.OTHER, None)
