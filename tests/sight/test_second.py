"""zbar's second opinion: rare, believed in plain text only, never an error."""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import segno
from numpy.typing import NDArray

from scanner.sight.second import SecondOpinion

Grey = NDArray[np.uint8]
Drawing = Callable[[bytes], Grey]


@pytest.fixture
def second() -> SecondOpinion:
    second = SecondOpinion()
    if not second.available:
        pytest.skip("libzbar is not installed")
    return second


def test_plain_text_is_read_with_four_corners(second: SecondOpinion, draw: Drawing) -> None:
    (code,) = second.ask(draw(b"HC1:SECOND"))
    assert code.raw == b"HC1:SECOND"
    assert len(code.corners) == 4


def test_bytes_that_zbar_guessed_at_are_not_believed(second: SecondOpinion, draw: Drawing) -> None:
    assert second.ask(draw(b"\xc5se \xd8st \x83A")) == ()


def test_it_is_asked_once_a_second_of_frame_time(second: SecondOpinion, draw: Drawing) -> None:
    code = draw(b"HC1:SECOND")
    asked = [at_ms for at_ms in range(0, 3000, 100) if second.ask_at(code, at_ms=at_ms)]
    assert asked == [0, 1000, 2000]


def test_a_camera_that_starts_again_at_zero_is_served(second: SecondOpinion, draw: Drawing) -> None:
    code = draw(b"HC1:SECOND")
    assert second.ask_at(code, at_ms=60_000)
    assert second.ask_at(code, at_ms=0)


def test_structured_append_is_silence_not_an_error(second: SecondOpinion) -> None:
    part = segno.make_sequence("a series that zbar cannot bear", symbol_count=2)[0]
    rows = np.array([list(row) for row in part.matrix_iter(scale=4, border=4)])
    assert second.ask(np.where(rows == 1, 0, 255).astype(np.uint8)) == ()


def test_without_libzbar_there_is_no_second_opinion_and_no_error(
    monkeypatch: pytest.MonkeyPatch, draw: Drawing
) -> None:
    missing: Any = None
    monkeypatch.setitem(sys.modules, "pyzbar.pyzbar", missing)
    second = SecondOpinion()
    assert not second.available
    assert second.ask(draw(b"HC1:SECOND")) == ()
