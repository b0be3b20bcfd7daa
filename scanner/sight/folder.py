"""A folder of pictures, or one picture, as a camera: for rehearsals and tests.

Promises pictures in the order of their relative paths, each for `hold` frames, at the
times that `fps` gives; the same folder gives the same frames for ever. Files without the
name of a picture are no part of it; a picture that cannot be decoded is reported and
uses up its frames.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from scanner.sight.camera import Finished, Frame, Grey, Unreadable
from scanner.sight.pace import Metronome
from scanner.sight.picture import PictureError, decode_picture
from scanner.sight.spec import PICTURE_SUFFIXES, FramesSpec, Pace
from scanner.terms import DeviceError, Reason

_MAX_FILE_BYTES: Final = 64 * 1024 * 1024
"""As for `check`: 2^26 uncompressed grey pixels."""


def is_picture(path: Path) -> bool:
    """Tell by its name whether a file is taken for a picture."""
    return path.suffix.lower() in PICTURE_SUFFIXES


class FolderCamera:
    """Shows picture files."""

    def __init__(self, spec: FramesSpec) -> None:
        self._spec = spec
        self._root = Path(spec.path)
        self._paths = _pictures(self._root)
        if not self._paths:
            raise DeviceError(Reason.CAMERA_LOST, f"{spec.path} holds no picture; add some")

    @property
    def paced(self) -> bool:
        """Whether frames come in real time."""
        return self._spec.pace is Pace.REALTIME

    def frames(self) -> Iterator[Frame | Unreadable | Finished]:
        """Show every picture, then say how many there were."""
        metronome = Metronome(self._spec)
        unreadable = 0
        for path in self._paths:
            shown = self._open(path)
            unreadable += isinstance(shown, str)
            for _ in range(self._spec.hold):
                at_ms = metronome.tick()
                if isinstance(shown, str):
                    yield Unreadable(shown, at_ms=at_ms)
                else:
                    yield Frame(shown, at_ms=at_ms)
        note = f"{len(self._paths)} pictures shown"
        yield Finished(f"{note}, {unreadable} of them unreadable" if unreadable else note)

    def _open(self, path: Path) -> Grey | str:
        name = path.relative_to(self._root) if path != self._root else path.name
        try:
            if path.stat().st_size > _MAX_FILE_BYTES:
                return f"{name}: the file is larger than {_MAX_FILE_BYTES >> 20} MiB"
            return decode_picture(path.read_bytes())
        except PictureError as error:
            return f"{name}: {error}"
        except OSError as error:
            return f"{name}: {error.strerror}"

    def close(self) -> None:
        """Nothing is held open."""


def _pictures(root: Path) -> list[Path]:
    if root.is_file():
        return [root]
    found = (path for path in root.rglob("*") if is_picture(path) and path.is_file())
    return sorted(found, key=lambda path: path.relative_to(root).parts)
