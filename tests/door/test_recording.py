"""The debug switch: decisions to a file for a day in all, whatever is restarted."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from scanner.door.recording import record

NOON: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def _write(file: Path, *, state: Path, at: datetime) -> str | None:
    recording = record(file, state=state, now=at)
    recording.events.write("state", state="ready")
    recording.events.close()
    return recording.warning


def _lines(file: Path) -> int:
    return len(file.read_text().splitlines())


def test_a_restart_goes_on_with_the_same_day(file: Path, tmp_path: Path) -> None:
    assert _write(file, state=tmp_path, at=NOON) is None
    assert _write(file, state=tmp_path, at=NOON + timedelta(hours=23)) is None
    assert _lines(file) == 2


def test_after_a_day_nothing_more_is_written_and_the_remedy_is_told(
    file: Path, tmp_path: Path
) -> None:
    _write(file, state=tmp_path, at=NOON)
    told = _write(file, state=tmp_path, at=NOON + timedelta(hours=24))
    assert told == f"events: 24 hours are over; remove {file} and restart to begin anew"
    assert _lines(file) == 1


def test_a_file_that_was_removed_begins_another_day(file: Path, tmp_path: Path) -> None:
    _write(file, state=tmp_path, at=NOON)
    file.unlink()
    assert _write(file, state=tmp_path, at=NOON + timedelta(days=3)) is None
    assert _write(file, state=tmp_path, at=NOON + timedelta(days=3, hours=23)) is None
    assert _lines(file) == 2


@pytest.mark.parametrize("kept", [b"", b"[]", b"{}", b'{"file": 1, "at": "x"}', b"\xff"])
def test_a_damaged_note_of_the_beginning_begins_anew(
    kept: bytes, file: Path, tmp_path: Path
) -> None:
    _write(file, state=tmp_path, at=NOON)
    (tmp_path / "events-begun.json").write_bytes(kept)
    assert _write(file, state=tmp_path, at=NOON + timedelta(days=3)) is None


def test_a_file_that_takes_no_writing_is_a_warning(tmp_path: Path) -> None:
    told = _write(tmp_path / "nowhere" / "events.jsonl", state=tmp_path, at=NOON)
    assert told is not None
    assert "cannot be written" in told
    assert "/var/lib/door-scanner" in told


def test_a_beginning_that_cannot_be_kept_is_no_beginning(file: Path, tmp_path: Path) -> None:
    told = _write(file, state=tmp_path / "nowhere", at=NOON)
    assert told is not None
    assert file.read_text() == ""
