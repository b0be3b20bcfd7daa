"""Tickets used up, pairs and parts joined, IDs asked for: by the whole door, from pictures."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from scanner.door.rulesets import SHIPPED
from scanner.publish import content, shc
from scanner.publish.own import keys
from scanner.publish.own.orders import Order
from scanner.publish.own.signing import text_of
from scanner.terms import Kind

if TYPE_CHECKING:
    from tests.conftest import Mint
    from tests.journeys.conftest import Album, Running

Opening = Callable[..., "Running"]
NOW: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)
FPS: Final = 4
TICKET: Final = Order(
    kind=Kind.TICKET,
    event="gala",
    zones=("hall",),
    not_before=NOW - timedelta(hours=1),
    not_after=NOW + timedelta(hours=8),
    admits=1,
    name=None,
    label="",
)


class House:
    """A venue with a key of its own, and rules for one evening."""

    def __init__(self, folder: Path) -> None:
        self.public = keys.make(folder / "key", issuer=None)
        self._key = keys.load(folder / "key")
        self.rules = folder / "gala.json"
        concert = json.loads((SHIPPED / "example-concert.json").read_text())
        changes = {
            "name": "gala",
            "event": {"id": "gala", "ends": (NOW + timedelta(hours=9)).isoformat()},
            "gates": {"main": ["hall"], "side": ["balcony"]},
            "window": {
                "opens": (NOW - timedelta(hours=1)).isoformat(),
                "closes": (NOW + timedelta(hours=5)).isoformat(),
            },
            "reentry": "never",
        }
        self.rules.write_text(json.dumps({**concert, **changes}))

    def ticket(self, number: int, **changes: Any) -> bytes:
        """Sign the ticket of this number."""
        order = replace(TICKET, **changes)
        return text_of(order, name="gala", index=number, key=self._key).encode()

    @property
    def options(self) -> tuple[str, ...]:
        """Return what a door of this house is told."""
        return ("--trust", f"own:{self.public}", "--rules", str(self.rules), "--gate", "main")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return House(tmp_path_factory.mktemp("house"))


def reasons(door: "Running") -> list[str]:
    door.finish()
    return [event["reason"] for event in door.events if event["event"] == "decision"]


def test_a_ticket_comes_in_once_also_after_a_restart(
    album: "Album", open_door: Opening, house: House, tmp_path: Path
) -> None:
    ticket = house.ticket(1)
    album.show((ticket, 3), frames=2)
    album.show(frames=7 * FPS)  # it has left, and the answer is no repeat any more
    album.show((ticket, 3), frames=2)
    album.show(frames=1)
    album.show((house.ticket(2), 3), frames=2)
    camera, state = f"frames:{album.folder}?fps={FPS}", tmp_path / "state"
    options = ("--once", "--state", str(state), *house.options)
    assert reasons(open_door(camera, *options)) == ["admitted", "already_used", "admitted"]
    assert reasons(open_door(camera, *options)) == ["already_used"] * 3


ELSEWHERE: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "another event": ({"event": "ball"}, "wrong_event"),
    "another gate": ({"zones": ("balcony",)}, "wrong_gate"),
    "over": ({"not_after": NOW - timedelta(seconds=1)}, "expired"),
    "not yet": ({"not_before": NOW + timedelta(hours=1)}, "not_yet_valid"),
}


def test_a_ticket_for_elsewhere_is_refused_with_its_reason(
    album: "Album", open_door: Opening, house: House, tmp_path: Path
) -> None:
    for number, (changes, _) in enumerate(ELSEWHERE.values()):
        album.show((house.ticket(number, **changes), 3), frames=2)
    state = ("--state", str(tmp_path / "state"))
    door = open_door(f"frames:{album.folder}?fps={FPS}", "--once", *state, *house.options)
    assert reasons(door) == [reason for _, reason in ELSEWHERE.values()]


def test_two_passes_of_one_person_are_a_pair_and_of_two_are_none(
    album: "Album", open_door: Opening, mint: "Mint"
) -> None:
    def negative(person: content.Person) -> bytes:
        told = content.test(
            person,
            country="AT",
            result=content.Outcome.NOT_DETECTED,
            sampled_at=NOW - timedelta(hours=6),
        )
        return mint.strike(mint.claims(told))

    mine, yours = negative(mint.person), negative(content.INVENTED[1])
    for raw in (mint.valid, yours, mint.valid, mine):
        album.show((raw, 3), frames=2)
        album.show(frames=6 * FPS)
    door = open_door(f"frames:{album.folder}?fps={FPS}", "--once", "--rules", "example-2g-plus")
    assert reasons(door) == ["more_needed", "more_needed", "more_needed", "admitted"]


def test_parts_of_a_card_are_joined_one_after_the_other(
    album: "Album", open_door: Opening, tmp_path: Path
) -> None:
    issuer = shc.Issuer("https://cards.example")
    told = [shc.patient(content.INVENTED[0]), shc.immunization(date(2026, 4, 1))]
    card = issuer.issue(told, issued_at=NOW - timedelta(days=30))
    parts = [part.encode() for part in shc.in_parts(card, count=2)]
    path = tmp_path / "jwks.json"
    path.write_bytes(issuer.jwks())
    album.show((parts[1], 3), frames=2)
    album.show((parts[0], 3), frames=1)
    trust = ("--trust", f"https://cards.example={path}")
    door = open_door(f"frames:{album.folder}?fps={FPS}", "--once", *trust)
    assert reasons(door) == ["more_needed", "admitted"]


def test_what_a_venue_asks_beside_its_rules_stands_in_its_settings(
    album: "Album", open_site: Opening, mint: "Mint", tmp_path: Path
) -> None:
    trust = tmp_path / "trust.der"
    trust.write_bytes(mint.issuer.certificate_der)
    config = tmp_path / "scanner.toml"
    config.write_text(
        f'[door]\ntrust = ["{trust}"]\nrevoked = []\nidentity = "every_n"\nidentity_every = 2\n'
        f'passback_s = 60\n[camera]\nsource = "frames:{album.folder}?fps={FPS}"\n'
        '[signals]\noutput = "none"\n'
    )
    # No id lists are the same: passes of one UVCI are one pass, so each gets its own.
    for number in (1, 2):
        changed = {**mint.vaccination, "v": [{**mint.vaccination["v"][0], "ci": f"URN:{number}"}]}
        album.show((mint.strike(mint.claims(changed)), 3), frames=2)
        album.show(frames=7 * FPS)
    album.show((mint.strike(mint.claims(changed)), 3), frames=2)
    door = open_site("--config", str(config), "--state", str(tmp_path / "state"), "--once")
    assert reasons(door) == ["admitted", "check_id", "passback"]


def settings(album: "Album", house: House, **door: str) -> str:
    told = {"trust": f'["own:{house.public}"]', "revoked": "[]", "rules": f'["{house.rules}"]'}
    lines = [f"{key} = {value}" for key, value in (told | door).items()]
    camera = f'source = "frames:{album.folder}?fps={FPS}"'
    return "\n".join(["[door]", *lines, "[camera]", camera, "[signals]", 'output = "none"', ""])


def test_a_door_knows_its_gate_and_which_way_guests_go(
    album: "Album", open_site: Opening, house: House, tmp_path: Path
) -> None:
    album.show((house.ticket(11), 3), frames=2)
    config, state = tmp_path / "scanner.toml", tmp_path / "state"
    options = ("--config", str(config), "--state", str(state), "--once")
    for door, expected in (
        ({"gate": '"side"'}, "wrong_gate"),
        ({"gate": '"main"'}, "admitted"),
        ({"gate": '"main"'}, "already_used"),
        ({"gate": '"main"', "role": '"exit"'}, "admitted"),
    ):
        config.write_text(settings(album, house, **door))
        assert reasons(open_site(*options)) == [expected]


def test_national_rules_are_those_of_where_the_door_is(
    album: "Album", open_site: Opening, mint: "Mint", house: House, tmp_path: Path
) -> None:
    def rule(country: str, *, holds: bool) -> dict[str, Any]:
        return {
            "Identifier": f"GR-{country}-0001",
            "Type": "Acceptance",
            "Country": country,
            "Version": "1.0.0",
            "SchemaVersion": "1.0.0",
            "Engine": "CERTLOGIC",
            "EngineVersion": "0.7.5",
            "CertificateType": "General",
            "Description": [{"lang": "en", "desc": "nobody"}],
            "ValidFrom": "2021-06-01T00:00:00Z",
            "ValidTo": "2030-06-01T00:00:00Z",
            "AffectedFields": [],
            "Logic": {"===": [1, 1 if holds else 2]},
        }

    rules = tmp_path / "states.json"
    rules.write_text(json.dumps([rule("AT", holds=True), rule("DE", holds=False)]))
    trust = tmp_path / "trust.der"
    trust.write_bytes(mint.issuer.certificate_der)
    album.show((mint.valid, 3), frames=2)
    config = tmp_path / "scanner.toml"
    for country, expected in (("AT", "admitted"), ("DE", "rule_not_met")):
        door = {"trust": f'["{trust}"]', "rules": f'["{rules}"]', "country": f'"{country}"'}
        config.write_text(settings(album, house, **door))
        state = ("--state", str(tmp_path / "state"))
        assert reasons(open_site("--config", str(config), *state, "--once")) == [expected]


def test_a_door_that_keeps_nothing_says_that_no_ticket_is_used_up(
    album: "Album", open_door: Opening, house: House
) -> None:
    album.show((house.ticket(12), 3), frames=2)
    door = open_door(f"frames:{album.folder}?fps={FPS}", "--once", *house.options)
    _, err = door.finish()
    assert err.startswith("door-scanner: without --state no ticket is used up\n")
    lamps = open_door(
        f"frames:{album.folder}?fps={FPS}", "--once", "--signals", "gpio", *house.options
    )
    code, err = lamps.finish()
    assert (code, err.count("\n")) == (2, 1)
    assert "tickets need a folder to be counted in" in err
