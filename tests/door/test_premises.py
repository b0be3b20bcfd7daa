"""The folders of an installed door: one door at a time, and trouble that is told, not fatal."""

import contextlib
import json
import os
import select
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from scanner.door.premises import Occupied, Premises, occupied, step_down
from scanner.store import Lock, identity_in
from scanner.terms import InputError, NotPermittedError, rfc3339

CHECKOUT: Final = Path(__file__).resolve().parents[2]
NOBODY: Final = 65534
# A door that waits asks again once a second.
BOUND_S: Final = 15.0
MOVE_IN: Final = """
import sys
sys.path.append(sys.argv[1])
from pathlib import Path
from scanner.door.premises import Premises, occupied
with occupied(Premises.at(Path(sys.argv[2])), waits=True) as found:
    print(found.door_id, *found.warnings, flush=True)
"""

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@pytest.fixture
def premises(tmp_path: Path) -> Premises:
    return Premises(tmp_path / "state", tmp_path / "run")


@contextlib.contextmanager
def _somebody_in(premises: Premises) -> Iterator[Lock]:
    premises.state.mkdir(exist_ok=True)
    lock = Lock(premises.state)
    assert lock.take()
    try:
        yield lock
    finally:
        lock.give_back()


# --- folders -----------------------------------------------------------------------------

ENVIRONMENTS: dict[str, tuple[dict[str, str], str]] = {
    "none": ({}, "state/run"),
    "an empty name": ({"RUNTIME_DIRECTORY": ""}, "state/run"),
    "a service manager's": ({"RUNTIME_DIRECTORY": "/run/door-scanner"}, "/run/door-scanner"),
    "several": ({"RUNTIME_DIRECTORY": "/run/door-scanner:/run/other"}, "/run/door-scanner"),
}


@pytest.mark.parametrize("case", ENVIRONMENTS)
def test_the_run_folder_is_the_service_managers_or_below_the_state(case: str) -> None:
    environment, run = ENVIRONMENTS[case]
    assert Premises.at(Path("state"), environment=environment) == Premises(Path("state"), Path(run))


def test_moving_in_makes_the_folders_and_an_id(premises: Premises) -> None:
    with occupied(premises, waits=False) as found:
        identity = identity_in(premises.state)
        assert found == Occupied(identity.door_id, identity.hmac_key)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (premises.state, premises.run)]
    assert modes == [0o700, 0o755]


def test_a_door_that_moved_out_can_move_in_again_as_the_same(premises: Premises) -> None:
    with occupied(premises, waits=False) as first:
        pass
    with occupied(premises, waits=False) as second:
        assert second == first


def test_a_door_that_ends_by_an_error_moves_out(premises: Premises) -> None:
    with pytest.raises(KeyError), occupied(premises, waits=False):
        raise KeyError
    with occupied(premises, waits=False) as found:
        assert found.warnings == ()


# --- two doors ---------------------------------------------------------------------------


def test_a_second_door_is_refused_with_one_line_and_the_remedy(premises: Premises) -> None:
    with (
        _somebody_in(premises),
        pytest.raises(InputError) as refused,
        occupied(premises, waits=False),
    ):
        pass
    assert str(refused.value) == (
        f"another door (process {os.getpid()}) runs on {premises.state}; "
        "stop it first: systemctl stop door-scanner"
    )
    assert not (premises.run / "status.json").exists()


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A service manager's ear."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.bind(str(tmp_path / "notify"))
        end.settimeout(BOUND_S)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield end


def test_a_second_service_waits_says_why_and_goes_on_when_the_first_ends(
    premises: Premises, manager: socket.socket
) -> None:
    """Ending would have it started again and again."""
    inside = threading.Event()
    leave = threading.Event()

    def move_in() -> None:
        with occupied(premises, waits=True):
            inside.set()
            leave.wait(BOUND_S)

    second = threading.Thread(target=move_in)
    with _somebody_in(premises):
        second.start()
        # Twice: it goes on telling.
        words = {manager.recv(4096).decode() for _ in range(2)}
        told = json.loads((premises.run / "status.json").read_text())
        assert not inside.is_set()
    assert inside.wait(BOUND_S)
    leave.set()
    second.join(BOUND_S)
    why = f"another door (process {os.getpid()}) runs on {premises.state}; stop it first"
    assert [one.partition(": systemctl")[0] for one in words] == [
        f"EXTEND_TIMEOUT_USEC=30000000\nSTATUS={why}"
    ]
    assert told["state"] == "fault"
    assert told["faults"][0]["reason"] == "internal"
    assert told["faults"][0]["detail"].startswith(why)
    assert (told["pid"], told["pattern"], told["keys"]) == (os.getpid(), "dark", 0)
    assert rfc3339(told["updated"]) == rfc3339(told["since"])


def test_a_service_that_waits_is_looked_at_like_any_other(
    premises: Premises, manager: socket.socket
) -> None:
    """Its status has every part that the status of a door that is in has."""
    second = threading.Thread(
        target=lambda: contextlib.ExitStack().enter_context(occupied(premises, waits=True))
    )
    with _somebody_in(premises):
        second.start()
        manager.recv(4096)
        told = json.loads((premises.run / "status.json").read_text())
    second.join(BOUND_S)
    from_interface = {"state", "since", "updated", "version", "door_id", "pid", "pattern"}
    assert set(told) >= from_interface | {"faults", "camera", "reader", "signals", "clock"}
    assert set(told) >= {"rules", "keys", "revoked", "warnings", "decisions"}


