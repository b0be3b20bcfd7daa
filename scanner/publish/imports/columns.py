"""CSV with the columns `type,id`, or with one column of ids whose type is named."""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from scanner.publish.imports.proposal import Source, once
from scanner.publish.imports.reading import about, contents
from scanner.terms import InputError


def read(paths: Sequence[Path], *, name: str, kind: str | None) -> Source:
    """Read typed ids into one list; a first row that names the columns is passed over."""
    source = Source(lists={name})
    for path, content in contents(paths):
        with about(path):
            for typed in once(_typed(content, kind=kind), what="the id"):
                source.add(typed, name=name)
    return source


def _typed(content: bytes, *, kind: str | None) -> Iterator[str]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("not UTF-8; save it as UTF-8 text") from None
    columns = ["type", "id"] if kind is None else ["id"]
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in rows:
            if not row or (rows.line_num == 1 and [one.strip().lower() for one in row] == columns):
                continue
            if len(row) != len(columns):
                raise InputError(f"line {rows.line_num}: the columns are {','.join(columns)}")
            yield ":".join(row) if kind is None else f"{kind}:{row[0]}"
    except csv.Error as error:
        raise InputError(f"line {rows.line_num}: {error}") from None
