"""Runs inside the machine: writes down what the installed door tells of itself, and when.

    told.py

Prints one JSON array of [monotonic seconds, state, pattern, reasons, starts of the keeper], an
entry for each change of the status, until the test that has heard enough removes LISTENING.
"""

import json
import time
from pathlib import Path
from typing import Final

STATUS: Final = Path("/run/door-scanner/status.json")
LISTENING: Final = Path("/run/tests/listening")
PAUSE_S: Final = 0.01

Told = tuple[str, str, list[str], int]


def told() -> Told | None:
    """Return what counts of the status; None where a door has told nothing."""
    try:
        status = json.loads(STATUS.read_text())
    except FileNotFoundError:
        return None
    reasons = [fault["reason"] for fault in status["faults"]]
    starts = (status.get("signals") or {}).get("starts", 0)
    return status["state"], status.get("pattern") or "", reasons, starts


def listen() -> list[tuple[float, *Told]]:
    """Write down every change."""
    heard: list[tuple[float, *Told]] = []
    last: Told | None = None
    LISTENING.touch()
    while LISTENING.exists():
        now = told()
        if now is not None and now != last:
            heard.append((time.monotonic(), *now))
            last = now
        time.sleep(PAUSE_S)
    return heard


print(json.dumps(listen()))
