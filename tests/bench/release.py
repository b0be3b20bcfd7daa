"""A release of 10 million ids, and one of 10,000 in and 10,000 out on top of it.

Each command runs in a process of its own, and is weighed by its peak RSS. The text file of typed
ids is made before; what is measured is `publish revoke`, `reinstate` and `release`. Beside it
stands what it takes merely to sort that text file.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.bench.figures import Figure, at_most

CHECKOUT: Final = Path(__file__).resolve().parents[2]
_IDS: Final = 10_000_000
_CHANGED: Final = 10_000
_BOUND_S: Final = 60
_BOUND_MB: Final = 512
_WIRE_KB: Final = 150
_MANIFEST_KB: Final = 16
_LINE_BYTES: Final = len("dcc-uci:") + 32 + 1
_AT_ONCE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Run:
    """A command that ended: seconds, peak RSS in MB (10^6 bytes), and what it printed."""

    time_s: float
    peak_mb: float
    out: str


def bench() -> Iterator[Figure]:
    """Release a list, and a change of it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ids = _made(folder / "ids", seed=1, number=_IDS)
        new = _made(folder / "new", seed=2, number=_CHANGED)
        old = folder / "old"
        with ids.open("rb") as file:
            old.write_bytes(file.read(_CHANGED * _LINE_BYTES))
        publish(folder, "init")
        first = [publish(folder, "revoke", "--ids", str(ids)), publish(folder, "release")]
        second = [
            publish(folder, "revoke", "--ids", str(new)),
            publish(folder, "reinstate", "--ids", str(old)),
            publish(folder, "release"),
        ]
        manifest, wire_size = _manifest(folder)
        rival = _sorted_s(folder, ids)
    shown = f"{first[0].time_s:.1f} + {first[1].time_s:.1f} s"
    total_s = sum(run.time_s for run in first)
    yield at_most("10 M ids: revoke + release", total_s, bound=_BOUND_S, unit="s", shown=shown)
    peak_mb = max(run.peak_mb for run in (*first, *second))
    yield at_most("peak RSS of any command", peak_mb, bound=_BOUND_MB, unit="MB")
    yield Figure("10,000 in, 10,000 out, released", f"{sum(run.time_s for run in second):.1f} s")
    yield at_most("that delta on the wire", wire_size / 1e3, bound=_WIRE_KB, unit="KB")
    yield at_most("manifest", len(manifest) / 1e3, bound=_MANIFEST_KB, unit="KB")
    yield Figure("sort -u of the ids as text", f"{rival:.1f} s")


def publish(folder: Path, *words: str) -> Run:
    """Run `door-scanner publish` in a process of its own, and weigh it."""
    where = ("--repo", str(folder / "feed"), "--keys", str(folder / "keys"))
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "scanner", "publish", *words, *where],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    out = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"publish {words[0]} ended with {process.returncode}")
    return Run(time.perf_counter() - started, used.ru_maxrss * 1024 / 1e6, out)


def _made(path: Path, *, seed: int, number: int) -> Path:
    """Write typed ids at random, 41 bytes a line."""
    made = random.Random(seed)  # noqa: S311 - a benchmark, the same in every run
    with path.open("wb") as file:
        for _ in range(number // _AT_ONCE):
            digits = made.randbytes(16 * _AT_ONCE).hex()
            lines = (f"dcc-uci:{digits[at : at + 32]}\n" for at in range(0, len(digits), 32))
            file.write("".join(lines).encode())
    return path


def _manifest(folder: Path) -> tuple[bytes, int]:
    """Return the newest manifest, and the bytes of the delta to its state."""
    found = (folder / "feed/public/targets/revoked").glob("*.manifest.json")
    contents = [path.read_bytes() for path in found]
    newest = max(contents, key=lambda content: str(json.loads(content)["issued"]))
    deltas = json.loads(newest)["lists"]["main"]["deltas"]
    blobs = [blob for delta in deltas for blob in (delta["adds"], *delta["removes"])]
    return newest, sum(blob["size"] for blob in blobs)


def _sorted_s(folder: Path, ids: Path) -> float:
    started = time.perf_counter()
    words = ["sort", "-u", "-T", str(folder), "-o", str(folder / "sorted"), str(ids)]
    subprocess.run(words, check=True, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"})
    return time.perf_counter() - started
