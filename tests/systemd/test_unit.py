"""The unit's text: systemd understands it, it is tight, and it fits the program."""

import subprocess
from pathlib import Path

import pytest

from scanner.sight.eye import LOSSLESS_SILENCE_S
from scanner.sight.reader import LOOK_DEADLINE_S

SYSTEMD = Path(__file__).resolve().parents[2] / "systemd"
UNITS = sorted(SYSTEMD.glob("*.service"))
STARTERS = sorted([*SYSTEMD.glob("*.timer"), *SYSTEMD.glob("*.path")])
DOOR = SYSTEMD / "door-scanner.service"
EXPOSURE_LIMIT = 15  # tenths

needs_systemd = pytest.mark.skipif(
    subprocess.run(
        ["sh", "-c", "command -v systemd-analyze"], capture_output=True, check=False
    ).returncode
    != 0,
    reason="there is no systemd-analyze (remedy: apt-get install systemd)",
)


def keys(unit: Path) -> dict[str, list[str]]:
    """Values by key, in their order."""
    found: dict[str, list[str]] = {}
    for line in unit.read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def one(key: str) -> str:
    (value,) = keys(DOOR)[key]
    return value


def lines(name: str) -> list[list[str]]:
    return [line.split() for line in (SYSTEMD / name).read_text().splitlines() if line[0] != "#"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with what the units name: commands, and the units that any system has."""
    for unit in UNITS:
        for command in keys(unit)["ExecStart"] + keys(unit).get("ExecStopPost", []):
            path = tmp_path / command.lstrip("-").split()[0].removeprefix("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("#!/bin/sh\n")
            path.chmod(0o755)
    folder = tmp_path / "etc" / "systemd" / "system"
    folder.mkdir(parents=True)
    for name in (
        *("sysinit", "basic", "shutdown", "multi-user", "local-fs"),
        *("timers", "paths", "time-set", "time-sync", "network", "network-online"),
    ):
        (folder / f"{name}.target").write_text(f"[Unit]\nDescription={name}\n")
    (folder / "system.slice").write_text("[Unit]\nDescription=slice\n")
    for unit in (*UNITS, *STARTERS):
        (folder / unit.name).write_text(unit.read_text())
    return tmp_path


@needs_systemd
@pytest.mark.parametrize("unit", [*UNITS, *STARTERS], ids=lambda unit: unit.name)
def test_systemd_finds_nothing_to_say_about_a_unit(unit: Path, root: Path) -> None:
    verify = ["systemd-analyze", "verify", "--man=no", f"--root={root}", unit.name]
    said = subprocess.run(verify, capture_output=True, text=True, check=False, timeout=60)
    assert (said.returncode, said.stdout + said.stderr) == (0, "")


@needs_systemd
def test_a_key_that_systemd_does_not_know_would_be_found(root: Path) -> None:
    with (root / "etc/systemd/system" / DOOR.name).open("a") as file:
        file.write("[Service]\nProtectEverything=yes\n")
    verify = ["systemd-analyze", "verify", "--man=no", f"--root={root}", DOOR.name]
    said = subprocess.run(verify, capture_output=True, text=True, check=False, timeout=60)
    assert "ProtectEverything" in said.stderr


@needs_systemd
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_is_exposed_by_1_5_at_most(unit: Path) -> None:
    security = ["systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE_LIMIT}"]
    said = subprocess.run(
        [*security, "--no-pager", str(unit)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    print(said.stdout.splitlines()[-1])
    assert said.returncode == 0


def test_the_watchdog_waits_longer_than_a_sound_door_is_ever_silent() -> None:
    # No frame for as long as a folder of pictures may take, then a look that takes its time.
    assert float(one("WatchdogSec")) > LOSSLESS_SILENCE_S + LOOK_DEADLINE_S


def test_decisions_never_reach_the_journal_by_way_of_a_drawn_lamp() -> None:
    assert (one("StandardOutput"), one("StandardError")) == ("null", "journal")


def test_what_cannot_get_better_by_itself_is_not_tried_again() -> None:
    assert one("Restart") == "always"
    assert one("RestartPreventExitStatus").split() == ["2", "4"]
    assert int(one("StartLimitBurst")) * float(one("RestartSec")) < float(
        one("StartLimitIntervalSec")
    )


def test_a_door_that_is_stopped_for_good_never_takes_the_machine_with_it() -> None:
    assert "StartLimitAction" not in keys(DOOR)
    assert "FailureAction" not in keys(DOOR)


def test_the_lamps_are_darkened_without_any_package() -> None:
    _, isolated, script, wiring = one("ExecStopPost").split()
    assert isolated == "-I"
    assert (SYSTEMD.parent / script.removeprefix("/opt/door-scanner/current/")).is_file()
    assert wiring == "/run/door-scanner/wiring.json"


def test_user_groups_and_folders_are_those_that_are_made() -> None:
    made = lines("door-scanner.sysusers")
    users = {name for kind, name, *_ in made if kind == "u"}
    groups = {name for kind, name, *_ in made if kind in "gu"}
    joined = {rest[0] for kind, name, *rest in made if kind == "m" and name == one("User")}
    assert one("User") in users
    assert joined == set(one("SupplementaryGroups").split()) <= groups
    folders = {path: (mode, owner) for _, path, mode, owner, *_ in lines("door-scanner.tmpfiles")}
    state = f"/var/lib/{one('StateDirectory')}"
    assert folders[state] == (one("StateDirectoryMode"), one("User"))
    assert folders["/etc/door-scanner/trust"] == folders["/etc/door-scanner/revoked"]
    assert folders["/etc/door-scanner"] == ("0755", "root")


def test_the_devices_are_camera_and_pins_alone() -> None:
    assert one("DevicePolicy") == "closed"
    classes = {"char-video4linux", "char-media", "char-dma_heap", "char-gpiochip"}
    assert {value.removesuffix(" rw") for value in keys(DOOR)["DeviceAllow"]} == classes
