"""`door-scanner explain`: the steps of a judgement, for a person at the door."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from scanner.cli import options
from scanner.cli.judged import judge_inputs
from scanner.cli.report import as_json as json_line
from scanner.cli.report import as_line, as_object, as_steps
from scanner.door.tally import Tally
from scanner.gate import steps_of


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
    """Tell every step of judging a pass; nothing is changed or used up."""
    belief = options.believe(
        trust=trust, revoked=revoked, rules=rules, default_rules="genuine-only"
    )
    tally = Tally()
    for judged in judge_inputs(inputs, belief=belief, moment=options.moment(at)):
        tally.add(judged.decision)
        verified = judged.decision.verified
        steps = steps_of(judged.decision)
        shown = as_object(judged.name, judged.decision, timing_ms=judged.timing_ms)
        if show_claims:
            shown["claims"] = dict(verified.claims) if verified else None
        if as_json:
            shown["steps"] = [
                {"name": s.name, "asks": s.asks, "result": s.result.value, "found": s.found}
                for s in steps
            ]
            shown["revocation_ids"] = list(verified.ids) if verified else []
            click.echo(json_line(shown))
            continue
        click.echo(as_line(shown))
        for line in as_steps(steps):
            click.echo(line)
        for pass_id in verified.ids if verified else ():
            click.echo(f"  revocation id  {pass_id}")
        if show_claims and verified:
            click.echo(f"  claims         {json_line(dict(verified.claims))}")
    return tally.exit_code
