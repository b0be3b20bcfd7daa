"""`door-scanner status`: the state of the running door on one screen."""

import json
import time
from pathlib import Path
from typing import Any, Final, TypeGuard

import click

from scanner.cli import report
from scanner.cli.control import no_door, run_folder
from scanner.cli.options import running_door
from scanner.cli.screen import screen
from scanner.door.premises import STATUS
from scanner.door.tally import Exit
from scanner.store import read_file
from scanner.terms import DeviceError, InputError, Reason

MAX_AGE_S: Final = 5.0
"""The door writes once a second; a Zero 2 W under load may be late."""

_MAX_BYTES: Final = 64 * 1024
_WATCH_S: Final = 1.0


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--watch", is_flag=True, help="Go on, once a second, until Ctrl-C.")
@running_door
def command(*, as_json: bool, watch: bool, state: Path | None) -> int:
    """Print the state of the running door; exit 0 if it is ready, 3 if not."""
    folder = run_folder(state)
    while True:
        try:
            told = read_status(folder)
        except DeviceError as gone:
            if not watch:
                raise
            told = {"state": "gone", "faults": [{"reason": "internal", "detail": gone.detail}]}
        if watch and not as_json:
            click.clear()
        click.echo(report.as_json(told) if as_json else screen(told))
        if not watch:
            return Exit.DONE if told["state"] == "ready" else Exit.FAULT
        time.sleep(_WATCH_S)


def read_status(folder: Path) -> dict[str, Any]:
    """Read what the door tells of itself; `DeviceError` when it does not any more."""
    path = folder / STATUS
    try:
        told: Any = json.loads(read_file(path, max_bytes=_MAX_BYTES))
        # The file's own time, not the one in it: that clock may have been set since.
        age_s = abs(time.time() - path.stat().st_mtime)
    except (InputError, ValueError, OSError, RecursionError):
        raise DeviceError(Reason.INTERNAL, no_door(folder)) from None
    if not _is_status(told):
        words = f"{path}: damaged; restart the door: sudo systemctl restart door-scanner"
        raise DeviceError(Reason.INTERNAL, words)
    if age_s > MAX_AGE_S:
        words = (
            f"the door has not told its state for {age_s:.0f} s: it hangs, or {folder} is full; "
            "look at: systemctl status door-scanner"
        )
        raise DeviceError(Reason.INTERNAL, words)
    return told


def _is_status(told: Any) -> TypeGuard[dict[str, Any]]:
    """Say whether all that is shown is there and of its kind."""
    try:
        screen(told)
        return isinstance(told["state"], str)
    except (AttributeError, KeyError, TypeError, ValueError):
        return False
