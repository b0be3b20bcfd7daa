"""On which line each key of a TOML text stands; TOML's own reader does not tell.

A walk over headers, dotted and quoted keys, inline tables and lists, past strings and
comments. Up to the first error of a text it sees the keys that TOML's reader sees; behind
it the lines mean nothing. Source: TOML 1.0.0.
"""

import re
import tomllib
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

KeyPath = tuple[str, ...]

_DEPTH: Final = 2
"""A key is a section and a name; what lies deeper is found on the line of those."""

# Text that is not closed is a piece too, with an empty group: looked for again from each
# quote, it would cost the square of the length.
_PIECE: Final = re.compile(
    r""""{3}(?:[^\\]|\\.?)*?(?:"{3,5}|\Z())"""
    r"|'{3}.*?(?:'{3,5}|\Z())"
    r'|"(?:[^"\\\n]|\\[^\n])*(?:"|())'
    r"|'[^'\n]*(?:'|())"
    r"|#[^\n]*"
    r"|[A-Za-z0-9_-]+"
    r"|[][{}=,.\n]",
    re.DOTALL,
)

_MOST_DOTS: Final = 16
"""Time and memory of TOML's reader grow with the square: 100,000 dots take gigabytes."""

_ENDS: Final = {"{": ",", "[": ""}
"""What ends a value and leads to the next key, by the bracket it stands in; in a list, nothing."""


class _In(Enum):
    KEY = auto()
    HEADER = auto()
    VALUE = auto()


@dataclass(slots=True)
class Outline:
    """Where a text first names each section and key, by line from 1.

    `overlong` is the line of the first key with too many dots to be read, `unclosed` that
    of the first text without its closing quote, 0 if there is none.
    """

    lines: dict[KeyPath, int] = field(default_factory=dict)
    overlong: int = 0
    unclosed: int = 0


class _Walk:
    def __init__(self) -> None:
        self.outline = Outline()
        self._dots = 0
        self._place = _In.KEY
        self._section: KeyPath = ()
        self._parts: list[str] = []
        self._path: KeyPath = ()
        # Brackets that are open, each with the path of the value it stands in.
        self._open: list[tuple[str, KeyPath]] = []

    def step(self, piece: str, *, line: int) -> None:
        if self._place is _In.VALUE:
            self._in_value(piece)
        elif piece == "\n":
            self._begin_key()
        elif piece == ".":
            self._dots += 1
            if self._dots > _MOST_DOTS:
                self.outline.overlong = self.outline.overlong or line
        elif piece == "[":
            self._place = _In.HEADER
        elif piece in ("=", "]"):
            self._named(piece, line=line)
        elif piece == "}":
            self._close()
        elif piece != "," and not piece.startswith("#"):
            self._parts.append(_plain(piece))

    def _named(self, piece: str, *, line: int) -> None:
        if piece == "=":
            above = self._open[-1][1] if self._open else self._section
            self._path = (*above, *self._parts)[:_DEPTH]
            self._place = _In.VALUE
            path = self._path
        else:
            path = self._section = tuple(self._parts[:_DEPTH])
        for length in range(1, len(path) + 1):
            self.outline.lines.setdefault(path[:length], line)

    def _in_value(self, piece: str) -> None:
        if piece in ("[", "{"):
            self._open.append((piece, self._path))
            if piece == "{":
                self._begin_key()
        elif piece in ("]", "}"):
            self._close()
        elif piece == (_ENDS[self._open[-1][0]] if self._open else "\n"):
            self._begin_key()

    def _begin_key(self) -> None:
        self._place, self._parts, self._dots = _In.KEY, [], 0

    def _close(self) -> None:
        if self._open:
            _, self._path = self._open.pop()
        self._place = _In.VALUE


def outline(text: str) -> Outline:
    """Walk over a text whose lines end in a line feed alone."""
    walk = _Walk()
    line, counted = 1, 0
    for piece in _PIECE.finditer(text):
        line += text.count("\n", counted, piece.start())
        counted = piece.start()
        if piece.lastindex and not walk.outline.unclosed:
            walk.outline.unclosed = line
        walk.step(piece[0], line=line)
    return walk.outline


def _plain(key: str) -> str:
    if "\\" not in key:
        return key.strip("\"'")
    try:
        plain: str = tomllib.loads(f"key = {key}")["key"]
    except tomllib.TOMLDecodeError:
        # No key of a text that is read to its end.
        return key
    return plain
