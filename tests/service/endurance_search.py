"""The search for what nobody may keep: a piece of any pass, anywhere a system can keep it.

Promises to find every name, date of birth and certificate id, and every piece of the text of a
pass that is 19 characters long or longer, as it was read and in base64, whatever its case.
"""

import base64
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from tests.service.container import Container
from tests.service.guests import Guest

# As long as a date of birth, the shortest field. A piece of 19 holds ten that were cut at a ten.
WINDOW: Final = 10
_PREFIX: Final = len("HC1:")
_GAP: Final = b"\0" * 32
_NOT_KEPT: Final = ("srv", "proc", "sys")
_IN_MEMORY: Final = ("run", "tmp", "dev/shm")


class Needles:
    """What is searched for."""

    def __init__(self, people: Iterable[Guest], *, also: Iterable[str] = ()) -> None:
        self._windows: dict[bytes, str] = {}
        for word in also:
            self._add(word, whole=word)
        for guest in people:
            for field in guest.fields:
                self._add(field, whole=field)
            written = base64.b64encode(guest.text.encode()).decode()
            for text in (guest.text[_PREFIX:], written):
                for start in range(0, len(text) - WINDOW + 1, WINDOW):
                    self._add(text[start:], whole=f"a piece of a pass: {text[start : start + 24]}")

    def __len__(self) -> int:
        return len(self._windows)

    def within(self, data: bytes) -> set[str]:
        """Return what of it stands in the data."""
        found: set[str] = set()
        for part in data.lower().split(_GAP):
            windows = {part[at : at + WINDOW] for at in range(len(part) - WINDOW + 1)}
            found.update(self._windows[one] for one in windows & self._windows.keys())
        return found

    def _add(self, text: str, *, whole: str) -> None:
        self._windows[text[:WINDOW].lower().encode()] = whole


def searched(system: Container, *, needles: Needles) -> tuple[dict[str, set[str]], int]:
    """Search a running system; return what was found by place, and how many bytes there were."""
    found: dict[str, set[str]] = {}
    total = 0
    for place, data in _kept(system):
        total += len(data)
        if here := needles.within(data):
            found[place] = here
    return found, total


def _kept(system: Container) -> Iterator[tuple[str, bytes]]:
    """Give all that was written since the system was made, but for the pictures themselves."""
    upper = system.folder / "upper"
    for entry in sorted(upper.iterdir()):
        if entry.name not in _NOT_KEPT:
            yield from _files(entry, base=upper)
    for name in _IN_MEMORY:
        yield from _files(system.files / name, base=system.files)
    yield "console", (system.folder / "console").read_bytes()
    # Long fields are compressed in its files.
    command = ("journalctl", "--output=export", "--all", "--no-pager")
    yield "journal", system.run(*command).stdout.encode()
    yield (
        "door-scanner log",
        system.run("door-scanner", "log", "--json", check=False).stdout.encode(),
    )


def _files(path: Path, *, base: Path) -> Iterator[tuple[str, bytes]]:
    inside = [path] if path.is_file() else path.rglob("*")
    for file in inside:
        if file.is_file() and not file.is_symlink():
            yield f"/{file.relative_to(base)}", file.read_bytes()
