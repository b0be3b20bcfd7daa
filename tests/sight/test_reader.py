"""The real reader process on real and hostile codes."""

import select
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import segno
from numpy.typing import NDArray

from scanner.process.child import Program
from scanner.sight.attention import Effort
from scanner.sight.memory import FrameMemory
from scanner.sight.reader import START_DEADLINE_S, Reader
from scanner.sight.sightings import Shot
from scanner.terms import DeviceError

if TYPE_CHECKING:
    from tests.sight.conftest import Desk

Grey = NDArray[np.uint8]
Drawing = Callable[[bytes], Grey]
HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]


def _pixels(code: segno.QRCode, *, scale: int = 4) -> Grey:
    rows = code.matrix_iter(scale=scale, border=4)
    return np.where(np.array([list(row) for row in rows]) == 1, 0, 255).astype(np.uint8)


def _beside(*pictures: Grey) -> Grey:
    canvas = np.full(
        (max(p.shape[0] for p in pictures), sum(p.shape[1] for p in pictures)), 255, np.uint8
    )
    left = 0
    for picture in pictures:
        canvas[: picture.shape[0], left : left + picture.shape[1]] = picture
        left += picture.shape[1]
    return canvas


RAW = {
    "text": b"HC1:NCFOXN%TS3DH",
    "every byte value": bytes(range(256)),
    "zeros": bytes(20),
    "latin-1 without a mark": b"\xc5se \xd8st",
    "what looks like Shift JIS": b"\x83A\x83B\x82\xa0",
    "one byte": b"x",
}


@pytest.mark.parametrize("what", RAW)
def test_bytes_come_out_as_they_went_in(what: str, desk: "Desk", draw: Drawing) -> None:
    assert [code.raw for code in desk.ask(draw(RAW[what])).codes] == [RAW[what]]


def test_the_largest_code_comes_out_whole(desk: "Desk") -> None:
    digits = "7" * 7_089
    looked = desk.ask(_pixels(segno.make_qr(digits, error="l"), scale=3))
    assert [code.raw for code in looked.codes] == [digits.encode()]


def test_a_dark_mode_code_is_read(desk: "Desk", draw: Drawing) -> None:
    assert desk.ask(255 - draw(b"dark mode")).codes[0].raw == b"dark mode"


def test_corners_run_clockwise_from_the_top_left(desk: "Desk", draw: Drawing) -> None:
    corners = desk.ask(draw(b"corners")).codes[0].corners
    # 21 modules of 4 pixels behind a margin of 4 modules.
    near = [(round(x / 4), round(y / 4)) for x, y in corners]
    assert near == [(4, 4), (25, 4), (25, 25), (4, 25)]


def test_the_largest_code_comes_first(desk: "Desk") -> None:
    small = _pixels(segno.make_qr("small"), scale=3)
    large = _pixels(segno.make_qr("large"), scale=6)
    assert [c.raw for c in desk.ask(_beside(small, large)).codes] == [b"large", b"small"]


def test_a_wall_of_codes_gives_sixteen(desk: "Desk") -> None:
    codes = [_pixels(segno.make_qr(f"code {n}"), scale=3) for n in range(25)]
    wall = np.concatenate([_beside(*codes[row : row + 5]) for row in range(0, 25, 5)])
    assert len(desk.ask(wall).codes) == 16


def test_a_valid_code_beside_a_structured_append_series_is_read(
    desk: "Desk", draw: Drawing
) -> None:
    series = segno.make_sequence("a series that zbar cannot bear", symbol_count=3)
    looked = desk.ask(_beside(*(_pixels(part) for part in series), draw(b"valid")))
    assert b"valid" in [code.raw for code in looked.codes]
    assert looked.error is None


CHARSETS = ["utf-8", "shift-jis", "cp437", *(f"iso-8859-{part}" for part in (1, 2, 5, 7, 13, 15))]


