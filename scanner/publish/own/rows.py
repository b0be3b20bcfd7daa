"""The CSV of passes to be issued: read line by line, so that a million of them need no memory.

Comma-separated UTF-8 as spreadsheets save it: with or without a BOM, LF or CRLF, quoted cells,
empty lines. The first line names the columns; those that are not known are carried along.
"""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import BinaryIO, Final

from scanner.publish.own.orders import COLUMNS, FieldError, Order, read_order
from scanner.terms import InputError

RESULT_COLUMNS: Final = ("serial", "file")
# A label has 200 characters; a whole record of a spreadsheet rarely a thousand.
_MAX_LINE_BYTES: Final = 64 * 1024
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Row:
    """One record: the line it begins at, its cells as they stand, and what they order."""

    line: int
    cells: list[str]
    order: Order


class Rows:
    """The records of a file, which may be gone through several times."""

    def __init__(self, path: Path, *, zone: tzinfo | None, now: datetime) -> None:
        self._path = path
        self._zone = zone
        self._now = now
        with self._opened() as file:
            header = next((cells for _, cells in self._records(file)), [])
        self.header = [cell.strip() for cell in header]
        self._check_header()

    def __iter__(self) -> Iterator[Row]:
        """Yield every record, or raise `InputError` with the line and column that are wrong."""
        with self._opened() as file:
            records = self._records(file)
            next(records, None)
            for line, cells in records:
                if len(cells) != len(self.header):
                    words = f"{len(cells)} cells, where the header has {len(self.header)}"
                    raise self.trouble(line, words=f"{words}; quote cells that hold a comma")
                texts = dict(zip(self.header, cells, strict=True))
                with self.telling(line):
                    order = read_order(texts, zone=self._zone, now=self._now)
                yield Row(line, cells, order)

    @contextmanager
    def telling(self, line: int) -> Iterator[None]:
        """Put file, line and column before what is wrong with a text."""
        try:
            yield
        except FieldError as error:
            words = f"column {error.column}: {error.words}"
            raise self.trouble(line, words=words) from None

    def trouble(self, line: int, *, words: str) -> InputError:
        """Return an error about a line."""
        return InputError(f"{self._path}: line {line:,}: {words}")

    def _opened(self) -> BinaryIO:
        if not self._path.is_file():
            raise InputError(f"{self._path}: no such file; check the path")
        return self._path.open("rb")

    def _check_header(self) -> None:
        missing = [column for column in COLUMNS if column not in self.header]
        if missing and ";" in "".join(self.header):
            raise self.trouble(1, words="it has semicolons; save it with commas")
        if missing:
            raise self.trouble(
                1,
                words=f"no column {missing[0]!r}; the first line names the columns, with commas: "
                f"{','.join(COLUMNS)}",
            )
        for column in self.header:
            if self.header.count(column) > 1:
                raise self.trouble(1, words=f"column {column!r} stands twice; rename one of them")
            if column in RESULT_COLUMNS:
                words = f"column {column!r} is what the result is given; rename it"
                raise self.trouble(1, words=words)

    def _records(self, file: BinaryIO) -> Iterator[tuple[int, list[str]]]:
        """Yield the line at which each record begins, and its cells; empty lines are none."""
        reader = csv.reader(self._lines(file), strict=True)
        begins = 1
        try:
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield begins, cells
                begins = reader.line_num + 1
        except csv.Error as error:
            raise self.trouble(begins, words=f"{error}; save it as CSV with commas") from None

    def _lines(self, file: BinaryIO) -> Iterator[str]:
        number = 0
        while data := file.readline(_MAX_LINE_BYTES):
            number += 1
            if len(data) == _MAX_LINE_BYTES and not data.endswith(b"\n"):
                raise self.trouble(number, words="longer than any line of a CSV; save it again")
            try:
                yield (data.removeprefix(_BOM) if number == 1 else data).decode()
            except UnicodeDecodeError:
                raise self.trouble(number, words="not UTF-8; save it as CSV UTF-8") from None
