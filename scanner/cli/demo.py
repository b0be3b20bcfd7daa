"""`door-scanner demo`: guests walk up to a rehearsal door.

The camera is drawn; everything behind it is the door's own: the same loop, reader
process, verifiers, judge and signals as at a real entrance.
"""

import contextlib
import secrets
import statistics
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, TextIO

import click

from scanner.cli.asked import terminal
from scanner.cli.rehearsal import OUTAGE, Cast, Role, cast, house
from scanner.door.answers import Happened
from scanner.door.clock import RehearsalClock
from scanner.door.events import Events
from scanner.door.outlet import REHEARSAL_PATIENCE_S
from scanner.door.plan import Plan
from scanner.door.run import run
from scanner.door.tally import Exit
from scanner.door.tickets import LEDGER
from scanner.sight.scenes.script import Script
from scanner.sight.scenes.timeline import Visit, timeline
from scanner.store.ledger import Ledger
from scanner.terms import Decision, Moment

_WIDTH: Final = 80
_KEY_BYTES: Final = 32


@dataclass(slots=True)
class Showing:
    """One code held up once: what the door answered, and how long that took."""

    role: Role
    visit: Visit
    answers: list[tuple[Decision, float]] = field(default_factory=list)

    @property
    def as_expected(self) -> bool:
        """Say whether the last answer is the one that the scenario asks for."""
        expected = self.role.expected[self.visit.showing]
        return bool(self.answers) and self.answers[-1][0].reason is expected


@click.command()
@click.option("--fast", is_flag=True, help="Do not wait for real time.")
@click.option("--loop", is_flag=True, help="Begin again for ever.")
@click.option("--seed", type=click.IntRange(0), default=0, help="Another walk, light and hand.")
@click.option("--events", metavar="PATH|-", help="Write events as JSON lines.")
def command(*, fast: bool, loop: bool, seed: int, events: str | None) -> int:
    """Let guests walk up to a rehearsal door; exit 0 only if each got the right answer."""
    stream = sys.stderr if events == "-" else sys.stdout
    while True:
        click.echo(
            f"Rehearsal, {OUTAGE:%d %B %Y, %H:%M} in Seoul; keys are made for this run only.",
            file=stream,
        )
        company = cast([house()])
        script = Script(
            guests=tuple(role.guest for role in company.roles), seed=seed, paced=not fast
        )
        showings, code = _play(script, company=company, events=events)
        # Whoever had not come yet when it was interrupted is not missing an answer.
        came = [s for s in showings if s.answers or code is not Exit.INTERRUPTED]
        _print_table(came, file=stream)
        if not loop or code == Exit.INTERRUPTED:
            return code
        seed += 1


def _play(script: Script, *, company: Cast, events: str | None) -> tuple[list[Showing], int]:
    showings = [Showing(company.roles[v.guest], v) for v in timeline(script).visits]

    def note(happened: Happened) -> None:
        showing = _showing_at(showings, happened=happened, fps=script.fps)
        if showing is not None:
            whole_ms = showing.visit.whole * 1000 / script.fps
            waited_ms = happened.frame_time_ms - whole_ms + (happened.latency_ms or 0.0)
            showing.answers.append((happened.decision, waited_ms))

    with _ledger() as ledger:
        ended = run(
            Plan(
                camera="scenes:",
                script=script.to_bytes(),
                belief=company.belief,
                clock=RehearsalClock(Moment(OUTAGE, trusted=True)),
                indicator=terminal(events, patience_s=REHEARSAL_PATIENCE_S),
                events=Events.to(events, patience_s=REHEARSAL_PATIENCE_S),
                once=True,
                on_decision=note,
                ledger=ledger,
            )
        )
    if ended.interrupted:
        return showings, Exit.INTERRUPTED
    if ended.tally.exit_code is Exit.FAULT:
        return showings, Exit.FAULT
    return showings, Exit.DONE if all(s.as_expected for s in showings) else Exit.FINDING


@contextlib.contextmanager
def _ledger() -> Iterator[Ledger]:
    """Keep used tickets for as long as the rehearsal lasts."""
    with tempfile.TemporaryDirectory(prefix="door-scanner-") as folder:
        ledger = Ledger(Path(folder) / LEDGER, key=secrets.token_bytes(_KEY_BYTES))
        try:
            yield ledger
        finally:
            ledger.close()


def _showing_at(showings: list[Showing], *, happened: Happened, fps: int) -> Showing | None:
    """Return who stood at the door when a decision fell."""
    for showing in showings:
        arrives_ms = showing.visit.arrives * 1000 / fps
        gone_ms = showing.visit.gone * 1000 / fps
        if arrives_ms <= happened.frame_time_ms <= gone_ms:
            return showing
    return None


def _print_table(showings: list[Showing], *, file: TextIO) -> None:
    from rich import box  # noqa: PLC0415 - the door does without while it runs
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=box.ASCII2 if not _unicode(file) else box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("guest", "verdict", "reason", "ms", ""):
        justify: Literal["left", "right"] = "right" if heading == "ms" else "left"
        # Only the last column, without a heading, may give way to the width.
        table.add_column(heading, justify=justify, no_wrap=bool(heading))
    for showing in showings:
        again = " (again)" if showing.visit.showing else ""
        decision, waited_ms = showing.answers[-1] if showing.answers else (None, None)
        table.add_row(
            showing.role.guest.name + again,
            decision.verdict.value if decision else "-",
            decision.reason.value if decision else "no answer",
            f"{waited_ms:.0f}" if waited_ms is not None else "-",
            "as expected" if showing.as_expected else f"expected {_expected(showing)}",
        )
    console = Console(file=file, width=_WIDTH, highlight=False)
    console.print(table)
    console.print(_summary(showings), markup=False)


def _expected(showing: Showing) -> str:
    return showing.role.expected[showing.visit.showing].value


def _summary(showings: list[Showing]) -> str:
    verdicts = [s.answers[-1][0].verdict.value for s in showings if s.answers]
    counts = ", ".join(f"{verdicts.count(v)} {v}" for v in dict.fromkeys(verdicts))
    waits = sorted(s.answers[-1][1] for s in showings if s.answers)
    if not waits:
        return "nobody was answered"
    p95 = waits[min(len(waits) - 1, round(0.95 * (len(waits) - 1)))]
    return (
        f"{len(showings)} codes shown: {counts}. "
        f"Whole code in view to light: p50 {statistics.median(waits):.0f} ms, p95 {p95:.0f} ms."
    )


def _unicode(file: TextIO) -> bool:
    return "utf" in (file.encoding or "").lower()
