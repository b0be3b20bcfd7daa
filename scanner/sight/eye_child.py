"""The process that holds the camera: frames into shared memory, one message each.

Arguments: socket, parent pid, memory descriptor, slots, bytes a slot, camera, script
descriptor (-1 for none). It says

    {"opened": true, "paced": bool}
    {"frame": i, "at_ms", "slot", "width", "height", "changed", "note"}
    {"frame": i, "at_ms", "skipped": "why"}
    {"end": "note"}  or  {"error": "why"}

and is told {"free": slot}, and {"keen": true} while a code is in view. A camera that may
lose no frame waits for a free slot; one in real time drops the frame, and leaves out those
in which nothing happens. Needs the standard library, numpy and the adapter alone.
"""

import mmap
import os
import socket
from typing import Final

from scanner.process import wire
from scanner.process.kernel import die_with_parent
from scanner.sight.camera import Camera, Finished, Frame, Unreadable
from scanner.sight.darkroom import Darkroom
from scanner.sight.spec import DeviceSpec, FramesSpec, parse_camera
from scanner.terms import ScannerError

_MAX_SCRIPT_BYTES: Final = 4 * 1024 * 1024
"""A rehearsal script is text; it is held in memory."""


def main(arguments: list[str]) -> None:
    """Run the child; never returns."""
    wire_fd, parent_pid, memory_fd, slots, slot_bytes = map(int, arguments[:5])
    camera_text, script_fd = arguments[5], int(arguments[6])
    die_with_parent(parent_pid)
    end = socket.socket(fileno=wire_fd)
    memory = mmap.mmap(memory_fd, slots * slot_bytes)
    try:
        camera = _open(camera_text, script_fd)
        wire.send(end, {"opened": True, "paced": camera.paced})
        darkroom = Darkroom(end, memory=memoryview(memory), slots=slots, paced=camera.paced)
        _show(end, camera=camera, darkroom=darkroom)
    except wire.WireClosed:
        os._exit(0)
    except Exception as error:  # noqa: BLE001 - drivers raise what they like; the door is told
        _report(end, error)
        os._exit(1)
    # Not through the interpreter's end: a camera driver's own clean-up may hang.
    os._exit(0)


def _open(text: str, script_fd: int) -> Camera:
    """Load only the adapter that is needed."""
    spec = parse_camera(text)
    if isinstance(spec, DeviceSpec):
        from scanner.sight.device import DeviceCamera  # noqa: PLC0415

        return DeviceCamera(spec)
    if isinstance(spec, FramesSpec):
        return _rehearsal(spec)
    from scanner.sight.scenes.camera import SceneCamera  # noqa: PLC0415

    with os.fdopen(script_fd, "rb") as script:
        return SceneCamera(script.read(_MAX_SCRIPT_BYTES))


def _rehearsal(spec: FramesSpec) -> Camera:
    from pathlib import Path  # noqa: PLC0415 - as the adapters below

    from scanner.sight.folder import FolderCamera, is_picture  # noqa: PLC0415

    path = Path(spec.path)
    if path.is_dir() or is_picture(path):
        return FolderCamera(spec)
    from scanner.sight.video import VideoCamera  # noqa: PLC0415

    return VideoCamera(spec)


def _show(end: socket.socket, *, camera: Camera, darkroom: Darkroom) -> None:
    note = ""
    for index, sight in enumerate(camera.frames()):
        match sight:
            case Frame():
                darkroom.develop(sight, index=index)
            case Unreadable():
                wire.send(end, {"frame": index, "at_ms": sight.at_ms, "skipped": sight.why[:400]})
            case Finished():
                note = sight.note
    wire.send(end, {"end": note[:400]})
    darkroom.linger()


def _report(end: socket.socket, error: Exception) -> None:
    detail = str(getattr(error, "detail", error))
    text = detail if isinstance(error, ScannerError) else f"{type(error).__name__}: {detail}"
    try:
        wire.send(end, {"error": text[:400]})
    except wire.WireClosed:
        os._exit(0)
