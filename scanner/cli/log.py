"""`door-scanner log`: the last decisions, from the memory of the running door."""

from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click

from scanner.cli import report
from scanner.cli.control import ask, run_folder, understood
from scanner.cli.options import running_door
from scanner.door.journal import MAX_ENTRIES
from scanner.door.tally import Exit

_WIDTH: Final = 79


@click.command()
@click.option(
    "--newest", "-n",
    type=click.IntRange(1, MAX_ENTRIES), default=MAX_ENTRIES, show_default=True,
    help="How many decisions.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@running_door
def command(*, newest: int, as_json: bool, state: Path | None) -> int:
    """Print the last decisions of the running door; no name, no pass, no id."""
    with understood():
        entries = list(ask(run_folder(state), {"log": newest})["entries"])
        lines = [report.as_json(entry) if as_json else _line(entry) for entry in entries]
    for line in lines:
        click.echo(line)
    if not entries and not as_json:
        click.echo("Nothing decided since the door was started.")
    return Exit.DONE


def _line(entry: dict[str, Any]) -> str:
    about = " ".join(filter(None, (entry["format"], entry["kind"], entry["issuer"])))
    told = "; ".join(filter(None, (about, entry["rule"], entry["detail"])))
    clock = datetime.fromisoformat(entry["at"]).astimezone().strftime("%H:%M:%S")
    line = f"{clock}  {entry['verdict'].upper():<6}  {entry['reason']:<15}  {told}"
    return report.printable(line[:_WIDTH])
