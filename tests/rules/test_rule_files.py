"""Rule-set files: what is read, and the one line that says what is wrong with a file."""

import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.rules import Family
from scanner.rules.document import MAX_BYTES
from scanner.rules.files import FORMAT, read_rule_set
from scanner.terms import InputError

FOLDER: Final = Path(__file__).resolve().parents[2] / "config" / "rules"
SHIPPED: Final = sorted(FOLDER.glob("*.json"))

HEALTH: Final[dict[str, Any]] = {
    "format": FORMAT,
    "kind": "health",
    "name": "house",
    "version": "1",
    "title": "What this house asks",
    "timezone": "Asia/Seoul",
    "diseases": ["840539006"],
    "vaccines": {"one_dose": ["EU/1/20/1525"], "series_doses": 2, "booster_from_dose": 3},
    "accept": [
        {
            "name": "series",
            "words": "two doses",
            "event": "vaccination",
            "series": "complete",
            "from_day": 14,
            "from_inclusive": True,
            "until_day": 180,
            "until_inclusive": True,
        },
        {
            "name": "tested",
            "words": "a test",
            "event": "test",
            "types": ["naat"],
            "until": {"hours": 48, "end_of_day": True},
        },
        {
            "name": "had-it",
            "words": "a recovery",
            "event": "recovery",
            "counted_from": "valid_from",
        },
        {
            "name": "young",
            "words": "a child",
            "event": "any",
            "born": {"on_or_after": "2010-01-01"},
        },
        {
            "name": "plus",
            "words": "a dose and an exemption",
            "within_s": 60,
            "both": [
                [{"words": "a dose", "event": "vaccination", "series": "any"}],
                [{"words": "an exemption", "event": "exemption"}],
            ],
        },
    ],
}
TICKET: Final[dict[str, Any]] = {
    "format": FORMAT,
    "kind": "ticket",
    "name": "evening",
    "version": "1",
    "title": "One evening",
    "timezone": "Europe/Berlin",
    "event": {"id": "e1", "ends": "2027-07-04T04:00:00+02:00"},
    "kinds": ["ticket"],
    "window": {"opens": "2027-07-03T18:00:00+02:00", "closes": "2027-07-03T23:00:00+02:00"},
    "once": True,
}
NOTHING: Final = object()


def changed(template: dict[str, Any], *path: str | int, to: Any) -> bytes:
    """Write a rule set with one value replaced, added, or (NOTHING) left out."""
    told = deepcopy(template)
    *before, last = path
    inner: Any = told
    for step in before:
        inner = inner[step]
    if to is NOTHING:
        del inner[last]
    else:
        inner[last] = to
    return json.dumps(told).encode()


def paths(told: Any) -> Iterator[tuple[str | int, ...]]:
    """Give the place of every value."""
    members = told.items() if isinstance(told, dict) else enumerate(told)
    for name, inner in members:
        yield (name,)
        if isinstance(inner, dict | list):
            yield from ((name, *path) for path in paths(inner))


JSON_VALUES: Final = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 400) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


def health(*path: str | int, to: Any) -> bytes:
    """Change the health rule set."""
    return changed(HEALTH, *path, to=to)


def way(number: int, name: str, *, to: Any) -> bytes:
    """Change a way of the health rule set."""
    return changed(HEALTH, "accept", number, name, to=to)


def ticket(*path: str | int, to: Any) -> bytes:
    """Change the ticket rule set."""
    return changed(TICKET, *path, to=to)


def text(old: str, new: str) -> bytes:
    """Change the text of the health rule set where JSON is not enough."""
    written = json.dumps(HEALTH)
    assert old in written
    return written.replace(old, new, 1).encode()


