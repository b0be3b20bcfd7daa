"""What benchmarks need: passes and their trust, pictures in a folder, a door of its own."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2

from scanner.publish import content
from scanner.publish.dcc import Issuer
from scanner.sight.scenes import still

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2021, 12, 13, 2, 40, tzinfo=UTC)
_YEAR = timedelta(days=365)


def es256() -> Issuer:
    """Make an issuer that signs with ECDSA on P-256."""
    return Issuer.es256(country="AT", not_before=NOW - _YEAR, not_after=NOW + _YEAR)


def ps256() -> Issuer:
    """Make an issuer that signs with RSA-PSS."""
    return Issuer.ps256(country="PT", not_before=NOW - _YEAR, not_after=NOW + _YEAR)


def vaccinated(issuer: Issuer, *, person: int = 0) -> bytes:
    """Issue the text of an everyday vaccination pass, some 570 characters with ES256."""
    given = content.vaccination(
        content.INVENTED[person % len(content.INVENTED)],
        country=issuer.country,
        given_on=date(2021, 7, 6),
    )
    return issuer.issue(given, issued_at=NOW, expires_at=NOW + _YEAR).encode()


def conformance() -> Path | None:
    """Return the folder of public conformance suites, where there is one."""
    folder = Path(os.environ.get("DOOR_SCANNER_CONFORMANCE", ROOT.parent / "shared" / "data"))
    return folder if folder.is_dir() else None


def hall(folder: Path, *, pictures: int) -> Path:
    """Fill a new folder with pictures of the empty hall, each with noise of its own."""
    folder.mkdir()
    for number in range(pictures):
        cv2.imwrite(str(folder / f"{number:03}.pgm"), still.empty(frame=number))
    return folder


def command(*arguments: str) -> list[str]:
    """Return how the program is started."""
    return [sys.executable, "-m", "scanner", *arguments]


@dataclass(frozen=True, slots=True)
class RunningDoor:
    """A door at work, and its events as they come."""

    process: subprocess.Popen[bytes]

    def await_state(self, state: str) -> None:
        """Read events until the door says that it is in `state`."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            event: dict[str, Any] = json.loads(line)
            if event["event"] == "state" and event["state"] == state:
                return
        raise RuntimeError(f"the door ended before it was {state}")

    def family(self) -> dict[str, int]:
        """Return the process ids of the door and its children, by what they do."""
        door = self.process.pid
        children = Path(f"/proc/{door}/task/{door}/children").read_text().split()
        return {"door": door} | {_trade(int(child)): int(child) for child in children}


def _trade(pid: int) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    module = next(word for word in words if word.startswith(b"scanner."))
    return module.decode().rpartition(".")[2].removesuffix("_child")


@contextlib.contextmanager
def door(camera: str, *, trust: Path) -> Iterator[RunningDoor]:
    """Run a door that stays after its last frame, and end it."""
    words = ("run", "--camera", camera, "--signals", "none", "--trust", str(trust))
    process = subprocess.Popen(
        command(*words, "--events", "-"),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield RunningDoor(process)
    finally:
        process.terminate()
        process.communicate(timeout=10)
