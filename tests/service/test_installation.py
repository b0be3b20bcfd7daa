"""`sudo ./systemd/install` on a bare Debian: what it makes, says, and never does."""

import pytest

from tests.service.conftest import INSTALL, SETTINGS, Installed, install, prepared, put_checkout
from tests.service.container import UNIT, Container

OPT = "/opt/door-scanner"


def test_a_bare_debian_gets_a_running_door_whose_faults_are_named(
    first: Installed, bare: Container
) -> None:
    done = first.done
    print(f"installed in {done.took_s:.1f} s")
    assert done.code == 3
    assert done.words.splitlines()[-1].startswith("Next: ")
    for reason in ("list_missing", "camera_lost", "pins_lost"):
        assert f"\n  {reason}: " in done.words
    assert "apt does not offer python3-picamera2" in done.words
    assert bare.show("ActiveState") == "active"
    assert bare.run("systemctl", "is-enabled", UNIT).stdout.strip() == "enabled"


def test_all_that_is_installed_belongs_to_root_and_can_be_written_by_root_alone(
    bare: Container,
) -> None:
    others = bare.run(
        "find", OPT, "(", "-not", "-user", "root", "-o", "-perm", "/022", ")", "-not", "-type", "l"
    )
    assert others.stdout == ""
    unread = bare.run("find", OPT, "-not", "-perm", "-a=r", "-not", "-type", "l")
    assert unread.stdout == ""
    state = bare.run("stat", "-c", "%U %a", "/var/lib/door-scanner", "/run/door-scanner").stdout
    assert state == "door-scanner 700\ndoor-scanner 755\n"


def test_the_installed_python_is_the_systems_and_nothing_points_into_a_home(
    bare: Container,
) -> None:
    python = f"{OPT}/current/.venv/bin/python"
    assert bare.run("readlink", "-f", python).stdout.startswith("/usr/bin/python3")
    found = bare.run("grep", "-rlI", "/root/door-scanner", OPT, check=False)
    assert found.stdout == ""


def test_systemd_finds_nothing_to_say_about_the_installed_unit(bare: Container) -> None:
    said = bare.run("systemd-analyze", "verify", "--man=no", UNIT)
    assert said.stdout + said.stderr == ""


def test_a_second_run_changes_nothing_and_needs_no_network(bare: Container) -> None:
    before = bare.run("find", OPT, "/etc/door-scanner", "-newermt", "@0", "-printf", "%p %T@\\n")
    bare.run("mv", "/etc/resolv.conf", "/etc/resolv.conf.away")
    again = install(bare)
    bare.run("mv", "/etc/resolv.conf.away", "/etc/resolv.conf")
    after = bare.run("find", OPT, "/etc/door-scanner", "-newermt", "@0", "-printf", "%p %T@\\n")
    assert again.code == 3
    for step in ("Installing with apt-get", "Copying", "Making", "locked Python packages"):
        assert step not in again.words
    changed = set(before.stdout.splitlines()) ^ set(after.stdout.splitlines())
    assert {line.split()[0] for line in changed} <= {OPT, f"{OPT}/current"}


def test_a_second_installation_at_once_is_refused_with_one_line(bare: Container) -> None:
    lock = "/run/door-scanner-install.lock"
    done = bare.run("flock", lock, INSTALL, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)
    assert "at work" in done.stderr


def test_somebody_who_is_not_root_is_told_so_in_one_line(bare: Container) -> None:
    own = bare.run("readlink", "-f", f"{OPT}/current").stdout.strip()
    done = bare.run("setpriv", "--reuid=65534", f"{own}/systemd/install", check=False)
    assert (done.returncode, done.stderr.count("\n")) == (4, 1)
    assert "sudo" in done.stderr


@pytest.mark.parametrize("lacking", ["packages", "python packages"])
def test_without_a_network_one_line_says_so_and_nothing_runs(
    lacking: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    system = Container(tmp_path_factory.mktemp("offline"), layers=[prepared()])
    try:
        system.boot()
        put_checkout(system)
        if lacking == "python packages":
            system.run(
                "sh",
                "-c",
                "apt-get update && apt-get install -y python3-venv libzbar0",
                timeout_s=200,
            )
        system.write("/etc/apt/apt.conf.d/nowhere", 'Acquire::http::Proxy "http://127.0.0.1:9";')
        system.write(
            "/etc/pip.conf", "[global]\nindex-url = http://127.0.0.1:9/simple\nno-cache-dir = yes\n"
        )
        done = install(system)
        assert done.code == 3
        assert "network" in done.words.splitlines()[-1]
        assert not (system.files / "usr/local/bin/door-scanner").is_symlink()
        assert system.show("LoadState") == "not-found"
        assert not (system.files / SETTINGS.removeprefix("/")).exists()
    finally:
        system.remove()


@pytest.mark.long
def test_debian_trixie_with_its_python_gets_a_door_too(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    system = Container(tmp_path_factory.mktemp("trixie"), layers=[prepared("trixie")])
    try:
        system.boot()
        put_checkout(system)
        done = install(system)
        print(f"installed on trixie in {done.took_s:.1f} s")
        # Raspberry Pi OS offers it, Debian does not.
        assert "apt does not offer python3-lgpio: no pins here" in done.words
        assert done.code == 3
        for reason in ("list_missing", "camera_lost", "pins_lost"):
            assert f"\n  {reason}: " in done.words
        assert system.show("ActiveState") == "active"
        python = f"{OPT}/current/.venv/bin/python"
        assert system.run(python, "--version").stdout.startswith("Python 3.13.")
        said = system.run("systemd-analyze", "verify", "--man=no", UNIT)
        assert said.stdout + said.stderr == ""
        # The first udev that can check rules is this one's.
        system.run("udevadm", "verify", "/usr/local/lib/udev/rules.d/60-door-scanner.rules")
    finally:
        system.remove()
