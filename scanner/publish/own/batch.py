"""Many passes at once: every line is checked before anything is made, and all of it or nothing.

The result is a folder: `passes.csv`, which is the CSV that was given and the serial of each pass,
by which it is revoked; one picture a pass under `png` and `svg`; printable sheets. It appears under
its name when all of it is on the disk.
"""

import csv
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scanner.passes.own import serial_of
from scanner.publish.own.keys import load
from scanner.publish.own.numbers import reserve
from scanner.publish.own.orders import FieldError
from scanner.publish.own.pictures import Code, Picture
from scanner.publish.own.rows import RESULT_COLUMNS, Row, Rows
from scanner.publish.own.signing import check_size, text_of
from scanner.publish.own.whole import new_folder, refuse_taken

if TYPE_CHECKING:
    from scanner.publish.own.fonts import Type
    from scanner.publish.own.sheet import Sheets

RESULT: Final = "passes.csv"

Tell = Callable[[int, int], None]
"""Is told how many passes of how many are made: now and then, and at the end; of few, never."""

# A second or two of work.
_TELL_EVERY: Final = 100


@dataclass(frozen=True, slots=True)
class Printed:
    """A sheet that is wanted: the name of its PDF, and its fonts."""

    name: str
    type_: "Type"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to make of each pass."""

    pictures: tuple[Picture, ...]
    sheet: Printed | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    """How many passes there are, and the serials of the first and the last."""

    count: int
    first: str
    last: str


def issue(  # noqa: PLR0913 - whose, on what, where to, and who is told
    rows: Rows, *, key_folder: Path, name: str, out: Path, wanted: Wanted, tell: Tell | None = None
) -> Issued:
    """Issue a pass for every row, on the list `name`; `InputError` leaves nothing behind."""
    refuse_taken(out)
    key = load(key_folder)
    count = sum(1 for _ in _checked(rows, name=name, wanted=wanted))
    if not count:
        raise rows.trouble(1, words="no pass below the header; add a line for each")
    with new_folder(out) as made, ExitStack() as stack:
        first = reserve(key_folder, name=name, count=count)
        press = _Press(made, stack=stack, header=rows.header, wanted=wanted, count=count)
        numbered = zip(
            range(first, first + count), _checked(rows, name=name, wanted=wanted), strict=True
        )
        try:
            for index, row in numbered:
                press.make(
                    row,
                    text=text_of(row.order, name=name, index=index, key=key),
                    serial=serial_of(name, index=index),
                    stem=f"{name}-{index:06}",
                )
                if tell is not None and _is_told(index - first + 1, count=count):
                    tell(index - first + 1, count)
        except ValueError:
            raise rows.trouble(1, words="changed while it was read; try again") from None
    last = first + count - 1
    return Issued(count, serial_of(name, index=first), serial_of(name, index=last))


def _is_told(made: int, *, count: int) -> bool:
    return count > _TELL_EVERY and (made % _TELL_EVERY == 0 or made == count)


def _checked(rows: Rows, *, name: str, wanted: Wanted) -> Iterator[Row]:
    for row in rows:
        with rows.telling(row.line):
            check_size(row.order, name=name)
            if wanted.sheet is not None:
                _check_letters(row, type_=wanted.sheet.type_)
        yield row


def _check_letters(row: Row, *, type_: "Type") -> None:
    for column, text in (("label", row.order.label), ("name", row.order.name or "")):
        if (missing := type_.missing(text)) is not None:
            raise FieldError(column, type_.lacks(missing))


class _Press:
    """Writes what is wanted of each pass into a folder."""

    def __init__(
        self, folder: Path, *, stack: ExitStack, header: list[str], wanted: Wanted, count: int
    ) -> None:
        self._folder = folder
        self._pictures = wanted.pictures
        for kind in wanted.pictures:
            (folder / kind.value).mkdir()
        # With a BOM, by which spreadsheets know that it is UTF-8.
        file = (folder / RESULT).open("w", encoding="utf-8-sig", newline="")
        self._table = csv.writer(stack.enter_context(file))
        self._table.writerow([*header, *RESULT_COLUMNS])
        self._sheets = None
        if wanted.sheet is not None:
            sheets = _sheets(folder, wanted.sheet, count=count)
            self._sheets = stack.enter_context(closing(sheets))

    def make(self, row: Row, *, text: str, serial: str, stem: str) -> None:
        """Write one pass."""
        code = Code(text)
        files = [f"{kind.value}/{stem}.{kind.value}" for kind in self._pictures]
        for kind, name in zip(self._pictures, files, strict=True):
            (self._folder / name).write_bytes(code.picture(kind))
        if self._sheets is not None:
            self._sheets.add(row.order, code=code, serial=serial)
        self._table.writerow([*row.cells, serial, files[0] if files else ""])


def _sheets(folder: Path, printed: Printed, *, count: int) -> "Sheets":
    from scanner.publish.own.sheet import Sheets  # noqa: PLC0415 - heavy, and not for all

    return Sheets(folder, name=printed.name, count=count, type_=printed.type_)
