"""Batches: CSV as spreadsheets save it, all lines checked first, and all of it or nothing."""

import csv
import json
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import pytest
import zxingcpp

from scanner.publish.own import keys, numbers
from scanner.publish.own.batch import Issued, Wanted, issue
from scanner.publish.own.orders import COLUMNS
from scanner.publish.own.pictures import Picture
from scanner.publish.own.rows import Rows
from scanner.terms import InputError
from tests.store.faults import Fault, struck

SEOUL: Final = ZoneInfo("Asia/Seoul")
NOW: Final = datetime(2026, 12, 1, tzinfo=UTC)
HEADER: Final = ",".join(COLUMNS)
LINE: Final = "ticket,summer-26,north,2026-12-19,2026-12-19,4,,Standing"
PNG: Final = Wanted((Picture.PNG,))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A venue's key."""
    keys.make(tmp_path / "arena", issuer="Arena")
    return tmp_path / "arena"


class Desk:
    """Where batches are issued."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder.parent
        self.table = self.home / "guests.csv"
        self.out = self.home / "out"

    def issue(self, content: str | bytes, *, wanted: Wanted = PNG) -> Issued:
        self.table.write_bytes(content if isinstance(content, bytes) else content.encode())
        rows = Rows(self.table, zone=SEOUL, now=NOW)
        return issue(rows, key_folder=self.folder, name="abcde", out=self.out, wanted=wanted)

    def refused(self, content: str | bytes) -> str:
        """Expect one line about the file, and that nothing was made and no number given."""
        with pytest.raises(InputError) as refused:
            self.issue(content)
        assert sorted(path.name for path in self.home.iterdir()) == ["arena", "guests.csv"]
        assert json.loads((self.folder / "numbers.json").read_bytes())["next"] == {}
        line = str(refused.value)
        assert "\n" not in line
        return line.removeprefix(f"{self.table}: ")

    def rows(self) -> list[dict[str, str]]:
        """Return the result."""
        with (self.out / "passes.csv").open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))


@pytest.fixture
def desk(folder: Path) -> Desk:
    """Where batches are issued."""
    return Desk(folder)


# --- what is read ------------------------------------------------------------------------


SPELLINGS: dict[str, str | bytes] = {
    "plain": f"{HEADER}\n{LINE}\n",
    "without an end of its last line": f"{HEADER}\n{LINE}",
    "CRLF": f"{HEADER}\r\n{LINE}\r\n",
    "with a BOM": b"\xef\xbb\xbf" + f"{HEADER}\n{LINE}\n".encode(),
    "a BOM and a quoted header": b'\xef\xbb\xbf"kind"' + f"{HEADER[4:]}\n{LINE}\n".encode(),
    "empty lines": f"\n{HEADER}\n\n,,,,,,,\n \n{LINE}\n\n\n",
    "blanks around": f"{HEADER.replace(',', ' , ')}\n{LINE.replace(',', ' , ')}\n",
    "quoted cells": f"{HEADER}\n" + ",".join(f'"{cell}"' for cell in LINE.split(",")) + "\n",
}


@pytest.mark.parametrize("content", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_a_table_is_read_however_a_spreadsheet_saves_it(content: str | bytes, desk: Desk) -> None:
    assert desk.issue(content) == Issued(1, "own:abcde:0", "own:abcde:0")
    (row,) = desk.rows()
    assert (row["label"].strip(), row["serial"]) == ("Standing", "own:abcde:0")


def test_columns_in_any_order_and_others_are_carried_along(desk: Desk) -> None:
    told = dict(zip(COLUMNS, LINE.split(","), strict=True))
    columns = ["seat", *reversed(COLUMNS), "전화"]
    cells = ['"Row 1, ""A"""', *(told[name] for name in reversed(COLUMNS)), '"010\n1234"']
    desk.issue(f"{','.join(columns)}\n{','.join(cells)}\n")
    (row,) = desk.rows()
    assert list(row) == [*columns, "serial", "file"]
    assert (row["seat"], row["전화"], row["label"]) == ('Row 1, "A"', "010\n1234", "Standing")


