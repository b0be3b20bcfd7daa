"""Files that survive: killed, out of room or on a broken disk, it is the old or the new."""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from scanner.store import append_line, replace_file
from scanner.store.durable import MAX_LINE_BYTES

if TYPE_CHECKING:
    from tests.store.conftest import Child

OLD: Final = b"old" * 2000
NEW: Final = b"newer" * 2000
REPLACE: Final = """
import os
from pathlib import Path
from scanner.store import replace_file
path, new = Path(sys.argv[1]), b"newer" * 2000
os.chdir(path.parent)
replace_file(path, new, mode=0o600)
os._exit(0)
"""
# Room for half of what is to be written, as on a disk that fills up.
WITHOUT_ROOM: Final = """
import resource
from pathlib import Path
from scanner.store import append_line, replace_file
path, room = Path(sys.argv[1]), int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
try:
    {call}
except OSError as error:
    print(error.strerror)
"""
APPEND: Final = """
from pathlib import Path
from scanner.store import append_line
try:
    append_line(Path(sys.argv[1]), "two", mode=0o600)
except OSError as error:
    print(error.strerror)
"""


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# --- replacing ---------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o660], ids=oct)
@pytest.mark.parametrize("before", [None, OLD], ids=["new", "there"])
def test_a_file_is_replaced_whole_with_its_mode_whatever_the_mask(
    before: bytes | None, mode: int, child: "Child", tmp_path: Path
) -> None:
    path = tmp_path / "file"
    if before is not None:
        path.write_bytes(before)
        path.chmod(0o400)
    code = REPLACE.replace("0o600", oct(mode)).replace("os.chdir", "os.umask(0o777); os.chdir")
    assert child(code, path).returncode == 0
    assert (path.read_bytes(), _mode(path)) == (NEW, mode)
    assert _names(tmp_path) == {"file"}


def test_an_empty_content_is_a_content(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(OLD)
    replace_file(path, b"", mode=0o600)
    assert path.read_bytes() == b""


def test_what_a_killed_writer_left_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / ".file.new").write_bytes(b"x" * 99_999)
    replace_file(tmp_path / "file", NEW, mode=0o600)
    assert (tmp_path / "file").read_bytes() == NEW
    assert _names(tmp_path) == {"file"}


def _folder_in_the_way(folder: Path) -> Path:
    (folder / "file").mkdir()
    (folder / "file" / "content").write_bytes(OLD)
    return folder / "file"


def _no_folder(folder: Path) -> Path:
    return folder / "nowhere" / "file"


def _file_as_folder(folder: Path) -> Path:
    (folder / "file").write_bytes(OLD)
    return folder / "file" / "file"


def _long_name(folder: Path) -> Path:
    return folder / ("x" * 255)


