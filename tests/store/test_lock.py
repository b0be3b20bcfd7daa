"""One holder at a time, and the kernel gives the lock back however it ended."""

import os
import signal
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from scanner.store import Lock

Start = Callable[..., subprocess.Popen[str]]

HOLD: Final = """
from pathlib import Path
from scanner.store import Lock
lock = Lock(Path(sys.argv[1]))
print(lock.take(), flush=True)
sys.stdin.read()
"""
HOLD_WITH_A_CHILD: Final = HOLD.replace(
    "sys.stdin.read()",
    """
import subprocess
nowhere = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
print(subprocess.Popen(["sleep", "30"], **nowhere).pid, flush=True)
sys.stdin.read()
""",
)


def _says(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_a_second_process_is_refused_and_told_who_holds_it(start: Start, tmp_path: Path) -> None:
    holder = start(HOLD, tmp_path)
    assert _says(holder) == "True\n"
    lock = Lock(tmp_path)
    assert not lock.take()
    assert lock.holder() == str(holder.pid)
    assert _says(start(HOLD, tmp_path)) == "False\n"


def test_a_killed_holder_holds_nothing(start: Start, tmp_path: Path) -> None:
    holder = start(HOLD, tmp_path)
    assert _says(holder) == "True\n"
    holder.kill()
    holder.wait(10)
    lock = Lock(tmp_path)
    assert lock.take()
    assert lock.holder() == str(os.getpid())
    lock.give_back()


def test_a_child_does_not_inherit_the_lock(start: Start, tmp_path: Path) -> None:
    """A keeper may outlive its door by a moment; the next door must not wait for it."""
    holder = start(HOLD_WITH_A_CHILD, tmp_path)
    assert _says(holder) == "True\n"
    child = int(_says(holder))
    holder.kill()
    holder.wait(10)
    lock = Lock(tmp_path)
    try:
        assert lock.take()
    finally:
        os.kill(child, signal.SIGKILL)
        lock.give_back()


def test_a_lock_given_back_can_be_taken_by_another(tmp_path: Path) -> None:
    first, second = Lock(tmp_path), Lock(tmp_path)
    assert first.take()
    assert not second.take()
    first.give_back()
    first.give_back()
    assert second.take()
    second.give_back()


def test_folders_are_locked_each_for_itself(tmp_path: Path) -> None:
    locks = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        locks.append(Lock(tmp_path / name))
    assert [lock.take() for lock in locks] == [True, True]
    for lock in locks:
        lock.give_back()


def test_the_lock_file_is_its_owners_alone(tmp_path: Path) -> None:
    lock = Lock(tmp_path)
    lock.take()
    lock.give_back()
    assert stat.S_IMODE((tmp_path / "lock").stat().st_mode) == 0o600


HOLDERS: dict[str, tuple[bytes | None, str]] = {
    "no file": (None, "?"),
    "an empty file": (b"", "?"),
    "a process id": (b"4711", "4711"),
    "a process id with an end of line": (b"4711\n", "4711"),
    "words": (b"me\n\x1b[31m", "?"),
    "bytes": (b"\xff\xfe", "?"),
    "a long number": (b"1" * 1000, "1" * 16),
}


@pytest.mark.parametrize("case", HOLDERS)
def test_the_holder_is_a_process_id_or_a_question_mark(case: str, tmp_path: Path) -> None:
    content, told = HOLDERS[case]
    if content is not None:
        (tmp_path / "lock").write_bytes(content)
    assert Lock(tmp_path).holder() == told


@pytest.mark.parametrize("content", [b"", b"999999999", b"x" * 5000], ids=["empty", "old", "long"])
def test_a_lock_file_that_was_left_behind_is_taken_over(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "lock").write_bytes(content)
    lock = Lock(tmp_path)
    assert lock.take()
    assert (tmp_path / "lock").read_bytes() == str(os.getpid()).encode()
    lock.give_back()


def _folder_of_that_name(folder: Path) -> Path:
    (folder / "lock").mkdir()
    return folder


IMPOSSIBLE: dict[str, Callable[[Path], Path]] = {
    "a folder in its place": _folder_of_that_name,
    "no folder to lock": lambda folder: folder / "nowhere",
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_a_lock_that_cannot_be_made_is_an_error_and_not_a_no(case: str, tmp_path: Path) -> None:
    folder = IMPOSSIBLE[case](tmp_path)
    with pytest.raises(OSError, match=r"Errno"):
        Lock(folder).take()
    assert Lock(folder).holder() == "?"