def test_every_pass_has_its_own_number_and_the_next_batch_goes_on(desk: Desk) -> None:
    assert desk.issue(f"{HEADER}\n" + f"{LINE}\n" * 3).last == "own:abcde:2"
    pictures = [desk.out / row["file"] for row in desk.rows()]
    assert [picture.name for picture in pictures] == [f"abcde-00000{n}.png" for n in range(3)]
    texts = {_read(picture) for picture in pictures}
    assert len(texts) == 3
    desk.out.rename(desk.home / "first")
    assert desk.issue(f"{HEADER}\n{LINE}\n").first == "own:abcde:3"


def _read(picture: Path) -> str:
    import cv2  # noqa: PLC0415 - for this test

    (code,) = zxingcpp.read_barcodes(cv2.imread(str(picture), cv2.IMREAD_GRAYSCALE))
    return str(code.text)


@pytest.mark.parametrize(
    ("count", "told"), [(100, []), (201, [(100, 201), (200, 201), (201, 201)])]
)
def test_of_many_passes_it_is_told_how_many_are_made(
    count: int, told: list[tuple[int, int]], desk: Desk
) -> None:
    heard: list[tuple[int, int]] = []
    desk.table.write_text(f"{HEADER}\n" + f"{LINE}\n" * count)
    issue(
        Rows(desk.table, zone=SEOUL, now=NOW),
        key_folder=desk.folder,
        name="abcde",
        out=desk.out,
        wanted=Wanted(()),
        tell=lambda *made: heard.append(made),
    )
    assert heard == told


def test_without_pictures_the_table_names_no_file(desk: Desk) -> None:
    desk.issue(f"{HEADER}\n{LINE}\n", wanted=Wanted(()))
    assert [row["file"] for row in desk.rows()] == [""]
    assert [path.name for path in desk.out.iterdir()] == ["passes.csv"]


# --- what is refused ---------------------------------------------------------------------


def _with(column: str, value: str) -> str:
    told = dict(zip(COLUMNS, LINE.split(","), strict=True)) | {column: value}
    return ",".join(told.values())


