"""A house with a door, for programs that measure: installed once, cloned for each measurement."""

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scanner.publish.dcc import Issuer
from tests.service import guests
from tests.service.conftest import change, install, prepared, put_checkout, tell_the_time
from tests.service.container import UNIT, Container

FRAMES: Final = "/srv/film"
"""A link to the pictures, which can be taken away and given back."""

FILM: Final = f"frames:{FRAMES}?fps=15&realtime&hold=5"
TRUST: Final = "/etc/door-scanner/trust/at.der"
_FOLDER: Final = "/srv/pictures"
# Two seconds of an empty hall, a pass for more than one.
_EMPTY, _HELD, _ROUNDS = 6, 4, 90


@dataclass(frozen=True, slots=True)
class House:
    """The files of a system with a door in it, and whoever signs the passes it trusts."""

    folder: Path
    layers: tuple[Path, ...]
    issuer: Issuer

    @contextlib.contextmanager
    def off(self) -> Iterator[Container]:
        """Give a clone that was not booted yet."""
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            system = Container(Path(name), layers=self.layers)
            try:
                yield system
            finally:
                system.remove()

    @contextlib.contextmanager
    def open(self) -> Iterator[Container]:
        """Give a clone whose door is ready."""
        with self.off() as system:
            system.boot()
            system.await_that(lambda: system.status().get("state") == "ready", why="it is ready")
            yield system


@contextlib.contextmanager
def house() -> Iterator[House]:
    """Install a door; the files are gone at the end."""
    with tempfile.TemporaryDirectory(prefix="door-scanner-house-") as name:
        yield built(Path(name))


def built(folder: Path) -> House:
    """Install a door into a new system below `folder`."""
    system = Container(folder / "installed", layers=[prepared()])
    signer = guests.issuer()
    try:
        system.boot()
        put_checkout(system)
        done = install(system)
        assert "Installed: " in done.words, done.words
        system.write(TRUST, signer.certificate_der)
        lay_out(system, issuer=signer)
        change(system, source=FILM, output="none")
        tell_the_time(system)
        system.run("systemctl", "restart", UNIT)
    finally:
        system.power_off()
    return House(folder, system.written, signer)


def lay_out(system: Container, *, issuer: Issuer) -> None:
    """Put a film of two guests, one after the other for five minutes, before the camera."""
    people = list(guests.guests(2, by=issuer))
    known: dict[bytes, str] = {}
    film = guests.film(people, empty=_EMPTY, held=_HELD, rounds=_ROUNDS)
    for number, picture in enumerate(film):
        path = f"{_FOLDER}/{number:05}.png"
        first = known.setdefault(picture.tobytes(), path)
        if first == path:
            system.write(path, guests.png(picture))
        else:
            inside = system.files / path.removeprefix("/")
            inside.hardlink_to(system.files / first.removeprefix("/"))
    system.run("ln", "-s", _FOLDER, FRAMES)
