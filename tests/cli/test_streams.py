"""The command as a process: encodings, closed streams, interruption."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Command
    from tests.conftest import Mint

HERE = Path(__file__).resolve()
CHECKOUT = HERE.parents[2]
Judging = tuple[str, ...]


def _shell(line: str, *, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run a line of bash in which `$S` is the command; its exit code is that of the pipe."""
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", line],
        input=stdin,
        capture_output=True,
        timeout=30,
        cwd=CHECKOUT,
        env={"PATH": "/usr/bin:/bin", "S": f"{sys.executable} -m scanner"},
        check=False,
    )


@pytest.mark.parametrize(
    "environment",
    [{"LC_ALL": "C"}, {"LC_ALL": "C", "NO_COLOR": "1"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}],
    ids=["C", "NO_COLOR", "ASCII"],
)
def test_json_is_utf_8_in_every_locale(
    environment: dict[str, str], process: "Command", judging: Judging, mint: "Mint"
) -> None:
    done = process("check", *judging, "--show-claims", "-", stdin=mint.valid, **environment)
    assert (done.code, done.err) == (0, "")
    assert mint.person.family in done.out
    assert "\x1b" not in done.out


def test_a_name_that_is_no_text_is_still_one_object(judging: Judging, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"\xff.txt")
    path.write_bytes(b"x")
    ended = subprocess.run(
        [sys.executable, "-m", "scanner", "check", *judging, path],
        capture_output=True,
        timeout=30,
        cwd=CHECKOUT,
        env={"PATH": "/usr/bin:/bin", "PYTHONIOENCODING": "utf-8:strict"},
        check=False,
    )
    assert ended.stderr == b""
    assert ended.returncode == 1
    assert b'"reason": "not_a_pass"' in ended.stdout


def test_a_reader_that_leaves_early_sees_its_line_and_no_traceback() -> None:
    done = _shell("$S check - | head -1", stdin=b"https://example.org\n" * 20_000)
    assert done.stderr == b""
    assert done.stdout == b"IGNORE  not_a_pass      -:1\n"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("$S check /dev/null >&-", b""),
        ("$S check - <&-", b"standard input"),
        ("$S check - < /dev/null > /dev/full", b""),
        ("echo x | $S check - > /dev/full", b"No space left on device"),
    ],
    ids=["no standard output", "no standard input", "nothing to say to a full disk", "a full disk"],
)
def test_a_stream_that_cannot_be_used_is_no_traceback(line: str, words: bytes) -> None:
    done = _shell(line)
    assert b"Traceback" not in done.stderr
    assert done.stderr.count(b"\n") <= 1
    assert words in done.stdout + done.stderr


def test_an_interrupted_command_says_nothing() -> None:
    running = subprocess.Popen(
        [sys.executable, "-m", "scanner", "check", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=CHECKOUT,
    )
    assert running.stdin is not None
    assert running.stdout is not None
    running.stdin.write(b"x\n")
    running.stdin.flush()
    assert running.stdout.readline().startswith(b"IGNORE")
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=10)
    assert b"Traceback" not in err
    assert running.returncode == 130


def test_each_line_is_answered_before_the_next_is_asked_for() -> None:
    """A script may hold the conversation line by line."""
    with subprocess.Popen(
        [sys.executable, "-m", "scanner", "check", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=CHECKOUT,
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        for number in (1, 2):
            running.stdin.write(b"x\n")
            running.stdin.flush()
            assert running.stdout.readline() == b"IGNORE  not_a_pass      -:%d\n" % number


def test_the_module_is_the_command() -> None:
    ended = _shell("$S --version")
    assert ended.stdout.startswith(b"door-scanner ")


def test_a_process_of_ours_leaves_no_core_and_no_line_steers_the_terminal() -> None:
    script = (
        "import resource, sys; from scanner.cli.main import main\n"
        "sys.argv = ['door-scanner', 'check', '--trust', 'no\\nsuch\\x1b[31mfile', 'x']\n"
        "try: main()\n"
        "finally: print(resource.getrlimit(resource.RLIMIT_CORE))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert done.returncode == 2
    assert done.stdout == b"(0, 0)\n"
    assert done.stderr.count(b"\n") == 1
    assert b"\x1b" not in done.stderr
