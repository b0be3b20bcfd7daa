"""The printed sheet: what stands on it, that its codes can be read, and which letters it has."""

import base64
import re
import zlib
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import zxingcpp
from reportlab.pdfbase.pdfmetrics import stringWidth

from scanner.publish.own import fonts, sheet
from scanner.publish.own.batch import Printed, Wanted, issue
from scanner.publish.own.fonts import BOLD, REGULAR, Type
from scanner.publish.own.keys import make
from scanner.publish.own.orders import COLUMNS, Order, read_order
from scanner.publish.own.pictures import Code, Picture
from scanner.publish.own.rows import Rows
from scanner.publish.own.sheet import PER_PAGE, Sheets
from scanner.publish.own.words import lines, title
from scanner.terms import InputError

SEOUL: Final = ZoneInfo("Asia/Seoul")
NOW: Final = datetime(2026, 12, 1, tzinfo=UTC)
TEXTS: Final = {
    "kind": "ticket", "event": "summer-26", "zone": "north", "from": "2026-12-19",
    "until": "2026-12-19", "admits": "4", "name": "", "label": "Summer Festival",
}  # fmt: skip
TEXT: Final = "DP1:" + "A" * 216
_SCALE_PX: Final = 4


def order(**changes: str) -> Order:
    return read_order({**TEXTS, **changes}, zone=SEOUL, now=NOW)


@pytest.fixture
def type_(monkeypatch: pytest.MonkeyPatch) -> Type:
    """Fonts of a machine that has no Korean one."""
    monkeypatch.setattr(fonts, "_USUAL", ())
    return Type(None)


def pages(path: Path) -> list[str]:
    """Return what is drawn on each page, as PDF says it."""
    streams = re.findall(rb"stream\r?\n(.*?~>)\s*endstream", path.read_bytes(), re.DOTALL)
    plain = (zlib.decompress(base64.a85decode(b"<~" + one, adobe=True)) for one in streams)
    return [one.decode("latin-1") for one in plain if b" re" in one]


def codes(page: str) -> list[str]:
    """Read the codes of a page from their outlines."""
    found = []
    for outline in re.findall(r"cm\s+n ((?:\d+ \d+ \d+ 1 re\s+)+)", page):
        runs = [tuple(map(int, run)) for run in re.findall(r"(\d+) (\d+) (\d+) 1 re", outline)]
        size = max(y for _, y, _ in runs) + 1
        picture = np.full((size + 8, size + 8), 255, np.uint8)
        for x, y, length in runs:
            picture[y + 4, x + 4 : x + 4 + length] = 0
        (code,) = zxingcpp.read_barcodes(np.kron(picture, np.ones((_SCALE_PX, _SCALE_PX), "u1")))
        found.append(code.text)
    return found


def drawn(tmp_path: Path, *orders: Order, type_: Type) -> Path:
    """Print orders, each with the same code."""
    sheets = Sheets(tmp_path, name="sheet.pdf", count=len(orders), type_=type_)
    for number, one in enumerate(orders):
        sheets.add(one, code=Code(TEXT), serial=f"own:abcde:{number}")
    sheets.close()
    return tmp_path / "sheet.pdf"


def test_every_code_of_a_page_is_read_and_stands_beside_its_words(
    tmp_path: Path, type_: Type
) -> None:
    first, second = pages(drawn(tmp_path, *[order()] * (PER_PAGE + 1), type_=type_))
    assert codes(first) == [TEXT] * PER_PAGE
    assert codes(second) == [TEXT]
    for number in range(PER_PAGE):
        assert f"(own:abcde:{number})" in first
    for words in ("Summer Festival", "Ticket for 4 persons", "Event summer-26", "Gate north",
                  "Saturday 19 December 2026", "00:00 to 24:00 KST"):  # fmt: skip
        assert first.count(f"({words})") == PER_PAGE


def test_a_module_is_half_a_millimetre_and_more_and_keeps_its_quiet_zone(
    tmp_path: Path, type_: Type
) -> None:
    (page,) = pages(drawn(tmp_path, order(), type_=type_))
    scale = re.search(r"([\d.]+) 0 0 -([\d.]+) [\d.]+ [\d.]+ cm", page)
    assert scale is not None
    module_mm = float(scale[1]) / 72 * 25.4
    assert scale[1] == scale[2]
    assert 0.5 <= module_mm <= 1
    assert (57 + 2 * 4) * module_mm == pytest.approx(43, abs=0.05)


def test_more_passes_than_a_file_has_pages_for_go_into_several(
    tmp_path: Path, type_: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet, "PER_FILE", PER_PAGE)
    sheets = Sheets(tmp_path, name="sheet.pdf", count=2 * PER_PAGE + 1, type_=type_)
    for _ in range(2 * PER_PAGE + 1):
        sheets.add(order(), code=Code(TEXT), serial="own:abcde:0")
    sheets.close()
    counted = {path.name: len(codes(pages(path)[0])) for path in tmp_path.iterdir()}
    assert counted == {"sheet-1.pdf": PER_PAGE, "sheet-2.pdf": PER_PAGE, "sheet-3.pdf": 1}


