"""Parts of a SMART Health Card that does not fit one code (`shc:/C/N/...`, deprecated since 2022).

Parts come in any order and may repeat; the card is whole once all of them are there. Source:
SMART Health Cards Framework, "Encoding QRs". How long a door waits for the next one is not
decided here. `shc:/1/1/` is a whole card.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from scanner.terms import Reason, Refused

PREFIX: Final = b"shc:/"
# The longest public example has 17; nobody shows more than a few.
MAX_PARTS: Final = 32
# A version-40 code holds 7,089 digits.
MAX_PART_BYTES: Final = 7089

_PART: Final = re.compile(rb"shc:/([1-9][0-9]?)/([1-9][0-9]?)/((?:[0-9]{2})+)")


@dataclass(frozen=True, slots=True)
class Part:
    """One part: number `index` of `count`, counted from 1, and its digits."""

    index: int
    count: int
    digits: bytes

    def __str__(self) -> str:
        return f"part {self.index} of {self.count}"


def part_of(raw: bytes) -> Part | None:
    """Return which part of a card `raw` holds, or None for a whole card and for anything else."""
    found = _PART.fullmatch(raw) if len(raw) <= MAX_PART_BYTES else None
    if found is None:
        return None
    index, count = int(found[1]), int(found[2])
    return Part(index, count, found[3]) if 1 < count <= MAX_PARTS and index <= count else None


def joined(parts: Iterable[Part]) -> bytes:
    """Return the text of the whole card; of two parts with one number the later one counts.

    Raises `Refused`: `more_needed` while a part is missing, `malformed` if they are parts of
    cards with different counts.
    """
    by_index = {part.index: part for part in parts}
    counts = {part.count for part in by_index.values()}
    if len(counts) != 1:
        raise Refused(Reason.MALFORMED, "parts of different cards")
    (count,) = counts
    missing = [str(index) for index in range(1, count + 1) if index not in by_index]
    if missing:
        raise Refused(Reason.MORE_NEEDED, f"part {', '.join(missing)} of {count} is missing")
    return PREFIX + b"".join(by_index[index].digits for index in range(1, count + 1))
