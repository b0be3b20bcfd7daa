"""How hard a picture is to read: light, blur, tilt, noise; levels, and single factors.

A level draws its factors by chance inside a span; a sweep sets one factor by hand. The
spans follow what door cameras and hands do, and lie so that one picture of a dense
pass is nearly always, mostly, often or seldom readable.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from scanner.sight.scenes.walk import draws

Span = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """One picture's factors.

    `side` is the code's side as part of the picture's height, angles are degrees,
    `smear_px` is motion while the shutter is open, `noise_sigma` in grey levels,
    `brightness` 1 is a well exposed carrier, `glare` 0 to 1, `jpeg_quality` 0 is none.
    """

    side: float = 0.52
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    defocus_sigma_px: float = 0.7
    smear_px: float = 0.0
    noise_sigma: float = 2.5
    brightness: float = 1.0
    glare: float = 0.0
    jpeg_quality: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans:
    """From which span each factor of a level is drawn."""

    side: Span
    tilt: Span
    roll: Span
    defocus_sigma_px: Span
    smear_px: Span
    noise_sigma: Span
    brightness: Span
    glare: Span


class Level(Enum):
    """Four levels of difficulty."""

    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"
    EXTREME = "extreme"


SPANS: Final = {
    Level.EASY: Spans(
        side=(0.5, 0.58),
        tilt=(0, 14),
        roll=(0, 10),
        defocus_sigma_px=(0.5, 0.9),
        smear_px=(0, 1),
        noise_sigma=(1.5, 3),
        brightness=(0.85, 1.05),
        glare=(0, 0.3),
    ),
    Level.MEDIUM: Spans(
        side=(0.42, 0.55),
        tilt=(8, 28),
        roll=(0, 30),
        defocus_sigma_px=(0.7, 1.3),
        smear_px=(0, 3),
        noise_sigma=(3, 7),
        brightness=(0.5, 1.3),
        glare=(0, 0.6),
    ),
    Level.HARD: Spans(
        side=(0.4, 0.52),
        tilt=(10, 35),
        roll=(0, 45),
        defocus_sigma_px=(0.7, 1.35),
        smear_px=(0, 4),
        noise_sigma=(4, 9),
        brightness=(0.4, 1.6),
        glare=(0.2, 0.7),
    ),
    Level.EXTREME: Spans(
        side=(0.34, 0.5),
        tilt=(15, 45),
        roll=(0, 180),
        defocus_sigma_px=(0.8, 1.6),
        smear_px=(0.5, 5),
        noise_sigma=(6, 13),
        brightness=(0.25, 2.0),
        glare=(0.3, 0.9),
    ),
}


def conditions(level: Level, *, seed: int) -> Conditions:
    """Draw one picture's factors from a level."""
    chance = draws(f"{seed}:{level.value}")
    spans = SPANS[level]

    def drawn(span: Span) -> float:
        return span[0] + (span[1] - span[0]) * next(chance)

    def signed(span: Span) -> float:
        return drawn(span) * (1 if drawn((-1, 1)) > 0 else -1)

    return Conditions(
        side=drawn(spans.side),
        yaw=signed(spans.tilt),
        pitch=signed(spans.tilt) / 2,
        roll=signed(spans.roll),
        defocus_sigma_px=drawn(spans.defocus_sigma_px),
        smear_px=drawn(spans.smear_px),
        noise_sigma=drawn(spans.noise_sigma),
        brightness=drawn(spans.brightness),
        glare=drawn(spans.glare),
    )
