"""`python -m scanner.sync`: the timer's look, before anything heavy is loaded.

Ends at once when no round falls into the time until the next look; else waits as a small
process, and then becomes `door-scanner sync --scheduled`, with the same arguments.
"""

import os
import sys
from pathlib import Path

from scanner.store.places import Places
from scanner.sync.schedule import WINDOW_S, wait_for_round


def main() -> None:
    """Look, wait, and become the courier if a round is due."""
    asked = sys.argv[1:]
    state = asked[asked.index("--state") + 1] if "--state" in asked[:-1] else None
    places = Places.installed() if state is None else Places.at(Path(state))
    if wait_for_round(places, window_s=WINDOW_S):
        command = [sys.executable, "-I", "-m", "scanner", "sync", "--scheduled", *asked]
        os.execv(sys.executable, command)  # noqa: S606 - itself, with arguments of its own


if __name__ == "__main__":
    main()
