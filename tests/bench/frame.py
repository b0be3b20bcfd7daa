"""Frame to decision with a code held still, 1280x720, beside decoders in the same process.

Ours: from handing a frame in shared memory to the caged reader process until the judge
has decided. Rivals: their call with defaults on the same pixels, then the same judge.
Wall time, as a guest waits for it; the order of the three changes from frame to frame.
"""

import itertools
import select
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial

import zxingcpp
from pyzbar import pyzbar

from scanner.gate import Belief, judge
from scanner.rules import NO_INFECTION
from scanner.sight.attention import Effort
from scanner.sight.camera import Grey
from scanner.sight.memory import FrameMemory
from scanner.sight.reader import Reader
from scanner.sight.scenes.script import Carrier
from scanner.sight.scenes.still import still
from scanner.sight.sightings import Looked, Shot
from scanner.terms import Moment, Verdict
from scanner.trust import Keyring, RevocationList, read_trust
from tests.bench import setting
from tests.bench.figures import Figure, at_least, percentile

_BOUND = 3.0
_SEEDS = 8
_ROUNDS = 5

Read = Callable[[int], Sequence[bytes]]


def bench() -> Iterator[Figure]:
    """Time three ways from frame to decision on phones and paper."""
    issuer = setting.es256()
    belief = Belief(
        keyring=Keyring.of(read_trust(issuer.certificate_der).keys),
        revoked=RevocationList(),
        rule_sets=(NO_INFECTION,),
    )
    frames = [
        still(setting.vaccinated(issuer, person=seed), carrier=carrier, seed=seed)
        for seed in range(_SEEDS)
        for carrier in (Carrier.PHONE, Carrier.PAPER)
    ]
    with FrameMemory(slots=len(frames), slot_bytes=frames[0].size) as memory:
        for slot, frame in enumerate(frames):
            memory.write(frame.tobytes(), slot=slot)
        reader = Reader(memory)
        await_ready(reader)
        try:
            ways: dict[str, Read] = {
                "door-scanner": partial(_through_reader, reader, frames),
                "pyzbar, defaults": lambda slot: _pyzbar(frames[slot]),
                "zxing-cpp, defaults": lambda slot: _zxing(frames[slot]),
            }
            yield from _race(ways, slots=len(frames), belief=belief)
        finally:
            reader.close()


def await_ready(reader: Reader) -> None:
    """Start a reader and wait until it is ready."""
    reader.start(now_s=time.monotonic())
    while not reader.ready:
        select.select([reader.fileno()], [], [], 20)
        reader.receive()


def _race(ways: dict[str, Read], *, slots: int, belief: Belief) -> Iterator[Figure]:
    moment = Moment(setting.NOW + timedelta(days=1), trusted=True)
    times_ms: dict[str, list[float]] = {name: [] for name in ways}
    admitted = dict.fromkeys(ways, 0)
    orders = itertools.cycle(itertools.permutations(ways))
    for _, slot in itertools.product(range(_ROUNDS), range(slots)):
        for name in next(orders):
            started = time.perf_counter()
            decided = [judge(raw, belief=belief, moment=moment) for raw in ways[name](slot)]
            times_ms[name].append((time.perf_counter() - started) * 1000)
            admitted[name] += any(one.verdict is Verdict.ADMIT for one in decided)
    for name, times in times_ms.items():
        yield Figure(f"{name}: p50", f"{percentile(times, 0.5):.1f} ms")
        yield Figure("  p95", f"{percentile(times, 0.95):.1f} ms")
        yield Figure("  admitted", f"{admitted[name]} of {len(times)}")
    ours, pyzbar_ms, zxing_ms = (percentile(times, 0.95) for times in times_ms.values())
    yield at_least("pyzbar / door-scanner at p95", pyzbar_ms / ours, bound=_BOUND, unit="x")
    yield Figure("zxing-cpp / door-scanner at p95", f"{zxing_ms / ours:.2f} x")


def _through_reader(reader: Reader, frames: Sequence[Grey], slot: int) -> Sequence[bytes]:
    height, width = frames[slot].shape
    shot = Shot(slot, 0, slot, width, height, changed_cells=0)
    reader.submit(shot, effort=Effort.RESCUE, now_s=time.monotonic())
    looked: Looked | None = None
    while looked is None:
        select.select([reader.fileno()], [], [], 1)
        looked = reader.receive()
    return [code.raw for code in looked.codes]


def _pyzbar(grey: Grey) -> Sequence[bytes]:
    return [code.data for code in pyzbar.decode(grey)]


def _zxing(grey: Grey) -> Sequence[bytes]:
    return [code.bytes for code in zxingcpp.read_barcodes(grey)]
