"""Warm-up: once the cage is shut nothing can be opened, so all that is lazy happens here.

Promises that every decoder, every treatment and every kind of failure has run once, and
that the character sets zbar converts from stay loaded: its `iconv_open` would otherwise
read tables from disk at the first code that needs them, and be killed for it.
"""

import contextlib
import ctypes
import itertools
from collections.abc import Iterator
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.sight.camera import Grey
from scanner.sight.picture import PictureError, decode_picture
from scanner.sight.rescue import RESCUES
from scanner.sight.second import SecondOpinion
from scanner.sight.sightings import Serves
from scanner.sight.still import read_still

_CHARSETS: Final = (
    *(f"ISO8859-{part}" for part in range(1, 17)),
    *("CP437", "SJIS", "BIG5", "UTF-8", "GB18030", "EUC-CN", "EUC-KR", "EUC-JP"),
    *("CP1250", "CP1251", "CP1252", "CP1256", "UCS-2BE", "ASCII"),
)
"""Every set that an extended channel interpretation can name."""

# fmt: off
_CARD_ROWS: Final = (
    0x1FD97F, 0x104941, 0x17555D, 0x17525D, 0x175E5D, 0x104041, 0x1FD57F,
    0x000E00, 0x1E549D, 0x07A52F, 0x15DA2B, 0x1896AC, 0x056861, 0x00134C,
    0x1FC389, 0x104086, 0x17480E, 0x175992, 0x175FC4, 0x1050FD, 0x1FD8D0,
)
# fmt: on
"""A QR code (version 1) of bytes that are neither ASCII nor UTF-8: zbar has to guess."""

_held: list[int] = []
"""Open conversions: closing one would let the C library unload its tables."""


def warm_up(serves: Serves) -> None:
    """Touch everything once; takes about a tenth of a second."""
    cv2.setNumThreads(0)
    cv2.ocl.setUseOpenCL(False)
    _hold_charsets()
    second = SecondOpinion()
    card = _card()
    for picture in (card, 255 - card, np.zeros((64, 64), np.uint8)):
        read_still(picture, second=second)
        second.ask(picture)
        for rescue in RESCUES:
            rescue.read(picture)
    for data in _files(card) if serves is Serves.FILES else ():
        with contextlib.suppress(PictureError):
            decode_picture(data)
    with contextlib.suppress(MemoryError):
        np.empty(1 << 60, np.uint8)


def _hold_charsets() -> None:
    libc = ctypes.CDLL(None)
    libc.iconv_open.restype = ctypes.c_void_p
    for name in _CHARSETS:
        held = libc.iconv_open(b"UTF-8", name.encode())
        _held.append(held)


def _card() -> Grey:
    """Draw the code four times, large enough for every decoder."""
    bits = [[row >> (20 - column) & 1 for column in range(21)] for row in _CARD_ROWS]
    modules = np.pad(np.array(bits, np.uint8), 4)
    tile = np.kron(1 - modules, np.full((5, 5), 255, np.uint8))
    return np.tile(tile, (2, 2))


def _files(card: Grey) -> Iterator[bytes]:
    """Encode the card as every kind of file, whole and cut short."""
    colour = cv2.cvtColor(card, cv2.COLOR_GRAY2BGR)
    clear = cv2.merge([card, card, card, 255 - card])
    deep = card.astype(np.uint16) * 257
    suffixes = (".png", ".jpg", ".webp", ".bmp", ".tiff", ".gif", ".pgm")
    depths: tuple[NDArray[Any], ...] = (card, colour, clear, deep)
    for suffix, pixels in itertools.product(suffixes, depths):
        with contextlib.suppress(cv2.error):
            done, encoded = cv2.imencode(suffix, pixels)
            data = encoded.tobytes() if done else b""
            yield data
            yield data[: len(data) // 2]
            yield data[:60] + bytes(60) + data[120:]
    yield b""
    yield b"no picture"
    bitmap = bytearray(cv2.imencode(".bmp", card)[1].tobytes())
    bitmap[18:26] = (16_000).to_bytes(4, "little") * 2  # claims more pixels than are allowed
    yield bytes(bitmap)