BROKEN_TEXTS: Final[dict[str, tuple[bytes, str]]] = {
    "nothing": (b"", "empty; copy a rule set into it"),
    "blank lines": (b"\xef\xbb\xbf \n\n", "empty; copy a rule set into it"),
    "no JSON": (b"name = 1", "line 1: no JSON: Expecting value"),
    "cut short": (json.dumps(HEALTH, indent=1).encode()[:60], "line 4: no JSON: "),
    "two documents": (b"{}\n{}", "line 2: no JSON: Extra data"),
    "no text": (b'{"name": "\xff"}', "no text in UTF-8; save the file as UTF-8"),
    "in UTF-16": (json.dumps(HEALTH).encode("utf-16"), "no text in UTF-8"),
    "too large": (b" " * (MAX_BYTES + 1), "longer than 4194304 bytes"),
    "10,000 levels of lists": (b"[" * 10_000 + b"]" * 10_000, "nested deeper than 128 levels"),
    "10,000 levels of objects": (
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "nested deeper than 128 levels"),
    "129 levels": (b"[" * 129 + b"]" * 129, "nested deeper than 128 levels"),
    "128 levels": (b"[" * 128 + b"]" * 128, "rules[0]: a list is no object"),
    "10,000 levels in a way": (
        text('"2010-01-01"', "[" * 10_000 + "]" * 10_000), "nested deeper than 128 levels"),
    "a name that stands twice": (
        text('"version": "1"', '"version": "1", "version": "2"'),
        "'version' stands twice in one object; leave one of them out"),
    "NaN": (text('"from_day": 14', '"from_day": NaN'), "NaN is no JSON; give a number"),
    "Infinity": (text('"from_day": 14', '"from_day": -Infinity'), "-Infinity is no JSON"),
    "1e999": (text('"from_day": 14', '"from_day": 1e999'), "1e999 is beyond all numbers"),
    "a number of 5,000 digits": (
        text('"from_day": 14', '"from_day": 1' + "0" * 5000), "a number of more than 18 digits"),
    "no rule set": (b'{"door": {}}', 'no rule set; one begins with {"format": "door-scanner'),
    "a word": (b'"kr-2021-12-13"', "no rule set; one begins with"),
    "another format": (health("format", to="door-scanner rules 2"), "no rule set"),
    "an empty list": (b"[]", "rules: a list of 0; give 1 to"),
}  # fmt: skip

