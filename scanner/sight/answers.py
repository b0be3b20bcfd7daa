"""What the reader does with a request: find the pixels, read them, put codes into words."""

import base64
import time
from typing import Any

import numpy as np

from scanner.process import wire
from scanner.sight.camera import Grey
from scanner.sight.decode import read_codes
from scanner.sight.picture import PictureError, decode_picture
from scanner.sight.rescue import Rotation
from scanner.sight.second import SecondOpinion
from scanner.sight.sightings import Serves
from scanner.sight.still import read_still
from scanner.terms import Payload


class Answers:
    """Answers one request after another about the frames in `memory`."""

    def __init__(self, memory: memoryview, *, slot_bytes: int, serves: Serves) -> None:
        self._memory = memory
        self._slot_bytes = slot_bytes
        self._serves = serves
        self._second = SecondOpinion()
        self._rotation = Rotation()

    @property
    def has_second_opinion(self) -> bool:
        """Whether libzbar was found."""
        return self._second.available

    def answer(self, request: wire.Message) -> wire.Message:
        """Read what is asked for; a picture that defeats the decoders is an empty answer."""
        started = time.perf_counter()
        codes: tuple[Payload, ...] = ()
        error = None
        frame = -1
        try:
            live = self._serves is Serves.FRAMES
            asked: dict[str, Any] = request["look" if live else "picture"]
            frame = asked["frame"]
            codes = self._look(asked) if live else self._picture(asked)
        except PictureError as refused:
            error = str(refused)
        except Exception as failed:  # noqa: BLE001 - decoders raise what they like
            error = type(failed).__name__
        spent_ms = (time.perf_counter() - started) * 1000
        return {
            "frame": frame,
            "codes": [_in_words(code) for code in codes],
            "read_ms": round(spent_ms, 3),
            "error": error,
        }

    def _look(self, asked: dict[str, Any]) -> tuple[Payload, ...]:
        grey = self._plane(asked)
        found = read_codes(grey)
        if not found and asked["rescue"]:
            found = self._rotation.read(grey) or self._second.ask_at(grey, at_ms=asked["at_ms"])
        return found

    def _plane(self, asked: dict[str, Any]) -> Grey:
        height, width = asked["height"], asked["width"]
        start = asked["slot"] * self._slot_bytes
        flat = np.frombuffer(self._memory, dtype=np.uint8, count=height * width, offset=start)
        return flat.reshape(height, width)

    def _picture(self, asked: dict[str, Any]) -> tuple[Payload, ...]:
        start = asked["slot"] * self._slot_bytes
        grey = decode_picture(self._memory[start : start + asked["bytes"]])
        return read_still(grey, second=self._second)


def _in_words(code: Payload) -> dict[str, Any]:
    return {"raw": base64.b64encode(code.raw).decode(), "corners": code.corners}
