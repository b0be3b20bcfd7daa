"""Picture files through the caged reader: whatever the bytes, an answer."""

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from scanner.process.child import Program
from scanner.sight import pictures
from scanner.sight.pictures import PictureReader

Grey = NDArray[np.uint8]
Drawing = Callable[[bytes], Grey]


@pytest.fixture(scope="module")
def reader() -> Iterator[PictureReader]:
    with PictureReader() as reader:
        yield reader


def _encode(suffix: str, pixels: NDArray[np.integer[Any] | np.floating[Any]]) -> bytes:
    if suffix == ".gif":  # OpenCV writes colour only
        pixels = np.dstack([pixels] * 3)
    done, data = cv2.imencode(suffix, pixels)
    assert done
    return data.tobytes()


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".bmp", ".tiff", ".gif", ".pgm"])
def test_every_kind_of_picture_is_read(suffix: str, reader: PictureReader, draw: Drawing) -> None:
    result = reader.read_picture(_encode(suffix, draw(b"HC1:PICTURE")))
    assert [code.raw for code in result.codes] == [b"HC1:PICTURE"]
    assert result.error is None


def _ink_on_glass(code: Grey) -> NDArray[np.uint8]:
    """Black everywhere, and transparent where the paper would be."""
    return np.dstack([np.zeros_like(code)] * 3 + [255 - code])


def test_what_is_transparent_is_white_paper(reader: PictureReader, draw: Drawing) -> None:
    result = reader.read_picture(_encode(".png", _ink_on_glass(draw(b"HC1:GLASS"))))
    assert [code.raw for code in result.codes] == [b"HC1:GLASS"]


def test_sixteen_bits_and_colour_are_read(reader: PictureReader, draw: Drawing) -> None:
    code = draw(b"HC1:DEEP")
    deep = reader.read_picture(_encode(".png", code.astype(np.uint16) * 257))
    blue = reader.read_picture(_encode(".png", np.dstack([np.full_like(code, 255), code, code])))
    assert deep.codes[0].raw == blue.codes[0].raw == b"HC1:DEEP"


def _bomb() -> bytes:
    bitmap = bytearray(_encode(".bmp", np.zeros((8, 8), np.uint8)))
    bitmap[18:26] = (30_000).to_bytes(4, "little") * 2
    return bytes(bitmap)


