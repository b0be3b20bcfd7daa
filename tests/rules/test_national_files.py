"""Files of national rules: both forms are read, and a mistake is told in one line."""

from typing import Any

import pytest

from scanner.rules import national
from scanner.rules.national import NationalRules
from scanner.terms import InputError

RULE: dict[str, Any] = {
    "Identifier": "VR-AT-0001",
    "Type": "Acceptance",
    "Country": "AT",
    "Version": "1.0.0",
    "SchemaVersion": "1.0.0",
    "Engine": "CERTLOGIC",
    "EngineVersion": "0.7.5",
    "CertificateType": "Vaccination",
    "Description": [{"lang": "de", "desc": "auf Deutsch"}, {"lang": "en", "desc": "in English"}],
    "ValidFrom": "2021-07-03T00:00:00Z",
    "ValidTo": "2030-06-01T00:00:00Z",
    "AffectedFields": ["v.0"],
    "Logic": {"in": [{"var": "payload.v.0.mp"}, {"var": "external.valueSets.vaccines"}]},
}
FILE: dict[str, Any] = {
    "format": "door-scanner rules 1",
    "kind": "dcc-national",
    "name": "at-2022",
    "version": "3",
    "title": "Entry to Austria",
    "notes": ["as published"],
    "rules": [RULE],
    "valueSets": {"vaccines": ["EU/1/20/1528"]},
}


def without(name: str) -> dict[str, Any]:
    return {other: value for other, value in RULE.items() if other != name}


def read(told: Any, **given: Any) -> NationalRules:
    return national.read(told, name="published", **given)


def test_a_file_names_itself_and_brings_its_value_sets() -> None:
    found = read(FILE)
    assert (found.name, found.version, found.title) == ("at-2022", "3", "Entry to Austria")
    assert found.value_sets == {"vaccines": ["EU/1/20/1528"]}


def test_a_bare_list_is_named_by_its_file_and_versioned_by_its_content() -> None:
    sets: dict[str, list[str]] = {"vaccines": []}
    found = read([RULE], value_sets=sets)
    assert (found.name, found.title, found.country) == ("published", "published", "AT")
    assert len(found.version) == 12
    assert read([RULE], value_sets=sets).version == found.version
    assert read([RULE | {"Version": "1.0.1"}], value_sets=sets).version != found.version


def test_value_sets_are_read_as_the_eu_publishes_them_too() -> None:
    published = {
        "valueSetId": "vaccines-covid-19-names",
        "valueSetValues": {"EU/1/20/1528": {"display": "Comirnaty", "active": True}},
    }
    assert read([RULE], value_sets={"vaccines": published}).value_sets == {
        "vaccines": ["EU/1/20/1528"]
    }


def test_the_value_sets_of_the_file_come_first() -> None:
    assert read(FILE, value_sets={"other": []}).value_sets == FILE["valueSets"]


DESCRIPTIONS: dict[str, tuple[list[Any], str]] = {
    "English, wherever it stands": (RULE["Description"], "in English"),
    "else the first": (
        [{"lang": "fr", "desc": "en France"}, {"lang": "de", "desc": "auf Deutsch"}],
        "en France",
    ),
    "in one line": ([{"lang": "en", "desc": " two\n\tlines\x1b[31m\u202e "}], "two lines[31m"),
    "none: the identifier": ([{"lang": "en", "desc": " "}], "VR-AT-0001"),
    "cut where it is endless": ([{"lang": "en", "desc": "x" * 9999}], "x" * 300),
}


@pytest.mark.parametrize(("told", "words"), DESCRIPTIONS.values(), ids=DESCRIPTIONS.keys())
def test_the_words_are_the_english_description(told: list[Any], words: str) -> None:
    (found,) = read(FILE | {"rules": [RULE | {"Description": told}]}).rules
    assert found.words == words


def test_the_country_of_the_door_comes_before_that_of_the_file() -> None:
    german = RULE | {"Identifier": "VR-DE-0001", "Country": "DE"}
    told = FILE | {"rules": [RULE, german], "country": "AT"}
    assert read(told).country == "AT"
    assert read(told, country="DE").country == "DE"


def test_members_that_the_door_does_not_use_are_passed_over() -> None:
    assert len(read(FILE | {"rules": [RULE | {"Hash": "00", "Region": None}]}).rules) == 1


