"""An installed door under the real systemd: installed once, then cloned for every test."""

import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import pytest
import segno

from scanner.publish import content
from scanner.publish.dcc import Issuer
from tests.service.container import CHECKOUT, Container

PREPARE: Final = CHECKOUT / "tests" / "service" / "prepare"
SOURCE: Final = "/root/door-scanner"
INSTALL: Final = f"{SOURCE}/systemd/install"
SETTINGS: Final = "/etc/door-scanner/scanner.toml"
# A link, which a test can take away; folders of a lower layer cannot be moved.
FRAMES: Final = "/srv/passes"
_FOLDER: Final = "/srv/frames"
INSTALL_LIMIT_S: Final = 400.0
# Two seconds of an empty hall, a pass for more than one: at 15 frames a second, each held for five.
_EMPTY, _HELD, _ROUNDS = 6, 4, 90


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a system of its own."""
    for item in items:
        if PREPARE.parent in item.path.parents:
            item.add_marker(pytest.mark.service)


@dataclass(frozen=True, slots=True)
class Done:
    """What a run of the installer said."""

    code: int
    words: str
    took_s: float


@dataclass(frozen=True, slots=True)
class Installed:
    """An installation, and the layers that hold its files."""

    done: Done
    files: tuple[Path, ...]


def install(system: Container, *arguments: str, at: str = INSTALL) -> Done:
    """Run the installer of a checkout inside."""
    started = time.monotonic()
    done = system.run(at, *arguments, timeout_s=INSTALL_LIMIT_S, check=False)
    assert done.stdout == "" or "--help" in arguments
    return Done(done.returncode, done.stderr, time.monotonic() - started)


def prepared(suite: str = "bookworm") -> Path:
    """Give the bare system; the test is skipped where none can be made."""
    done = subprocess.run(
        [PREPARE, suite], capture_output=True, text=True, check=False, timeout=600
    )
    if done.returncode != 0:
        pytest.skip(done.stderr.strip())
    return Path(done.stdout.strip())


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """The first installation on a Debian that never heard of the door, from root's home."""
    system = Container(tmp_path_factory.mktemp("first"), layers=[prepared()])
    try:
        system.boot()
        put_checkout(system)
        done = install(system)
        system.power_off()
        yield Installed(done, system.written)
    finally:
        system.remove()


@pytest.fixture(scope="module")
def bare(first: Installed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    """A running system after its first installation: no keys, no hardware."""
    system = Container(tmp_path_factory.mktemp("bare"), layers=first.files)
    try:
        system.boot()
        system.await_that(lambda: len(system.faults()) > 1, why="the door tells its faults")
        yield system
    finally:
        system.remove()


def put_checkout(system: Container, *, at: str = SOURCE) -> None:
    """Put what a clone of the project holds into a system."""
    for path in sorted(CHECKOUT.iterdir()):
        if path.is_file() and not path.name.startswith("."):
            system.write(f"{at}/{path.name}", path.read_bytes())
    for name in ("scanner", "systemd", "config"):
        system.put(CHECKOUT / name, f"{at}/{name}")


@pytest.fixture(scope="session")
def installed(
    first: Installed, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, ...]]:
    """The files of a system with a door that has all it needs; powered off."""
    assert "Installed: " in first.done.words, first.done.words
    now = datetime.now(UTC)
    issuer = Issuer.es256(
        country="AT", not_before=now - timedelta(days=30), not_after=now + timedelta(days=90)
    )
    system = Container(tmp_path_factory.mktemp("installed"), layers=first.files)
    try:
        system.boot()
        system.write("/etc/door-scanner/trust/at.der", issuer.certificate_der)
        _show(system, [_pass(issuer, person) for person in content.INVENTED[:2]])
        change(system, source=f"frames:{FRAMES}?fps=15&realtime&hold=5", output="none")
        tell_the_time(system)
        system.power_off()
        yield system.written
    finally:
        system.remove()


@pytest.fixture
def off(installed: tuple[Path, ...], tmp_path: Path) -> Iterator[Container]:
    """A clone of the installed system, not yet booted."""
    system = Container(tmp_path / "system", layers=installed)
    try:
        yield system
    finally:
        system.remove()


@pytest.fixture
def door(off: Container) -> Container:
    """A clone of the installed system whose door is ready."""
    off.boot()
    off.await_that(lambda: off.status().get("state") == "ready", why="the door is ready")
    return off


def tell_the_time(system: Container) -> None:
    """Let a time server have set the clock by the time of each boot; there is none inside."""
    folder = "/run/systemd/timesync"
    lines = (f"d {folder} 0755 root root -", f"f {folder}/synchronized 0644 root root -", "")
    system.write("/etc/tmpfiles.d/synchronised.conf", "\n".join(lines))


def change(system: Container, **values: str) -> None:
    """Set keys of the settings, which stand there with their defaults."""
    lines = system.read(SETTINGS).splitlines()
    for name, value in values.items():
        (number,) = (n for n, line in enumerate(lines) if line.startswith(f"{name} = "))
        lines[number] = f'{name} = "{value}"'
    system.write(SETTINGS, "\n".join(lines) + "\n")


def _pass(issuer: Issuer, person: content.Person) -> bytes:
    today = datetime.now(UTC)
    holds = content.vaccination(
        person, country=issuer.country, given_on=(today - timedelta(days=60)).date()
    )
    return issuer.issue(
        holds, issued_at=today - timedelta(days=2), expires_at=today + timedelta(days=60)
    ).encode()


def _show(system: Container, codes: list[bytes]) -> None:
    """Lay out a folder of frames: an empty hall, a guest, an empty hall, another guest, ..."""
    hall = np.full((480, 640), 190, np.uint8)
    system.write(f"{_FOLDER}/hall.png", _png(hall))
    for number, code in enumerate(codes):
        rows = segno.make_qr(code, mode="byte", error="l").matrix_iter(scale=4, border=4)
        drawn = np.where(np.array([list(row) for row in rows]) == 1, 0, 255).astype(np.uint8)
        height, width = drawn.shape
        picture = hall.copy()
        picture[20 : 20 + height, 40 : 40 + width] = drawn
        system.write(f"{_FOLDER}/guest-{number}.png", _png(picture))
    kinds = []
    for number in range(_ROUNDS):
        kinds += ["hall"] * _EMPTY + [f"guest-{number % len(codes)}"] * _HELD
    folder = system.files / _FOLDER.removeprefix("/")
    for number, kind in enumerate(kinds):
        (folder / f"{number:05}.png").hardlink_to(folder / f"{kind}.png")
    system.run("ln", "-s", _FOLDER, FRAMES)


def _png(picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bytes:
    return cv2.imencode(".png", picture)[1].tobytes()
