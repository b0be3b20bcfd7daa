"""The small program that tells the door whether the kernel's clock is synchronised."""

import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from scanner.store import synchronised
from scanner.store.synchronised import is_synchronised, main, tell

ANSWERS: Final = {
    "synchronised": (0, 0x2001, True),
    "a second will be inserted": (1, 0x2011, True),
    "never set": (5, 0x0040, False),
    "an error alone": (5, 0x2001, False),
    "the flag alone": (0, 0x0040, False),
    "the question was refused": (-1, 0, False),
}


@pytest.mark.parametrize(("state", "status", "means"), ANSWERS.values(), ids=ANSWERS)
def test_the_kernels_answer_is_understood(state: int, status: int, means: bool) -> None:  # noqa: FBT001
    assert is_synchronised(state, status) is means


def test_a_synchronised_clock_is_a_fresh_file_that_everybody_may_see(tmp_path: Path) -> None:
    path = tmp_path / "synchronised"
    tell(str(path), synchronised=True)
    os.utime(path, (0, 0))
    tell(str(path), synchronised=True)
    assert path.stat().st_mtime > 0
    assert stat.S_IMODE(path.stat().st_mode) & 0o444


def test_another_clock_leaves_none(tmp_path: Path) -> None:
    path = tmp_path / "synchronised"
    tell(str(path), synchronised=False)
    tell(str(path), synchronised=True)
    tell(str(path), synchronised=False)
    assert list(tmp_path.iterdir()) == []


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with pytest.raises(OSError, match="symbolic links"):
        tell(str(tmp_path / "link"), synchronised=True)
    assert not (tmp_path / "target").exists()


def test_the_systems_own_python_runs_it_without_the_project(tmp_path: Path) -> None:
    program = Path(synchronised.__file__)
    done = subprocess.run(
        [sys.executable, "-I", "-S", program, tmp_path / "synchronised"],
        capture_output=True, check=False, timeout=30, cwd=tmp_path,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


WRONG: Final[dict[str, tuple[list[str], int, str]]] = {
    "no file": ([], 2, "usage: synchronised.py FILE"),
    "two files": (["a", "b"], 2, "usage: synchronised.py FILE"),
    "a folder that is not there": (["/nowhere/at/all/x"], 1, "/nowhere/at/all/x: "),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_it_cannot_do_is_one_line(
    case: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments, code, words = WRONG[case]
    monkeypatch.setattr(synchronised, "asked_kernel", lambda: True)
    assert main(arguments) == code
    assert capsys.readouterr().err.startswith(words)
