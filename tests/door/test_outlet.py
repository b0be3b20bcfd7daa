"""Lines for somebody who may have stopped reading."""

import fcntl
import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.door.outlet import Outlet, over

LINE = "x" * 999 + "\n"


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """A small pipe; its writing end does not block."""
    reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    yield reading, writing
    os.close(reading)


def _fill(outlet: Outlet, *, lines: int) -> None:
    for _ in range(lines):
        outlet.write(LINE)


def test_a_reader_that_has_stopped_costs_lines_and_no_time(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    outlet = Outlet(writing)
    _fill(outlet, lines=50)
    taken = os.read(reading, 1 << 16)
    assert set(taken.splitlines(keepends=True)[:4]) == {LINE.encode()}
    outlet.write("again\n")
    assert (taken + os.read(reading, 1 << 16)).endswith(b"x\nagain\n")
    outlet.close()
    outlet.close()


def test_a_line_that_was_begun_is_ended_first() -> None:
    reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    outlet = Outlet(writing)
    outlet.write("a" * 6000 + "\n")
    outlet.write("dropped\n")
    first = os.read(reading, 1 << 16)
    outlet.write("b\n")
    assert first + os.read(reading, 1 << 16) == b"a" * 6000 + b"\nb\n"
    outlet.close()
    os.close(reading)


def test_a_rehearsal_waits_for_its_reader_but_not_for_ever(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    outlet = Outlet(writing, patience_s=0.05)
    _fill(outlet, lines=6)
    assert os.read(reading, 1 << 16).count(b"\n") == 4
    outlet.close()


def test_what_is_in_memory_is_written_as_it_is() -> None:
    text = io.StringIO()
    assert over(text) is text
    nowhere = over(None)
    assert nowhere.write("lost\n")
    nowhere.close()


def test_what_others_write_to_the_same_file_goes_on_where_we_end(tmp_path: Path) -> None:
    with (tmp_path / "out").open("w", encoding="utf-8") as stream:
        stream.write("first\n")
        ours = over(stream)
        ours.write("second\n")
        stream.write("third\n")
        stream.flush()
        ours.write("fourth\n")
        ours.close()
    assert (tmp_path / "out").read_text() == "first\nsecond\nthird\nfourth\n"


def test_a_file_keeps_what_was_in_it_and_is_its_owners_alone(tmp_path: "os.PathLike[str]") -> None:
    path = os.path.join(tmp_path, "events")  # noqa: PTH118 - a plain path will do
    outlet = Outlet.to(path)
    outlet.write("one\n")
    assert outlet.is_regular_file
    assert not outlet.isatty()
    outlet.close()
    assert os.stat(path).st_mode & 0o777 == 0o600  # noqa: PTH116


def test_a_fifo_that_nobody_reads_is_an_error_and_no_wait(tmp_path: "os.PathLike[str]") -> None:
    path = os.path.join(tmp_path, "fifo")  # noqa: PTH118
    os.mkfifo(path)
    with pytest.raises(OSError, match="No such device or address"):
        Outlet.to(path)
