"""Kinds of value that a key may have: what is allowed, and one clear phrase for all else.

A kind takes a value as TOML gives it and returns the value as the door uses it, or raises
`Unfit`. No value is bent to fit: text is not read as a number, `true` is not 1.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final

from scanner.settings.wording import quoted, shown, written


class Unfit(ValueError):  # noqa: N818 - a finding about a value, not an error of ours
    """A value that its key cannot have; the message says why and what would do."""


@dataclass(frozen=True, slots=True)
class Kind(ABC):
    """What a key may hold; `help` is one sentence for the technician."""

    help: str

    @property
    @abstractmethod
    def allowed(self) -> str:
        """Say in a few words what may be given."""

    @abstractmethod
    def take(self, value: object) -> Any:
        """Return the value as the door uses it, or raise `Unfit`."""

    def written(self, value: Any) -> str:
        """Return a value of the door's as TOML, whole."""
        return written(value)

    def unfit(self, what: str) -> Unfit:
        """Return the complaint: what is wrong, and what may be given."""
        return Unfit(f"{what}; give {self.allowed}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole(Kind):
    """A whole number from `low` to `high`."""

    low: int
    high: int
    unit: str = ""

    @property
    def allowed(self) -> str:
        """Say what may be given."""
        return f"{self.low} to {self.high} {self.unit}".rstrip()

    def take(self, value: object) -> int:
        """Return a whole number; `true` is none."""
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.unfit(f"{shown(value)} is not a whole number")
        if not self.low <= value <= self.high:
            raise self.unfit(f"{shown(value)} is out of range")
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Decimal(Kind):
    """A number from `low` to `high`, whole or not."""

    low: float
    high: float
    unit: str = ""

    @property
    def allowed(self) -> str:
        """Say what may be given."""
        return f"{self.low} to {self.high} {self.unit}".rstrip()

    def take(self, value: object) -> float:
        """Return a float; a whole number is one too."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.unfit(f"{shown(value)} is not a number")
        # Written so that NaN, which compares false with everything, is out of range too.
        if not self.low <= value <= self.high:
            raise self.unfit(f"{shown(value)} is out of range")
        # Zero has one sign only, so that no reader of the number meets "-0".
        return float(value) + 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(Kind):
    """One member of an enum, given by its value."""

    of: type[Enum]

    @property
    def allowed(self) -> str:
        """Say what may be given."""
        *firsts, last = (quoted(member.value) for member in self.of)
        return f"{', '.join(firsts)} or {last}"

    def take(self, value: object) -> Enum:
        """Return the member with this value."""
        for member in self.of:
            if isinstance(value, str) and value == member.value:
                return member
        raise self.unfit(f"{shown(value)} is not a choice")

    def written(self, value: Enum) -> str:
        """Return it as TOML."""
        return quoted(value.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(Kind):
    """Text that is not empty and can be printed on one line."""

    most_characters: int = 4096
    """The longest path that Linux takes."""

    @property
    def allowed(self) -> str:
        """Say what may be given."""
        return f"text of 1 to {self.most_characters} characters"

    def take(self, value: object) -> str:
        """Return the text."""
        text = one_text(value, kind=self)
        if not 1 <= len(text) <= self.most_characters:
            raise self.unfit(f"{shown(value)} is {'too long' if text else 'empty'}")
        return text


_CAMERA: Final = re.compile(r"picamera2|opencv:([0-9]{1,2}|/.+)|frames:/.+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(Text):
    """A camera, as far as its form goes; whether it is there shows at the door."""

    @property
    def allowed(self) -> str:
        """Say what may be given."""
        return '"picamera2", "opencv:0", "opencv:/dev/video0" or "frames:/folder"'

    def take(self, value: object) -> str:
        """Return the text."""
        text = Text.take(self, value)
        if not _CAMERA.fullmatch(text):
            raise self.unfit(f"{shown(value)} is not a camera")
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class PathOrOff(Kind):
    """An absolute path; empty text is None."""

    @property
    def allowed(self) -> str:
        """Say what may be given."""
        return 'a path that begins with /, or "" for off'

    def take(self, value: object) -> Path | None:
        """Return the path, or None for empty text."""
        text = one_text(value, kind=self)
        return _path(text, kind=self) if text else None

    def written(self, value: Path | None) -> str:
        """Return it as TOML."""
        return quoted("" if value is None else str(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Names(Kind):
    """A list of different names, at least one."""

    @property
    def allowed(self) -> str:
        """Say what may be given."""
        return "a list of one or more names"

    def take(self, value: object) -> tuple[str, ...]:
        """Return the names in their order."""
        names = texts(value, kind=self)
        if not names:
            raise self.unfit("the list is empty")
        if "" in names:
            raise self.unfit('"" is not a name')
        return tuple(names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths(Kind):
    """A list of different absolute paths, or none."""

    @property
    def allowed(self) -> str:
        """Say what may be given."""
        return "a list of paths that begin with /"

    def take(self, value: object) -> tuple[Path, ...]:
        """Return the paths in their order."""
        return tuple(_path(one, kind=self) for one in texts(value, kind=self))

    def written(self, value: Sequence[Path]) -> str:
        """Return it as TOML."""
        return written([str(path) for path in value])


def one_text(value: object, *, kind: Kind) -> str:
    """Return text that can be printed on one line, or raise what `kind` says."""
    if not isinstance(value, str):
        raise kind.unfit(f"{shown(value)} is not text")
    if not value.isprintable():
        raise kind.unfit(f"{shown(value)} holds characters that cannot be printed")
    return value


def _path(text: str, *, kind: Kind) -> Path:
    if not text.startswith("/"):
        raise kind.unfit(f"{shown(text)} does not begin with /")
    return Path(text)


def texts(value: object, *, kind: Kind) -> list[str]:
    """Return the different texts of a list in their order, or raise what `kind` says."""
    if not isinstance(value, list):
        raise kind.unfit(f"{shown(value)} is not a list, which stands in [ ]")
    found: dict[str, None] = {}
    for one in value:
        if one_text(one, kind=kind) in found:
            raise kind.unfit(f"{shown(one)} stands twice")
        found[one] = None
    return list(found)