IMPOSSIBLE: dict[str, Callable[[Path], Path]] = {
    "a folder in its place": _folder_in_the_way,
    "a folder that is not there": _no_folder,
    "a folder that is a file": _file_as_folder,
    "a name that leaves no room for another": _long_name,
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_what_cannot_be_replaced_is_an_error_and_nothing_changes(case: str, tmp_path: Path) -> None:
    path = IMPOSSIBLE[case](tmp_path)
    before = {found: found.is_dir() or found.read_bytes() for found in tmp_path.rglob("*")}
    with pytest.raises(OSError, match=r"Errno"):
        replace_file(path, NEW, mode=0o600)
    after = {found: found.is_dir() or found.read_bytes() for found in tmp_path.rglob("*")}
    assert after == before


@pytest.mark.parametrize("before", [{}, {"file": OLD}], ids=["nothing", "an old file"])
def test_a_full_disk_leaves_the_old_file_and_no_other(
    before: dict[str, bytes], child: "Child", tmp_path: Path
) -> None:
    for name, content in before.items():
        (tmp_path / name).write_bytes(content)
    code = WITHOUT_ROOM.format(call='replace_file(path, b"newer" * 2000, mode=0o600)')
    assert child(code, tmp_path / "file", 5000).stdout == "File too large\n"
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_disk_that_cannot_sync_leaves_the_old_file(
    strace: str, child: "Child", tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    path = folder / "file"
    path.write_bytes(OLD)
    inject = ("-e", "trace=fsync", "-e", "inject=fsync:error=EIO:when=1")
    ended = child(REPLACE, path, under=(strace, "-f", "-o", str(tmp_path / "calls"), *inject))
    assert "Input/output error" in ended.stderr
    assert path.read_bytes() == OLD
    assert _names(folder) == {"file"}


def test_a_folder_that_cannot_sync_is_told(strace: str, child: "Child", tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(OLD)
    inject = ("-e", "trace=fsync", "-e", "inject=fsync:error=EIO:when=2")
    ended = child(REPLACE, path, under=(strace, "-f", "-o", str(tmp_path / "calls"), *inject))
    assert "Input/output error" in ended.stderr
    assert path.read_bytes() == NEW


def test_the_content_is_synced_before_the_rename_and_the_folder_after_it(
    strace: str, child: "Child", tmp_path: Path
) -> None:
    calls = tmp_path / "calls"
    watched = "trace=fsync,/rename"
    child(REPLACE, tmp_path / "file", under=(strace, "-f", "-o", str(calls), "-e", watched))
    told = [line.split()[1].partition("(")[0] for line in _calls(calls)]
    assert [name.removesuffix("at2").removesuffix("at") for name in told] == [
        "fsync",
        "rename",
        "fsync",
    ]


def test_killed_at_any_moment_the_file_is_the_old_or_the_new(
    strace: str, child: "Child", tmp_path: Path
) -> None:
    calls, folder = tmp_path / "calls", tmp_path / "folder"
    folder.mkdir()
    path = folder / "file"
    path.write_bytes(OLD)
    watch = (strace, "-f", "-o", str(calls))
    assert child(REPLACE, path, under=watch).returncode == 0
    told = [line.split()[1].partition("(")[0] for line in _calls(calls)]
    begins = len(told) - 1 - told[::-1].index("chdir")
    seen = set()
    for number, name in enumerate(told[begins:], begins):
        path.write_bytes(OLD)
        # strace counts each system call for itself.
        when = f"inject={name}:signal=SIGKILL:when={told[: number + 1].count(name)}"
        assert child(REPLACE, path, under=(*watch, "-e", when)).returncode != 0
        content = path.read_bytes()
        seen.add((content, frozenset(_names(folder))))
        assert content in {OLD, NEW}, when
    # Killed before, in the middle, after: all of it was met.
    torn = frozenset({"file", ".file.new"})
    alone = frozenset({"file"})
    assert seen >= {(OLD, torn), (NEW, alone)}
    replace_file(path, NEW, mode=0o600)
    assert _names(folder) == {"file"}


def _calls(log: Path) -> list[str]:
    return [line for line in log.read_text().splitlines() if "(" in line and "+++" not in line]


# --- appending ---------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [0o600, 0o640], ids=oct)
def test_lines_are_appended_and_the_file_is_made_with_its_mode(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "lines"
    append_line(path, "one", mode=mode)
    append_line(path, "zwei mit Maß", mode=mode)
    assert path.read_text(encoding="utf-8") == "one\nzwei mit Maß\n"
    assert _mode(path) == mode


BEFORE: dict[str, tuple[bytes, bytes]] = {
    "an empty file": (b"", b"two\n"),
    "a whole line": (b"one\n", b"one\ntwo\n"),
    "a torn line": (b"one\nhal", b"one\nhal\ntwo\n"),
    "a torn character": (b"one\n\xc3", b"one\n\xc3\ntwo\n"),
    "zeros of a power cut": (b"one\n\0\0", b"one\n\0\0\ntwo\n"),
}


@pytest.mark.parametrize("case", BEFORE)
def test_a_line_that_was_torn_is_ended_before_the_next(case: str, tmp_path: Path) -> None:
    before, after = BEFORE[case]
    path = tmp_path / "lines"
    path.write_bytes(before)
    append_line(path, "two", mode=0o600)
    assert path.read_bytes() == after


def test_the_longest_line_is_written_and_one_byte_more_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    longest = "x" * (MAX_LINE_BYTES - 1)
    append_line(path, longest, mode=0o600)
    for too_long in (longest + "x", longest[:-1] + "ß"):
        with pytest.raises(ValueError, match="too long"):
            append_line(path, too_long, mode=0o600)
    assert path.read_text() == f"{longest}\n"


@pytest.mark.parametrize(
    ("room", "why"),
    [(40, "File too large"), (50, "No space left on device")],
    ids=["no room", "room for half a line"],
)
def test_a_full_disk_leaves_the_lines_that_were_there(
    room: int, why: str, child: "Child", tmp_path: Path
) -> None:
    path = tmp_path / "lines"
    before = "x" * 39 + "\n"
    path.write_text(before)
    code = WITHOUT_ROOM.format(call='append_line(path, "y" * 30, mode=0o600)')
    assert child(code, path, room).stdout == f"{why}\n"
    assert path.read_text() == before


def test_a_line_is_not_waited_for(strace: str, child: "Child", tmp_path: Path) -> None:
    """A card that takes seconds to sync must not keep the lamps waiting."""
    calls = tmp_path / "calls"
    watch = (strace, "-f", "-e", "trace=fsync,fdatasync,sync", "-o", str(calls))
    assert child(APPEND, tmp_path / "lines", under=watch).returncode == 0
    assert not _calls(calls)


def test_what_stands_in_the_place_of_the_new_file_is_not_written_through(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(OLD)
    for stands in (lambda new: new.symlink_to(other), os.mkfifo):
        stands(tmp_path / ".file.new")
        replace_file(tmp_path / "file", NEW, mode=0o600)
        assert (tmp_path / "file").read_bytes() == NEW
        assert other.read_bytes() == OLD


@pytest.mark.parametrize("case", [c for c in IMPOSSIBLE if "name" not in c])
def test_what_cannot_be_appended_to_is_an_error(case: str, tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"Errno"):
        append_line(IMPOSSIBLE[case](tmp_path), "two", mode=0o600)
