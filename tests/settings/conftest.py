"""Settings files written as text, and what loading them says."""

from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.settings import Settings, SettingsError, load

Write = Callable[[str | bytes], Path]
Complaints = Callable[[str | bytes], list[str]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a settings file."""

    def put(text: str | bytes) -> Path:
        path = tmp_path / "scanner.toml"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return put


@pytest.fixture
def loaded(write: Write) -> Callable[[str | bytes], Settings]:
    """Write a settings file and load it."""
    return lambda text: load(write(text))


@pytest.fixture
def complaints(write: Write) -> Complaints:
    """Write a settings file that cannot be used; give its complaints, a line each."""

    def refused(text: str | bytes) -> list[str]:
        path = write(text)
        with pytest.raises(SettingsError) as error:
            load(path)
        return str(error.value).replace(str(path), path.name).split("\n")

    return refused
