"""A generation on disk, opened: what it says counts whole, and damage of any kind is named."""

import json
import os
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from scanner.door.opened import open_generation, opening_generation
from scanner.gate import judge
from scanner.terms import InputError
from scanner.trust.ids import hashed
from tests.door.generations import Generations

if TYPE_CHECKING:
    from tests.conftest import Mint

LISTED: Final = "dcc-uci:" + "1" * 32
ADDED: Final = "dcc-uci:" + "2" * 32
REMOVED: Final = "dcc-uci:" + "3" * 32
OTHER: Final = "dcc-uci:" + "4" * 32


@pytest.fixture
def generations(tmp_path: Path) -> Generations:
    return Generations(tmp_path)


@pytest.fixture
def folder(generations: Generations, mint: "Mint") -> Path:
    """A generation with everything in it."""
    return generations.make(
        7,
        trust={"at.der": mint.issuer.certificate_der},
        revoked=[LISTED, REMOVED],
        adds=[ADDED],
        removes=[REMOVED],
        typed=b"# by key\nkid:AAAAAAAAAAA=\n",
    )


def _descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_keys_lines_and_tables_are_there(folder: Path, mint: "Mint") -> None:
    opened = open_generation(folder)
    try:
        assert [key.kid for key in opened.keys] == [mint.issuer.kid]
        assert opened.generation.number == 7
        (table,) = opened.revoked.tables
        found = {one for one in (LISTED, ADDED, REMOVED, OTHER) if table.has(hashed(one))}
        assert found == {LISTED, ADDED}
        assert opened.revoked.kids == {bytes(8)}
        assert opened.notes == ()
    finally:
        opened.close()


def test_a_generation_without_anything_is_one_too(generations: Generations) -> None:
    opened = open_generation(generations.make(1))
    assert (opened.keys, len(opened.revoked), opened.descriptors) == ((), 0, [])


def test_tables_are_closed_once_and_only_those(folder: Path) -> None:
    before = _descriptors()
    opened = open_generation(folder)
    # What was added and removed lies in memory.
    assert _descriptors() == before + 1
    opened.close()
    opened.close()
    assert _descriptors() == before


def test_what_was_opened_is_read_whatever_becomes_of_the_folder(
    folder: Path, generations: Generations
) -> None:
    opened = open_generation(folder)
    generations.make(7)
    (table,) = opened.revoked.tables
    assert table.has(hashed(LISTED))
    opened.close()


def test_it_is_opened_in_slices_and_one_that_is_given_up_leaves_nothing_open(folder: Path) -> None:
    before = _descriptors()
    for slices in range(1, 100):
        opening = opening_generation(folder)
        try:
            for _ in range(slices):
                next(opening)
        except StopIteration as ended:
            ended.value.close()
            break
        opening.close()
        assert _descriptors() == before
    assert slices >= 5


def test_many_keys_make_many_slices(generations: Generations, mint: "Mint") -> None:
    listed = {f"{number:011d}=": _base64(mint) for number in range(200)}
    folder = generations.make(1, trust={"all.json": json.dumps(listed).encode()})
    assert sum(1 for _ in opening_generation(folder)) > 200


def _base64(mint: "Mint") -> str:
    return b64encode(mint.issuer.certificate_der).decode()


LATER: Final = {
    "health cards": b'{"keys": []}',
    "a New Zealand issuer": b'{"verificationMethod": []}',
    "a directory": b'{"participating_issuers": []}',
    "nonsense": b"nonsense",
}


@pytest.mark.parametrize("content", LATER.values(), ids=LATER)
def test_a_trust_file_of_another_kind_is_a_note_and_the_others_count(
    content: bytes, generations: Generations, mint: "Mint"
) -> None:
    trust = {"at.der": mint.issuer.certificate_der, "other.json": content}
    opened = open_generation(generations.make(1, trust=trust))
    assert len(opened.keys) == 1
    (note,) = opened.notes
    assert note.startswith("feed: trust/other.json: ")


def test_an_entry_that_cannot_be_used_is_a_note(generations: Generations, mint: "Mint") -> None:
    listed = {"AAAAAAAAAAA=": _base64(mint), "short": "nonsense"}
    folder = generations.make(1, trust={"all.json": json.dumps(listed).encode()})
    opened = open_generation(folder)
    assert opened.notes == ("feed: trust/all.json: entry 'short' is left out: not base64",)


def _shorten(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def _halve(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def _to_fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _to_link(path: Path) -> None:
    path.rename(path.with_suffix(".elsewhere"))
    path.symlink_to(path.with_suffix(".elsewhere"))


def _no_magic(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(b"X" + content[1:])


TABLE: Final = "revoked/health.table"
DAMAGE: Final[dict[str, tuple[str, Callable[[Path], None], str]]] = {
    "no description": ("generation.json", Path.unlink, "no such file"),
    "half a description": ("generation.json", _halve, "no description of a generation"),
    "a key that is gone": ("trust/at.der", Path.unlink, "no such file"),
    "a key with one bit changed": ("trust/at.der", _flip, "damaged; its digest"),
    "a key that is cut short": ("trust/at.der", _shorten, "damaged; its digest"),
    "a key that is a FIFO": ("trust/at.der", _to_fifo, "not a regular file"),
    "lines with one bit changed": ("revoked/typed.txt", _flip, "damaged; its digest"),
    "a table that is gone": (TABLE, Path.unlink, "No such file"),
    "a table that is cut short": (TABLE, _shorten, "bytes, where"),
    "a table that is a FIFO": (TABLE, _to_fifo, "bytes, where"),
    "a table that is a link": (TABLE, _to_link, "symbolic links"),
    "a table that does not begin like one": (TABLE, _no_magic, "does not begin like one"),
    "adds that are gone": ("revoked/health.adds", Path.unlink, "no such file"),
    "removes that are cut short": ("revoked/health.removes", _shorten, "damaged; its digest"),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_damage_is_named_with_its_file_and_leaves_nothing_open(case: str, folder: Path) -> None:
    name, damage, words = DAMAGE[case]
    damage(folder / name)
    before = _descriptors()
    with pytest.raises(InputError) as refused:
        open_generation(folder)
    assert str(refused.value).startswith(f"{folder}/{name}: ")
    assert words in str(refused.value)
    assert _descriptors() == before


def test_a_line_that_is_not_understood_refuses_the_generation(generations: Generations) -> None:
    folder = generations.make(1, typed=b"kid:AAAAAAAAAAA=\nnonsense\n")
    with pytest.raises(InputError, match=r"typed\.txt: line 2"):
        open_generation(folder)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        open_generation(tmp_path / "nowhere")


def test_a_table_that_shrinks_while_it_is_in_use_is_an_error_and_never_not_revoked(
    folder: Path, mint: "Mint"
) -> None:
    opened = open_generation(folder)
    os.truncate(folder / TABLE, 40)
    belief = type(mint.belief)(mint.keyring, opened.revoked, mint.belief.rule_sets)
    with pytest.raises(InputError, match="cut short"):
        judge(mint.valid, belief=belief, moment=mint.now)
    opened.close()
