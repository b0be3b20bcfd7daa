"""A camera of the Raspberry Pi through picamera2, in real time.

Promises luma planes of 1280x720, none sooner than asked for, and no wait without an end: a
camera that stalls is opened once more in this process, and given up before the door's
patience ends. Whatever fails is `DeviceError(camera_lost)` in one line. Refuses cameras whose
pictures do not begin with luma.

picamera2 is imported when a camera is opened: only the system's Python has it.
"""

import gc
import importlib
import threading
import time
from collections.abc import Iterator
from typing import Any, Final

from scanner.sight.camera import Frame, Grey
from scanner.sight.optics import settings_for
from scanner.sight.spec import PicameraSpec
from scanner.terms import DeviceError, Reason

_SIZE: Final = (1280, 720)

_LUMA_FIRST: Final = frozenset({"YUV420", "YVU420", "NV12", "NV21"})
"""Formats whose first `height` rows are luma; libcamera may choose another than asked for."""

_BUFFERS: Final = 4
"""A Zero 2 W has little contiguous memory; with fewer, the sensor waits for us."""

_FIRST_FRAME_S: Final = 3.0
_HIDDEN_FRAMES: Final = 12
"""The first frames are kept back while the exposure settles."""

_STALL_S: Final = 0.6
"""Longer than the hiccup of a busy machine."""

_MISSING_FRAMES: Final = 3
"""For a slow camera the pause between two frames is no stall."""

_GIVE_UP_S: Final = 1.4
"""Of a still scene the door hears every half second, and it waits for two seconds."""

_RELEASE_S: Final = 1.0
"""Closing waits for libcamera's threads; one that hangs would hold us for ever."""

_EARLY: Final = 0.2
"""Share of the interval by which a frame may come early: no camera keeps time to the bit."""


class PiCamera:
    """Captures from one camera; `name` describes it, `note` says what it does not offer."""

    paced: Final = True

    def __init__(self, spec: PicameraSpec) -> None:
        self._spec = spec
        self._interval_s = 1 / spec.fps
        self._stall_s = max(_STALL_S, _MISSING_FRAMES * self._interval_s)
        self._start_s = time.monotonic()
        self._width, self._height = _SIZE
        self.name = ""
        self.note: str | None = None
        self._camera = self._open()
        # Nobody is told of a camera before it gave a picture.
        start_s = time.monotonic()
        patience_s = max(_FIRST_FRAME_S, _HIDDEN_FRAMES * self._interval_s)
        self._first = self._capture(start_s, until_s=start_s + patience_s)

    def frames(self) -> Iterator[Frame]:
        """Capture until the camera is lost."""
        last_s = due_s = time.monotonic()  # of the first frame, just taken
        grey = self._first
        del self._first
        early_s = self._interval_s * _EARLY
        while True:
            yield Frame(grey, at_ms=round((last_s - self._start_s) * 1000))
            # A camera that runs late sets the beat anew; one that runs ahead is held back.
            due_s = max(due_s, last_s - early_s) + self._interval_s
            time.sleep(max(0.0, due_s - early_s - time.monotonic()))
            grey = self._next(last_s)
            last_s = time.monotonic()

    def close(self) -> None:
        """Give the camera back, or leave it to the kernel after a second."""
        self._release()

    def _next(self, last_s: float) -> Grey:
        """Take a frame; a stalled camera is opened once more, if there is time."""
        # It may have been this process that stood still: the camera gets two frames' time.
        left_s = max(last_s + self._stall_s - time.monotonic(), 2 * self._interval_s)
        try:
            return self._array(left_s)
        except TimeoutError:
            if self._release() and time.monotonic() < last_s + _GIVE_UP_S:
                self._camera = self._open()
                return self._capture(last_s, until_s=last_s + _GIVE_UP_S)
        raise self._lost("gives no picture any more; check its cable")

    def _capture(self, last_s: float, *, until_s: float) -> Grey:
        try:
            return self._array(until_s - time.monotonic())
        except TimeoutError:
            silent_s = time.monotonic() - last_s
            raise self._lost(f"gives no picture for {silent_s:.1f} s; check its cable") from None

    def _array(self, wait_s: float) -> Grey:
        """Take the next frame within some seconds; `TimeoutError` when none comes."""
        try:
            array = self._camera.capture_array("main", wait=max(wait_s, 0.001))
        except TimeoutError:
            raise
        except Exception as error:
            raise self._lost(f"cannot be read: {in_a_line(error)}") from error
        # Rows may be longer than the picture is wide; chroma lies below.
        luma: Grey = array[: self._height, : self._width]
        if luma.shape != (self._height, self._width):
            raise self._lost(f"gives a picture of {array.shape}, not of its size")
        return luma

    def _open(self) -> Any:
        """Open, set and start the camera."""
        library = importlib.import_module("picamera2").Picamera2
        try:
            self._find(library)
            camera = library(self._spec.number)
            self._start(camera)
        except DeviceError:
            raise
        except Exception as error:
            raise self._lost(
                f"cannot be opened: {in_a_line(error)}; check its cable, and that no other "
                "program uses it"
            ) from error
        return camera

    def _find(self, library: Any) -> None:
        there = len(library.global_camera_info())
        if self._spec.number >= there:
            seen = f"sees {there}, counted from 0" if there else "sees none"
            raise self._lost(
                f"is not there: libcamera {seen}; check its cable (`rpicam-hello --list-cameras`)"
            )

    def _start(self, camera: Any) -> None:
        # Without a raw stream, which costs memory; without a queue, which keeps an old frame.
        asked = camera.create_video_configuration(
            main={"format": "YUV420", "size": _SIZE}, raw=None, buffer_count=_BUFFERS, queue=False
        )
        camera.configure(asked)
        got = camera.camera_configuration()["main"]
        if got["format"] not in _LUMA_FIRST:
            raise self._lost(f"gives {got['format']}, not YUV420; a USB camera goes by opencv:")
        self._width, self._height = got["size"]
        optics = settings_for(self._spec, camera.camera_controls)
        camera.set_controls(dict(optics.controls))
        camera.start()
        model = camera.camera_properties.get("Model", "camera")
        fps = f"{self._spec.fps:g} fps"
        self.name = f"{model} {self._width}x{self._height} {fps} {optics.focus}"
        self.note = f"not offered: {', '.join(optics.missing)}" if optics.missing else None

    def _release(self) -> bool:
        """Close the camera in time; False when libcamera holds on to it."""
        closing = threading.Thread(target=_close, args=[self._camera], daemon=True)
        closing.start()
        closing.join(_RELEASE_S)
        return not closing.is_alive()

    def _lost(self, what: str) -> DeviceError:
        return DeviceError(Reason.CAMERA_LOST, f"camera {self._spec.number} {what}")


def in_a_line(error: BaseException) -> str:
    """Say what an error says, with its causes: libcamera's reason is often the innermost."""
    said: list[str] = []
    cause: BaseException | None = error
    while cause is not None:
        words = " ".join(str(cause).split()).rstrip(".") or type(cause).__name__
        if words not in said:
            said.append(words)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return ": ".join(said)


def _close(camera: Any) -> None:
    # A capture that timed out is still queued, and would be answered first after a restart.
    camera.cancel_all_and_flush()
    camera.close()
    # picamera2 leaves descriptors to the collector.
    gc.collect()
