"""Whatever stands at the path of the settings, the answer comes at once and in one line."""

import os
from pathlib import Path

import pytest

from scanner.settings import Problem, Settings, SettingsError, load
from scanner.settings.reading import MOST_BYTES


def refusal(path: Path) -> str:
    with pytest.raises(SettingsError) as error:
        load(path)
    (problem,) = error.value.problems
    assert problem == Problem(0, "", problem.words)
    assert str(error.value) == f"{path}: {problem.words}"
    return problem.words


def test_a_missing_file_names_one_to_copy(tmp_path: Path) -> None:
    words = "no such file; check the path, or copy /opt/door-scanner/current/config/scanner.toml"
    assert refusal(tmp_path / "scanner.toml") == words


def test_a_path_below_a_file_is_a_missing_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert refusal(tmp_path / "file" / "scanner.toml").startswith("no such file; ")


def test_a_folder_is_no_settings_file(tmp_path: Path) -> None:
    assert refusal(tmp_path) == "a folder; name the settings file itself"


def test_a_fifo_that_nobody_writes_to_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    assert refusal(tmp_path / "fifo") == "not a regular file; name the settings file itself"


def test_a_device_is_no_settings_file() -> None:
    assert refusal(Path("/dev/zero")) == "not a regular file; name the settings file itself"


def test_a_link_to_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("link")
    assert refusal(tmp_path / "link").endswith("; check the path")


def test_a_path_too_long_for_the_kernel_is_refused() -> None:
    assert refusal(Path("/" + "x" * 5000)) == "cannot be read: File name too long; check the path"


def test_a_path_with_a_zero_byte_is_refused() -> None:
    assert refusal(Path("/a\0b")) == "cannot be read: a zero byte in its name; check the path"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file; run as another user")
def test_a_file_that_may_not_be_read_names_its_right_mode(tmp_path: Path) -> None:
    (tmp_path / "scanner.toml").touch(mode=0)
    assert "mode 0644" in refusal(tmp_path / "scanner.toml")


def test_a_file_of_the_greatest_size_is_read_and_one_byte_more_is_not(tmp_path: Path) -> None:
    path = tmp_path / "scanner.toml"
    path.write_bytes(b"#" * MOST_BYTES)
    assert load(path) == Settings()
    path.write_bytes(b"#" * (MOST_BYTES + 1))
    assert refusal(path) == "larger than 262,144 bytes; that is no settings file"


def test_a_path_is_taken_as_text_too(tmp_path: Path) -> None:
    path = tmp_path / "scanner.toml"
    path.touch()
    assert load(str(path)) == Settings()
