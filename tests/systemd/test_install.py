"""What `./systemd/install --try` promises: once is enough, and one line says what is wrong."""

import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Run = Callable[..., CompletedProcess[str]]

INSTALL = "systemd/install"
USAGE, FAULT, NOT_PERMITTED = 2, 3, 4


def installations(calls: Path) -> list[str]:
    return [line for line in calls.read_text().splitlines() if " -m pip install " in line]


def environments(calls: Path) -> list[str]:
    return [line for line in calls.read_text().splitlines() if " -m venv " in line]


def apt_calls(calls: Path) -> list[str]:
    return [line for line in calls.read_text().splitlines() if line.startswith("apt-get ")]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["--all"], "Unknown option: --all", id="an unknown option"),
        pytest.param(["try"], "Unknown option: try", id="a word"),
        pytest.param(["--purge"], "goes with --remove", id="purge without remove"),
        pytest.param(["--upgrade", "now"], "nothing more: now", id="a word after upgrade"),
        pytest.param(["--rollback", "1"], "nothing more: 1", id="a word after rollback"),
        pytest.param(["--remove", "all"], "nothing more: all", id="a word after remove"),
        pytest.param(["--remove", "--purge", "all"], "nothing more: all", id="after purge"),
    ],
)
def test_wrong_usage_is_refused_with_one_line(run: Run, arguments: list[str], words: str) -> None:
    answer = run(INSTALL, *arguments)
    assert answer.returncode == USAGE
    assert words in answer.stderr
    assert answer.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [[], ["--upgrade"], ["--rollback"], ["--remove"], ["--remove", "--purge"]]
)
def test_who_is_not_root_is_told_how_to_be(run: Run, calls: Path, arguments: list[str]) -> None:
    answer = run(INSTALL, *arguments)
    assert answer.returncode == NOT_PERMITTED
    assert "sudo ./systemd/install" in answer.stderr
    assert answer.stderr.count("\n") == 1
    assert calls.read_text() == ""


@pytest.mark.skipif(Path("/run/systemd/system").exists(), reason="systemd runs on this machine")
@pytest.mark.parametrize(
    ("machine", "words"),
    [
        pytest.param("amd64", "systemd does not run here", id="without systemd"),
        pytest.param("arm64", "systemd does not run here", id="without systemd, arm"),
        pytest.param("armhf", "64-bit system is needed", id="32 bits"),
    ],
)
def test_a_machine_that_cannot_hold_a_door_is_left_alone(
    run: Run, calls: Path, machine: str, words: str
) -> None:
    answer = run(INSTALL, USER_ID="0", MACHINE=machine)
    assert answer.returncode == USAGE
    assert words in answer.stderr
    assert answer.stderr.count("\n") == 1
    assert calls.read_text() == ""


def test_help_prints_the_usage(run: Run) -> None:
    answer = run(INSTALL, "--help")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "--try" in answer.stdout


def test_packages_are_installed_with_hashes_and_the_project_without_network(
    run: Run, calls: Path
) -> None:
    run(INSTALL, "--try")
    locked, project = installations(calls)
    assert "--require-hashes --no-deps" in locked
    assert "--no-index --no-build-isolation --no-deps -e" in project


def test_further_arguments_and_the_exit_code_are_the_demos(run: Run) -> None:
    answer = run(INSTALL, "--try", "--fast", "two words", FAILING="door-scanner")
    assert answer.stdout == "door-scanner demo --fast two words\n"
    assert answer.returncode == 1


def test_a_second_run_asks_neither_pip_nor_apt(run: Run, calls: Path) -> None:
    run(INSTALL, "--try")
    calls.write_text("")
    answer = run(INSTALL, "--try")
    assert installations(calls) + environments(calls) + apt_calls(calls) == []
    assert answer.stderr == "Running: door-scanner demo\n"


def test_a_set_up_killed_in_the_middle_is_made_anew(run: Run, calls: Path) -> None:
    assert run(INSTALL, "--try", PIP="killed").returncode < 0
    calls.write_text("")
    answer = run(INSTALL, "--try")
    assert answer.returncode == 0
    assert "making it anew" in answer.stderr
    assert len(environments(calls)) == 1


@pytest.mark.parametrize("changed", ["systemd/requirements.txt", "pyproject.toml"])
def test_a_changed_file_brings_the_environment_up_to_date(
    run: Run, checkout: Path, calls: Path, changed: str
) -> None:
    run(INSTALL, "--try")
    calls.write_text("")
    with (checkout / changed).open("a") as file:
        file.write("# changed\n")
    run(INSTALL, "--try")
    assert environments(calls) == []
    assert len(installations(calls)) == 2


