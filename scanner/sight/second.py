"""The second opinion: zbar, asked rarely and believed only in plain text.

zbar reads a few codes that zxing-cpp misses, at many times the cost, and re-encodes
bytes by guesswork: what it says counts only when it is ASCII, where nothing can have been
guessed. A crafted symbol makes pyzbar raise, a missing libzbar makes its import fail:
either way there is no second opinion, never an error.
"""

from collections.abc import Callable
from typing import Any, Final

from scanner.sight.camera import Grey
from scanner.sight.decode import keep
from scanner.terms import Payload

INTERVAL_MS: Final = 1_000
"""Of frame time: zbar costs some 25 ms for 1280x720, too much for every missed frame."""

Reading = Callable[[tuple[bytes, int, int]], list[Any]]


class SecondOpinion:
    """pyzbar, QR only; `available` says whether libzbar is installed."""

    def __init__(self) -> None:
        self._read = _load()
        self._next_ms: int | None = None

    @property
    def available(self) -> bool:
        """Whether there is anyone to ask."""
        return self._read is not None

    def ask_at(self, grey: Grey, *, at_ms: int) -> tuple[Payload, ...]:
        """Ask, unless it was asked within the last second of frame time."""
        if self._next_ms is not None and self._next_ms - INTERVAL_MS <= at_ms < self._next_ms:
            return ()
        self._next_ms = at_ms + INTERVAL_MS
        return self.ask(grey)

    def ask(self, grey: Grey) -> tuple[Payload, ...]:
        """Read a plane of shape (height, width); empty when zbar finds nothing or fails."""
        if self._read is None:
            return ()
        height, width = grey.shape
        try:
            found = self._read((grey.tobytes(), width, height))
        except Exception:  # noqa: BLE001 - ValueError on structured append, and whatever else
            return ()
        return keep(_payload(symbol) for symbol in found if symbol.data.isascii())


def _payload(symbol: Any) -> Payload:
    corners = tuple((int(x), int(y)) for x, y in symbol.polygon)
    return Payload(bytes(symbol.data), corners if len(corners) == 4 else ())  # noqa: PLR2004


def _load() -> Reading | None:
    try:
        from pyzbar.pyzbar import ZBarSymbol, decode  # noqa: PLC0415 - may be missing
    except (ImportError, OSError):
        return None

    def read(picture: tuple[bytes, int, int]) -> list[Any]:
        found: list[Any] = decode(picture, symbols=[ZBarSymbol.QRCODE])
        return found

    return read
