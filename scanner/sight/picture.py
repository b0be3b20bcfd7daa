"""Picture files: bytes to a luma plane, whatever the bytes.

Accepts PNG, JPEG, WebP, BMP, TIFF, GIF and portable greymaps up to 2^26 pixels; told
apart by their first bytes, so that no other decoder of OpenCV is ever reached. What is
transparent is taken as white paper. Refuses the rest with `PictureError`, never a crash.
"""

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.sight.camera import Grey

KINDS: Final = "PNG, JPEG, WebP, BMP, TIFF, GIF or PGM"

_SIGNATURES: Final = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"BM",
    b"II*\x00",
    b"MM\x00*",
    b"GIF87a",
    b"GIF89a",
    b"P2",
    b"P5",
)

_WITH_ALPHA: Final = 4


class PictureError(Exception):
    """The bytes are not a picture that can be read; the message says why in a few words."""


def decode_picture(data: bytes | memoryview) -> Grey:
    """Decode a picture file to luma of shape (height, width)."""
    head = bytes(data[:12])
    webp = head[:4] == b"RIFF" and head[8:] == b"WEBP"
    if not head:
        raise PictureError("the file is empty")
    if not webp and not head.startswith(_SIGNATURES):
        raise PictureError(f"not a picture ({KINDS})")
    # Without colour a JPEG is decoded at a third of the memory; it has no transparency.
    mode = cv2.IMREAD_GRAYSCALE if head[:2] == b"\xff\xd8" else cv2.IMREAD_UNCHANGED
    try:
        pixels = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), mode)
        if pixels is None:
            raise PictureError("the picture is damaged")
        return _luma(pixels)
    except cv2.error as error:
        raise PictureError(_why(error)) from None
    except MemoryError:
        raise PictureError("the picture is too large") from None


def _luma(pixels: NDArray[Any]) -> Grey:
    if pixels.dtype == np.uint16:
        pixels = (pixels >> 8).astype(np.uint8)
    elif pixels.dtype != np.uint8:
        raise PictureError("the picture's samples are not 8 or 16 bits")
    if pixels.ndim == 2:  # noqa: PLR2004 - rows and columns
        return pixels
    if pixels.shape[2] == 1:
        return np.ascontiguousarray(pixels[:, :, 0])
    code = cv2.COLOR_BGRA2GRAY if pixels.shape[2] == _WITH_ALPHA else cv2.COLOR_BGR2GRAY
    luma: Grey = cv2.cvtColor(pixels, code)  # type: ignore[assignment]
    return _on_white(luma, pixels[:, :, 3]) if pixels.shape[2] == _WITH_ALPHA else luma


def _on_white(luma: Grey, alpha: Grey) -> Grey:
    if alpha.min() == 255:  # noqa: PLR2004 - opaque, as nearly every picture
        return luma
    paper = cv2.bitwise_not(alpha)
    ink = cv2.multiply(luma, np.ascontiguousarray(alpha), scale=1 / 255)
    mixed: Grey = cv2.add(ink, paper)  # type: ignore[assignment]
    return mixed


def _why(error: cv2.error) -> str:
    text = str(error)
    large = "CV_IO_MAX_IMAGE" in text or "Insufficient memory" in text
    return "the picture is too large" if large else "the picture is damaged"
