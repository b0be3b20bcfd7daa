"""From frames to messages: which frames of a live camera the door is shown."""

import numpy as np
import pytest

from scanner.process import wire
from scanner.sight.camera import Frame
from scanner.sight.darkroom import Darkroom

FRAME_MS = 50
STILL = np.full((240, 320), 90, np.uint8)
MOVED = np.full((240, 320), 160, np.uint8)


class Door:
    """The other end of a darkroom's wire: hears what it is shown, and frees every slot."""

    def __init__(self, *, paced: bool, slots: int = 2) -> None:
        self._ours, theirs = wire.pair()
        self._ours.settimeout(0)
        memory = memoryview(bytearray(slots * STILL.size))
        self._darkroom = Darkroom(theirs, memory=memory, slots=slots, paced=paced)
        self._index = 0
        self.frees = True

    def show(self, picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], *, ms: int) -> int:
        """Develop frames for some time; return how many the door was shown."""
        return len(self.shown(picture, ms=ms))

    def shown(
        self, picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], *, ms: int
    ) -> list[wire.Message]:
        """Develop frames for some time; return what the door was told of them."""
        told: list[wire.Message] = []
        for _ in range(ms // FRAME_MS):
            frame = Frame(picture, at_ms=self._index * FRAME_MS)
            self._darkroom.develop(frame, index=self._index)
            self._index += 1
            while (message := wire.receive(self._ours)) is not None:
                told.append(message)
                if self.frees:
                    wire.send(self._ours, {"free": message["slot"]})
        return told

    def tell(self, message: wire.Message) -> None:
        """Say something to the darkroom."""
        wire.send(self._ours, message)


@pytest.fixture
def live() -> Door:
    """A door before a live camera that has seen a still picture for a while."""
    door = Door(paced=True)
    assert door.show(STILL, ms=3000) == 3000 // FRAME_MS
    door.show(STILL, ms=1000)
    return door


def test_of_a_still_picture_a_live_camera_shows_signs_of_life_only(live: Door) -> None:
    assert 3 <= live.show(STILL, ms=2000) <= 5


def test_motion_shows_every_frame_for_three_seconds(live: Door) -> None:
    assert live.show(MOVED, ms=3000) == 3000 // FRAME_MS


def test_a_code_in_view_shows_every_frame_though_nothing_moves(live: Door) -> None:
    live.tell({"keen": True})
    assert live.show(STILL, ms=3000) == 3000 // FRAME_MS
    assert live.show(STILL, ms=2000) < 2000 // FRAME_MS


def test_motion_in_frames_that_no_slot_was_free_for_is_told_with_the_next(live: Door) -> None:
    live.frees = False
    live.show(STILL, ms=2000)
    assert live.shown(MOVED, ms=200) == []
    for slot in (0, 1):
        live.tell({"free": slot})
    first, *_ = live.shown(MOVED, ms=100)
    assert first["changed"] > 100


def test_a_rehearsal_shows_every_frame() -> None:
    assert Door(paced=False).show(STILL, ms=6000) == 6000 // FRAME_MS
