"""Children that do one thing to a folder: killed, out of room, or watched by strace."""

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import pytest

from tests.store.crashmodel import BEGIN, Recording, Tree, put
from tests.store.crashmodel import record as recorded

CHECKOUT: Final = Path(__file__).resolve().parents[2]
# Nothing here takes a second.
BOUND_S: Final = 30.0

Ended = subprocess.CompletedProcess[str]
Child = Callable[..., Ended]


def command(code: str, *arguments: object) -> list[str]:
    """Give the command of a Python that knows the store and runs `code`."""
    path = f"import sys; sys.path.append({str(CHECKOUT)!r})\n"
    return [sys.executable, "-I", "-c", path + code, *map(str, arguments)]


@pytest.fixture
def child() -> Child:
    """Run code in a process of its own, under another program if need be."""

    def run(code: str, *arguments: object, under: Sequence[str] = ()) -> Ended:
        return subprocess.run(
            [*under, *command(code, *arguments)],
            capture_output=True,
            text=True,
            timeout=BOUND_S,
            check=False,
        )

    return run


@pytest.fixture
def strace(tmp_path: Path, child: Child) -> str:
    """The path of strace; the test is skipped where it is missing or may not trace."""
    found = shutil.which("strace")
    if found is None:
        pytest.skip("strace is missing (remedy: apt-get install strace)")
    if child("", under=(found, "-f", "-o", str(tmp_path / "trial"))).returncode:
        pytest.skip("strace may not trace here (remedy: allow ptrace)")
    return found


@pytest.fixture
def watched(tmp_path: Path) -> Path:
    """A folder whose power may be cut."""
    folder = tmp_path / "watched"
    folder.mkdir()
    return folder


@pytest.fixture
def record(strace: str, watched: Path, tmp_path: Path) -> Callable[[str], Recording]:
    """Run code in a child, which is handed the folder, and return what it did there."""

    def run(code: str) -> Recording:
        python, *rest = command(BEGIN + code, watched)
        # A cache of compiled code is written elsewhere, which the model refuses.
        command_line = [python, "-B", *rest]
        return recorded(command_line, root=watched, log=tmp_path / "calls", strace=strace)

    return run


@pytest.fixture
def reopened(tmp_path: Path) -> Callable[[Tree], Path]:
    """Put what a power cut left into a folder, as a disk would be mounted again."""

    def mount(tree: Tree) -> Path:
        put(tree, tmp_path / "after")
        return tmp_path / "after"

    return mount


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start code in processes of its own, spoken to over pipes; they end with the test."""
    with contextlib.ExitStack() as children:

        def run(code: str, *arguments: object) -> subprocess.Popen[str]:
            process = subprocess.Popen(
                command(code, *arguments),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            children.callback(_end, process)
            return process

        yield run


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate(timeout=BOUND_S)
