"""Single pictures for tests and benchmarks: a code held still, or the empty hall."""

from math import cos, radians, sin

import cv2
import numpy as np

from scanner.sight.camera import Grey
from scanner.sight.scenes.body import body
from scanner.sight.scenes.carrier import sprite
from scanner.sight.scenes.conditions import Conditions, Level, conditions
from scanner.sight.scenes.draw import Held, Noise, hold, lay
from scanner.sight.scenes.hall import hall
from scanner.sight.scenes.script import Carrier
from scanner.sight.scenes.walk import Pose, draws, spread

_EMPTY_NOISE = 2.5  # grey levels: a small sensor at a gain for indoor light


def still(
    payload: bytes,
    *,
    carrier: Carrier = Carrier.PHONE,
    seed: int = 0,
    level: Level = Level.EASY,
    size: tuple[int, int] = (1280, 720),
) -> Grey:
    """Draw one frame with a code held still; shape (height, width) of `size` (width, height)."""
    drawn = conditions(level, seed=seed)
    return picture(payload, carrier=carrier, seed=seed, factors=drawn, size=size)


def picture(
    payload: bytes,
    *,
    carrier: Carrier,
    seed: int,
    factors: Conditions,
    size: tuple[int, int] = (1280, 720),
) -> Grey:
    """Draw one frame under conditions set by hand, as a sweep over one factor needs it."""
    width, height = size
    canvas = hall(width=width, height=height, seed=seed).copy()
    lay(canvas, layer=body(width=width, height=height, seed=seed, guest=0))
    pose = resting(factors, seed=seed, size=size)
    way = draws(f"{seed}:smear")
    angle = radians(90) * round(next(way))  # a box blur smears along or down
    hold(
        canvas,
        held=Held(
            sprite=sprite(payload, carrier=carrier, seed=seed, glare=factors.glare),
            pose=pose,
            smear=(factors.smear_px * cos(angle), factors.smear_px * sin(angle)),
            defocus_sigma_px=factors.defocus_sigma_px,
            brightness=factors.brightness,
        ),
    )
    Noise(width=width, height=height, sigma=factors.noise_sigma, seed=seed).add_to(canvas, frame=0)
    return _compressed(canvas, quality=factors.jpeg_quality)


def resting(factors: Conditions, *, seed: int, size: tuple[int, int] = (1280, 720)) -> Pose:
    """Give the pose in which `picture` draws the code: where its corners truly are."""
    width, height = size
    chance = draws(f"{seed}:rest")
    return Pose(
        x=width * (0.5 + spread(chance, limit=0.08)),
        y=height * (0.49 + spread(chance, limit=0.03)),
        side=height * factors.side,
        yaw=radians(factors.yaw),
        pitch=radians(factors.pitch),
        roll=radians(factors.roll),
    )


def empty(seed: int = 0, *, frame: int = 0, size: tuple[int, int] = (1280, 720)) -> Grey:
    """Draw the hall without anybody, with the sensor's noise of frame number `frame`."""
    width, height = size
    canvas = hall(width=width, height=height, seed=seed).copy()
    noise = Noise(width=width, height=height, sigma=_EMPTY_NOISE, seed=seed)
    noise.add_to(canvas, frame=frame)
    return canvas


def _compressed(canvas: Grey, *, quality: int) -> Grey:
    if quality == 0:
        return canvas
    _, data = cv2.imencode(".jpg", canvas, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)