WRONG_RULES: dict[str, tuple[Any, str]] = {
    "no object": ("VR-AT-0001", r'rules\[0\]: "VR-AT-0001" is no object'),
    "no identifier": (without("Identifier"), r"rules\[0\].Identifier: missing"),
    "an identifier with a slash": (RULE | {"Identifier": "VR/AT"}, "no identifier of a rule"),
    "an identifier that is a number": (RULE | {"Identifier": 1}, "no identifier of a rule"),
    "no type": (without("Type"), "VR-AT-0001.Type: missing"),
    "an unknown type": (RULE | {"Type": "acceptance"}, "give Acceptance, Invalidation"),
    "no country": (without("Country"), "VR-AT-0001.Country: missing"),
    "a country in small letters": (RULE | {"Country": "at"}, "two capital letters"),
    "a country that is a number": (RULE | {"Country": 43}, "two capital letters"),
    "a region that is a number": (RULE | {"Region": 9}, "VR-AT-0001.Region: 9 is no text"),
    "no version": (without("Version"), "VR-AT-0001.Version: missing"),
    "a version of two parts": (RULE | {"Version": "1.0"}, "VR-AT-0001.Version: .* like 1.0.0"),
    "a version that is a number": (RULE | {"Version": 1.0}, "like 1.0.0"),
    "an endless version": (RULE | {"Version": "1.0." + "9" * 5000}, "like 1.0.0"),
    "no engine": (without("Engine"), "VR-AT-0001.Engine: missing"),
    "no version of the engine": (without("EngineVersion"), "VR-AT-0001.EngineVersion: missing"),
    "a bad version of the schema": (RULE | {"SchemaVersion": "one"}, "VR-AT-0001.SchemaVersion"),
    "an unknown certificate": (RULE | {"CertificateType": "Ticket"}, "give General, Vaccination"),
    "no description": (RULE | {"Description": []}, "VR-AT-0001.Description: a list of 0"),
    "a description as text": (RULE | {"Description": "x"}, "is no list"),
    "a description without words": (RULE | {"Description": [{"lang": "en"}]}, "lang and desc"),
    "a description in a list": (RULE | {"Description": [["en"]]}, "lang and desc"),
    "no begin": (without("ValidFrom"), "VR-AT-0001.ValidFrom: missing"),
    "a begin without offset": (RULE | {"ValidFrom": "2021-07-03T00:00:00"}, "is no time"),
    "30 February": (RULE | {"ValidTo": "2030-02-30T00:00:00Z"}, "VR-AT-0001.ValidTo: .* no time"),
    "an end before its begin": (RULE | {"ValidTo": "2021-07-02T00:00:00Z"}, "before ValidFrom"),
    "no logic": (without("Logic"), "VR-AT-0001.Logic: missing"),
    "an unknown operator": (
        RULE | {"Logic": {"or": [1, 2]}},
        "VR-AT-0001.Logic: no valid CertLogic: unknown operator 'or'",
    ),
    "a bad date": (
        RULE | {"Logic": {"plusTime": ["2021-13-01", 0, "day"]}},
        "VR-AT-0001.Logic: no valid CertLogic: a date or time that is in no calendar",
    ),
}


@pytest.mark.parametrize(("told", "words"), WRONG_RULES.values(), ids=WRONG_RULES.keys())
def test_a_mistake_in_a_rule_is_told_with_its_place(told: Any, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read(FILE | {"rules": [told]})
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200


GERMAN = RULE | {"Country": "DE", "Identifier": "VR-DE-0001"}
LATER = RULE | {"EngineVersion": "2.0.0"}
WRONG_FILES: dict[str, tuple[Any, dict[str, Any], str]] = {
    "a text": ("rules", {}, "is no object"),
    "nothing": (None, {}, "is no object"),
    "an empty list": ([], {}, "a list of 0"),
    "no rules": (FILE | {"rules": []}, {}, "rules: a list of 0"),
    "rules as an object": (FILE | {"rules": {}}, {}, "is no list"),
    "a misspelt member": (FILE | {"valuesets": {}}, {}, "did you mean valueSets"),
    "a name with a slash": (FILE | {"name": "a/b"}, {}, "name: .* is no name"),
    "a rule twice": (FILE | {"rules": [RULE, RULE]}, {}, "VR-AT-0001 stands twice in one version"),
    "a value set that is missing": (
        FILE | {"valueSets": {}},
        {},
        "missing: vaccines; .* valueSets.json beside it, .* or into the member valueSets$",
    ),
    "a bare list without value sets": (
        [RULE],
        {},
        "missing: vaccines; .* valueSets.json beside it, .* or wrap the list: .*rules 1.*rules",
    ),
    "value sets of two rules": (
        [RULE, RULE | {"Identifier": "VR-AT-0002", "Logic": {"var": "external.valueSets.a\x1b"}}],
        {},
        "missing: a, vaccines; put them",
    ),
    "value sets in a list": (FILE | {"valueSets": []}, {}, "is no object of value sets"),
    "codes that are numbers": (FILE | {"valueSets": {"x": [1]}}, {}, "valueSets.x: .* no value"),
    "codes as a text": (FILE | {"valueSets": {"x": "a"}}, {}, "valueSets.x: .* is no value set"),
    "a value set without values": (FILE | {"valueSets": {"x": {}}}, {}, "valueSets.x: .* no value"),
    "two countries": (FILE | {"rules": [RULE, GERMAN]}, {}, "AT, DE; name one of them"),
    "no acceptance rule": (
        FILE | {"rules": [RULE | {"Type": "Invalidation"}]},
        {},
        "for: none; name",
    ),
    "no rule for the file's country": (FILE | {"country": "FR"}, {}, "no acceptance rule for FR"),
    "no rule for the door's country": (FILE, {"country": "FR"}, "no acceptance rule for FR"),
    "no rule for the region": (FILE | {"region": "Wien"}, {}, "no acceptance rule for AT"),
    "only rules that are not understood": (FILE | {"rules": [LATER]}, {}, "would refuse everybody"),
}


@pytest.mark.parametrize(("told", "given", "words"), WRONG_FILES.values(), ids=WRONG_FILES.keys())
def test_a_file_that_cannot_be_used_is_refused(
    told: Any, given: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read(told, **given)
    assert str(caught.value).isprintable()
