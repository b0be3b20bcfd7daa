"""What the eye does once it runs: open the camera that was named, show all it gives."""

import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scanner.process import wire
from scanner.sight.camera import Camera, Finished, Frame, Unreadable
from scanner.sight.darkroom import Darkroom
from scanner.sight.spec import CameraSpec, DeviceSpec, FramesSpec, PicameraSpec, parse_camera

_MAX_SCRIPT_BYTES: Final = 4 * 1024 * 1024
"""A rehearsal script is text; it is held in memory."""

_MAX_NAME_CHARS: Final = 100
_MAX_NOTE_CHARS: Final = 400


@dataclass(frozen=True, slots=True)
class _Opening:
    """A camera, what it is called, and what it does not offer, if anything."""

    camera: Camera
    name: str = ""
    note: str | None = None


def show(
    end: socket.socket, *, camera_text: str, script_fd: int, memory: memoryview, slots: int
) -> None:
    """Show frames until there are no more and the door hangs up."""
    opening = _open(parse_camera(camera_text), script_fd)
    paced = opening.camera.paced
    name = opening.name[:_MAX_NAME_CHARS]
    wire.send(end, {"opened": True, "paced": paced, "name": name, "note": opening.note})
    darkroom = Darkroom(end, memory=memory, slots=slots, paced=paced)
    last_words = ""
    for index, sight in enumerate(opening.camera.frames()):
        match sight:
            case Frame():
                darkroom.develop(sight, index=index)
            case Unreadable():
                why = sight.why[:_MAX_NOTE_CHARS]
                wire.send(end, {"frame": index, "at_ms": sight.at_ms, "skipped": why})
            case Finished():
                last_words = sight.note
    wire.send(end, {"end": last_words[:_MAX_NOTE_CHARS]})
    darkroom.linger()


def _open(spec: CameraSpec, script_fd: int) -> _Opening:
    """Load only the adapter that is needed."""
    if isinstance(spec, PicameraSpec):
        from scanner.sight.picamera import PiCamera  # noqa: PLC0415

        camera = PiCamera(spec)
        return _Opening(camera, name=camera.name, note=camera.note)
    if isinstance(spec, DeviceSpec):
        from scanner.sight.device import DeviceCamera  # noqa: PLC0415

        return _Opening(DeviceCamera(spec), name=f"opencv {spec.device}")
    if isinstance(spec, FramesSpec):
        return _Opening(_rehearsal(spec), name=Path(spec.path).name)
    from scanner.sight.scenes.camera import SceneCamera  # noqa: PLC0415

    with os.fdopen(script_fd, "rb") as script:
        return _Opening(SceneCamera(script.read(_MAX_SCRIPT_BYTES)))


def _rehearsal(spec: FramesSpec) -> Camera:
    from scanner.sight.folder import FolderCamera, is_picture  # noqa: PLC0415

    path = Path(spec.path)
    if path.is_dir() or is_picture(path):
        return FolderCamera(spec)
    from scanner.sight.video import VideoCamera  # noqa: PLC0415

    return VideoCamera(spec)
