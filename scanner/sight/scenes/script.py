"""Who comes to a rehearsal door, with which codes: the script that a scene camera plays.

Promises plain data that crosses a process border as JSON. Refuses, with `InputError`,
a script that is broken or larger than a rehearsal needs.
"""

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Self

from scanner.terms import InputError

MAX_GUESTS: Final = 1000  # an hour of rehearsal; a longer one is a loop of shorter ones
MAX_PAYLOAD_BYTES: Final = 2953  # what a version 40 code holds in byte mode
MAX_CODES: Final = 2  # two hands
MAX_SHOWINGS: Final = 5
FRAME_RATES: Final = range(1, 61)
SIDES_PX: Final = range(240, 2161)  # from the smallest useful picture to 4K
_REMEDY: Final = "write it with Script.to_bytes()"


class Carrier(Enum):
    """What a code is shown on."""

    PHONE = "phone"
    PAPER = "paper"
    POSTER = "poster"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """One guest: the codes held up at once, and how many times they are held up."""

    name: str
    payloads: tuple[bytes, ...]
    carrier: Carrier = Carrier.PHONE
    showings: int = 1

    def __post_init__(self) -> None:
        """Refuse what no guest can show."""
        _demand(
            f"guest {self.name!r} shows {len(self.payloads)} codes, not 1 to {MAX_CODES}",
            holds=1 <= len(self.payloads) <= MAX_CODES,
        )
        _demand(
            f"guest {self.name!r} has a code of 0 or more than {MAX_PAYLOAD_BYTES} bytes",
            holds=all(1 <= len(payload) <= MAX_PAYLOAD_BYTES for payload in self.payloads),
        )
        _demand(
            f"guest {self.name!r} comes {self.showings} times, not 1 to {MAX_SHOWINGS}",
            holds=1 <= self.showings <= MAX_SHOWINGS,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A rehearsal: guests in order, and the camera that sees them.

    `paced` scripts are played in real time, others as fast as the frames are taken.
    """

    guests: tuple[Guest, ...]
    seed: int = 0
    fps: int = 15
    width: int = 1280
    height: int = 720
    paced: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot be played."""
        _demand(
            f"{len(self.guests)} guests, not 1 to {MAX_GUESTS}",
            holds=1 <= len(self.guests) <= MAX_GUESTS,
        )
        _demand(f"{self.fps} frames a second, not 1 to 60", holds=self.fps in FRAME_RATES)
        _demand(
            f"a picture of {self.width}x{self.height} px, not 240 to 2160 a side",
            holds=self.width in SIDES_PX and self.height in SIDES_PX,
        )
        _demand(
            f"a picture of {self.width}x{self.height} px is narrower than 4:3",
            holds=3 * self.width >= 4 * self.height,
        )

    def to_bytes(self) -> bytes:
        """Write the script as JSON."""
        return json.dumps(
            {
                "guests": [_guest_object(guest) for guest in self.guests],
                "seed": self.seed,
                "fps": self.fps,
                "width": self.width,
                "height": self.height,
                "paced": self.paced,
            }
        ).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read a script back; raises `InputError` where the bytes are none."""
        try:
            read = json.loads(data)
            guests = tuple(_guest(item) for item in read["guests"])
            seed, fps, width, height = (
                _whole(read[key]) for key in ("seed", "fps", "width", "height")
            )
            paced = read["paced"] is True
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise InputError(
                f"this is no rehearsal script ({type(error).__name__}): {_REMEDY}"
            ) from None
        return cls(guests=guests, seed=seed, fps=fps, width=width, height=height, paced=paced)


def _guest_object(guest: Guest) -> dict[str, Any]:
    return {
        "name": guest.name,
        "payloads": [b64encode(payload).decode() for payload in guest.payloads],
        "carrier": guest.carrier.value,
        "showings": guest.showings,
    }


def _guest(item: Any) -> Guest:
    return Guest(
        name=str(item["name"]),
        payloads=tuple(b64decode(payload, validate=True) for payload in item["payloads"]),
        carrier=Carrier(item["carrier"]),
        showings=_whole(item["showings"]),
    )


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise TypeError(value)
    return value


def _demand(complaint: str, *, holds: bool) -> None:
    if not holds:
        raise InputError(f"this rehearsal cannot be played: {complaint}; change the script")
