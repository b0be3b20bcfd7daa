"""Time as an argument: no room below the door reads a clock."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Moment:
    """The time a pass is judged at; `wall` is aware, `trusted` says if it may be believed."""

    wall: datetime
    trusted: bool
