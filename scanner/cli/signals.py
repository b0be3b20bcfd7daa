"""`door-scanner signals`: every signal, named, on the lamps of the running door."""

import time
from pathlib import Path
from typing import Any, Final

import click

from scanner.cli.control import ask, run_folder, understood
from scanner.cli.options import running_door
from scanner.cli.status import read_status
from scanner.door.tally import Exit
from scanner.signals import Pattern
from scanner.terms import DeviceError, Reason

_LONGEST_MS: Final = 10_000
"""No signal takes half as long."""

_MEANINGS: Final = {
    Pattern.ACCEPT: "green, one short high tone: admitted",
    Pattern.REFUSE: "red, slow blinks, one long low tone: refused",
    Pattern.USED: "red, two low tones: used before",
    Pattern.ASK: "red and green in turn, high then low: ask a person",
    Pattern.STALE: "red and green in turn, one middle tone: lists too old",
    Pattern.STAFF: "both, one middle tone: staff decided",
    Pattern.CLICK: "one tick: read, but not a pass",
    Pattern.FAULT: "both, slowly, no tone: the machine",
    Pattern.READY: "both wink every four seconds: waiting for guests",
    Pattern.WARY: "both wink twice: ready, but lists or clock need a look",
}


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@running_door
def command(*, names: tuple[str, ...], state: Path | None) -> int:
    """Play signals through the running door, all of them without NAME; a guest comes first."""
    patterns = [_pattern(name) for name in names] or list(_MEANINGS)
    folder = run_folder(state)
    _check_lamps(read_status(folder))
    for pattern in patterns:
        with understood():
            length_ms = int(ask(folder, {"play": pattern.value})["length_ms"])
        click.echo(f"{pattern.value:<7} {_MEANINGS.get(pattern, 'all dark')}")
        time.sleep(min(max(length_ms, 0), _LONGEST_MS) / 1000)
    return Exit.DONE


def _check_lamps(told: dict[str, Any]) -> None:
    """Refuse to play what nobody can see."""
    for fault in told.get("faults", ()):
        if fault["reason"] == Reason.PINS_LOST.value:
            raise DeviceError(Reason.PINS_LOST, fault["detail"])
    output = (told.get("signals") or {}).get("output")
    if output != "gpio":
        click.echo(f"This door drives no pins: its lights are on {output}.")


def _pattern(name: str) -> Pattern:
    try:
        return Pattern(name)
    except ValueError:
        known = ", ".join(pattern.value for pattern in _MEANINGS)
        raise click.UsageError(f"no signal is called {name}; there are {known}") from None
