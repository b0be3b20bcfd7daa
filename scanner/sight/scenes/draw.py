"""Draws a frame: the hall, the guest's body, carriers in their poses, the sensor's noise.

Made for real time on a small machine: one warp per carrier inside its bounding box,
box blurs for motion, and noise from a tile made once and shifted for each frame.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.sight.camera import Grey
from scanner.sight.scenes.carrier import Sprite
from scanner.sight.scenes.walk import Point, Pose, draws

_WHOLE: Final = 255
_TILE_SPARE_PX: Final = 251  # shifts of the noise tile in both directions: 63,000 noises
_LEAST_SIGMA: Final = 0.35  # px; below it a Gaussian changes no pixel


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A carrier in one frame: smear is the way it moves while the shutter is open, in px."""

    sprite: Sprite
    pose: Pose
    smear: Point = (0.0, 0.0)
    defocus_sigma_px: float = 0.0
    brightness: float = 1.0


@dataclass(frozen=True, slots=True)
class Layer:
    """Light and cover of something before the hall, with its place in the frame."""

    light: Grey
    cover: Grey
    left: int
    top: int


class Noise:
    """Gaussian sensor noise as two unsigned tiles, brighter and darker, shifted at will."""

    def __init__(self, *, width: int, height: int, sigma: float, seed: int) -> None:
        rng = np.random.default_rng([seed, 3])
        shape = (height + _TILE_SPARE_PX, width + _TILE_SPARE_PX)
        tile = np.rint(rng.standard_normal(shape, dtype=np.float32) * np.float32(sigma))
        self._brighter: Grey = np.clip(tile, 0, _WHOLE).astype(np.uint8)
        self._darker: Grey = np.clip(-tile, 0, _WHOLE).astype(np.uint8)
        self._seed = seed

    def add_to(self, canvas: Grey, *, frame: int) -> None:
        """Put the noise of frame number `frame` onto a picture, in place."""
        height, width = canvas.shape
        chance = draws(f"{self._seed}:noise:{frame}")
        top, left = (int(next(chance) * _TILE_SPARE_PX) for _ in range(2))
        part = (slice(top, top + height), slice(left, left + width))
        cv2.add(canvas, self._brighter[part], dst=canvas)
        cv2.subtract(canvas, self._darker[part], dst=canvas)


def lay(canvas: Grey, *, layer: Layer) -> None:
    """Put a layer onto a picture, in place; what falls outside is cut off."""
    height, width = canvas.shape
    rows, columns = layer.light.shape
    top, bottom = max(0, layer.top), min(height, layer.top + rows)
    left, right = max(0, layer.left), min(width, layer.left + columns)
    if top >= bottom or left >= right:
        return
    part = (
        slice(top - layer.top, bottom - layer.top),
        slice(left - layer.left, right - layer.left),
    )
    ground = canvas[top:bottom, left:right]
    open_part = cv2.bitwise_not(layer.cover[part])
    cv2.add(cv2.multiply(ground, open_part, scale=1 / _WHOLE), layer.light[part], dst=ground)


def hold(canvas: Grey, *, held: Held) -> None:
    """Draw a carrier in its pose onto a picture, in place."""
    layer = _warped(held, frame=(canvas.shape[1], canvas.shape[0]))
    if layer is not None:
        lay(canvas, layer=layer)


def _warped(held: Held, *, frame: tuple[int, int]) -> Layer | None:
    """Warp only what the frame shows of the carrier, and the blur's reach around it."""
    quad = [held.pose.project(point) for point in held.sprite.outline()]
    reach = ceil(max(*map(abs, held.smear), 3 * held.defocus_sigma_px)) + 2
    left, right = _span([x for x, _ in quad], limit=frame[0], reach=reach)
    top, bottom = _span([y for _, y in quad], limit=frame[1], reach=reach)
    if left >= right or top >= bottom:
        return None
    rows, columns = held.sprite.pixels.shape[:2]
    source = np.array([(0, 0), (columns, 0), (columns, rows), (0, rows)], np.float32) - 0.5
    target = np.array(quad, np.float32) - np.array((left, top), np.float32)
    matrix = cv2.getPerspectiveTransform(source.astype(np.float32), target)
    size = (right - left, bottom - top)
    pixels = cv2.warpPerspective(held.sprite.pixels, matrix, size, flags=cv2.INTER_LINEAR)
    light, cover = cv2.split(_blurred(np.asarray(pixels, np.uint8), held=held))
    if held.brightness != 1:
        light = cv2.multiply(light, np.ones_like(light), scale=held.brightness)
    return Layer(np.asarray(light, np.uint8), np.asarray(cover, np.uint8), left, top)


def _span(values: Sequence[float], *, limit: int, reach: int) -> tuple[int, int]:
    first, last = floor(min(values)) - reach, ceil(max(values)) + reach
    return max(first, -reach), min(last, limit + reach)


def _blurred(pixels: NDArray[np.uint8], *, held: Held) -> NDArray[np.uint8]:
    across, down = (max(1, round(abs(way))) for way in held.smear)
    if across > 1 or down > 1:
        pixels = np.asarray(cv2.blur(pixels, (across, down)), np.uint8)
    if held.defocus_sigma_px > _LEAST_SIGMA:
        sigma = held.defocus_sigma_px
        pixels = np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma), np.uint8)
    return pixels