def test_words_are_folded_into_their_column(tmp_path: Path, type_: Type) -> None:
    label = "Fête de la Musique, " + "x" * 90
    (page,) = pages(drawn(tmp_path, order(label=label), type_=type_))
    written = re.findall(r"/F\d+ ([\d.]+) Tf [\d.]+ TL ET\s+BT [\d. ]+ Tm \((.*?)\) Tj", page)
    assert len(written) >= 8
    widest = (595.28 - 2 * 25.5) / 2 - (43 + 6) / 25.4 * 72
    for size, words in written:
        plain = re.sub(r"\\(\d{3})", lambda m: bytes([int(m[1], 8)]).decode("cp1252"), words)
        font = BOLD if float(size) == 11 else REGULAR
        assert stringWidth(plain, font, float(size)) <= widest + 1


DATES: dict[str, tuple[dict[str, str], list[str]]] = {
    "a day": ({}, ["Saturday 19 December 2026", "00:00 to 24:00 KST"]),
    "an evening": (
        {"from": "2026-12-19T18:00:00+09:00", "until": "2026-12-19T23:30:00+09:00"},
        ["Saturday 19 December 2026", "18:00 to 23:30 KST"],
    ),
    "two days": (
        {"until": "2026-12-20"},
        ["From Saturday 19 December 2026, 00:00 KST", "Until Sunday 20 December 2026, 24:00 KST"],
    ),
    "an end alone": ({"from": ""}, ["Until Saturday 19 December 2026, 24:00 KST"]),
    "a begin alone": (
        {"kind": "staff", "until": ""}, ["From Saturday 19 December 2026, 00:00 KST"],
    ),
    "no date": ({"kind": "staff", "from": "", "until": ""}, []),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "words"), DATES.values(), ids=DATES.keys())
def test_dates_are_said_in_words(changes: dict[str, str], words: list[str]) -> None:
    told = list(lines(order(**changes)))
    assert [line for line in told if line.endswith(("KST", "2026"))] == words


def test_a_time_without_a_zone_of_a_name_says_its_offset() -> None:
    zone = timezone(timedelta(hours=5, minutes=45))
    made = read_order({**TEXTS, "from": "", "until": "2026-12-19"}, zone=zone, now=NOW)
    assert "Until Saturday 19 December 2026, 24:00 UTC+05:45" in lines(made)
    assert made.not_after == datetime(2026, 12, 19, 23, 59, 59, tzinfo=zone)


def test_what_is_not_said_is_not_printed() -> None:
    bare = order(kind="staff", event="", zone="", admits="", label="", **{"from": "", "until": ""})
    assert (title(bare), list(lines(bare))) == ("Staff", ["Staff"])
    full = order(zone="a b", name="김영희")
    assert list(lines(full))[1:3] == ["Event summer-26", "Gates a, b"]
    assert list(lines(full))[-1] == "김영희"


# --- letters -----------------------------------------------------------------------------


def test_western_letters_need_no_font(tmp_path: Path, type_: Type) -> None:
    assert type_.missing("Fête – Größe 20 €") is None
    assert not type_.is_borrowed
    content = drawn(tmp_path, order(label="Fête – Größe 20 €"), type_=type_).read_bytes()
    assert b"HYGothic" not in content


def test_korean_without_a_font_is_left_to_the_reader_and_said_so(
    tmp_path: Path, type_: Type
) -> None:
    assert type_.missing("한강 여름 축제 2026") is None
    assert type_.is_borrowed
    content = drawn(tmp_path, order(label="한강 축제 A"), type_=type_).read_bytes()
    assert b"HYGothic-Medium" in content


def test_letters_that_nothing_prints_are_told_with_their_column(
    tmp_path: Path, type_: Type
) -> None:
    make(tmp_path / "arena", issuer=None)
    table = tmp_path / "guests.csv"
    told = {**TEXTS, "label": "Ünal Şahin"}
    table.write_text(f"{','.join(COLUMNS)}\n{','.join(told[c] for c in COLUMNS)}\n", "utf-8")
    wanted = Wanted((Picture.PNG,), Printed("sheet.pdf", type_))
    rows = Rows(table, zone=SEOUL, now=NOW)
    with pytest.raises(InputError, match="line 2: column label: no font here prints 'Ş'"):
        issue(rows, key_folder=tmp_path / "arena", name="a", out=tmp_path / "out", wanted=wanted)
    assert not (tmp_path / "out").exists()


@pytest.fixture
def font() -> Path:
    """A TrueType font that comes with the library."""
    import reportlab  # noqa: PLC0415 - for its folder

    return Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"


def test_a_font_that_is_named_is_put_into_the_file(tmp_path: Path, font: Path) -> None:
    type_ = Type(font)
    # Not in the code page of Helvetica, but in this font.
    assert type_.missing("Łodz") is None
    assert type_.missing("한") == "한"
    assert type_.lacks("한") == f"{font} has no '한'; give another --font"
    assert not type_.is_borrowed
    content = drawn(tmp_path, order(label="Łodz"), type_=type_).read_bytes()
    assert b"/FontFile2" in content


def test_a_usual_font_of_the_system_is_found(monkeypatch: pytest.MonkeyPatch, font: Path) -> None:
    monkeypatch.setattr(fonts, "_USUAL", (font.with_name("nowhere.ttf"), font))
    assert Type(None).missing("Ł") is None


def test_a_file_that_is_no_font_is_named(tmp_path: Path) -> None:
    path = tmp_path / "font.ttf"
    for content in (b"", b"hello", b"OTTO" + bytes(100), b"\x00\x01\x00\x00" + bytes(100)):
        path.write_bytes(content)
        with pytest.raises(InputError, match="no TrueType font"):
            Type(path)
