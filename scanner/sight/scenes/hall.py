"""The entrance hall behind the guest, as a door camera with near focus sees it.

Dim, cluttered and out of focus: walls, a doorway with daylight, lamps, a board with
notices, a coat rack. No code is in it. The same seed draws the same hall.
"""

from functools import lru_cache
from typing import Final

import cv2
import numpy as np

from scanner.sight.camera import Grey

_FOCUS_SIGMA: Final = 0.006  # of the height: the lens is set to 20 cm, the hall is 3 m away
_HALLS_KEPT: Final = 8  # a picture of 0.9 MB each


@lru_cache(maxsize=_HALLS_KEPT)
def hall(*, width: int, height: int, seed: int) -> Grey:
    """Draw the empty hall; shape (height, width), to be read only."""
    rng = np.random.default_rng([seed, 1])
    canvas = _walls(rng, width=width, height=height)
    _doorway(canvas, rng=rng)
    _notices(canvas, rng=rng)
    _coats(canvas, rng=rng)
    _lamps(canvas, rng=rng)
    soft = cv2.GaussianBlur(canvas, (0, 0), _FOCUS_SIGMA * height)
    lit = soft * _vignette(width=width, height=height)
    drawn: Grey = np.clip(lit, 0, 255).astype(np.uint8)
    drawn.setflags(write=False)
    return drawn


Canvas = np.ndarray[tuple[int, ...], np.dtype[np.float32]]


def _walls(rng: np.random.Generator, *, width: int, height: int) -> Canvas:
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    across = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    light = 78 - 26 * down + 14 * (1 - across**2) + float(rng.uniform(-8, 8)) * across
    floor = (int(0.7 * height), np.float32(0.72))
    light[floor[0] :] *= floor[1]
    for column in range(0, width, width // 9):  # panels of the wall
        cv2.line(light, (column, 0), (column, floor[0]), 40, max(1, width // 400))
    return np.ascontiguousarray(light, dtype=np.float32)


def _doorway(canvas: Canvas, *, rng: np.random.Generator) -> None:
    height, width = canvas.shape
    left = int(rng.uniform(0.08, 0.7) * width)
    top, right, bottom = int(0.12 * height), left + int(0.2 * width), int(0.78 * height)
    cv2.rectangle(canvas, (left, top), (right, bottom), 35, -1)
    inner = int(0.02 * width)
    cv2.rectangle(canvas, (left + inner, top + inner), (right - inner, bottom), 148, -1)
    middle = (left + right) // 2
    cv2.line(canvas, (middle, top), (middle, bottom), 45, inner // 2)
    cv2.line(canvas, (left, (top + bottom) // 2), (right, (top + bottom) // 2), 60, inner // 3)


def _notices(canvas: Canvas, *, rng: np.random.Generator) -> None:
    height, width = canvas.shape
    for _ in range(7):
        x, y = int(rng.uniform(0, 0.95) * width), int(rng.uniform(0.1, 0.5) * height)
        right, bottom = x + int(rng.uniform(0.03, 0.08) * width), y + int(0.13 * height)
        cv2.rectangle(canvas, (x, y), (right, bottom), float(rng.uniform(90, 130)), -1)
        for row in range(y + height // 60, bottom, height // 40):
            cv2.line(canvas, (x + 6, row), (right - 6, row), 62, max(1, height // 180))


def _coats(canvas: Canvas, *, rng: np.random.Generator) -> None:
    height, width = canvas.shape
    start = float(rng.uniform(0, 0.75))
    for place in range(5):
        x = int((start + 0.05 * place) * width)
        axes = (int(rng.uniform(0.02, 0.035) * width), int(rng.uniform(0.14, 0.2) * height))
        shade = float(rng.uniform(18, 62))
        cv2.ellipse(canvas, (x, int(0.55 * height)), axes, 0, 0, 360, shade, -1)


def _lamps(canvas: Canvas, *, rng: np.random.Generator) -> None:
    height, width = canvas.shape
    for place in range(3):
        middle = (int((0.2 + 0.3 * place + rng.uniform(-0.06, 0.06)) * width), int(0.06 * height))
        cv2.ellipse(canvas, middle, (width // 16, height // 50), 0, 0, 360, 225, -1)


def _vignette(*, width: int, height: int) -> Canvas:
    down = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    across = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    return (1 - 0.22 * (across**2 + down**2)).astype(np.float32)
