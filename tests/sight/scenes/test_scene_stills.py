"""Stills and the empty hall, for tests and benchmarks of the reader."""

import numpy as np
import pytest
import zxingcpp

from scanner.sight.camera import Grey
from scanner.sight.scenes.conditions import SPANS, Conditions, Level, conditions
from scanner.sight.scenes.script import Carrier
from scanner.sight.scenes.still import empty, picture, resting, still

QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
PAYLOAD = b"HC1:" + b"6BFOXN%TSMAHN-HVN8J7UQMJ4/36 L-AHQ+R1WG%MP8*ICG5QKM0" * 10


def corners(payload: bytes, *, grey: Grey) -> list[tuple[int, int]]:
    (code,) = zxingcpp.read_barcodes(grey, formats=QR)
    assert bytes(code.bytes) == payload
    spots = code.position
    return [
        (spot.x, spot.y)
        for spot in (spots.top_left, spots.top_right, spots.bottom_right, spots.bottom_left)
    ]


@pytest.mark.parametrize("carrier", Carrier)
def test_an_easy_still_is_read_and_its_code_is_where_the_pose_says(carrier: Carrier) -> None:
    for seed in range(3):
        grey = still(PAYLOAD, carrier=carrier, seed=seed, level=Level.EASY)
        assert grey.shape == (720, 1280)
        assert grey.dtype == np.uint8
        true = resting(conditions(Level.EASY, seed=seed), seed=seed).corners()
        found = corners(PAYLOAD, grey=grey)
        assert np.abs(np.array(true) - np.array(found)).max() < 8  # two modules


def test_a_still_is_the_same_for_the_same_seed_only() -> None:
    first, again, other = (still(PAYLOAD, seed=seed, level=Level.HARD) for seed in (5, 5, 6))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_levels_grow_harder() -> None:
    for factor in ("tilt", "defocus_sigma_px", "smear_px", "noise_sigma"):
        worst = [getattr(SPANS[level], factor)[1] for level in Level]
        assert worst == sorted(worst)
    assert len({conditions(level, seed=1) for level in Level}) == len(Level)


FACTORS = {
    "blur": Conditions(defocus_sigma_px=6),
    "motion": Conditions(smear_px=40),
    "distance": Conditions(side=0.1),
    "darkness": Conditions(brightness=0.01),
}


@pytest.mark.parametrize("factors", FACTORS.values(), ids=FACTORS.keys())
def test_each_factor_alone_can_make_a_code_unreadable(factors: Conditions) -> None:
    grey = picture(PAYLOAD, carrier=Carrier.PHONE, seed=1, factors=factors)
    assert zxingcpp.read_barcodes(grey, formats=QR) == []


def test_compression_leaves_its_traces_in_the_picture() -> None:
    plain, pressed = (
        picture(PAYLOAD, carrier=Carrier.PAPER, seed=1, factors=Conditions(jpeg_quality=quality))
        for quality in (0, 30)
    )
    assert not np.array_equal(plain, pressed)
    assert corners(PAYLOAD, grey=pressed)


def test_the_empty_hall_differs_by_noise_from_frame_to_frame_and_holds_no_code() -> None:
    first, following = empty(2, frame=0), empty(2, frame=1)
    assert 1 < np.abs(first.astype(int) - following).mean() < 5
    assert zxingcpp.read_barcodes(first) == []


LARGE = {
    "letters that need level M": b"A" * 2953,
    "bytes that need level L": bytes(range(128, 256)) * 23,
}


@pytest.mark.parametrize("large", LARGE.values(), ids=LARGE.keys())
def test_a_code_too_large_for_quartile_correction_is_drawn_all_the_same(large: bytes) -> None:
    factors = Conditions(side=0.95, defocus_sigma_px=0)
    grey = picture(large, carrier=Carrier.PAPER, seed=0, factors=factors)
    assert corners(large, grey=grey)
