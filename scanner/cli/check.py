"""`door-scanner check`: one line a code, one process for thousands of inputs."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from scanner.cli import options
from scanner.cli.judged import judge_inputs
from scanner.cli.report import as_json as json_line
from scanner.cli.report import as_line, as_object
from scanner.door.tally import Tally


@click.command()
@options.judging
def command(  # noqa: PLR0913 - one parameter an option
    *,
    inputs: Sequence[str],
    trust: Sequence[Path],
    revoked: Sequence[Path],
    rules: Sequence[str],
    at: datetime | None,
    show_claims: bool,
    as_json: bool,
) -> int:
    """Judge passes: pictures, text files with one payload, or - for standard input."""
    belief = options.believe(
        trust=trust, revoked=revoked, rules=rules, default_rules="genuine-only"
    )
    tally = Tally()
    for judged in judge_inputs(inputs, belief=belief, moment=options.moment(at)):
        tally.add(judged.decision)
        shown = as_object(judged.name, judged.decision, timing_ms=judged.timing_ms)
        verified = judged.decision.verified
        if show_claims:
            shown["claims"] = dict(verified.claims) if verified else None
        click.echo(json_line(shown) if as_json else as_line(shown))
        if show_claims and not as_json and verified:
            click.echo(f"  claims: {json_line(dict(verified.claims))}")
    return tally.exit_code
