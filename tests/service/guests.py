"""Guests who do not exist, their passes, and what a camera sees of them.

Every name, date and id comes from a seed and stands nowhere else, so that a piece of it that
is found somewhere can have come from its pass alone.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import cv2
import numpy as np
import segno
from numpy.typing import NDArray

from scanner.publish import content
from scanner.publish.dcc import Issuer

Grey = NDArray[np.uint8]

WIDTH: Final = 640
HEIGHT: Final = 480
_WALL: Final = 190
_MODULE_PX: Final = 4
_MARGIN_PX: Final = 20
# Letters that no language puts in this order: nobody is called so, and no program.
_LETTERS: Final = "bcdfghjkmnpqrtvwxz"
_NAME_LETTERS: Final = 14
# Long before anything else on a computer of today has a date.
_FIRST_BIRTH: Final = date(1901, 1, 1)


@dataclass(frozen=True, slots=True)
class Guest:
    """One guest: every field that nobody may keep, and the text of the pass."""

    fields: tuple[str, ...]
    text: str


def issuer() -> Issuer:
    """Make an issuer whose passes count today."""
    now = datetime.now(UTC)
    return Issuer.es256(
        country="AT", not_before=now - timedelta(days=30), not_after=now + timedelta(days=90)
    )


def guests(count: int, *, by: Issuer, seed: int = 20) -> Iterator[Guest]:
    """Make `count` vaccinated guests, no two alike."""
    chance = random.Random(seed)  # noqa: S311 - names, not keys
    births = chance.sample(range(365 * 25), count)
    today = datetime.now(UTC)
    for days in births:
        person = content.Person(_name(chance), _name(chance), _FIRST_BIRTH + timedelta(days=days))
        holds = content.vaccination(
            person, country=by.country, given_on=(today - timedelta(days=60)).date()
        )
        text = by.issue(
            holds, issued_at=today - timedelta(days=2), expires_at=today + timedelta(days=60)
        )
        yield Guest(_fields(holds), text)


def hall() -> Grey:
    """Draw the hall with nobody in it."""
    return np.full((HEIGHT, WIDTH), _WALL, np.uint8)


def shown(text: str) -> Grey:
    """Draw a pass as the camera sees it."""
    rows = segno.make_qr(text, error="l").matrix_iter(scale=_MODULE_PX, border=4)
    code: Grey = np.where(np.array([list(row) for row in rows]) == 1, 0, 255).astype(np.uint8)
    height, width = code.shape
    picture = hall()
    picture[_MARGIN_PX : _MARGIN_PX + height, _MARGIN_PX : _MARGIN_PX + width] = code
    return picture


def png(picture: Grey) -> bytes:
    """Give the picture as a file."""
    return cv2.imencode(".png", picture)[1].tobytes()


def film(people: Sequence[Guest], *, empty: int, held: int, rounds: int) -> Iterator[Grey]:
    """Show the empty hall, then a guest, then the hall, and so on."""
    nobody = hall()
    passes = [shown(guest.text) for guest in people]
    for number in range(rounds):
        yield from [nobody] * empty
        yield from [passes[number % len(passes)]] * held


def _name(chance: random.Random) -> str:
    return "".join(chance.choice(_LETTERS) for _ in range(_NAME_LETTERS)).capitalize()


def _fields(holds: dict[str, Any]) -> tuple[str, ...]:
    (event,) = holds["v"]
    unique = event["ci"].rpartition(":")[2].partition("#")[0]
    return (*holds["nam"].values(), holds["dob"], unique)