BAD: dict[str, tuple[str | bytes, str]] = {
    "an empty file": ("", "line 1: no column 'kind'; the first line names the columns"),
    "a header alone": (f"{HEADER}\n", "line 1: no pass below the header"),
    "no header": (f"{LINE}\n", "line 1: no column 'kind'"),
    "a missing column": (HEADER.replace("until,", "") + "\n", "line 1: no column 'until'"),
    "a column twice": (f"{HEADER},label\n", "line 1: column 'label' stands twice"),
    "a column of the result": (f"{HEADER},serial\n", "line 1: column 'serial' is what the result"),
    "semicolons": (
        f"{HEADER}\n{LINE}\n".replace(",", ";"),
        "line 1: it has semicolons; save it with commas",
    ),
    "an evening that is over in line 3": (
        f"{HEADER}\n{LINE}\nticket,,,,2020-01-01,,,\n",
        "line 3: column until: 2020-01-01 is over; give",
    ),
    "a bad date in line 4,211": (
        f"{HEADER}\n" + f"{LINE}\n" * 4209 + _with("until", "2026-13-01") + f"\n{LINE}\n",
        "line 4,211: column until: '2026-13-01' is no time; write 2026-12-19",
    ),
    "a bad number after a cell of two lines": (
        "\n".join((HEADER, _with("label", '"a\nb"'), _with("admits", "x"))),
        "line 4: column admits: 'x' is no number",
    ),
    "a cell too few": (f"{HEADER}\n{LINE}\n{LINE[:-9]}\n", "line 3: 7 cells, where the header"),
    "a comma without quotes": (f"{HEADER}\n{LINE}, A\n", "line 2: 9 cells, where the header"),
    "a quote that is not closed": (f'{HEADER}\n"{LINE}\n', "line 2: unexpected end of data"),
    "a quote inside a quoted cell": (f'{HEADER}\n"a"b,{LINE}\n', "line 2: ',' expected"),
    "CR alone": (f"{HEADER}\r{LINE}\r", "line 1: new-line character"),
    "Latin-1": (f"{HEADER}\n{LINE} S\xfcd\n".encode("latin-1"), "line 2: not UTF-8"),
    "UTF-16": (f"{HEADER}\n{LINE}\n".encode("utf-16"), "line 1: not UTF-8"),
    "a line that never ends": (f"{HEADER}\n" + "a" * 100_000, "line 2: longer than any line"),
    "a cell that never ends": (f'{HEADER}\n"' + "a\n" * 100_000, "line 2: field larger"),
    "a name that does not fit": (
        f"{HEADER}\n" + _with("name", "n" * 40) + "\n", "line 2: column name: ",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("content", "words"), BAD.values(), ids=BAD.keys())
def test_what_is_wrong_is_told_with_its_line_and_nothing_is_made(
    content: str | bytes, words: str, desk: Desk
) -> None:
    assert desk.refused(content).startswith(words)


def test_a_table_that_is_not_there_or_no_file_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.csv", tmp_path):
        with pytest.raises(InputError, match="no such file"):
            Rows(path, zone=None, now=NOW)


def test_a_table_that_changes_between_check_and_work_leaves_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(folder: Path, *, name: str, count: int) -> int:
        desk.table.write_text(f"{HEADER}\n{LINE}\n{LINE}\n")
        return numbers.reserve(folder, name=name, count=count)

    monkeypatch.setattr("scanner.publish.own.batch.reserve", meanwhile)
    with pytest.raises(InputError, match="changed while it was read"):
        desk.issue(f"{HEADER}\n{LINE}\n")
    assert sorted(path.name for path in desk.home.iterdir()) == ["arena", "guests.csv"]


# --- all or nothing ----------------------------------------------------------------------


def _names(desk: Desk) -> list[str]:
    return sorted(path.name for path in desk.home.iterdir() if not path.name.startswith("."))


def _whole(desk: Desk) -> bool:
    made = {path.relative_to(desk.out).as_posix() for path in desk.out.rglob("*")}
    return made == {"passes.csv", "png", *(row["file"] for row in desk.rows())}


@pytest.mark.parametrize("fault", Fault)
def test_whenever_it_is_cut_off_the_result_is_whole_or_not_there(fault: Fault, desk: Desk) -> None:
    content = f"{HEADER}\n{LINE}\n{LINE}\n"

    def work() -> str:
        return desk.issue(content).first

    steps = struck(work).steps
    assert _whole(desk)
    given = {row["serial"] for row in desk.rows()}
    for at in range(2, steps + 1):
        _clear(desk)
        ended = struck(work, fault=fault, at=at)
        if desk.out.exists():
            assert _whole(desk)
            serials = {row["serial"] for row in desk.rows()}
            assert not serials & given
            given |= serials
        elif fault is not Fault.KILL:
            assert "OSError" in ended.said or "InputError" in ended.said
            # Whatever it has begun is taken away, but where the disk does not even do that.
            assert len(_names(desk)) == 2


def _clear(desk: Desk) -> None:
    for path in sorted(desk.home.rglob("*"), reverse=True):
        if desk.folder not in (path, *path.parents):
            path.rmdir() if path.is_dir() else path.unlink()


# --- many --------------------------------------------------------------------------------


def test_twenty_thousand_lines_are_checked_in_little_memory(desk: Desk) -> None:
    desk.table.write_text(f"{HEADER}\n" + f"{LINE}\n" * 20_000 + _with("until", "x") + "\n")
    rows = Rows(desk.table, zone=SEOUL, now=NOW)
    tracemalloc.start()
    with pytest.raises(InputError, match="line 20,002: column until"):
        issue(rows, key_folder=desk.folder, name="abcde", out=desk.out, wanted=PNG)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 1_000_000


def test_descriptors_are_closed_also_where_a_line_is_wrong(desk: Desk) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        desk.refused(f"{HEADER}\n{LINE}\n{_with('until', 'x')}\n")
    assert len(list(Path("/proc/self/fd").iterdir())) <= before
