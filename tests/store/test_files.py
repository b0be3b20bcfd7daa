"""Files that people name: what is read, and the one line for what is not."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.store import files_at, read_file
from scanner.terms import InputError

as_person = pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")


def _nothing(path: Path) -> None:
    del path


def _make_fifo(path: Path) -> None:
    os.mkfifo(path)


def _make_large(path: Path) -> None:
    path.write_bytes(b"x" * 11)


def _make_dangling_link(path: Path) -> None:
    path.symlink_to(path.with_name("nowhere"))


def _make_loop(path: Path) -> None:
    path.symlink_to(path)


# What lies at the path: how it comes to be, and words of the message.
UNREADABLE: dict[str, tuple[Callable[[Path], object], str]] = {
    "nothing": (_nothing, "no such file; check the path"),
    "a folder": (Path.mkdir, "a folder, where a file is expected; name the files in it"),
    "a FIFO that nobody writes to": (_make_fifo, "not a regular file"),
    "one byte too many": (_make_large, "larger than 10 bytes, the most that is read"),
    "a link to nothing": (_make_dangling_link, "no such file; check the path"),
    "a link to itself": (_make_loop, "symbolic links"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_file_that_cannot_be_read_is_named_with_the_remedy(case: str, tmp_path: Path) -> None:
    make, words = UNREADABLE[case]
    path = tmp_path / "named"
    make(path)
    with pytest.raises(InputError) as refused:
        read_file(path, max_bytes=10)
    message = str(refused.value)
    assert message.startswith(f"{path}: ")
    assert words in message
    assert "\n" not in message


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null"])
def test_a_device_is_refused_before_it_is_opened(device: str) -> None:
    with pytest.raises(InputError, match=f"^{device}: not a regular file"):
        read_file(Path(device), max_bytes=10)


def test_a_file_used_as_a_folder_is_no_such_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match="no such file; check the path"):
        read_file(tmp_path / "file" / "inside", max_bytes=10)


@as_person
def test_a_file_without_permission_says_so(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"x")
    path.chmod(0)
    with pytest.raises(InputError, match="may not be read; check its owner and mode"):
        read_file(path, max_bytes=10)


@as_person
def test_a_folder_without_permission_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0)
    with pytest.raises(InputError, match="may not be read; check its owner and mode"):
        files_at(folder)
    folder.chmod(0o700)


@pytest.mark.parametrize("content", [b"", b"\x00\xff\n", b"0123456789"], ids=repr)
def test_a_file_up_to_the_limit_is_read_whole(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert read_file(path, max_bytes=10) == content


def test_a_link_to_a_file_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"content")
    (tmp_path / "link").symlink_to("real")
    assert read_file(tmp_path / "link", max_bytes=10) == b"content"


def test_a_path_that_is_no_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"")
    assert files_at(path) == [path]
    assert files_at(tmp_path / "missing") == [tmp_path / "missing"]


def test_a_folder_gives_its_files_in_order_without_hidden_ones(tmp_path: Path) -> None:
    for name in ("b.pem", "a.der", ".hidden", "Z"):
        (tmp_path / name).write_bytes(b"")
    assert [path.name for path in files_at(tmp_path)] == ["Z", "a.der", "b.pem"]


@pytest.mark.parametrize("other", ["folder", "pipe", "link to nothing"])
def test_a_folder_that_holds_something_else_is_refused_and_not_read_in_part(
    other: str, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_bytes(b"")
    if other == "folder":
        (tmp_path / other).mkdir()
    elif other == "pipe":
        os.mkfifo(tmp_path / other)
    else:
        (tmp_path / other).symlink_to(tmp_path / "gone")
    with pytest.raises(InputError, match=f"{other}: not a file"):
        files_at(tmp_path)


@pytest.mark.parametrize("inside", [[], [".hidden"]], ids=["nothing", "hidden files only"])
def test_an_empty_folder_is_refused_with_the_remedy(inside: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "trust"
    folder.mkdir()
    for name in inside:
        (folder / name).write_bytes(b"")
    with pytest.raises(InputError) as refused:
        files_at(folder)
    assert str(refused.value) == f"{folder}: an empty folder; put files into it or name one"


def test_a_name_too_long_for_the_disk_is_one_line_too(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 300)
    for read in (files_at, lambda path: read_file(path, max_bytes=10)):
        with pytest.raises(InputError, match="File name too long"):
            read(path)
