"""The rehearsal camera draws the same for the same script, readable while a code is held."""

from collections.abc import Callable, Iterator
from time import monotonic

import numpy as np
import pytest
import zxingcpp

from scanner.publish import base45
from scanner.sight.camera import Camera, Grey
from scanner.sight.scenes.camera import SceneCamera
from scanner.sight.scenes.script import Carrier, Guest, Script
from scanner.sight.scenes.timeline import Timeline, timeline
from scanner.sight.scenes.walk import draws
from scanner.terms import InputError

QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
READ_WITHIN_S = 0.5  # of the whole code being in view


def dense(name: str) -> bytes:
    """Make a text as long as a real pass, that no compression of the code shortens."""
    chance: Iterator[float] = draws(name)
    return f"HC1:{base45.encode(bytes(int(next(chance) * 256) for _ in range(384)))}".encode()


def show(seed: int) -> Script:
    return Script(
        guests=(
            Guest(name="phone", payloads=(dense("a"),)),
            Guest(name="paper", payloads=(dense("b"),), carrier=Carrier.PAPER, showings=2),
            Guest(name="menu", payloads=(b"https://example.org/m",), carrier=Carrier.POSTER),
            Guest(name="two", payloads=(dense("c"), dense("d"))),
        ),
        seed=seed,
        paced=False,
    )


def codes(grey: Grey) -> set[bytes]:
    found = zxingcpp.read_barcodes(grey, formats=QR)
    return {bytes(code.bytes) for code in found}


@pytest.fixture(params=[11, 12])
def scene(request: pytest.FixtureRequest) -> tuple[Script, SceneCamera, Timeline]:
    script = show(request.param)
    return script, SceneCamera(script.to_bytes()), timeline(script)


def test_each_guest_is_read_within_half_a_second_of_being_whole_in_view(
    scene: tuple[Script, SceneCamera, Timeline],
) -> None:
    script, camera, played = scene
    for visit in played.visits:
        wanted = set(script.guests[visit.guest].payloads)
        last = visit.whole + int(READ_WITHIN_S * script.fps)
        assert any(wanted <= codes(camera.draw(at)) for at in range(visit.whole, last + 1))


def test_a_code_that_is_not_wholly_in_view_is_not_read(
    scene: tuple[Script, SceneCamera, Timeline],
) -> None:
    _, camera, played = scene
    for visit in played.visits:
        assert not any(codes(camera.draw(at)) for at in range(visit.whole - 4, visit.whole))


def test_nobody_is_in_the_hall_before_and_after_a_guest(
    scene: tuple[Script, SceneCamera, Timeline],
) -> None:
    _, camera, played = scene
    hall = camera.draw(0).astype(int)
    for visit in played.visits:
        for at, there in ((visit.arrives - 1, False), (visit.whole, True), (visit.gone, False)):
            noise = np.abs(camera.draw(at).astype(int) - hall)
            assert (float(noise.mean()) > 5) is there


def test_the_same_script_draws_the_same_frames() -> None:
    script = show(3)
    first, again = SceneCamera(script.to_bytes()), SceneCamera(script.to_bytes())
    for at in (0, 40, timeline(script).visits[1].whole, 5):  # out of order as well
        assert np.array_equal(first.draw(at), again.draw(at))


def test_another_seed_draws_another_scene() -> None:
    first, other = (SceneCamera(show(seed).to_bytes()) for seed in (3, 4))
    assert not np.array_equal(first.draw(30), other.draw(30))


def short(*, paced: bool, fps: int) -> Script:
    guest = Guest(name="one", payloads=(b"A",))
    return Script(guests=(guest,), fps=fps, width=320, height=240, paced=paced)


def test_an_unpaced_script_loses_no_frame_and_counts_the_time() -> None:
    script = short(paced=False, fps=15)
    frames = list(SceneCamera(script.to_bytes()).frames())
    assert [frame.at_ms for frame in frames] == [
        index * 1000 // 15 for index in range(timeline(script).frames)
    ]
    assert {frame.grey.shape for frame in frames} == {(240, 320)}


def test_a_paced_script_gives_no_frame_before_its_time() -> None:
    camera = SceneCamera(short(paced=True, fps=60).to_bytes())
    start_s, early_ms = monotonic(), []
    for frame in camera.frames():
        early_ms.append(frame.at_ms - (monotonic() - start_s) * 1000)
        if frame.at_ms > 300:
            break
    assert max(early_ms) <= 1


def test_a_closed_camera_ends_its_frames() -> None:
    camera: Camera = SceneCamera(short(paced=True, fps=1).to_bytes())
    frames = camera.frames()
    next(frames)
    camera.close()
    assert list(frames) == []
    assert camera.paced


BROKEN: dict[str, Callable[[], bytes]] = {
    "no script": lambda: b"",
    "half a script": lambda: show(1).to_bytes()[:100],
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_script_never_becomes_a_camera(data: Callable[[], bytes]) -> None:
    with pytest.raises(InputError):
        SceneCamera(data())