def test_two_services_started_at_once_are_one_after_the_other_and_the_same_door(
    tmp_path: Path,
) -> None:
    both = [
        subprocess.Popen(
            [sys.executable, "-I", "-c", MOVE_IN, CHECKOUT, tmp_path / "state"],
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    told = {process.communicate(timeout=BOUND_S)[0] for process in both}
    assert told == {f"{identity_in(tmp_path / 'state').door_id}\n"}


# --- folders that take no writing --------------------------------------------------------


def _state_is_a_file(premises: Premises) -> None:
    premises.state.write_text("")


def _run_is_a_file(premises: Premises) -> None:
    premises.run.write_text("")


def _lock_is_a_folder(premises: Premises) -> None:
    (premises.state / "lock").mkdir(parents=True)


def _damaged_id(premises: Premises) -> None:
    premises.state.mkdir()
    (premises.state / "door-id").write_text("front entrance")


def _damaged_key(premises: Premises) -> None:
    premises.state.mkdir()
    (premises.state / "hmac-key").write_text("")


# What is amiss, whether the door has an id, and words of the warning.
TROUBLE: dict[str, tuple[Callable[[Premises], None], bool, str]] = {
    "a state folder that is a file": (_state_is_a_file, False, "who owns the folder"),
    "a run folder that is a file": (_run_is_a_file, True, "who owns the folder"),
    "a lock that is a folder": (_lock_is_a_folder, True, "Is a directory"),
    "an id that is damaged": (_damaged_id, False, "door-id: damaged; restore it"),
    "a key that is damaged": (_damaged_key, False, "hmac-key: damaged; restore it"),
}


@pytest.mark.parametrize("case", TROUBLE)
def test_trouble_with_a_folder_is_a_warning_and_the_door_opens(
    case: str, premises: Premises
) -> None:
    make, has_id, words = TROUBLE[case]
    make(premises)
    with occupied(premises, waits=False) as found:
        assert (found.door_id is not None) is has_id
        assert words in "; ".join(found.warnings)
        assert not any("\n" in warning for warning in found.warnings)


def test_a_door_that_cannot_tell_what_it_does_still_keeps_others_out(premises: Premises) -> None:
    _run_is_a_file(premises)
    with occupied(premises, waits=False) as found:
        assert found.warnings[0].startswith(f"{premises.run}: File exists")
        assert not Lock(premises.state).take()


@pytest.fixture
def strangers_folder() -> Iterator[Path]:
    """A folder of root's that everybody reaches and nobody else writes to."""
    folder = Path(tempfile.mkdtemp(prefix="door-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def _warned(premises: Premises) -> bytes:
    with occupied(premises, waits=True) as found:
        return json.dumps([found.door_id, *found.warnings]).encode()


def _refused(premises: Premises) -> bytes:
    try:
        with occupied(premises, waits=False):
            return b"not refused"
    except NotPermittedError as error:
        return str(error).encode()


def _as_nobody(work: Callable[[], bytes]) -> bytes:
    """Do it as somebody without rights."""

    def without_rights() -> bytes:
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        return work()

    return _apart(without_rights)


def _apart(work: Callable[[], bytes]) -> bytes:
    """Do it in a process of its own."""
    hears, says = os.pipe()
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            os.write(says, work())
        os._exit(0)
    os.close(says)
    with os.fdopen(hears, "rb", buffering=0) as told:
        assert select.select([told], [], [], BOUND_S)[0]
        content = told.read(4096)
    os.waitpid(child, 0)
    assert content is not None
    return content


def _stepped_down(folder: Path) -> bytes:
    step_down(folder)
    with occupied(Premises(folder, folder / "run"), waits=False):
        return json.dumps([os.getuid(), os.getgid(), os.getgroups()]).encode()


@as_root
def test_root_becomes_the_owner_of_the_folder_before_it_writes(strangers_folder: Path) -> None:
    os.chown(strangers_folder, NOBODY, NOBODY)
    told = json.loads(_apart(lambda: _stepped_down(strangers_folder)))
    assert told[:2] == [NOBODY, NOBODY]
    assert 0 not in told[2]
    owners = {path.stat().st_uid for path in strangers_folder.rglob("*")}
    assert owners == {NOBODY}


@as_root
def test_root_stays_root_where_the_folder_is_its_own(strangers_folder: Path) -> None:
    assert json.loads(_apart(lambda: _stepped_down(strangers_folder)))[0] == 0


@as_root
def test_a_state_folder_that_cannot_be_made_is_told_once_with_the_remedy(
    strangers_folder: Path,
) -> None:
    premises = Premises(strangers_folder / "state", strangers_folder / "run")
    door_id, *warnings = json.loads(_as_nobody(lambda: _warned(premises)))
    assert door_id is None
    assert warnings[0].startswith(f"{premises.state}: Permission denied; free space, or check")


@as_root
def test_a_person_who_may_not_write_the_state_folder_is_told_who_may(
    strangers_folder: Path,
) -> None:
    premises = Premises(strangers_folder, strangers_folder / "run")
    with occupied(premises, waits=False):
        pass
    told = _as_nobody(lambda: _refused(premises)).decode()
    assert told == f"{strangers_folder}: may not be written; run as its owner, or with sudo"


@as_root
def test_a_state_folder_that_takes_no_writing_keeps_its_id(strangers_folder: Path) -> None:
    premises = Premises(strangers_folder, strangers_folder / "run")
    with occupied(premises, waits=False) as found:
        known = found.door_id
    for path in strangers_folder.iterdir():
        path.chmod(0o755)
    (strangers_folder / "lock").chmod(0o444)
    door_id, *warnings = json.loads(_as_nobody(lambda: _warned(premises)))
    assert door_id == known
    assert len(warnings) == 1
    assert "Permission denied" in warnings[0]


def test_waiting_is_bounded_by_the_door_that_waits_for_nobody(premises: Premises) -> None:
    began_s = time.monotonic()
    with occupied(premises, waits=True):
        assert time.monotonic() - began_s < 1
