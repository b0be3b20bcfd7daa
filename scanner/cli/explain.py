"""`door-scanner explain`: the steps of a judgement, for a person at the door."""

from collections.abc import Iterator

import click

from scanner.cli import options
from scanner.cli.judged import Judged, judge_all
from scanner.cli.options import Judging
from scanner.cli.report import as_json, as_line, as_steps
from scanner.gate import steps_of


@click.command()
@options.judging
def command(asked: Judging) -> int:
    """Tell every step of judging a pass; nothing is changed or used up."""
    return judge_all(asked, tell=_tell)


def _tell(judged: Judged, *, asked: Judging) -> Iterator[str]:
    shown = judged.as_object(show_claims=asked.show_claims)
    steps = steps_of(judged.decision)
    verified = judged.decision.verified
    ids = list(verified.ids) if verified else []
    if asked.as_json:
        shown["steps"] = [
            {"name": s.name, "asks": s.asks, "result": s.result.value, "found": s.found}
            for s in steps
        ]
        yield as_json({**shown, "revocation_ids": ids})
        return
    yield as_line(shown)
    yield from as_steps(steps)
    yield from (f"  revocation id  {pass_id}" for pass_id in ids)
    if shown.get("claims"):
        yield f"  claims         {as_json(shown['claims'])}"
