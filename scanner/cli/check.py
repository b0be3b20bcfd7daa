"""`door-scanner check`: one line a code, one process for thousands of inputs."""

from collections.abc import Iterator

import click

from scanner.cli import options
from scanner.cli.judged import Judged, judge_all
from scanner.cli.options import Judging
from scanner.cli.report import as_json, as_line


@click.command()
@options.judging
def command(asked: Judging) -> int:
    """Judge passes: pictures, text files with one payload, or - for standard input."""
    return judge_all(asked, tell=_tell)


def _tell(judged: Judged, *, asked: Judging) -> Iterator[str]:
    shown = judged.as_object(show_claims=asked.show_claims)
    if asked.as_json:
        yield as_json(shown)
        return
    yield as_line(shown)
    if shown.get("claims"):
        yield f"  claims  {as_json(shown['claims'])}"
