"""Rule sets by name: the venue's own before the feed's, the feed's before those that came with."""

import json
from pathlib import Path
from typing import Any

import pytest

from scanner.door import rulesets
from scanner.door.rulesets import SHIPPED, Where, find, find_all, known
from scanner.rules import BY_NAME
from scanner.terms import InputError


def tickets(name: str, *, version: str = "1") -> dict[str, Any]:
    concert: dict[str, Any] = json.loads((SHIPPED / "example-concert.json").read_text())
    return concert | {"name": name, "version": version}


def put(folder: Path, name: str, **changes: Any) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(json.dumps(tickets(name) | changes))
    return path


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a venue's own rule sets, which a test may fill."""
    monkeypatch.setattr(rulesets, "LOCAL", tmp_path / "local")
    return tmp_path / "local"


def test_names_without_a_file_are_found_first() -> None:
    for name, rule_set in BY_NAME.items():
        assert find(name) is rule_set


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.json")), ids=lambda path: path.stem)
def test_every_rule_set_that_came_with_can_be_named(path: Path) -> None:
    found = find(path.stem)
    assert (found.name, bool(found.title), bool(found.version)) == (path.stem, True, True)


def test_several_are_found_once_each() -> None:
    names = ("no-infection", "genuine-only", "no-infection")
    assert [one.name for one in find_all(names)] == ["no-infection", "genuine-only"]


def test_the_venues_own_come_before_the_feeds_and_those_before_the_shipped(
    local: Path, tmp_path: Path
) -> None:
    name = min(SHIPPED.glob("*.json")).stem
    shipped = find(name).version
    path = put(tmp_path / "feed", name, version="from-the-feed")
    feed = {path.name: path.read_bytes()}
    assert find(name, feed=feed).version == "from-the-feed"
    put(local, name, version="our-own")
    assert find(name, feed=feed).version == "our-own"
    assert shipped not in ("from-the-feed", "our-own")


def test_a_file_that_holds_another_rule_set_is_refused_by_its_name(local: Path) -> None:
    put(local, "ball").rename(local / "gala.json")
    with pytest.raises(InputError, match="holds the rule set ball; rename the file"):
        find("gala")


def test_a_file_is_named_by_its_path(tmp_path: Path) -> None:
    path = put(tmp_path / "rules", "gala")
    assert find(str(path)).name == "gala"


@pytest.mark.parametrize("name", ["2g", "", "No-Infection", "a" * 65])
def test_an_unknown_name_is_answered_with_those_there_are(name: str) -> None:
    with pytest.raises(InputError, match=r"no rule set is called .*genuine-only, no-infection"):
        find(name)


def test_those_there_are_include_the_venues_own(local: Path) -> None:
    put(local, "our-own")
    assert "our-own" in known()


def published(country: str) -> list[dict[str, Any]]:
    one = {
        "Identifier": f"GR-{country}-0001",
        "Type": "Acceptance",
        "Country": country,
        "Version": "1.0.0",
        "SchemaVersion": "1.0.0",
        "Engine": "CERTLOGIC",
        "EngineVersion": "0.7.5",
        "CertificateType": "General",
        "Description": [{"lang": "en", "desc": "covid"}],
        "ValidFrom": "2021-06-01T00:00:00Z",
        "ValidTo": "2030-06-01T00:00:00Z",
        "AffectedFields": ["v.0"],
        "Logic": {"in": [{"var": "payload.v.0.tg"}, {"var": "external.valueSets.targets"}]},
    }
    return [one]


def test_published_rules_find_their_value_sets_beside_them(tmp_path: Path) -> None:
    path = tmp_path / "dcc-at.json"
    path.write_text(json.dumps(published("AT")))
    with pytest.raises(InputError, match="targets"):
        find(str(path))
    (tmp_path / "valueSets.json").write_text(json.dumps({"targets": ["840539006"]}))
    assert find(str(path)).name == "dcc-at"


def test_rules_of_several_states_are_applied_where_the_door_is(tmp_path: Path) -> None:
    path = tmp_path / "dcc.json"
    path.write_text(json.dumps(published("AT") + published("DE")))
    (tmp_path / "valueSets.json").write_text(json.dumps({"targets": ["840539006"]}))
    with pytest.raises(InputError, match="country"):
        find(str(path))
    assert find(str(path), country="DE").name == "dcc"
    with pytest.raises(InputError, match="FR"):
        find(str(path), country="FR")


def test_what_is_wrong_in_a_feed_is_said_of_the_feed() -> None:
    with pytest.raises(InputError, match=r"feed: rules/house\.json: "):
        find("house", feed={"house.json": b"{}"})


def test_rule_sets_of_a_feed_are_among_those_there_are() -> None:
    assert "house" in known({"house.json": b"{}"})


def test_tickets_are_used_up_by_one_rule_set_alone(local: Path) -> None:
    put(local, "gala")
    put(local, "ball")
    north = Where(gate="north")
    found = find_all(["gala", "no-infection"], where=north)
    assert [one.name for one in found] == ["gala", "no-infection"]
    with pytest.raises(InputError, match="gala and ball: both use tickets up; name one of them"):
        find_all(["gala", "ball"], where=north)


@pytest.mark.parametrize(
    ("gate", "words"), [(None, "no gate is named"), ("west", "'west' is none of them")]
)
def test_a_door_at_no_gate_of_its_event_does_not_start(
    gate: str | None, words: str, local: Path
) -> None:
    put(local, "gala")
    with pytest.raises(InputError, match=rf"backstage, north, south, and {words}; set door\.gate"):
        find_all(["gala"], where=Where(gate=gate))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.json: no such file"):
        find(str(tmp_path / "gone.json"))


WRITABLE = {"everybody": 0o646, "everybody else too": 0o666}


@pytest.mark.parametrize("mode", WRITABLE.values(), ids=WRITABLE)
def test_a_file_that_everybody_may_write_is_refused(mode: int, tmp_path: Path) -> None:
    path = put(tmp_path / "rules", "gala")
    path.chmod(mode)
    with pytest.raises(InputError, match="everybody may write it; chmod o-w it"):
        find(str(path))


def test_below_etc_a_file_is_roots_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rulesets, "ETC", tmp_path)
    path = put(tmp_path / "rules", "gala")
    path.chmod(0o664)
    with pytest.raises(InputError, match="must be root's alone"):
        find(str(path))


def test_what_is_wrong_in_a_file_begins_with_its_path(tmp_path: Path) -> None:
    path = put(tmp_path / "rules", "gala", timezone="Mars/Olympus")
    with pytest.raises(InputError) as refused:
        find(str(path))
    assert str(refused.value).startswith(f"{path}: ")
    assert "Mars/Olympus" in str(refused.value)
