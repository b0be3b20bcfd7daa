"""Run benchmarks by name, or all of them: figures, bounds, ok or over. Exit 1 if one is over."""

import importlib
import sys
import time
from pathlib import Path

NAMES = (
    "verify",
    "formats",
    "rules",
    "ledger",
    "frame",
    "idle",
    "memory",
    "start",
    "replace",
    "lookup",
    "release",
    "accept",
    "courier",
)
# Run only where they are named: minutes, root, and a container.
SLOW = {"service": "tests.service.figures", "lookup_100m": "tests.bench.lookup_100m"}


def main(names: list[str]) -> int:
    """Print one table for each benchmark."""
    unknown = [name for name in names if name not in (*NAMES, *SLOW)]
    if unknown:
        known = ", ".join((*NAMES, *SLOW))
        print(f"no benchmark {unknown[0]!r}; there are: {known}", file=sys.stderr)
        return 2
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    over = False
    for name in names or NAMES:
        module = importlib.import_module(SLOW.get(name, f"tests.bench.{name}"))
        started = time.monotonic()
        print(f"{name}: {(module.__doc__ or '').partition(chr(10))[0]}", flush=True)
        for figure in module.bench():
            over |= figure.holds is False
            print(f"  {figure.line}"[:80].rstrip(), flush=True)
        print(f"  ({time.monotonic() - started:.0f} s)\n", flush=True)
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
