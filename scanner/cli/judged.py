"""Inputs judged one by one, with the time each part took."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import click

from scanner.cli.inputs import Found, payloads_of
from scanner.cli.options import Judging
from scanner.cli.report import Timing, as_object, fault
from scanner.door.tally import Tally
from scanner.gate import Entrance, Present, authenticate
from scanner.sight.pictures import PictureReader
from scanner.terms import Decision, InputError, Reason
from scanner.terms.verdict import VERDICT_OF


@dataclass(frozen=True, slots=True)
class Judged:
    """One decision on one code of one input; milliseconds where a part was reached."""

    name: str
    decision: Decision
    timing_ms: Timing

    def as_object(self, *, show_claims: bool) -> dict[str, Any]:
        """Return the JSON object of the decision, with the pass's content if asked for."""
        shown = as_object(self.name, self.decision, timing_ms=self.timing_ms)
        if show_claims:
            verified = self.decision.verified
            shown["claims"] = dict(verified.claims) if verified else None
        return shown


class Tell(Protocol):
    """How a command prints one decision."""

    def __call__(self, judged: Judged, *, asked: Judging) -> Iterable[str]:
        """Return the lines."""


def judge_all(asked: Judging, *, tell: Tell) -> int:
    """Judge every input, print each decision as it falls, return the exit code."""
    tally = Tally()
    for judged in _judge_inputs(asked):
        tally.add(judged.decision)
        for line in tell(judged, asked=asked):
            click.echo(line)
    return tally.exit_code


def _judge_inputs(asked: Judging) -> Iterator[Judged]:
    """Judge every code of every input; a picture without any gives `no_code`.

    One entrance for all: parts and pairs join across the inputs.
    """
    entrance, present = Entrance(), Present(asked.belief, asked.moment)
    with PictureReader() as reader:
        for found in payloads_of(asked.inputs, reader=reader):
            if found.error is not None:
                yield Judged(found.name, fault(found.error), _timing(found))
            elif not found.payloads:
                nothing = Decision(VERDICT_OF[Reason.NO_CODE], Reason.NO_CODE)
                yield Judged(found.name, nothing, _timing(found))
            for payload in found.payloads:
                yield _judge(payload.raw, found=found, entrance=entrance, present=present)


def _judge(raw: bytes, *, found: Found, entrance: Entrance, present: Present) -> Judged:
    started = time.perf_counter()
    shown = entrance.complete(raw, at_ms=present.at_ms)
    if isinstance(shown, Decision):
        return Judged(found.name, shown, _timing(found))
    known = authenticate(shown, belief=present.belief)
    verified = time.perf_counter()
    try:
        decision = entrance.weigh(shown, known, present=present)
    except (OSError, InputError) as error:
        words = error.strerror if isinstance(error, OSError) else str(error)
        decision = fault(f"the revoked ids cannot be read: {words}")
    weighed = None if isinstance(known, Decision) else time.perf_counter() - verified
    timing_ms = _timing(found, verify=verified - started, judge=weighed)
    return Judged(found.name, decision, timing_ms)


def _timing(found: Found, *, verify: float | None = None, judge: float | None = None) -> Timing:
    return {
        "read": None if found.read_ms is None else round(found.read_ms, 2),
        "verify": None if verify is None else round(verify * 1000, 3),
        "judge": None if judge is None else round(judge * 1000, 3),
    }
