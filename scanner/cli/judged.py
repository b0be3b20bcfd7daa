"""Inputs judged one by one, with the time each part took."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scanner.cli.inputs import Found, payloads_of
from scanner.cli.report import Timing, fault
from scanner.gate import Belief, authenticate, weigh
from scanner.sight.pictures import PictureReader
from scanner.terms import Decision, Moment, Reason
from scanner.terms.verdict import VERDICT_OF


@dataclass(frozen=True, slots=True)
class Judged:
    """One decision on one code of one input; milliseconds where a part was reached."""

    name: str
    decision: Decision
    timing_ms: Timing


def judge_inputs(inputs: Sequence[str], *, belief: Belief, moment: Moment) -> Iterator[Judged]:
    """Judge every code of every input; a picture without any gives `no_code`."""
    with PictureReader() as reader:
        for found in payloads_of(inputs, reader=reader):
            if found.error is not None:
                yield Judged(found.name, fault(found.error), _timing(found))
            elif not found.payloads:
                nothing = Decision(VERDICT_OF[Reason.NO_CODE], Reason.NO_CODE)
                yield Judged(found.name, nothing, _timing(found))
            for payload in found.payloads:
                yield _judge(payload.raw, found=found, belief=belief, moment=moment)


def _judge(raw: bytes, *, found: Found, belief: Belief, moment: Moment) -> Judged:
    started = time.perf_counter()
    known = authenticate(raw, belief=belief)
    verified = time.perf_counter()
    if isinstance(known, Decision):
        return Judged(found.name, known, _timing(found, verify=verified - started))
    decision = weigh(known, belief=belief, moment=moment)
    weighed = time.perf_counter() - verified
    timing_ms = _timing(found, verify=verified - started, judge=weighed)
    return Judged(found.name, decision, timing_ms)


def _timing(found: Found, *, verify: float | None = None, judge: float | None = None) -> Timing:
    return {
        "read": None if found.read_ms is None else round(found.read_ms, 2),
        "verify": None if verify is None else round(verify * 1000, 3),
        "judge": None if judge is None else round(judge * 1000, 3),
    }