WRONG: Final[dict[str, tuple[bytes, str]]] = {
    "no kind": (health("kind", to=NOTHING), "kind: missing"),
    "an unknown kind": (
        health("kind", to="guests"),
        'kind: "guests" is no choice here; give health, ticket, dcc-national'),
    "an unknown member": (
        health("acept", to=[]), "acept: not known here; did you mean accept?"),
    "a member that clears the screen": (
        health("\x1b[2J", to=1), '"\\u001b[2J": not known here; there are format, kind, name'),
    "a member of another kind": (
        health("gates", to={}), "gates: not known here; did you mean notes?"),
    "no name": (health("name", to=NOTHING), "name: missing"),
    "a name that would break the rule's": (
        health("name", to="a/b"),
        'name: "a/b" is no name; give 1 to 64 letters, digits, dots and hyphens'),
    "a number for a version": (
        health("version", to=1), "version: 1 is no name; write it in quotes"),
    "an empty title": (health("title", to=" "), "title: give a text of one line"),
    "a title that clears the screen": (
        health("title", to="\x1b[2J"), "title: give a text of one line"),
    "a title of two lines": (health("title", to="a\nb"), "title: give a text of one line"),
    "a title that never ends": (health("title", to="a" * 1001), "title: give a text of one line"),
    "a list for a title": (
        health("title", to=["a"]), "title: a list is no text; give text in quotes"),
    "notes that are no list": (health("notes", to="a"), 'notes: "a" is no list; give [ ... ]'),
    "no time zone": (health("timezone", to=NOTHING), "timezone: missing"),
    "an unknown time zone": (
        health("timezone", to="Asia/Soul"),
        'timezone: "Asia/Soul" is no time zone; give one like Asia/Seoul'),
    "a time zone outside its folder": (
        health("timezone", to="../../etc/passwd"), 'timezone: "../../etc/passwd" is no time zone'),
    "a folder of time zones": (health("timezone", to="Asia"), 'timezone: "Asia" is no time zone'),
    "no diseases": (health("diseases", to=[]), "diseases: a list of 0; give 1 to 10000"),
    "an empty set": (health("accept", to=[]), "accept: a list of 0; give 1 to 100"),
    "no set": (health("accept", to=NOTHING), "accept: missing"),
    "too many ways": (health("accept", to=[{}] * 101), "accept: a list of 101; give 1 to 100"),
    "an object for a list": (health("accept", to={}), "accept: an object is no list"),
    "a way that is no object": (health("accept", 0, to=7), "accept[0]: 7 is no object; give {"),
    "a way without a name": (way(0, "name", to=NOTHING), "accept[0].name: missing"),
    "two ways of one name": (
        way(1, "name", to="series"), "accept[1].name: series names another rule"),
    "a way of the set's own name for none": (
        way(1, "name", to="accept"), "accept[1].name: accept names another rule"),
    "a way without words": (way(0, "words", to=NOTHING), "accept[0].words: missing"),
    "a way without an event": (way(0, "event", to=NOTHING), "accept[0].event: missing"),
    "a mistyped event": (
        way(0, "evnt", to="test"), "accept[0].evnt: not known here; did you mean event?"),
    "an unknown event": (
        way(0, "event", to="haircut"), 'accept[0].event: "haircut" is no choice here; give vacc'),
    "an unknown operator": (
        way(0, "and", to=[]), "accept[0].and: not known here; there are words, event, born"),
    "a member of another event": (
        way(1, "series", to="complete"), "accept[1].series: not known here"),
    "an unknown series": (
        way(0, "series", to="half"),
        'accept[0].series: "half" is no choice here; give any, complete, booster'),
    "a truth for a series": (way(0, "series", to=True), "accept[0].series: true is no choice"),
    "a vaccination without a series": (way(0, "series", to=NOTHING), "accept[0].series: missing"),
    "no way to count doses": (
        health("vaccines", to=NOTHING), "accept[0].event: say in vaccines, beside accept, how"),
    "a series of no doses": (
        health("vaccines", "series_doses", to=0),
        "vaccines.series_doses: 0 is out of range; give 1 to 9"),
    "an empty list of products": (way(0, "products", to=[]), "accept[0].products: a list of 0"),
    "a product that is a number": (
        way(0, "products", to=["a", 7]), "accept[0].products[1]: 7 is no text"),
    "a day as text": (
        way(0, "from_day", to="14"),
        'accept[0].from_day: "14" is no whole number; give 0 to 36500'),
    "half a day": (way(0, "from_day", to=1.5), "accept[0].from_day: 1.5 is no whole number"),
    "a truth for a day": (way(0, "until_day", to=True), "accept[0].until_day: true is no whole"),
    "a day before the event": (way(0, "from_day", to=-1), "accept[0].from_day: -1 is out of"),
    "a day without its inclusiveness": (
        way(0, "from_inclusive", to=NOTHING),
        "accept[0].from_inclusive: missing beside from_day; give true or false"),
    "inclusiveness without a day": (
        way(0, "until_day", to=NOTHING),
        "accept[0].until_day: missing beside until_inclusive; give a number of days, or leave un"),
    "a word for inclusiveness": (
        way(0, "from_inclusive", to="yes"),
        'accept[0].from_inclusive: "yes" is no choice here; give true or false'),
    "a truth in quotes": (
        ticket("once", to="true"), 'once: "true" is no true or false; write it without quotes'),
    "an end before the beginning": (
        way(0, "until_day", to=13), "accept[0].until_day: no day is left between the two bounds"),
    "no day between two bounds that do not count": (
        way(0, "until_inclusive", to=False) .replace(b'"until_day": 180', b'"until_day": 14'),
        "accept[0].until_day: no day is left between the two bounds"),
    "no types of tests": (way(1, "types", to=[]), "accept[1].types: a list of 0"),
    "an unknown type of test": (
        way(1, "types", to=["pcr"]),
        'accept[1].types[0]: "pcr" is no choice here; give naat, antigen, other'),
    "no end of a test": (way(1, "until", to=NOTHING), "accept[1].until: missing"),
    "an end that is a number": (way(1, "until", to=48), "accept[1].until: 48 is no object"),
    "an end in days": (
        way(1, "until", to={"days": 2}), "accept[1].until.days: not known here; there are hours"),
    "hours without end": (
        way(1, "until", to={"hours": 10**9, "end_of_day": True}),
        "accept[1].until.hours: 1000000000 is out of range; give 1 to 8784"),
    "a recovery counted from nothing": (
        way(2, "counted_from", to=NOTHING), "accept[2].counted_from: missing"),
    "own dates in a word": (way(2, "own_dates", to=None), "accept[2].own_dates: null is no choice"),
    "a bad date": (
        way(3, "born", to={"on_or_after": "2021-02-29"}),
        'accept[3].born.on_or_after: "2021-02-29" is no day of the calendar; give YYYY-MM-DD'),
    "a date in another style": (
        way(3, "born", to={"before": "20210228"}), 'accept[3].born.before: "20210228" is no day'),
    "a week for a date": (
        way(3, "born", to={"before": "2021-W09-1"}), 'accept[3].born.before: "2021-W09-1" is no'),
    "a number for a date": (
        way(3, "born", to={"before": 2021}), "accept[3].born.before: 2021 is no day"),
    "a list for a date": (
        way(3, "born", to={"before": [0] * 10}), "accept[3].born.before: a list is no day"),
    "an age that asks nothing": (
        way(3, "born", to={}), "accept[3].born: give on_or_after, before, under_years or"),
    "anybody at all": (way(3, "born", to=NOTHING), "accept[3].born: missing"),
    "days for anybody": (way(3, "from_day", to=3), "accept[3].from_day: not known here"),
    "one part": (way(4, "both", to=HEALTH["accept"][4]["both"][:1]), "accept[4].both: 1 parts"),
    "three parts": (way(4, "both", to=[[{}]] * 3), "accept[4].both: 3 parts; give two lists"),
    "an empty part": (way(4, "both", to=[[], []]), "accept[4].both[0]: a list of 0"),
    "a way that names itself": (
        way(4, "both", to=[["plus"], ["plus"]]),
        "accept[4].both[0][0]: a way stands here itself, not by its name; give { ... }"),
    "a way that holds itself": (
        way(4, "both", to=[[HEALTH["accept"][4]], [HEALTH["accept"][4]]]),
        "accept[4].both[0][0].name: not known here"),
    "both within both": (
        way(4, "both", to=[[{"both": []}], [{}]]), "accept[4].both[0][0].both: not known here"),
    "anybody as a part": (
        way(4, "both", to=[[{"event": "any", "words": "a"}]] * 2),
        "accept[4].both[0][0].event: any is a way of its own"),
    "a part without words": (
        way(4, "both", to=[[{"event": "exemption"}]] * 2), "accept[4].both[0][0].words: missing"),
    "an event beside both": (
        way(4, "event", to="test"), "accept[4].event: not known here"),
    "a second pass within no time": (
        way(4, "within_s", to=0), "accept[4].within_s: 0 is out of range; give 5 to 600"),
    "a value too long to show": (
        way(0, "from_day", to="x" * 500), 'accept[0].from_day: "' + "x" * 39 + "... is no whole"),
    "a ticket without an event": (ticket("event", to=NOTHING), "event: missing"),
    "an event without an id": (ticket("event", to={}), "event.id: missing"),
    "an event whose end is missing": (
        ticket("event", "ends", to=NOTHING),
        "event.ends: missing; give the time until which once is kept, like 2022-01-03T18:00"),
    "an end without an offset": (
        ticket("event", "ends", to="2027-07-04T04:00:00"),
        'event.ends: "2027-07-04T04:00:00" is no time; give one like 2022-01-03T18:00:00+09:00'),
    "an event that ends at 7": (ticket("event", "ends", to=7), "event.ends: 7 is no time"),
    "no kinds": (ticket("kinds", to=[]), "kinds: a list of 0"),
    "a kind that is no ticket": (
        ticket("kinds", to=["vaccination"]),
        'kinds[0]: "vaccination" is no choice here; give ticket, membership, staff'),
    "once left open": (ticket("once", to=NOTHING), "once: missing"),
    "an unknown re-entry": (
        ticket("reentry", to="always"),
        'reentry: "always" is no choice here; give never, after_exit'),
    "re-entry of what is not counted": (
        changed(json.loads(ticket("once", to=False)), "reentry", to="never"),
        "once: reentry and admissions are kept count of with true only"),
    "admissions of what is not counted": (
        changed(json.loads(ticket("once", to=False)), "admissions", to="each"),
        "once: reentry and admissions are kept count of with true only"),
    "an empty window": (ticket("window", to={}), "window: give opens or closes"),
    "a window that closes first": (
        ticket("window", "closes", to="2027-07-03T18:00:00+02:00"),
        "window.closes: not later than opens"),
    "no gates in gates": (ticket("gates", to={}), "gates: nothing in it; leave it out"),
    "a list of gates": (ticket("gates", to=["north"]), "gates: a list is no object"),
    "a gate without zones": (ticket("gates", to={"north": []}), "gates.north: a list of 0"),
    "an item as text": (ticket("items", to=["1"]), 'items[0]: "1" is no whole number'),
    "an exemption of nobody": (
        ticket("exempt", to={"crew": ["once"]}), 'exempt: "crew" is no choice here; give ticket'),
    "an exemption from nothing": (
        ticket("exempt", to={"staff": ["tax"]}),
        'exempt.staff[0]: "tax" is no choice here; give event, gate, product, window, once'),
    "national rules without rules": (
        json.dumps({"format": FORMAT, "kind": "dcc-national", "name": "x"}).encode(),
        "rules: missing"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("content", "line"), [*BROKEN_TEXTS.values(), *WRONG.values()], ids=[*BROKEN_TEXTS, *WRONG]
)
def test_a_wrong_file_gets_one_line_that_names_the_place(content: bytes, line: str) -> None:
    with pytest.raises(InputError) as error:
        read_rule_set(content, name="house", zone_of=ZoneInfo)
    assert str(error.value).startswith(line)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 400


MISSING: Final[dict[str, tuple[bytes, str]]] = {
    "a choice": (health("kind", to=NOTHING), "kind: missing; give health, ticket, dcc-national"),
    "a list of choices": (
        ticket("kinds", to=NOTHING), "kinds: missing; give a list of ticket, membership, staff"),
    "a list of texts": (
        health("diseases", to=NOTHING), "diseases: missing; give a list of text in quotes"),
    "a list": (health("accept", to=NOTHING), "accept: missing; give [ ... ]"),
    "a text": (health("title", to=NOTHING), "title: missing; give text in quotes"),
    "a name": (
        health("name", to=NOTHING),
        "name: missing; give 1 to 64 letters, digits, dots and hyphens"),
    "a time zone": (
        health("timezone", to=NOTHING), "timezone: missing; give one like Asia/Seoul"),
    "a time zone that is a number": (
        health("timezone", to=9), "timezone: 9 is no time zone; give one like Asia/Seoul"),
    "a number": (
        health("vaccines", "series_doses", to=NOTHING),
        "vaccines.series_doses: missing; give 1 to 9"),
    "true or false": (ticket("once", to=NOTHING), "once: missing; give true or false"),
    "an object": (ticket("event", to=NOTHING), "event: missing; give { ... }"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "line"), MISSING.values(), ids=MISSING.keys())
def test_what_is_missing_is_told_with_what_to_give(content: bytes, line: str) -> None:
    with pytest.raises(InputError) as error:
        read_rule_set(content, name="house", zone_of=ZoneInfo)
    assert str(error.value) == line


def test_a_venue_may_know_of_no_vaccine_of_one_dose() -> None:
    content = health("vaccines", "one_dose", to=[])
    assert read_rule_set(content, name="house", zone_of=ZoneInfo).name == "house"


@pytest.mark.parametrize("error", [KeyError, ValueError, OSError])
def test_a_zone_that_cannot_be_had_is_a_mistake_however_it_is_told(
    error: Callable[[], Exception],
) -> None:
    def zone_of(_: str) -> ZoneInfo:
        raise error()

    with pytest.raises(InputError, match="timezone: "):
        read_rule_set(json.dumps(HEALTH).encode(), name="house", zone_of=zone_of)


def test_a_very_long_name_is_told_by_its_end() -> None:
    with pytest.raises(InputError) as error:
        read_rule_set(health("x" * 100_000, to=1), name="house", zone_of=ZoneInfo)
    assert len(str(error.value)) < 300


@pytest.mark.parametrize("path", SHIPPED, ids=[path.stem for path in SHIPPED])
def test_the_shipped_rule_sets_are_read_and_go_by_the_names_of_their_files(path: Path) -> None:
    rule_set = read_rule_set(path.read_bytes(), name=path.stem, zone_of=ZoneInfo)
    assert rule_set.name == path.stem
    assert rule_set.version == "1"
    is_ticket = json.loads(path.read_text())["kind"] == "ticket"
    assert rule_set.family is (Family.ENTITLEMENT if is_ticket else Family.HEALTH)


def test_the_page_beside_them_names_the_shipped_rule_sets() -> None:
    rows = re.findall(r"^\| (`.+`) \| [^|]+ \|$", (FOLDER / "README.md").read_text(), re.MULTILINE)
    named = [name for row in rows for name in re.findall("`(.+?)`", row)]
    assert {path.stem for path in SHIPPED} <= set(named)
    assert {"kr-2021-12-13", "kr-2022-01-03", "eu-2022-02-01"} < {path.stem for path in SHIPPED}


@pytest.mark.parametrize("told", [HEALTH, TICKET], ids=["health", "ticket"])
def test_names_are_those_in_the_file_and_a_byte_order_mark_is_nothing(told: Any) -> None:
    content = b"\xef\xbb\xbf" + json.dumps(told, indent=2).encode()
    rule_set = read_rule_set(content, name="file", zone_of=ZoneInfo)
    found = (rule_set.name, rule_set.version, rule_set.title)
    assert found == (told["name"], told["version"], told["title"])


def test_numbers_with_a_point_are_read_where_they_mean_nothing_wrong() -> None:
    # A published list may hold them; a health rule set has no place for one.
    with pytest.raises(InputError, match=r"version: 1\.5 is no name"):
        read_rule_set(health("version", to=1.5), name="house", zone_of=ZoneInfo)


@given(number=st.integers(0, 10**6), value=JSON_VALUES)
@pytest.mark.parametrize("told", [HEALTH, TICKET], ids=["health", "ticket"])
def test_any_value_anywhere_is_read_or_told(told: Any, number: int, value: Any) -> None:
    places = list(paths(told))
    content = changed(told, *places[number % len(places)], to=value)
    try:
        rule_set = read_rule_set(content, name="house", zone_of=ZoneInfo)
    except InputError as error:
        assert str(error).isprintable()  # noqa: PT017 - whichever it is
    else:
        assert rule_set.name


PUBLISHED: Final[dict[str, Any]] = {
    "Identifier": "GR-AT-0001",
    "Type": "Acceptance",
    "Country": "AT",
    "Version": "1.0.0",
    "SchemaVersion": "1.0.0",
    "Engine": "CERTLOGIC",
    "EngineVersion": "0.7.5",
    "CertificateType": "General",
    "Description": [{"lang": "en", "desc": "Anybody."}],
    "ValidFrom": "2021-06-01T00:00:00Z",
    "ValidTo": "2030-06-01T00:00:00Z",
    "AffectedFields": [],
    "Logic": {"===": [1, 1]},
}
NATIONAL: Final[dict[str, Any]] = {
    "format": FORMAT,
    "kind": "dcc-national",
    "name": "at",
    "version": "7",
    "title": "Austria",
    "rules": [PUBLISHED],
}
NEEDING: Final = PUBLISHED | {"Logic": {"in": ["x", {"var": "external.valueSets.vaccines"}]}}


def test_a_published_list_goes_by_the_name_of_its_file() -> None:
    bare = read_rule_set(json.dumps([PUBLISHED]).encode(), name="austria", zone_of=ZoneInfo)
    assert bare.name == "austria"
    found = read_rule_set(json.dumps(NATIONAL).encode(), name="austria", zone_of=ZoneInfo)
    assert (found.name, found.version) == ("at", "7")


@pytest.mark.parametrize("told", [[NEEDING], NATIONAL | {"rules": [NEEDING]}], ids=["bare", "file"])
def test_value_sets_may_lie_beside_national_rules(told: Any) -> None:
    def read(beside: bytes | None) -> str:
        content = json.dumps(told).encode()
        return read_rule_set(content, name="at", zone_of=ZoneInfo, value_sets=beside).name

    assert read(b'{"vaccines": ["x"]}') == "at"
    with pytest.raises(InputError, match=r"^valueSets.json beside it: line 1: no JSON"):
        read(b"vaccines")
    for beside in (None, b'{"others": []}'):
        with pytest.raises(InputError, match=r"missing: vaccines; put them into valueSets.json"):
            read(beside)


def test_value_sets_of_the_file_itself_need_none_beside_it() -> None:
    told = NATIONAL | {"rules": [NEEDING], "valueSets": {"vaccines": []}}
    content = json.dumps(told).encode()
    found = read_rule_set(content, name="at", zone_of=ZoneInfo, value_sets=b"broken")
    assert found.name == "at"