def test_no_character_set_makes_zbar_open_a_file_in_the_cage(zbar: "Desk") -> None:
    for frame, charset in enumerate(CHARSETS):
        marked = segno.make_qr("plain text", encoding=charset, eci=True)
        zbar.ask(_pixels(marked), frame=frame)
    for raw in (
        b"\x83A\x83B\x82\xa0",
        b"\xc5se \xd8st",
        "\u00e9\u4e2d".encode(),
        b"\xa4\xa4\xc4\xe3",
    ):
        zbar.ask(_pixels(segno.make_qr(raw, mode="byte")))
    assert zbar.reader.ready


def test_noise_and_odd_shapes_hold_nothing(desk: "Desk") -> None:
    random = np.random.default_rng(1)
    for frame, shape in enumerate([(1, 1), (1, 900), (900, 1), (3, 5), (480, 640)]):
        noise = random.integers(0, 256, shape, dtype=np.uint8)
        assert desk.ask(noise, frame=frame * 15).codes == ()


def test_a_noisy_code_is_rescued_within_five_frames_and_not_by_a_glance(
    desk: "Desk", draw: Drawing
) -> None:
    random = np.random.default_rng(1)
    sharp = np.pad(draw(b"HC1:" + b"0123456789" * 12), 24, constant_values=255)
    picture = np.clip(sharp * 0.5 + 60 + random.normal(0, 30, sharp.shape), 0, 255)
    dusk = picture.astype(np.uint8)
    assert desk.ask(dusk, effort=Effort.GLANCE).codes == ()
    found = [desk.ask(dusk, frame=frame).codes for frame in range(5)]
    assert any(found)


def test_only_one_question_at_a_time(desk: "Desk", draw: Drawing) -> None:
    desk.put(draw(b"one"))
    with pytest.raises(ValueError, match="not ready"):
        desk.put(draw(b"two"))


def test_no_question_before_the_greeting() -> None:
    with FrameMemory(slots=1) as memory:
        reader = Reader(memory)
        with pytest.raises(ValueError, match="not ready"):
            reader.submit(Shot(0, 0, 0, 1, 1, 0), effort=Effort.GLANCE, now_s=0.0)


def test_a_reader_that_never_greets_is_killed() -> None:
    with FrameMemory(slots=1) as memory:
        reader = Reader(memory, program=Program("silent_child", path=str(HERE)))
        reader.start(now_s=100.0)
        reader.check(100.0 + START_DEADLINE_S)
        with pytest.raises(DeviceError, match="in time"):
            reader.check(100.1 + START_DEADLINE_S)


def test_a_reader_that_keeps_failing_to_start_is_started_less_and_less_often() -> None:
    with FrameMemory(slots=1) as memory:
        reader = Reader(memory, program=Program("silent_child", path=str(HERE)))
        reader.start(now_s=0.0)
        waits = [_wait_after_failure(reader, now_s=1000.0 * turn) for turn in range(1, 8)]
        reader.close()
    assert waits == [0.0, 0.25, 0.5, 1.0, 1.5, 1.5, 1.5]


def _wait_after_failure(reader: Reader, *, now_s: float) -> float:
    with pytest.raises(DeviceError):
        reader.check(now_s)
    reader.replace(now_s=now_s)
    for wait_s in (0.0, 0.25, 0.5, 1.0, 1.5, 2.0):
        reader.check(now_s + wait_s)
        if reader.fileno() >= 0:
            return wait_s
    raise AssertionError("never started again")


def test_the_reason_of_a_failed_start_is_told() -> None:
    with FrameMemory(slots=1) as memory:
        reader = Reader(memory, program=Program("scanner.sight.no_such_module"))
        reader.start(now_s=0.0)
        select.select([reader.fileno()], [], [], 5)
        with pytest.raises(DeviceError, match="exit status 1"):
            reader.receive()


def test_the_doors_side_loads_no_decoder_and_no_numpy() -> None:
    code = (
        f"import sys; sys.path.append({str(CHECKOUT)!r})\n"
        "import scanner.sight.eye, scanner.sight.reader, scanner.sight.pictures\n"
        "import scanner.sight.attention, scanner.sight.spec\n"
        "print({'numpy', 'cv2', 'zxingcpp', 'pyzbar', 'ssl'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, check=True)
    assert done.stdout == b"set()\n"
