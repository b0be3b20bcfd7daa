"""Prints how 100,000 doors load one server, and how many doors one nginx worker carries.

    .venv/bin/python tests/fleet/fleet.py [DOORS]

The timing is the courier's own code in simulated time; the server is a real nginx, where
tests/nginx/prepare can get one, under the requests of polls without news.
"""

import sys
import tempfile
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from scanner.sync.pacing import PERIOD_S
from tests.fleet.load import etag, polls
from tests.fleet.simulation import (
    AFTER_S,
    OUTAGE_S,
    SETTLED_S,
    Course,
    courteous,
    naive,
    outage,
    power_cut,
)
from tests.nginx.serving import Nginx, NoNginxError, unpacked
from tests.sync.supplier import new_feed

DOORS: Final = 100_000
LOAD_S: Final = 4.0
ENDS_S: Final = SETTLED_S + OUTAGE_S


def row(name: str, *, course: Course) -> str:
    """One line of the table."""
    steady = course.mean(PERIOD_S, SETTLED_S)
    during = course.peak(SETTLED_S, ENDS_S)
    after = course.peak(ENDS_S, ENDS_S + AFTER_S)
    return (
        f"{name:<28}{steady:>8.0f}{during:>10.0f}{after:>10.0f}{max(during, after) / steady:>8.1f}"
    )


def worker() -> str:
    """Say what one worker of a real nginx carries."""
    try:
        prefix = unpacked()
    except NoNginxError as error:
        return str(error)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        feed = new_feed(folder / "feed")
        nginx = Nginx(folder / "nginx", prefix=prefix, public=feed.public, logs=False)
        try:
            tag = etag(nginx.port)
            found = polls(nginx.port, etag=tag, seconds=LOAD_S)
        finally:
            nginx.close()
    rate = found.polls_per_s
    return (
        f"one nginx worker, a new connection for each poll: {2 * rate:,.0f} requests a second, "
        f"{rate * PERIOD_S:,.0f} doors at {PERIOD_S // 60} min (bounded by this client)"
    )


def main() -> None:
    """Run and print."""
    doors = int(sys.argv[1]) if len(sys.argv) > 1 else DOORS
    print(f"{doors:,} doors, origin dead for ten minutes; rounds a second in the worst second\n")
    print(f"{'':<28}{'steady':>8}{'outage':>10}{'after':>10}{'times':>8}")
    print(row("the courier's timing", course=outage(doors, wait=courteous, bin_s=1)))
    print(row("5 s after each failure", course=outage(doors, wait=naive, bin_s=1)))
    cut = power_cut(doors, bin_s=1)
    print(f"\nall switched on at once: {cut.peak(0, 300):.0f} in the worst second")
    print(f"\n{worker()}")


if __name__ == "__main__":
    main()
