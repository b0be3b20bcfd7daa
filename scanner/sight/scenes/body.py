"""The guest behind the carrier: head, shoulders and coat, out of focus."""

from functools import lru_cache
from math import copysign
from typing import Final

import cv2
import numpy as np

from scanner.sight.scenes.draw import Layer
from scanner.sight.scenes.walk import APPROACH_S, LEAVE_S, STAY_S, draws, spread

_FOCUS_SIGMA: Final = 0.012  # of the height: a metre away, the lens is set to 20 cm
_BODIES_KEPT: Final = 4
_WHOLE: Final = 255


@lru_cache(maxsize=_BODIES_KEPT)
def body(*, width: int, height: int, seed: int, guest: int) -> Layer:
    """Draw a guest in the middle of the frame."""
    rng = np.random.default_rng([seed, 4, guest])
    columns, rows = round(0.62 * width) & ~1, round(0.95 * height)
    light, cover = (np.zeros((rows, columns), np.uint8) for _ in range(2))
    coat, face, hair = (int(rng.uniform(*span)) for span in ((26, 70), (88, 130), (22, 60)))
    middle, wide = columns // 2, columns / 2 * float(rng.uniform(0.72, 0.86))
    shapes = (
        ((middle, rows), (round(wide), round(0.6 * rows)), coat),
        ((middle, round(0.42 * rows)), (round(0.1 * wide) + 20, round(0.12 * rows)), face - 22),
        ((middle, round(0.22 * rows)), (round(0.27 * wide), round(0.19 * rows)), hair),
        ((middle, round(0.27 * rows)), (round(0.22 * wide), round(0.165 * rows)), face),
    )
    for place, axes, shade in shapes:
        for layer, value in ((light, shade), (cover, _WHOLE)):
            cv2.ellipse(layer, place, axes, 0, 0, 360, value, -1)
    sigma = _FOCUS_SIGMA * height
    soft = [
        np.asarray(cv2.GaussianBlur(layer, (0, 0), sigma), np.uint8) for layer in (light, cover)
    ]
    return Layer(soft[0], soft[1], (width - columns) // 2, height - rows + 1)


def stepping(layer: Layer, *, elapsed_s: float, width: int, seed: int, guest: int) -> Layer:
    """Move a guest to where they stand `elapsed_s` after they arrived: in, stay, out."""
    chance = draws(f"{seed}:body:{guest}")
    stands = spread(chance, limit=0.08) * width
    comes, goes = (copysign(0.85 * width, spread(chance, limit=1)) for _ in range(2))
    before = max(0.0, 1 - elapsed_s / (2 * APPROACH_S)) ** 2
    after = max(0.0, (elapsed_s - STAY_S + LEAVE_S) / LEAVE_S) ** 2
    shift = round(stands * (1 - before) * (1 - after) + before * comes + after * goes)
    return Layer(layer.light, layer.cover, layer.left + shift, layer.top)
