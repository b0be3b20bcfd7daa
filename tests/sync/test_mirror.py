"""A feed in a folder or on a stick: the same bytes, and a word for every way a stick can fail."""

import os
from pathlib import Path

import pytest

from scanner.sync.mirror import Mirror
from scanner.sync.source import NotThere
from scanner.trust.refusal import Cause, FeedRefused

CONTENT = bytes(range(256)) * 1000
NAME = "parts/abc"


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    for name, content in {"metadata/timestamp.json": b"{}", NAME: CONTENT}.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(content)
    return tmp_path


def test_a_small_file_is_read_as_a_whole_within_bounds(stick: Path) -> None:
    assert Mirror(stick).read(NAME, max_bytes=len(CONTENT)) == CONTENT
    with pytest.raises(FeedRefused) as refused:
        Mirror(stick).read(NAME, max_bytes=len(CONTENT) - 1)
    assert refused.value.cause is Cause.TOO_LARGE


def test_a_stream_begins_anywhere_and_never_brings_more_than_there_should_be(stick: Path) -> None:
    assert b"".join(Mirror(stick).stream(NAME, start=1000, size=len(CONTENT))) == CONTENT[1000:]
    assert b"".join(Mirror(stick).stream(NAME, start=0, size=500)) == CONTENT[:500]


def test_a_file_that_is_too_short_is_said_to_be_that(stick: Path) -> None:
    with pytest.raises(FeedRefused) as refused:
        list(Mirror(stick).stream(NAME, start=0, size=len(CONTENT) + 1))
    assert refused.value.cause is Cause.MISSING
    assert "is the copy whole?" in refused.value.detail


def test_a_missing_file_is_told_from_a_stick_that_is_not_in(stick: Path) -> None:
    with pytest.raises(NotThere):
        Mirror(stick).read("metadata/2.root.json", max_bytes=10)
    with pytest.raises(FeedRefused) as refused:
        Mirror(stick / "elsewhere").read("metadata/2.root.json", max_bytes=10)
    assert not isinstance(refused.value, NotThere)
    assert "is the stick in?" in refused.value.detail


def test_nothing_on_a_stick_makes_the_courier_wait(stick: Path) -> None:
    os.mkfifo(stick / "metadata" / "pipe")
    (stick / "metadata" / "zero").symlink_to("/dev/zero")
    for name in ("metadata/pipe", "metadata/zero", "metadata"):
        with pytest.raises(FeedRefused) as refused:
            Mirror(stick).read(name, max_bytes=10)
        assert refused.value.cause is Cause.NOT_A_FILE


def test_a_folder_is_told_on_one_line_whatever_it_is_called(tmp_path: Path) -> None:
    name = Mirror(tmp_path / ("a\nstick\udcff" + "x" * 2000)).name
    assert name.isprintable()
    assert name.startswith(f"{tmp_path}/a?stick?xxx")
    assert len(name) == 1000


def test_what_the_disk_says_is_told(stick: Path) -> None:
    # The kernel answers EIO for the memory of a process at an address that it does not have.
    (stick / "metadata" / "worn").symlink_to("/proc/self/mem")
    with pytest.raises(FeedRefused) as refused:
        Mirror(stick).read("metadata/worn", max_bytes=10)
    assert refused.value.cause is Cause.DISK
    assert "was the stick pulled" in refused.value.detail
