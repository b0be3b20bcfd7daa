"""Time as an argument: no room below the door reads a clock."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

_RFC3339: Final = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Moment:
    """The time a pass is judged at; `wall` is aware, `trusted` says if it may be believed."""

    wall: datetime
    trusted: bool


def rfc3339(text: str) -> datetime:
    """Read a time with its offset (RFC 3339 section 5.6); raise `ValueError` for anything else."""
    if not _RFC3339.fullmatch(text):
        raise ValueError(text)
    return datetime.fromisoformat(text.upper())
