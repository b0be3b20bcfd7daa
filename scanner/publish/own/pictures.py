"""QR codes of passes as PNG and SVG: level Q, with the quiet zone that a reader needs."""

import io
from enum import Enum
from typing import Final

import segno

from scanner.publish.own.signing import MAX_VERSION

QUIET_MODULES: Final = 4
"""ISO/IEC 18004 section 5.3.8: white on every side, in modules."""

# 520 pixels at version 10: a third of a phone's width at least, and one kilobyte.
_SCALE_PX: Final = 8


class Picture(Enum):
    """Kinds of picture, by the ending of their files."""

    PNG = "png"
    SVG = "svg"


class Code:
    """The QR code of one pass."""

    def __init__(self, text: str) -> None:
        self._code = segno.make(
            text, mode="alphanumeric", error="q", boost_error=False, micro=False
        )
        if int(self._code.version) > MAX_VERSION:
            raise ValueError(f"version {self._code.version}, where {MAX_VERSION} is the most")

    @property
    def rows(self) -> tuple[bytes, ...]:
        """Return the modules row by row, 1 for dark, without the quiet zone."""
        return tuple(bytes(row) for row in self._code.matrix)

    def picture(self, kind: Picture) -> bytes:
        """Return the code as a picture."""
        out = io.BytesIO()
        self._code.save(out, kind=kind.value, scale=_SCALE_PX, border=QUIET_MODULES)
        return out.getvalue()