WRONG = {
    "nothing": (b"", "the file is empty"),
    "text": (b"HC1:ABC", "not a picture"),
    "a PDF": (b"%PDF-1.7\n" + bytes(100), "not a picture"),
    "zeros": (bytes(1000), "not a picture"),
    "the beginning of a PNG": (b"\x89PNG\r\n\x1a\n", "the picture is damaged"),
    "half a JPEG's head": (b"\xff\xd8\xff\xe0", "the picture is damaged"),
    "a bitmap that claims a billion pixels": (_bomb(), "the picture is too large"),
    "floating point samples": (
        _encode(".tiff", np.zeros((8, 8), np.float32)),
        "not 8 or 16 bits",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_file_is_an_error_in_words(wrong: str, reader: PictureReader) -> None:
    data, why = WRONG[wrong]
    result = reader.read_picture(data)
    assert result.codes == ()
    assert result.error is not None
    assert why in result.error


def test_a_file_beyond_the_limit_never_reaches_the_reader(reader: PictureReader) -> None:
    result = reader.read_picture(bytes(pictures.MAX_FILE_BYTES + 1))
    assert result.error == "the file is larger than 64 MiB"


def test_a_picture_without_a_code_is_no_error(reader: PictureReader) -> None:
    result = reader.read_picture(_encode(".png", np.full((200, 200), 128, np.uint8)))
    assert (result.codes, result.error) == ((), None)


def test_one_reader_survives_hundreds_of_damaged_files(
    reader: PictureReader, draw: Drawing
) -> None:
    chance = random.Random(1)  # noqa: S311 - the same damage each time
    code = draw(b"HC1:X")
    whole = [_encode(suffix, code) for suffix in (".png", ".jpg", ".webp", ".tiff", ".gif")]
    reader.read_picture(whole[0])
    before = reader.pid
    for _ in range(600):
        data = bytearray(chance.choice(whole))
        for _ in range(chance.randrange(1, 12)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        reader.read_picture(bytes(data[: chance.randrange(1, len(data) + 1)]))
    assert reader.pid == before


def test_a_file_that_kills_the_reader_is_an_error_and_the_next_is_read(draw: Drawing) -> None:
    with PictureReader() as reader:
        data = _encode(".png", draw(b"HC1:NEXT"))
        reader.read_picture(data)
        os.kill(reader.pid or 0, 9)
        killed = reader.read_picture(data)
        assert killed.error is not None
        assert "SIGKILL" in killed.error
        assert reader.read_picture(data).codes[0].raw == b"HC1:NEXT"


def test_a_file_that_takes_too_long_is_an_error_and_the_next_is_read(draw: Drawing) -> None:
    with PictureReader() as reader:
        data = _encode(".png", draw(b"HC1:NEXT"))
        large = _encode(".png", np.random.default_rng(1).integers(0, 256, (3000, 3000), np.uint8))
        late = reader.read_picture(large, timeout_s=0.001)
        assert late.error is not None
        assert "did not answer in time" in late.error
        assert reader.read_picture(data).codes[0].raw == b"HC1:NEXT"


def test_every_published_pass_is_read(reader: PictureReader, conformance: Path) -> None:
    images = sorted((conformance / "images" / "dcc-png").glob("*.png"))
    wrong = [
        image.name
        for image in images
        if [code.raw for code in reader.read_picture(image.read_bytes()).codes]
        != [image.with_suffix(".txt").read_bytes().strip()]
    ]
    assert images
    assert wrong == []


def test_every_quality_assurance_image_is_read(reader: PictureReader, conformance: Path) -> None:
    folder = conformance / "passes" / "dcc-quality-assurance"
    images = [path for path in folder.rglob("*") if path.suffix.lower() == ".png"]
    unread = [
        str(image.relative_to(folder))
        for image in images
        if not reader.read_picture(image.read_bytes()).codes
    ]
    assert images
    assert unread == []


BESIDE_HOSTILE = {
    "sa_beside_valid.png": {b"HELLO ONE", b"HELLO TWO"},
    "two.png": {b"HELLO ONE", b"HELLO TWO"},
    "nul.png": set(),
    "bin256.png": {bytes(range(256))},
}


def test_hostile_symbols_do_no_harm_to_the_valid_one_beside(
    reader: PictureReader, conformance: Path
) -> None:
    for image in sorted((conformance / "images" / "hostile").glob("*.png")):
        result = reader.read_picture(image.read_bytes())
        assert result.error is None, image.name
        assert {code.raw for code in result.codes} >= BESIDE_HOSTILE.get(image.name, set())


def test_photographs_without_a_code_give_nothing(reader: PictureReader, conformance: Path) -> None:
    images = sorted((conformance / "images" / "negatives").glob("*.webp"))
    assert images
    assert [image.name for image in images if reader.read_picture(image.read_bytes()).codes] == []


def test_photographs_are_read_as_well_as_ever(reader: PictureReader, conformance: Path) -> None:
    folders = [
        *(conformance / "images").glob("zxing-*"),
        *(conformance / "images").glob("zxingcpp-*"),
    ]
    images = [
        path
        for folder in folders
        if "structured" not in folder.name
        for path in folder.iterdir()
        if path.suffix in {".png", ".jpg", ".webp"}
    ]
    read = sum(bool(reader.read_picture(image.read_bytes()).codes) for image in images)
    assert len(images) == 146
    assert read >= 137


def test_a_reader_that_never_starts_is_given_up_after_two_tries(draw: Drawing) -> None:
    picture = _encode(".png", draw(b"HC1:PICTURE"))
    with PictureReader(program=Program("scanner.sight.that_is_not_there")) as reader:
        errors = [reader.read_picture(picture).error for _ in range(4)]
        assert all(error and "the reader ended" in error for error in errors)
        assert reader.pid is None
