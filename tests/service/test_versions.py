"""Versions side by side: upgrade, an upgrade that fails, going back, removal."""

import signal

import pytest

from tests.service.conftest import INSTALL, SETTINGS, SOURCE, install
from tests.service.container import UNIT, Container

OPT = "/opt/door-scanner"
INITIAL = f"{SOURCE}/scanner/__init__.py"
VERSION = '__version__ = "'
# What ends a door before it is ready: what it needs is not there.
BROKEN = "import no_such_room\n"


def linked(system: Container, name: str) -> str:
    done = system.run("readlink", f"{OPT}/{name}", check=False)
    return done.stdout.strip().removeprefix("versions/")


def versions(system: Container) -> set[str]:
    return set(system.run("ls", f"{OPT}/versions").stdout.split())


def renew(system: Container, version: str, *, also: str = "") -> None:
    """Let the checkout inside hold another version."""
    text = system.read(INITIAL)
    head, _, rest = text.partition(VERSION)
    system.write(INITIAL, f'{head}{VERSION}{version}"{rest.partition(chr(34))[2]}{also}')


def test_an_upgrade_keeps_the_version_before_and_the_settings(door: Container) -> None:
    before, settings = linked(door, "current"), door.read(SETTINGS)
    identity = door.read("/var/lib/door-scanner/door-id")
    renew(door, "9.1.0")
    done = install(door, "--upgrade")
    print(f"upgraded in {done.took_s:.1f} s")
    assert (done.code, done.words.splitlines()[-1][:18]) == (0, "The door is ready:")
    assert linked(door, "current").startswith("9.1.0-")
    assert linked(door, "previous") == before
    assert door.status()["version"] == "9.1.0"
    assert door.read(SETTINGS) == settings
    assert door.read("/var/lib/door-scanner/door-id") == identity

    back = install(door, "--rollback", at=f"{OPT}/current/systemd/install")
    print(f"went back in {back.took_s:.1f} s")
    assert back.code == 0
    assert linked(door, "current") == before
    assert linked(door, "previous").startswith("9.1.0-")
    assert door.status()["state"] == "ready"

    renew(door, "9.2.0")
    assert install(door).code == 0
    assert versions(door) == {linked(door, "current"), before}


def test_an_upgrade_that_does_not_come_up_goes_back_by_itself(door: Container) -> None:
    before, unit = linked(door, "current"), door.run("systemctl", "cat", UNIT).stdout
    renew(door, "9.3.0", also=BROKEN)
    with (door.files / f"{SOURCE}/systemd/{UNIT}".removeprefix("/")).open("a") as file:
        file.write("# of the version that fails\n")
    done = install(door)
    print(f"failed and went back in {done.took_s:.1f} s")
    assert done.code == 3
    assert "no_such_room" in done.words
    assert f"{before} is in use again" in done.words.splitlines()[-1]
    assert (linked(door, "current"), linked(door, "previous")) == (before, "")
    assert door.status()["state"] == "ready"
    assert door.run("systemctl", "cat", UNIT).stdout == unit


@pytest.mark.parametrize(
    "sign",
    [
        pytest.param("Copying", marks=pytest.mark.long),
        pytest.param("Installing 1", marks=pytest.mark.long),
        "Starting",
    ],
)
def test_an_upgrade_cut_short_leaves_a_door_that_works_and_the_next_run_completes_it(
    door: Container, sign: str
) -> None:
    before = linked(door, "current")
    renew(door, "9.4.0")
    cut = door.start(INSTALL)
    assert cut.stderr is not None
    for line in cut.stderr:
        if line.startswith(sign):
            cut.send_signal(signal.SIGKILL)
            break
    door.run("pkill", "-KILL", "-f", f"{SOURCE}/systemd|{OPT}.*pip", check=False)
    cut.wait(60)
    door.power_off()
    door.boot()
    door.await_that(lambda: door.status().get("state") == "ready", why="some version works")
    assert install(door).code == 0
    assert (linked(door, "current")[:6], linked(door, "previous")) == ("9.4.0-", before)
    assert door.status()["version"] == "9.4.0"


def test_going_back_needs_a_version_before(door: Container) -> None:
    done = install(door, "--rollback")
    assert (done.code, done.words.count("\n")) == (2, 1)
    assert door.status()["state"] == "ready"


def test_new_defaults_are_put_beside_the_settings_of_a_venue(door: Container) -> None:
    settings = door.read(SETTINGS)
    renew(door, "9.5.0")
    default = f"{SOURCE}/config/scanner.toml"
    door.write(default, door.read(default) + "# a new key\n")
    assert ".new" in install(door).words
    assert door.read(SETTINGS) == settings
    assert door.read(SETTINGS + ".new") == door.read(default)


def test_removal_leaves_settings_and_state_and_purge_leaves_nothing(door: Container) -> None:
    assert install(door, "--remove", at=f"{OPT}/current/systemd/install").code == 0
    assert door.show("LoadState") == "not-found"
    assert paths(door) == {"/etc/door-scanner", "/var/lib/door-scanner"}
    assert (door.files / SETTINGS.removeprefix("/")).exists()

    assert install(door, "--remove", "--purge").code == 0
    assert paths(door) == set()
    for database, name in (("passwd", "door-scanner"), ("group", "door-tech")):
        assert door.run("getent", database, name, check=False).returncode != 0
    assert install(door, "--remove").code == 0


def test_a_step_that_fails_is_named_and_the_next_run_completes_it(door: Container) -> None:
    stand_in = "/usr/local/sbin/groupdel"
    door.write(stand_in, "#!/bin/sh\necho the group is in use\nexit 8\n")
    door.run("chmod", "755", stand_in)
    done = install(door, "--remove", "--purge")
    assert done.code == 3
    said = done.words.splitlines()[-1]
    assert said.startswith("This step failed: groupdel door-tech ")
    log = said.split()[-1]
    assert "the group is in use" in door.read(log)

    door.run("rm", stand_in, log)
    assert install(door, "--remove", "--purge").code == 0
    assert paths(door) == set()


def paths(system: Container) -> set[str]:
    """Find whatever has the name of the door outside of the checkout and the kernel's folders."""
    places = ("/etc", "/opt", "/run", "/usr", "/var/lib", "/var/cache", "/tmp", "/srv")  # noqa: S108
    found = system.run("find", *places, "-xdev", "-name", "*door-scanner*", "-prune", check=False)
    # The lock of the run that has just ended; the next start of the machine removes it.
    return set(found.stdout.split()) - {"/run/door-scanner-install.lock"}


def test_the_installer_can_be_run_from_what_it_installed(door: Container) -> None:
    before = linked(door, "current")
    own = install(door, at=f"{OPT}/current/systemd/install")
    assert own.code == 0
    assert linked(door, "current") == before
