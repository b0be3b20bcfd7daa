"""The printable sheet: A4, ten passes a page, each with its code and what it is in words.

A module is printed 0.5 mm wide or wider, so that a 300 dpi printer gives it 6 dots and a camera
reads it from an arm's length. Codes are drawn as outlines, sharp at any size. A file has at most
1,000 pages; more passes go into more files.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from scanner.publish.own.fonts import BOLD, REGULAR, Type
from scanner.publish.own.orders import Order
from scanner.publish.own.pictures import QUIET_MODULES, Code
from scanner.publish.own.words import lines, title

COLUMNS: Final = 2
ROWS: Final = 5
PER_PAGE: Final = COLUMNS * ROWS
MAX_PAGES: Final = 1_000
PER_FILE: Final = PER_PAGE * MAX_PAGES

_PAGE_WIDTH, _PAGE_HEIGHT = A4
# Inside what every printer reaches.
_MARGIN: Final = 9 * mm
_CARD_WIDTH: Final = (_PAGE_WIDTH - 2 * _MARGIN) / COLUMNS
_CARD_HEIGHT: Final = (_PAGE_HEIGHT - 2 * _MARGIN) / ROWS
# A code of version 10 is 65 modules wide with its quiet zone: 0.66 mm each.
_CODE: Final = 43 * mm
_GAP: Final = 2 * mm
_TEXT_WIDTH: Final = _CARD_WIDTH - _CODE - 3 * _GAP
_TITLE_SIZE: Final = 11.0
_SIZE: Final = 8.5
_SERIAL_SIZE: Final = 6.5
_LEADING: Final = 1.25
_TITLE_LINES: Final = 3
_CUTTING_GREY: Final = 0.75
_HAIR: Final = 0.3
# Rendering modes of PDF text.
_FILLED, _FILLED_AND_DRAWN = 0, 2


class Sheets:
    """Draws passes one after the other, into as many files as `count` of them need."""

    def __init__(self, folder: Path, *, name: str, count: int, type_: Type) -> None:
        self._paths = iter(_paths(folder / name, count=count))
        self._type = type_
        self._sheet: Sheet | None = None
        self._drawn = 0

    def add(self, order: Order, *, code: Code, serial: str) -> None:
        """Draw one pass."""
        if self._sheet is None or self._drawn % PER_FILE == 0:
            self.close()
            self._sheet = Sheet(next(self._paths), type_=self._type)
        self._sheet.add(order, code=code, serial=serial)
        self._drawn += 1

    def close(self) -> None:
        """Write what was drawn."""
        if self._sheet is not None:
            self._sheet.save()


def _paths(path: Path, *, count: int) -> Iterator[Path]:
    files = -(-count // PER_FILE)
    for number in range(1, files + 1):
        yield path if files == 1 else path.with_stem(f"{path.stem}-{number}")


class Sheet:
    """Draws passes into one file, which `save` writes."""

    def __init__(self, path: Path, *, type_: Type) -> None:
        self._type = type_
        self._canvas = Canvas(str(path), pagesize=A4, pageCompression=1)
        self._canvas.setTitle("Passes")
        self._drawn = 0

    def add(self, order: Order, *, code: Code, serial: str) -> None:
        """Draw one pass into the next place."""
        place = self._drawn % PER_PAGE
        if place == 0 and self._drawn:
            self._canvas.showPage()
        self._drawn += 1
        row, column = divmod(place, COLUMNS)
        left = _MARGIN + column * _CARD_WIDTH
        bottom = _PAGE_HEIGHT - _MARGIN - (row + 1) * _CARD_HEIGHT
        self._canvas.setStrokeGray(_CUTTING_GREY)
        self._canvas.setLineWidth(_HAIR)
        self._canvas.rect(left, bottom, _CARD_WIDTH, _CARD_HEIGHT)
        self._canvas.setStrokeGray(0)
        self._draw_code(code, left=left + _GAP, bottom=bottom + (_CARD_HEIGHT - _CODE) / 2)
        self._write(order, serial=serial, left=left + _CODE + 2 * _GAP, bottom=bottom)

    def save(self) -> None:
        """Write the file."""
        self._canvas.save()

    def _draw_code(self, code: Code, *, left: float, bottom: float) -> None:
        rows = code.rows
        module = _CODE / (len(rows) + 2 * QUIET_MODULES)
        self._canvas.saveState()
        # In modules from here on, downwards: whole numbers are short.
        self._canvas.translate(
            left + QUIET_MODULES * module, bottom + _CODE - QUIET_MODULES * module
        )
        self._canvas.scale(module, -module)
        path = self._canvas.beginPath()
        for number, row in enumerate(rows):
            for start, length in _dark(row):
                path.rect(start, number, length, 1)
        # One outline for all: no reader then shows seams between the modules.
        self._canvas.drawPath(path, stroke=0, fill=1)
        self._canvas.restoreState()

    def _write(self, order: Order, *, serial: str, left: float, bottom: float) -> None:
        y = bottom + _CARD_HEIGHT - _GAP - _TITLE_SIZE
        for line in _cut(self._folded(title(order), western=BOLD, size=_TITLE_SIZE)):
            self._line(line, western=BOLD, size=_TITLE_SIZE, at=(left, y))
            y -= _TITLE_SIZE * _LEADING
        for text in lines(order):
            for line in self._folded(text, western=REGULAR, size=_SIZE):
                self._line(line, western=REGULAR, size=_SIZE, at=(left, y))
                y -= _SIZE * _LEADING
        serial_lines = [*self._folded(serial, western=REGULAR, size=_SERIAL_SIZE)]
        for number, line in enumerate(reversed(serial_lines)):
            at = (left, bottom + _GAP + number * _SERIAL_SIZE * _LEADING)
            self._line(line, western=REGULAR, size=_SERIAL_SIZE, at=at)

    def _line(self, line: str, *, western: str, size: float, at: tuple[float, float]) -> None:
        x, y = at
        for font, part in self._type.runs(line, western=western):
            self._canvas.setFont(font, size)
            # Other letters have one weight: bold is drawn with their outline.
            is_thin = western == BOLD and font != BOLD
            self._canvas.drawString(x, y, part, mode=_FILLED_AND_DRAWN if is_thin else _FILLED)
            x += self._type.width(part, western=western, size=size)

    def _folded(self, text: str, *, western: str, size: float) -> Iterator[str]:
        """Yield lines that fit; broken at blanks, or anywhere in a word that is too long."""
        line = ""
        for word in text.split():
            joined = f"{line} {word}" if line else word
            if self._fits(joined, western=western, size=size):
                line = joined
                continue
            if line:
                yield line
            line = ""
            for character in word:
                if line and not self._fits(line + character, western=western, size=size):
                    yield line
                    line = ""
                line += character
        yield line

    def _fits(self, text: str, *, western: str, size: float) -> bool:
        return self._type.width(text, western=western, size=size) <= float(_TEXT_WIDTH)


def _cut(folded: Iterator[str]) -> list[str]:
    """Keep as many lines of a title as there is room for."""
    kept = list(folded)
    if len(kept) > _TITLE_LINES:
        kept = [*kept[: _TITLE_LINES - 1], f"{kept[_TITLE_LINES - 1][:-1]}\N{HORIZONTAL ELLIPSIS}"]
    return kept


def _dark(row: bytes) -> Iterator[tuple[int, int]]:
    """Yield start and length of every run of dark modules."""
    start = row.find(1)
    while start >= 0:
        end = row.find(0, start)
        end = len(row) if end < 0 else end
        yield start, end - start
        start = row.find(1, end)
