"""How a hand brings a code before the camera: in, settle, hold with a tremor, out.

Pure arithmetic: a pose for every moment, and where the code's corners fall in the
picture. All chance comes from a hash of the seed, so the walk of a guest is the same
in every process and on every machine.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from math import copysign, cos, pi, radians, sin
from typing import Final

APPROACH_S: Final = 0.4  # the guest steps up before the hand comes
ENTER_S: Final = 0.55  # from the edge of the picture to the place where the hand rests
HOLD_S: Final = 1.2  # how long a guest waits for the light
LEAVE_S: Final = 0.5
STAY_S: Final = APPROACH_S + ENTER_S + HOLD_S + LEAVE_S
CODE_SIDE: Final = 0.52  # of the picture's height: 3.3 to 4.4 px a module for v24 to v17
TWO_CODES_SIDE: Final = 0.48  # two carriers side by side just fit
DISTANCE: Final = 5.0  # of the lens, in code sides: a 40 mm code at 20 cm
_OUTSIDE: Final = 1.0  # code sides beyond the edge where a carrier is out of the picture
_SPACING: Final = 1.34  # code sides between the middles of two carriers
_FROM_SIDE: Final = 0.3  # of all hands come from the side, the others from below
_SWING: Final = 0.35  # radians that a hand turns while it comes
_TREMOR: Final = 0.0035  # of the code's side: a tenth of a millimetre, an arm held out
_TREMOR_HZ: Final = (4.7, 7.9)  # physiological tremor lies between 4 and 12 Hz

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """Where a carrier is: middle of its code and side of the code in px, tilt in radians."""

    x: float
    y: float
    side: float
    yaw: float
    pitch: float
    roll: float

    def project(self, point: Point) -> Point:
        """Give the pixel of a point on the carrier, in code sides from the code's middle."""
        u, v = point
        turned = (u * cos(self.roll) - v * sin(self.roll), u * sin(self.roll) + v * cos(self.roll))
        across, down = turned[0] * cos(self.yaw), turned[1]
        depth = turned[0] * sin(self.yaw) + down * sin(self.pitch)
        scale = self.side / (1 + depth / DISTANCE)
        return self.x + across * scale, self.y + down * cos(self.pitch) * scale

    def corners(self) -> tuple[Point, ...]:
        """Give the four corners of the code (without its quiet zone) in pixels."""
        return tuple(
            self.project(point) for point in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """The movement of one carrier: it rests at `rest`, comes from and leaves to the offsets."""

    rest: Pose
    come_from: Point
    leave_to: Point
    phase: float

    def at(self, elapsed_s: float) -> Pose:
        """Give the pose `elapsed_s` after the guest arrived."""
        held_s = elapsed_s - APPROACH_S
        # fast at the edge, slow at the end: a hand settles smoothly
        away = min(1.0, max(0.0, 1 - held_s / ENTER_S)) ** 2.6
        gone = max(0.0, (held_s - ENTER_S - HOLD_S) / LEAVE_S) ** 2
        tremor, angle = self.rest.side * _TREMOR, 2 * pi * elapsed_s
        slow, quick = _TREMOR_HZ
        return replace(
            self.rest,
            x=self.rest.x
            + (away * self.come_from[0] + gone * self.leave_to[0])
            + tremor * sin(angle * slow + self.phase),
            y=self.rest.y
            + (away * self.come_from[1] + gone * self.leave_to[1])
            + tremor * sin(angle * quick + 2 * self.phase),
            roll=self.rest.roll + _SWING * (away - gone / 2),
        )


def walks(*, codes: int, width: int, height: int, seed: int, guest: int) -> tuple[Walk, ...]:
    """Give the movement of every carrier of one guest; several move as one."""
    chance = draws(f"{seed}:{guest}")
    alone = codes == 1
    side = height * (CODE_SIDE if alone else TWO_CODES_SIDE) * (1 + spread(chance, limit=0.03))
    rest = Pose(
        x=width / 2 + (spread(chance, limit=0.06) * width if alone else 0),
        y=height * (0.49 + spread(chance, limit=0.02)),
        side=side,
        yaw=radians(spread(chance, limit=14)),
        pitch=radians(spread(chance, limit=14)),
        roll=radians(spread(chance, limit=7 if alone else 2)),
    )
    below = height / 2 + side * _OUTSIDE
    sidewards = width / 2 + side * _OUTSIDE
    from_side = alone and next(chance) < _FROM_SIDE
    slant = spread(chance, limit=1)
    come_from = (copysign(sidewards, slant), below / 3) if from_side else (slant * side, below)
    movement = Walk(
        rest=rest,
        come_from=come_from,
        leave_to=(spread(chance, limit=0.6) * side, below),
        phase=2 * pi * next(chance),
    )
    middle = (codes - 1) / 2
    apart = side * _SPACING
    return tuple(
        replace(movement, rest=replace(rest, x=rest.x + (place - middle) * apart))
        for place in range(codes)
    )


def draws(seed: str) -> Iterator[float]:
    """Yield numbers in [0, 1) that depend on nothing but the seed."""
    block = seed.encode()
    while True:
        block = sha256(block).digest()
        yield int.from_bytes(block[:6]) / 2**48


def spread(chance: Iterator[float], *, limit: float) -> float:
    """Take the next number, spread evenly over -limit to limit."""
    return (2 * next(chance) - 1) * limit
