"""When each guest of a script comes, is wholly in view, and goes, in frame numbers.

The scene camera draws from this table, so it is true to the picture: `whole` is the
first frame with all four corners of every code of the guest inside it.
"""

from dataclasses import dataclass
from math import ceil
from typing import Final

from scanner.sight.scenes.script import Script
from scanner.sight.scenes.walk import APPROACH_S, ENTER_S, HOLD_S, STAY_S, Walk, walks

GAP_S: Final = 0.9  # an empty hall between guests; no code is in view for twice as long
RETURN_S: Final = 0.7  # the same guest again: the code is out of view for about 1.5 s
_LEAD_S: Final = 1.0  # an empty hall first: the motion gate learns its background


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One showing of one guest: frame numbers; `gone` is the first frame without them."""

    guest: int
    showing: int
    arrives: int
    whole: int
    leaves: int
    gone: int
    walks: tuple[Walk, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """All visits in order, and the number of frames of the rehearsal."""

    visits: tuple[Visit, ...]
    frames: int


def timeline(script: Script) -> Timeline:
    """Compute when each guest of the script comes and goes."""
    visits: list[Visit] = []
    at = ceil(_LEAD_S * script.fps)
    for index, guest in enumerate(script.guests):
        for showing in range(guest.showings):
            visit = _visit(script, guest=index, showing=showing, arrives=at)
            visits.append(visit)
            pause_s = RETURN_S if showing + 1 < guest.showings else GAP_S
            at = visit.gone + ceil(pause_s * script.fps)
    return Timeline(tuple(visits), at)


def _visit(script: Script, *, guest: int, showing: int, arrives: int) -> Visit:
    moving = walks(
        codes=len(script.guests[guest].payloads),
        width=script.width,
        height=script.height,
        seed=script.seed,
        guest=guest,
    )
    gone = arrives + ceil(STAY_S * script.fps)
    return Visit(
        guest=guest,
        showing=showing,
        arrives=arrives,
        whole=_whole(script, moving=moving, arrives=arrives, gone=gone),
        leaves=arrives + ceil((APPROACH_S + ENTER_S + HOLD_S) * script.fps),
        gone=gone,
        walks=moving,
    )


def _whole(script: Script, *, moving: tuple[Walk, ...], arrives: int, gone: int) -> int:
    """Find the first frame with every corner inside; a script's pictures always have one."""
    return next(
        frame
        for frame in range(arrives, gone)
        if all(
            _inside(script, walk=walk, elapsed_s=(frame - arrives) / script.fps) for walk in moving
        )
    )


def _inside(script: Script, *, walk: Walk, elapsed_s: float) -> bool:
    return all(
        0 <= x <= script.width - 1 and 0 <= y <= script.height - 1
        for x, y in walk.at(elapsed_s).corners()
    )
