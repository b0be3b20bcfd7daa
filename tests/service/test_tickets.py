"""One-time tickets at an installed door: used up in its state folder, in the real sandbox."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from scanner.door.rulesets import SHIPPED
from scanner.publish.own import keys
from scanner.publish.own.orders import Order
from scanner.publish.own.signing import text_of
from scanner.terms import Kind
from tests.service import guests
from tests.service.conftest import SETTINGS, change
from tests.service.container import Container

UNIT: Final = "door-scanner.service"
FRAMES: Final = "/srv/tickets"
# Two seconds of an empty hall, a ticket for more than one; for half a minute.
_HALL, _HELD, _ROUNDS = 6, 4, 12


def ticket(folder: Path) -> tuple[str, bytes]:
    """Make a ticket for today, and the public key behind it."""
    public = keys.make(folder / "key", issuer="The venue")
    now = datetime.now(UTC)
    order = Order(
        kind=Kind.TICKET,
        event="gala",
        zones=(),
        not_before=now - timedelta(days=1),
        not_after=now + timedelta(days=1),
        admits=1,
        name=None,
        label="",
    )
    text = text_of(order, name="gala", index=0, key=keys.load(folder / "key"))
    return text, public.read_bytes()


def rules() -> bytes:
    """Make the rule set of an evening that goes on until tomorrow."""
    told = json.loads((SHIPPED / "example-concert.json").read_bytes())
    ends = (datetime.now(UTC) + timedelta(days=1)).isoformat(timespec="seconds")
    told |= {"name": "gala", "event": {"id": "gala", "ends": ends}, "reentry": "never"}
    del told["window"], told["gates"]
    return json.dumps(told).encode()


def show(system: Container, text: str) -> None:
    """Put a ticket before the camera again and again."""
    pictures = {"hall": guests.png(guests.hall()), "ticket": guests.png(guests.shown(text))}
    for number, kind in enumerate((["hall"] * _HALL + ["ticket"] * _HELD) * _ROUNDS):
        system.write(f"{FRAMES}/{number:05}.png", pictures[kind])


def decided(system: Container) -> dict[str, int]:
    counts: dict[str, int] = system.status().get("decisions") or {}
    return counts


def test_a_ticket_is_used_up_once_also_over_a_restart(door: Container, tmp_path: Path) -> None:
    text, public = ticket(tmp_path)
    show(door, text)
    door.write("/etc/door-scanner/trust/own.pem", public)
    door.write("/etc/door-scanner/rules/gala.json", rules())
    door.write(SETTINGS, door.read(SETTINGS).replace('["no-infection"]', '["gala"]'))
    change(door, source=f"frames:{FRAMES}?fps=15&realtime&hold=5")
    door.run("systemctl", "restart", UNIT)
    door.await_that(lambda: decided(door).get("admit.admitted"), why="the ticket is admitted")
    door.await_that(lambda: decided(door).get("refuse.already_used"), why="it is used up")
    assert decided(door)["admit.admitted"] == 1
    owner = door.run("stat", "-c", "%U %a", "/var/lib/door-scanner/ledger.sqlite").stdout
    assert owner == "door-scanner 600\n"
    door.run("systemctl", "restart", UNIT)
    door.await_that(lambda: decided(door).get("refuse.already_used"), why="it stays used up")
    assert set(decided(door)) == {"refuse.already_used"}
    counted = "cat /var/lib/door-scanner/ledger.sqlite* | grep -ac gala"
    assert door.run("sh", "-c", counted, check=False).stdout == "0\n"
