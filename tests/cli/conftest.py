"""The command line called within the test's process, and files to call it on."""

import io
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np
import pytest
import segno

from scanner.cli.main import main

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
