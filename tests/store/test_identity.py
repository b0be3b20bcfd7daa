"""Who a door is: made once, its owner's alone, and never made anew over damage."""

import re
import stat
from pathlib import Path
from typing import Final

import pytest

from scanner.store import identity_in
from scanner.terms import InputError

FILES: Final = ("door-id", "hmac-key")


def test_an_identity_is_made_once_and_stays(tmp_path: Path) -> None:
    made = identity_in(tmp_path)
    before = {name: (tmp_path / name).stat() for name in FILES}
    assert re.fullmatch(r"door-[0-9a-f]{8}", made.door_id)
    assert len(made.hmac_key) == 32
    assert identity_in(tmp_path) == made
    assert {name: (tmp_path / name).stat().st_ino for name in FILES} == {
        name: found.st_ino for name, found in before.items()
    }


def test_its_files_are_its_owners_alone_and_no_other_is_left(tmp_path: Path) -> None:
    identity_in(tmp_path)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == dict.fromkeys(FILES, 0o600)


def test_no_two_doors_are_the_same(tmp_path: Path) -> None:
    made = []
    for number in range(8):
        (tmp_path / str(number)).mkdir()
        made.append(identity_in(tmp_path / str(number)))
    assert len({one.door_id for one in made}) == len({one.hmac_key for one in made}) == 8


def test_an_id_written_by_hand_needs_no_end_of_line(tmp_path: Path) -> None:
    (tmp_path / "door-id").write_text("door-0123abcd")
    assert identity_in(tmp_path).door_id == "door-0123abcd"


DAMAGED: dict[str, tuple[str, bytes]] = {
    "an id that is empty": ("door-id", b""),
    "an id of zeros": ("door-id", bytes(14)),
    "an id that is torn": ("door-id", b"door-3f0"),
    "an id in capitals": ("door-id", b"door-3F0A91C2\n"),
    "an id that is something else": ("door-id", b"front entrance\n"),
    "an id with more behind it": ("door-id", b"door-3f0a91c2\n\n"),
    "a key that is empty": ("hmac-key", b""),
    "a key that is torn": ("hmac-key", b"x" * 31),
    "a key that is too long": ("hmac-key", b"x" * 33),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_what_is_damaged_is_told_with_the_remedy_and_kept(case: str, tmp_path: Path) -> None:
    identity_in(tmp_path)
    name, content = DAMAGED[case]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as refused:
        identity_in(tmp_path)
    assert str(refused.value).startswith(f"{tmp_path}/{name}: damaged; restore it, or remove it")
    assert "\n" not in str(refused.value)
    assert (tmp_path / name).read_bytes() == content


def test_a_folder_that_is_not_there_is_an_error_of_the_disk(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        identity_in(tmp_path / "nowhere")
