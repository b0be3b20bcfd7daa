"""Power cuts while the store writes: the old or the new, whatever the disk had not got yet."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from scanner.store import append_line
from scanner.store.files import read_file
from scanner.store.shelf import Shelf

# Long, and what it goes through is measured by the tests of the rooms.
pytestmark = pytest.mark.no_cover

if TYPE_CHECKING:
    from collections.abc import Hashable

    from tests.store.crashmodel import Recording, Tree

    Record = Callable[[str], Recording]

OLD: Final = b"old" * 3000
NEW: Final = b"newer" * 3000
EITHER: Final = {OLD, NEW}


# --- the model itself --------------------------------------------------------------------

WRONG: Final = {
    "nothing is synced": """
with open(path + ".new", "wb") as file:
    file.write(b"newer" * 3000)
os.rename(path + ".new", path)
""",
    "the file is synced after its rename": """
with open(path + ".new", "wb") as file:
    file.write(b"newer" * 3000)
    file.flush()
    os.rename(path + ".new", path)
    os.fsync(file.fileno())
""",
    "the folder is synced and the file is not": """
with open(path + ".new", "wb") as file:
    file.write(b"newer" * 3000)
os.rename(path + ".new", path)
folder = os.open(os.path.dirname(path), os.O_RDONLY)
os.fsync(folder)
""",
    "it is written in place": """
with open(path, "r+b") as file:
    file.write(b"newer" * 3000)
    file.flush()
    os.fsync(file.fileno())
""",
    "the old one is removed first": """
with open(path + ".new", "wb") as file:
    file.write(b"newer" * 3000)
    file.flush()
    os.fsync(file.fileno())
os.unlink(path)
os.rename(path + ".new", path)
""",
}
PATH: Final = "path = sys.argv[1] + '/file'\n"


@pytest.mark.parametrize("mistake", WRONG)
def test_a_writer_with_a_mistake_is_found(
    mistake: str, record: "Record", watched: Path, reopened: Callable[["Tree"], Path]
) -> None:
    (watched / "file").write_bytes(OLD)
    found = set()
    for _, tree in record(PATH + WRONG[mistake]).states():
        path = reopened(tree) / "file"
        found.add(path.read_bytes() if path.exists() else b"neither")
    assert found - EITHER


@pytest.mark.parametrize(
    "unknown",
    [
        "os.posix_fallocate(os.open(path, os.O_RDWR), 0, 9)",
        "os.truncate(path, 3)",
        "import mmap; mmap.mmap(os.open(path, os.O_RDWR), 3)",
        "os.mkfifo(path + 'fifo')",
        "os.rename(path, sys.argv[1] + '/folder/file')",
        "open('/tmp/elsewhere-' + str(os.getpid()), 'x')",
        "os.copy_file_range(os.open(path, os.O_RDONLY), os.open(path + '2', 66), 3)",
    ],
)
def test_an_operation_that_the_model_does_not_know_is_an_error(
    unknown: str, record: "Record", watched: Path
) -> None:
    (watched / "file").write_bytes(OLD)
    (watched / "folder").mkdir()
    with pytest.raises(AssertionError):
        record(PATH + unknown)


# --- one file ----------------------------------------------------------------------------

REPLACE: Final = """
from pathlib import Path
from scanner.store import replace_file
replace_file(Path(sys.argv[1]) / "file", b"newer" * 3000, mode=0o600)
"""


@pytest.mark.parametrize("before", [None, OLD], ids=["new", "there"])
def test_a_file_is_the_old_or_the_new_after_any_power_cut(
    before: bytes | None,
    record: "Record",
    watched: Path,
    reopened: Callable[["Tree"], Path],
) -> None:
    if before is not None:
        (watched / "file").write_bytes(before)
    recording = record(REPLACE)
    found = set()
    for words, tree in recording.states():
        path = reopened(tree) / "file"
        content = read_file(path, max_bytes=99_999) if path.exists() else None
        assert content in {before, NEW}, words
        found.add(content)
    assert found == {before, NEW}
    assert dict(recording.finished())["file"] == NEW


# --- lines -------------------------------------------------------------------------------

APPEND: Final = """
from pathlib import Path
from scanner.store import append_line
for number in (3, 4):
    append_line(Path(sys.argv[1]) / "lines", '{"quarter": %d}' % number, mode=0o600)
