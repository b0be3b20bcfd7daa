"""A door as it is installed: settings, a state folder, status, log, counts, one at a time."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from tests.conftest import Mint
    from tests.journeys.conftest import Album, Running

Another = Callable[[int], bytes]
Opening = Callable[..., "Running"]
CHECKOUT: Final = Path(__file__).resolve().parents[2]
SETTINGS: Final = """
[door]
rules = ["genuine-only"]
trust = ["{trust}"]
revoked = []
[camera]
source = "frames:{frames}?realtime&hold=15"
[signals]
output = "{output}"
"""


class Site:
    """Settings and a state folder, and commands that ask the door on it."""

    def __init__(self, folder: Path, album: "Album", *, trust: Path, output: str) -> None:
        self.state = folder / "state"
        self.settings = folder / "scanner.toml"
        text = SETTINGS.format(trust=trust, frames=album.folder, output=output)
        self.settings.write_text(text)

    @property
    def options(self) -> tuple[str, ...]:
        return ("--config", str(self.settings), "--state", str(self.state))

    def ask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "scanner", *arguments, "--state", str(self.state)]
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
        return subprocess.run(
            command, capture_output=True, text=True, cwd=CHECKOUT, env=environment, check=False
        )

    def status(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.ask("status", "--json").stdout)
        return told


@pytest.fixture
def trust_folder(mint: "Mint", tmp_path: Path) -> Path:
    """A folder with the issuer's certificate."""
    folder = tmp_path / "trust"
    folder.mkdir()
    (folder / "dsc.der").write_bytes(mint.issuer.certificate_der)
    return folder


def test_a_door_with_settings_tells_what_it_does_and_keeps_counts_only(
    album: "Album", mint: "Mint", trust_folder: Path, tmp_path: Path, open_site: Opening
) -> None:
    for _ in range(20):
        album.show((mint.valid, 3))
    site = Site(tmp_path, album, trust=trust_folder, output="none")
    door = open_site(*site.options)
    door.await_event("decision", verdict="admit")
    told = site.status()
    assert (told["state"], told["faults"], told["keys"]) == ("ready", [], 1)
    assert told["decisions"] == {"admit.admitted": 1}
    assert told["rules"] == ["genuine-only/1"]
    (entry,) = map(json.loads, site.ask("log", "--json").stdout.splitlines())
    assert (entry["verdict"], entry["reason"], entry["kind"]) == (
        "admit",
        "admitted",
        "vaccination",
    )

    door.process.send_signal(signal.SIGTERM)
    assert door.finish()[0] == 0
    (month,) = (site.state / "counts").iterdir()
    (line,) = month.read_text().splitlines()
    assert json.loads(line)["counts"] == {"admit.admitted": 1}
    kept = {path.name for path in site.state.iterdir()}
    assert kept == {"counts", "door-id", "hmac-key", "lock", "run"}


def test_a_second_door_on_the_same_folder_is_refused_in_one_line(
    album: "Album", mint: "Mint", trust_folder: Path, tmp_path: Path, open_site: Opening
) -> None:
    album.show((mint.valid, 3), frames=40)
    site = Site(tmp_path, album, trust=trust_folder, output="none")
    first = open_site(*site.options)
    first.await_event("state", state="ready")
    code, err = open_site(*site.options).finish()
    assert code == 2
    (line,) = err.splitlines()
    assert f"another door (process {first.process.pid}) runs on {site.state}" in line


def test_a_door_without_a_key_stands_in_fault_and_says_where_keys_belong(
    album: "Album", mint: "Mint", tmp_path: Path, open_site: Opening
) -> None:
    album.show((mint.valid, 3), frames=40)
    folder = tmp_path / "empty"
    folder.mkdir()
    site = Site(tmp_path, album, trust=folder, output="none")
    door = open_site(*site.options)
    door.await_event("state", state="fault")
    assert site.ask("status").returncode == 3
    (fault,) = site.status()["faults"]
    assert fault["reason"] == "list_missing"
    assert f"put keys into {folder}" in fault["detail"]
    assert not [event for event in door.events if event.get("verdict") == "admit"]


def test_a_door_whose_pins_are_lost_goes_on_deciding(
    album: "Album", another: Another, trust_folder: Path, tmp_path: Path, open_site: Opening
) -> None:
    for number in range(20):
        album.show((another(number), 3))
    site = Site(tmp_path, album, trust=trust_folder, output="gpio")
    site.settings.write_text(site.settings.read_text() + 'chip = "no-such-chip"\n')
    door = open_site(*site.options)
    door.await_event("decision", reason="pins_lost")
    door.await_event("decision", verdict="admit")
    assert site.ask("status").returncode == 3
    told = site.status()
    assert [fault["reason"] for fault in told["faults"]] == ["pins_lost"]
    assert told["signals"]["detail"] is None


def test_a_status_of_a_door_that_is_gone_is_not_believed(tmp_path: Path, album: "Album") -> None:
    site = Site(tmp_path, album, trust=tmp_path, output="none")
    asked = site.ask("status")
    assert (asked.returncode, asked.stdout) == (3, "")
    assert "no door is running" in asked.stderr
