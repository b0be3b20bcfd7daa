"""INPUT arguments become payloads: pictures, text files, and lines of standard input."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from scanner.passes import recognise
from scanner.sight.pictures import MAX_FILE_BYTES, PictureReader
from scanner.sight.spec import PICTURE_SUFFIXES
from scanner.store import read_file
from scanner.terms import InputError, Payload

# The longest line that is kept whole; no code holds more than 7,089 characters, and
# whatever is longer is refused as too large all the same.
MAX_LINE_BYTES: Final = 64 * 1024
_PICTURE_MARKS: Final = (
    b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*", b"P5\n", b"P2\n",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """What one input held: its codes, or why it could not be read."""

    name: str
    payloads: tuple[Payload, ...] = ()
    read_ms: float | None = None
    error: str | None = None


def payloads_of(inputs: Sequence[str], *, reader: PictureReader) -> Iterator[Found]:
    """Yield what each input held, in order; one bad input never ends the rest."""
    for name in inputs:
        if name == "-" and sys.stdin is None:
            raise InputError("standard input is closed; name a file instead of -")
        elif name == "-":
            yield from _lines(sys.stdin.buffer)
        else:
            yield _file(name, reader=reader)


def _lines(stream: BinaryIO) -> Iterator[Found]:
    number = 0
    while line := stream.readline(MAX_LINE_BYTES):
        number += 1
        rest = line
        while len(rest) == MAX_LINE_BYTES and not rest.endswith(b"\n"):
            rest = stream.readline(MAX_LINE_BYTES)
        raw = line.removesuffix(b"\n").removesuffix(b"\r")
        yield Found(f"-:{number}", payloads=(Payload(raw),) if raw else ())


def _file(name: str, *, reader: PictureReader) -> Found:
    path = Path(name)
    try:
        content = read_file(path, max_bytes=MAX_FILE_BYTES)
    except InputError as error:
        return Found(name, error=str(error).removeprefix(f"{path}: "))
    if not content:
        return Found(name, error="an empty file; give a picture or a text with one payload")
    if _is_picture(content, path=path):
        result = reader.read_picture(content)
        return Found(name, payloads=result.codes, read_ms=result.read_ms, error=result.error)
    raw = content.removesuffix(b"\n").removesuffix(b"\r")
    if recognise(raw).is_pass or _is_text(raw):
        return Found(name, payloads=(Payload(raw),))
    return Found(name, error="neither a picture nor a text; give one of these")


def _is_picture(content: bytes, *, path: Path) -> bool:
    webp = content.startswith(b"RIFF") and content[8:12] == b"WEBP"
    return webp or content.startswith(_PICTURE_MARKS) or path.suffix.lower() in PICTURE_SUFFIXES


def _is_text(raw: bytes) -> bool:
    try:
        return "\x00" not in raw.decode()
    except UnicodeDecodeError:
        return False