def test_another_python_gets_a_new_environment(run: Run, stand_ins: Path, calls: Path) -> None:
    run(INSTALL, "--try", PYTHON=str(stand_ins / "python3.13"))
    calls.write_text("")
    run(INSTALL, "--try", VERSION="3.12.9")
    assert len(environments(calls)) == 1


@pytest.mark.parametrize(
    ("variables", "code", "words"),
    [
        pytest.param({"VERSION": "3.9.2"}, USAGE, "Python 3.9.2", id="too old"),
        pytest.param({"PYTHON": "/no/python"}, USAGE, "PYTHON=/no/python does not", id="absent"),
        pytest.param({"NO_VENV": "1"}, NOT_PERMITTED, "can run: apt-get install", id="no venv"),
    ],
)
def test_a_python_that_will_not_do_is_named_in_one_line(
    run: Run, stand_ins: Path, variables: dict[str, str], code: int, words: str
) -> None:
    answer = run(INSTALL, "--try", **{"PYTHON": str(stand_ins / "python3.13"), **variables})
    assert answer.returncode == code
    assert words in answer.stderr
    assert answer.stderr.count("\n") == 1


def test_after_a_lost_network_the_next_run_goes_on(run: Run, calls: Path) -> None:
    lost = run(INSTALL, "--try", PIP="offline")
    assert lost.returncode == FAULT
    assert "no network to fetch packages" in lost.stderr.splitlines()[-1]
    calls.write_text("")
    assert run(INSTALL, "--try").returncode == 0
    assert environments(calls) == []


def test_other_trouble_of_pip_names_its_log(run: Run, tmp_path: Path) -> None:
    answer = run(INSTALL, "--try", PIP="broken")
    log = Path(answer.stderr.split()[-1])
    assert answer.returncode == FAULT
    assert log.parent == tmp_path
    assert "disk full" in log.read_text()


def test_a_good_set_up_leaves_no_log(run: Run, tmp_path: Path) -> None:
    run(INSTALL, "--try")
    assert list(tmp_path.glob("door-scanner-setup.*")) == []


def test_without_libzbar_and_rights_the_door_goes_on_and_says_so(run: Run, calls: Path) -> None:
    answer = run(INSTALL, "--try", NO_LIBZBAR="yes")
    assert answer.returncode == 0
    assert "apt-get install libzbar0" in answer.stderr
    assert apt_calls(calls) == []


@pytest.mark.parametrize("rights", [{"USER_ID": "0"}, {"SUDO": "yes"}], ids=["root", "sudo"])
def test_libzbar_is_installed_where_permitted_and_tried_once(
    run: Run, calls: Path, rights: dict[str, str]
) -> None:
    for _ in range(2):
        answer = run(INSTALL, "--try", NO_LIBZBAR="yes", APT_EXIT="100", **rights)
        assert answer.returncode == 0
        assert "apt-get install libzbar0" in answer.stderr
    update, install = apt_calls(calls)
    assert update.endswith(" update")
    assert install.endswith(" install -y --no-install-recommends libzbar0")


@pytest.fixture
def lamp(checkout: Path, tmp_path: Path) -> Path:
    """A folder with one package, whose locked hash is another."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    with zipfile.ZipFile(shelf / "lamp-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("lamp-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: lamp\n")
    lock = f"lamp==1.0 --hash=sha256:{'0' * 64}\n"
    (checkout / "systemd" / "requirements.txt").write_text(lock)
    return shelf


def test_the_real_pip_is_understood(run: Run, lamp: Path) -> None:
    real = {"PYTHON": sys.executable, "PIP_CONFIG_FILE": "/dev/null", "PIP_NO_CACHE_DIR": "1"}
    # Nothing listens on port 9 of this machine.
    offline = run(INSTALL, "--try", PIP_INDEX_URL="http://127.0.0.1:9/simple", **real)
    assert offline.returncode == FAULT
    assert "no network to fetch packages" in offline.stderr.splitlines()[-1]

    forged = run(INSTALL, "--try", PIP_NO_INDEX="1", PIP_FIND_LINKS=str(lamp), **real)
    assert forged.returncode == FAULT
    assert "differs from its locked hash" in forged.stderr.splitlines()[-1]


def test_a_moved_checkout_is_set_up_anew(run: Run, checkout: Path, calls: Path) -> None:
    run(INSTALL, "--try")
    identity = checkout / ".venv" / "set-up" / "identity"
    identity.write_text(identity.read_text().replace(str(checkout), "/elsewhere"))
    calls.write_text("")
    run(INSTALL, "--try")
    assert len(environments(calls)) == 1
