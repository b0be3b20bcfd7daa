"""The command line called within the test's process, and files to call it on."""

import contextlib
import io
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np
import pytest
import segno

from scanner.cli.main import main
from scanner.process import wire
from scanner.store import replace_file

if TYPE_CHECKING:
    from tests.conftest import Mint

CHECKOUT: Final = Path(__file__).resolve().parents[2]
AT: Final = "2026-06-01T12:00:00+00:00"
_SCALE_PX: Final = 4
_QUIET_ZONE: Final = 4


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        """Standard output as JSON, one object a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def told(self) -> list[tuple[str, str]]:
        """Input and reason of every line of JSON."""
        return [(one["input"], one["reason"]) for one in self.objects]


Command = Callable[..., Done]


@pytest.fixture
def door_scanner(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Call `door-scanner` with arguments, and bytes on standard input."""

    def call(*arguments: object, stdin: bytes = b"") -> Done:
        monkeypatch.setattr(sys, "argv", ["door-scanner", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Done(ended.value.code, said.out, said.err)

    return call


@pytest.fixture
def process() -> Command:
    """Run `door-scanner` as a process, where its streams or its start matter."""

    def call(*arguments: object, stdin: bytes = b"", **environment: str) -> Done:
        ended = subprocess.run(
            [sys.executable, "-m", "scanner", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            timeout=30,
            cwd=CHECKOUT,
            env={"PATH": "/usr/bin:/bin", **environment},
            check=False,
        )
        return Done(ended.returncode, ended.stdout.decode(), ended.stderr.decode())

    return call


@pytest.fixture
def trust(mint: "Mint", tmp_path: Path) -> Path:
    """The issuer's certificate as a file."""
    path = tmp_path / "trust.der"
    path.write_bytes(mint.issuer.certificate_der)
    return path


@pytest.fixture
def judging(trust: Path) -> tuple[str, ...]:
    """The options under which the mint's passes are judged: JSON, its trust, its present."""
    return ("--json", "--trust", str(trust), "--at", AT)


@pytest.fixture
def expired(mint: "Mint") -> bytes:
    """A genuine pass whose time is over."""
    return mint.strike(mint.claims(exp=int(mint.issued.timestamp()) + 1))


@pytest.fixture
def draw(tmp_path: Path) -> Callable[..., Path]:
    """Draw codes beside each other into a PNG."""

    def drawing(*raws: bytes, name: str = "codes.png") -> Path:
        pictures = []
        for raw in raws:
            rows = segno.make_qr(raw, mode="byte").matrix_iter(scale=_SCALE_PX, border=_QUIET_ZONE)
            dark = np.array([list(row) for row in rows])
            pictures.append(np.where(dark == 1, 0, 255).astype(np.uint8))
        height = max(picture.shape[0] for picture in pictures)
        padded = [
            np.pad(p, ((0, height - p.shape[0]), (0, 0)), constant_values=255) for p in pictures
        ]
        path = tmp_path / name
        cv2.imwrite(str(path), np.hstack(padded))
        return path

    return drawing


class FakeDoor:
    """A door as the commands of a technician see it: a status, and a control socket.

    `answers` is what it says to each question; None hangs up.
    """

    def __init__(self, state: Path) -> None:
        self.state = state
        self.run = state / "run"
        self.run.mkdir(parents=True)
        self.path = self.run / "status.json"
        self.answers: Callable[[dict[str, Any]], dict[str, Any] | None] = lambda _: None
        self.questions: list[dict[str, Any]] = []
        self._ear: socket.socket | None = None
        self._serving = threading.Thread(target=self._serve)

    def tell(self, told: object, *, age_s: float = 0.0) -> None:
        """Write a status, as old as that."""
        content = told if isinstance(told, bytes) else json.dumps(told).encode()
        replace_file(self.path, content, mode=0o644)
        then_s = time.time() - age_s
        os.utime(self.path, (then_s, then_s))

    def listen(self) -> None:
        """Open the control socket."""
        self._ear = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._ear.bind(str(self.run / "control.sock"))
        self._ear.listen()
        self._serving.start()

    def close(self) -> None:
        if self._ear is not None:
            self._ear.shutdown(socket.SHUT_RDWR)
            self._serving.join(10)
            self._ear.close()
        self._ear = None

    def _serve(self) -> None:
        assert self._ear is not None
        ear = self._ear
        with contextlib.suppress(OSError):
            while True:
                caller, _ = ear.accept()
                with caller:
                    question = wire.receive(caller)
                    assert question is not None
                    self.questions.append(question)
                    answer = self.answers(question)
                    if answer is not None:
                        wire.send(caller, answer)


@pytest.fixture
def fake_door(tmp_path: Path) -> Iterator[FakeDoor]:
    """A door that a test speaks for."""
    door = FakeDoor(tmp_path / "state")
    yield door
    door.close()


@pytest.fixture
def ready() -> dict[str, Any]:
    """The status of a door with which all is well."""
    return {
        "state": "ready",
        "since": "2026-11-22T19:00:00+00:00",
        "updated": "2026-11-22T19:15:00.123+00:00",
        "version": "0.1.0",
        "door_id": "door-3f0a91c2",
        "pid": 4711,
        "pattern": "ready",
        "faults": [],
        "camera": {
            "source": "picamera2:0?fps=15",
            "name": "imx708",
            "note": None,
            "fps": 15.0,
            "frames": 13500,
            "starts": 1,
        },
        "reader": {"cage": "seccomp", "second_opinion": True, "starts": 1},
        "signals": {
            "output": "gpio",
            "detail": "pinctrl-bcm2711: green 17, red 27, buzzer 18",
            "starts": 1,
        },
        "rules": ["no-infection/1"],
        "keys": 2,
        "revoked": 5,
        "clock": {"trusted": True},
        "warnings": [],
        "decisions": {"admit.admitted": 3, "refuse.expired": 1, "ask.two_passes": 1},
    }
