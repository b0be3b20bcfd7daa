"""What the installer says in the end: the door's own words, or that it has gone again."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

FAULT = 3

ASK = """
set -euo pipefail
. "$1/systemd/environment.sh"
. "$1/systemd/health.sh"
tell_state
"""


@pytest.fixture
def status(checkout: Path, tmp_path: Path) -> Path:
    """The place where the copied script looks for the door's status."""
    path = tmp_path / "status.json"
    script = checkout / "systemd" / "health.sh"
    text = script.read_text()
    assert text.count("/run/door-scanner/status.json") == 1
    script.write_text(text.replace("/run/door-scanner/status.json", str(path)))
    return path


def tell(checkout: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", ASK, "bash", checkout],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(None, id="no file"),
        pytest.param("", id="an empty file"),
        pytest.param('{"state": "ready"', id="half a file"),
        pytest.param('{"state": "ready"}', id="no word of faults"),
    ],
)
def test_a_door_that_tells_nothing_any_more_is_not_called_ready(
    checkout: Path, status: Path, text: str | None
) -> None:
    if text is not None:
        status.write_text(text)
    said = tell(checkout)
    assert said.returncode == FAULT
    assert said.stderr == (
        "The door has gone again: journalctl -u door-scanner.service tells why.\n"
    )


def test_a_door_without_faults_is_ready(checkout: Path, status: Path) -> None:
    status.write_text(json.dumps({"pid": 1, "state": "ready", "faults": []}))
    said = tell(checkout)
    assert said.returncode == 0
    assert said.stderr.startswith("The door is ready: ")
    assert said.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("reasons", "code"),
    [
        pytest.param(["list_missing"], 0, id="keys come after an installation"),
        pytest.param(["camera_lost"], FAULT, id="a part is lost"),
        pytest.param(["list_missing", "pins_lost"], FAULT, id="keys and a part"),
    ],
)
def test_every_fault_is_told_and_only_missing_keys_are_no_failure(
    checkout: Path, status: Path, reasons: list[str], code: int
) -> None:
    faults = [{"reason": reason, "detail": f"about {reason}"} for reason in reasons]
    status.write_text(json.dumps({"pid": 1, "state": "fault", "faults": faults}))
    said = tell(checkout)
    assert said.returncode == code
    first, *told, last = said.stderr.splitlines()
    assert first.startswith("The door runs; ")
    assert told == [f"  {reason}: about {reason}" for reason in reasons]
    assert last.startswith("Next: ")


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("stands", [_fifo, _endless], ids=["a FIFO", "a link to what never ends"])
def test_what_the_doors_user_puts_in_its_place_keeps_root_from_nothing(
    checkout: Path, status: Path, stands: Callable[[Path], None]
) -> None:
    stands(status)
    assert tell(checkout).returncode == FAULT


def test_words_that_steer_a_terminal_or_forge_a_line_are_made_harmless(
    checkout: Path, status: Path
) -> None:
    fault = {"reason": "camera_lost\nInstalled: fine", "detail": "\x1b[31mred\x07"}
    status.write_text(json.dumps({"pid": 1, "state": "fault", "faults": [fault]}))
    said = tell(checkout).stderr
    assert "  camera_lost?Installed: fine: ?[31mred?\n" in said
    assert "\x1b" not in said
