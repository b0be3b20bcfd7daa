"""The look that a timer takes every few minutes, to see if a round is due before the next.

Light on purpose: most looks end at once, and no network library is loaded before a round is due.
A person may ask for a round now, by a file that only root or the courier can make. The door
cannot: nothing that happens there reaches the courier.
"""

import contextlib
import os
import time
from typing import Final

from scanner.store.places import Places
from scanner.sync.record import next_round_s

WINDOW_S: Final = 300.0
"""The timer's period: what is due later is left to the next look."""

_ASK_AGAIN_S: Final = 1.0
_REQUEST: Final = "now"


def request(places: Places) -> None:
    """Ask the courier of this folder for a round now; `OSError` without the right to."""
    with contextlib.suppress(FileExistsError):
        # Made anew or not at all: a link that was put there is not followed.
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        os.close(os.open(places.courier / _REQUEST, flags, 0o640))


def wait_for_round(places: Places, *, window_s: float) -> bool:
    """Sleep until a round is due and say True; say False at once if none falls into the window."""
    ends = time.monotonic() + window_s
    due = time.monotonic() + next_round_s(places)
    if due > ends and not _is_requested(places):
        return False
    while (left_s := due - time.monotonic()) > 0 and not _is_requested(places):
        time.sleep(min(left_s, _ASK_AGAIN_S))
    return True


def take_request(places: Places) -> bool:
    """Forget that somebody asked, for that round begins; False if the wish cannot be removed."""
    with contextlib.suppress(OSError):
        (places.courier / _REQUEST).unlink()
    return not _is_requested(places)


def _is_requested(places: Places) -> bool:
    return os.path.lexists(places.courier / _REQUEST)
