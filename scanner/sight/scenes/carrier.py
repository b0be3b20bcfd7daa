"""What a code is shown on, as a flat picture: a phone's screen, a sheet of paper, a poster.

Promises a sprite whose code is a unit square in the middle of its coordinates, with the
quiet zone and the error correction (Q, lower only where Q is too large) of real passes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import segno
from numpy.typing import NDArray

from scanner.sight.camera import Grey
from scanner.sight.scenes.script import Carrier
from scanner.sight.scenes.walk import Point

CODE_PX: Final = 520  # side of the code in a sprite, above its size in any picture
_QUIET_MODULES: Final = 4  # ISO/IEC 18004
_LEVELS: Final = ("q", "m", "l")
_SKIN: Final = 128
_BEZEL: Final = 22
_SCREEN: Final = 236
_FONT: Final = cv2.FONT_HERSHEY_DUPLEX
_WHOLE: Final = 255


@dataclass(frozen=True, slots=True)
class Sprite:
    """A carrier: `pixels` (height, width, 2) hold light times cover, and cover.

    `box` is left, top, right, bottom in code sides from the middle of the code.
    """

    pixels: NDArray[np.uint8]
    box: tuple[float, float, float, float]

    def outline(self) -> tuple[Point, ...]:
        """Give the four corners of the picture in code sides, clockwise from the top left."""
        left, top, right, bottom = self.box
        return (left, top), (right, top), (right, bottom), (left, bottom)


@dataclass(slots=True)
class Sheet:
    """A picture in the making; lengths are in code sides from the middle of the code."""

    light: Grey
    cover: Grey
    box: tuple[float, float, float, float]

    def at(self, x: float, y: float) -> tuple[int, int]:
        """Give the pixel of a point."""
        return round((x - self.box[0]) * CODE_PX), round((y - self.box[1]) * CODE_PX)

    def fill(self, box: tuple[float, float, float, float], *, light: int) -> None:
        """Paint a rectangle."""
        left, top, right, bottom = box
        cv2.rectangle(self.light, self.at(left, top), self.at(right, bottom), light, -1)

    def write(self, text: str, *, at: Point, size: float, light: int) -> None:
        """Write a line; `size` is the height of its letters."""
        scale = size * CODE_PX / 22  # letters of the font are 22 px high at scale 1
        weight = max(1, round(scale * 1.4))
        cv2.putText(self.light, text, self.at(*at), _FONT, scale, light, weight, cv2.LINE_AA)

    def lines(self, *, top: float, count: int, light: int, rng: np.random.Generator) -> None:
        """Suggest lines of small print."""
        for row in range(count):
            y = top + 0.055 * row
            self.fill((-0.5, y, float(rng.uniform(0.1, 0.5)), y + 0.018), light=light)


def sprite(payload: bytes, *, carrier: Carrier, seed: int, glare: float) -> Sprite:
    """Draw a code on its carrier; `glare` is the strength of a reflection, 0 to 1."""
    rng = np.random.default_rng([seed, 2])
    sheet = _PAINTERS[carrier](_symbol(payload), rng)
    light = _with_glare(sheet.light, rng=rng, strength=glare)
    shaded = cv2.multiply(light, sheet.cover, scale=1 / _WHOLE)
    return Sprite(np.dstack([shaded, sheet.cover]).astype(np.uint8), sheet.box)


def _symbol(payload: bytes) -> NDArray[np.bool_]:
    """Encode the payload; true is a dark module."""
    for level in _LEVELS[:-1]:
        try:
            code = segno.make(payload, error=level, micro=False, boost_error=False)
        except segno.DataOverflowError:
            continue
        return np.array(code.matrix, dtype=np.bool_)
    code = segno.make(payload, error=_LEVELS[-1], micro=False, boost_error=False)
    return np.array(code.matrix, dtype=np.bool_)


def _put_code(sheet: Sheet, *, symbol: NDArray[np.bool_], light: int, dark: int) -> None:
    modules = symbol.shape[0]
    quiet = _QUIET_MODULES / modules
    sheet.fill((-0.5 - quiet, -0.5 - quiet, 0.5 + quiet, 0.5 + quiet), light=light)
    shades = np.where(symbol, dark, light).astype(np.uint8)
    above = -(-CODE_PX // modules)  # whole pixels a module first: every module equally wide
    crisp = shades.repeat(above, axis=0).repeat(above, axis=1)
    large = cv2.resize(crisp, (CODE_PX, CODE_PX), interpolation=cv2.INTER_AREA)
    left, top = sheet.at(-0.5, -0.5)
    sheet.light[top : top + CODE_PX, left : left + CODE_PX] = large


def _blank(box: tuple[float, float, float, float], *, light: int, cover: int) -> Sheet:
    left, top, right, bottom = box
    shape = (round((bottom - top) * CODE_PX), round((right - left) * CODE_PX))
    return Sheet(np.full(shape, light, np.uint8), np.full(shape, cover, np.uint8), box)


def _phone(symbol: NDArray[np.bool_], rng: np.random.Generator) -> Sheet:
    sheet = _blank((-0.88, -0.92, 0.88, 1.3), light=_SKIN, cover=0)
    hand = int(rng.choice((-1, 1)))
    _limb(sheet, at=(hand * 0.5, 1.2), reach=(0.34, 0.5), turn=hand * -12, light=_SKIN - 30)
    _rounded(sheet.cover, sheet.at(-0.645, -0.9), sheet.at(0.645, 1.7), _WHOLE)
    _rounded(sheet.light, sheet.at(-0.645, -0.9), sheet.at(0.645, 1.7), _BEZEL)
    _rounded(sheet.light, sheet.at(-0.61, -0.865), sheet.at(0.61, 1.7), _SCREEN)
    sheet.fill((-0.12, -0.865, 0.12, -0.83), light=_BEZEL)  # the camera's notch
    clock = f"{rng.integers(8, 23)}:{rng.integers(10, 60)}"
    sheet.write(clock, at=(-0.55, -0.81), size=0.03, light=70)
    sheet.fill((-0.61, -0.78, 0.61, -0.6), light=88)
    sheet.write("Certificate", at=(-0.5, -0.665), size=0.055, light=240)
    _put_code(sheet, symbol=symbol, light=_SCREEN, dark=24)
    sheet.lines(top=0.66, count=6, light=120, rng=rng)
    sheet.fill((-0.5, 1.06, 0.5, 1.18), light=100)
    for place in range(3):  # fingertips round one edge, the thumb over the other
        tip = (-hand * 0.655, 0.66 + 0.19 * place)
        _limb(sheet, at=tip, reach=(0.1, 0.062), turn=hand * 14, light=_SKIN - 14 * place)
    _limb(sheet, at=(hand * 0.66, 0.93), reach=(0.24, 0.085), turn=hand * 50, light=_SKIN + 12)
    return sheet


def _limb(sheet: Sheet, *, at: Point, reach: Point, turn: int, light: int) -> None:
    """Draw a finger, a thumb or a palm: an ellipse, darker at its rim."""
    middle = sheet.at(*at)
    for size, shade in ((1.0, light - 26), (0.86, light - 12), (0.7, light)):
        axes = (round(reach[0] * size * CODE_PX), round(reach[1] * size * CODE_PX))
        cv2.ellipse(sheet.light, middle, axes, turn, 0, 360, shade, -1, cv2.LINE_AA)
    outer = (round(reach[0] * CODE_PX), round(reach[1] * CODE_PX))
    cv2.ellipse(sheet.cover, middle, outer, turn, 0, 360, _WHOLE, -1, cv2.LINE_AA)


def _paper(symbol: NDArray[np.bool_], rng: np.random.Generator) -> Sheet:
    sheet = _blank((-0.64, -1.02, 0.64, 1.0), light=192, cover=_WHOLE)
    sheet.write("EU DIGITAL", at=(-0.52, -0.86), size=0.06, light=50)
    sheet.write("COVID CERTIFICATE", at=(-0.52, -0.76), size=0.06, light=50)
    sheet.fill((-0.52, -0.71, 0.52, -0.7), light=90)
    _put_code(sheet, symbol=symbol, light=192, dark=46)
    sheet.lines(top=0.62, count=6, light=112, rng=rng)
    return _shaded(sheet, rng=rng)


def _poster(symbol: NDArray[np.bool_], rng: np.random.Generator) -> Sheet:
    sheet = _blank((-0.66, -0.95, 0.66, 0.92), light=96, cover=_WHOLE)
    sheet.write("TODAY'S MENU", at=(-0.56, -0.76), size=0.1, light=214)
    sheet.fill((-0.6, -0.6, 0.6, 0.6), light=204)
    _put_code(sheet, symbol=symbol, light=204, dark=40)
    sheet.write("scan to order at the table", at=(-0.52, 0.77), size=0.055, light=200)
    return _shaded(sheet, rng=rng)


def _shaded(sheet: Sheet, *, rng: np.random.Generator) -> Sheet:
    """Let the light fall unevenly on a sheet that is not quite flat."""
    height, width = sheet.light.shape
    down = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    across = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    bend = 1 - 0.1 * (1 + np.sin(2.2 * down + float(rng.uniform(0, 6)))) / 2
    fall = bend * (0.95 + float(rng.uniform(-0.05, 0.05)) * across)
    sheet.light = (sheet.light * fall).astype(np.uint8)
    return sheet


def _rounded(layer: Grey, start: tuple[int, int], end: tuple[int, int], shade: int) -> None:
    radius = round(0.09 * CODE_PX)
    (left, top), (right, bottom) = start, end
    cv2.rectangle(layer, (left + radius, top), (right - radius, bottom), shade, -1)
    cv2.rectangle(layer, (left, top + radius), (right, bottom), shade, -1)
    for x in (left + radius, right - radius):
        cv2.circle(layer, (x, top + radius), radius, shade, -1, cv2.LINE_AA)


def _with_glare(light: Grey, *, rng: np.random.Generator, strength: float) -> Grey:
    height, width = light.shape
    spot = np.zeros((height // 8, width // 8), np.float32)
    middle = (int(rng.uniform(0, 1) * width / 8), int(rng.uniform(0, 0.9) * height / 8))
    cv2.ellipse(
        spot,
        middle,
        (width // 28, height // 64),
        float(rng.uniform(-60, 60)),
        0,
        360,
        255 * strength,
        -1,
    )
    soft = cv2.resize(cv2.GaussianBlur(spot, (0, 0), width / 90), (width, height))
    return np.asarray(cv2.add(light, soft.astype(np.uint8)), np.uint8)


_PAINTERS: Final[dict[Carrier, Callable[[NDArray[np.bool_], np.random.Generator], Sheet]]] = {
    Carrier.PHONE: _phone,
    Carrier.PAPER: _paper,
    Carrier.POSTER: _poster,
}
