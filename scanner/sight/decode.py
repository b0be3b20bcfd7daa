"""Codes in a luma plane: zxing-cpp, QR only, raw bytes.

Promises at most `MAX_CODES` payloads, largest first, each with its four corners in
clockwise order, and the same code at the same place only once. Raw bytes come from
`.bytes`: `.text` has already guessed at an encoding.
"""

from collections.abc import Iterable
from typing import Final

import zxingcpp

from scanner.sight.camera import Grey
from scanner.terms import Corner, Payload

_QR: Final = zxingcpp.barcode_formats_from_str("QRCode")

MAX_CODES: Final = 16
"""More codes than guests can hold up; it bounds the message to the door."""

MAX_RAW_BYTES: Final = 7_089
"""Digits in the largest QR code (ISO/IEC 18004, version 40-L): no payload is longer."""


def read_codes(grey: Grey) -> tuple[Payload, ...]:
    """Read every QR code in a plane of shape (height, width); light on dark ones too."""
    found = zxingcpp.read_barcodes(
        grey,
        formats=_QR,
        try_rotate=True,
        try_downscale=True,
        try_invert=True,
    )
    return keep(Payload(code.bytes, _corners(code.position)) for code in found if code.valid)


def keep(payloads: Iterable[Payload]) -> tuple[Payload, ...]:
    """Drop empty, oversized and repeated payloads, sort by area, keep the first sixteen."""
    usable = {payload for payload in payloads if 0 < len(payload.raw) <= MAX_RAW_BYTES}
    ranked = sorted(usable, key=lambda payload: (-payload.area, payload.corners, payload.raw))
    return tuple(ranked[:MAX_CODES])


def _corners(position: zxingcpp.Position) -> tuple[Corner, ...]:
    points = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    return tuple((int(point.x), int(point.y)) for point in points)