"""


@pytest.mark.parametrize("before", [None, b'{"quarter": 1}\n{"quarter": 2}\n'], ids=["new", "kept"])
def test_a_power_cut_tears_the_last_line_at_most(
    before: bytes | None,
    record: "Record",
    watched: Path,
    reopened: Callable[["Tree"], Path],
) -> None:
    if before is not None:
        (watched / "lines").write_bytes(before)
    torn = 0
    for words, tree in record(APPEND).states():
        path = reopened(tree) / "lines"
        content = path.read_bytes() if path.exists() else b""
        assert content.startswith(before or b""), words
        whole = [line for line in content.split(b"\n") if _is_whole(line)]
        torn += content != b"".join(line + b"\n" for line in whole)
        append_line(path, '{"quarter": 5}', mode=0o600)
        assert path.read_bytes().split(b"\n")[-2] == b'{"quarter": 5}', words
        kept = [line for line in path.read_bytes().split(b"\n") if _is_whole(line)]
        assert kept == [*whole, b'{"quarter": 5}'], words
    assert torn


def _is_whole(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


# --- a shelf of generations --------------------------------------------------------------

COMMIT: Final = """
from pathlib import Path
from scanner.store.shelf import Shelf
shelf = Shelf(Path(sys.argv[1]))
def commit(word, of):
    shelf.begin()
    shelf.put("revoked/a.table", [word, b"-" * 70000, word])
    shelf.put("generation.json", [word])
    if of is not None:
        shelf.link("revoked/kept", of=of)
    else:
        shelf.put("revoked/kept", [b"kept"])
    shelf.commit()
"""


def _whole(state: Path) -> bytes | None:
    """Read what is in force as a reader does, and check that it is of one piece."""
    current = Shelf(state).current()
    if current is None:
        return None
    word = (current / "generation.json").read_bytes()
    assert (current / "revoked/a.table").read_bytes() == word + b"-" * 70000 + word
    assert (current / "revoked/kept").read_bytes() == b"kept"
    return word


def _seen(tree: "Tree") -> "Hashable":
    """What a reader of the shelf sees: the new folder without a name is none of it."""
    return tuple((name, tree[name]) for name in tree if not name.startswith("generations/.new"))


COMMITS: Final[dict[str, tuple[str, str, set[bytes | None]]]] = {
    "the first one": ("", "commit(b'1', None)", {None, b"1"}),
    "the second": ("commit(b'1', None)", "commit(b'2', shelf.current())", {b"1", b"2"}),
    "the third, by which one goes": (
        "commit(b'1', None); commit(b'2', shelf.current())",
        "commit(b'3', shelf.current())",
        {b"2", b"3"},
    ),
    "after one that was cut short": (
        "commit(b'1', None); shelf.begin(); shelf.put('revoked/a.table', [b'torn'])",
        "commit(b'2', shelf.current())",
        {b"1", b"2"},
    ),
    "falling back": (
        "commit(b'1', None); commit(b'2', shelf.current())",
        "shelf.fall_back(shelf.older()[0])",
        {b"2", b"1"},
    ),
    "after falling back": (
        "commit(b'1', None); commit(b'2', shelf.current()); shelf.fall_back(shelf.older()[0])",
        "commit(b'3', shelf.current())",
        {b"1", b"3"},
    ),
}


@pytest.mark.parametrize("case", COMMITS)
def test_a_generation_is_the_old_or_the_new_after_any_power_cut(
    case: str,
    record: "Record",
    watched: Path,
    reopened: Callable[["Tree"], Path],
    child: Callable[..., object],
) -> None:
    before, after, either = COMMITS[case]
    child(COMMIT + before, watched)
    found = set()
    for words, tree in record(COMMIT + after).states(view=_seen):
        state = reopened(tree)
        word = _whole(state)
        assert word in either, words
        found.add(word)
        shelf = Shelf(state)
        # One that was being removed may be there by half; the one before is there, and whole.
        older = [path for path in shelf.older() if (path / "generation.json").exists()]
        kept = {(path / "generation.json").read_bytes() for path in older}
        if None not in either and case != "falling back" and word == max(either, key=repr):
            assert kept >= either - {word}, words
        # The next writer is not in the way of what was left.
        shelf.begin()
        shelf.put("generation.json", [b"next"])
        named = shelf.commit()
        assert shelf.current() == named, words
        assert (named / "generation.json").read_bytes() == b"next"
        assert len(list((state / "generations").iterdir())) <= 2, words
    assert found == either


def test_the_recording_sees_what_really_happened(record: "Record", watched: Path) -> None:
    recording = record(COMMIT + "commit(b'1', None); commit(b'2', shelf.current())")
    finished = recording.finished()
    for name, content in finished.items():
        path = watched / name
        if isinstance(content, bytes):
            assert path.read_bytes() == content
        elif isinstance(content, str):
            assert f"-> {path.readlink()}" == content
        else:
            assert path.is_dir()
    assert set(finished) == {str(path.relative_to(watched)) for path in watched.rglob("*")}
    shutil.rmtree(watched)
