"""From a camera's frame to a slot of shared memory and a message about it."""

import socket
from typing import Final

import numpy as np

from scanner.process import wire
from scanner.sight.attention import Attention, Effort
from scanner.sight.camera import Frame, Grey
from scanner.sight.motion import MotionGate

_SIGN_OF_LIFE_MS: Final = 500
"""A camera that gives nothing for two seconds is lost; four signs of life fit into them."""

_MAX_SIDE: Final = 1 << 15
"""Pixels; no camera is wider, and zxing-cpp stores coordinates in 16 bits here and there."""


class Darkroom:
    """Puts frames into free slots; the door frees a slot once it has been read."""

    def __init__(self, end: socket.socket, *, memory: memoryview, slots: int, paced: bool) -> None:
        self._end = end
        self._paced = paced
        self._slot_bytes = len(memory) // slots
        self._pixels = np.frombuffer(memory, dtype=np.uint8).reshape(slots, self._slot_bytes)
        self._free = set(range(slots))
        self._gate = MotionGate()
        self._attention = Attention(idle_ms=_SIGN_OF_LIFE_MS)
        self._at_ms = 0
        self._unseen = 0

    def develop(self, frame: Frame, *, index: int) -> None:
        """Store one frame and tell the door; without a free slot wait.

        Of a camera in real time, a frame that no slot is free for is dropped, and one in
        which nothing happens is shown as a sign of life only: the door would not read it.
        """
        grey, note = self._fitting(frame.grey)
        self._collect()
        self._at_ms = frame.at_ms
        if self._paced:
            changed = self._gate.changed_cells(grey)
            effort = self._attention.effort(frame.at_ms, changed_cells=changed)
            # The door learns of motion in frames that it was not shown.
            self._unseen = max(self._unseen, changed)
            if effort is Effort.SKIP or not self._free:
                return
            changed, self._unseen = self._unseen, 0
        elif not self._free:
            self._await_free()
        slot = min(self._free)
        self._free.discard(slot)
        height, width = grey.shape
        stored = self._pixels[slot, : height * width].reshape(height, width)
        stored[:] = grey
        if not self._paced:
            changed = self._gate.changed_cells(stored)
        told = {"frame": index, "at_ms": frame.at_ms, "slot": slot, "changed": changed}
        wire.send(self._end, told | {"width": width, "height": height, "note": note})

    def linger(self) -> None:
        """Wait until the door hangs up: it may still be reading the last frames."""
        self._end.settimeout(None)
        while True:
            wire.receive(self._end, max_bytes=wire.SMALL_BYTES)

    def _fitting(self, grey: Grey) -> tuple[Grey, str | None]:
        """Scale a picture down until it fits a slot."""
        height, width = grey.shape
        step = 1
        while max(height, width) // step > _MAX_SIDE or (
            (height // step) * (width // step) > self._slot_bytes
        ):
            step += 1
        if step == 1:
            return grey, None
        note = f"scaled down from {width}x{height} by {step}"
        rows, columns = height // step, width // step
        if not rows or not columns:
            return np.zeros((1, 1), np.uint8), note
        blocks = grey[: rows * step, : columns * step].reshape(rows, step, columns, step)
        return blocks.mean(axis=(1, 3), dtype=np.float32).astype(np.uint8), note

    def _collect(self) -> None:
        """Take back every slot that the door has freed so far."""
        self._end.settimeout(0)
        while (message := wire.receive(self._end, max_bytes=wire.SMALL_BYTES)) is not None:
            self._take_back(message)
        self._end.settimeout(None)

    def _await_free(self) -> None:
        while not self._free:
            message = wire.receive(self._end, max_bytes=wire.SMALL_BYTES)
            if message is not None:
                self._take_back(message)

    def _take_back(self, message: wire.Message) -> None:
        if message.get("keen") is True:
            self._attention.stay_keen(self._at_ms)
            return
        self._free.add(wire.integer(message, "free", low=0, high=len(self._pixels) - 1))
