"""Events as JSON lines: where they go, in which form, for how long."""

import io
import json
import os
import sys
import time
from pathlib import Path

import pytest

from scanner.door.events import MAX_FILE_AGE_S, Events
from scanner.terms import InputError


class Full(io.StringIO):
    """A disk without space."""

    attempts = 0

    def write(self, text: str) -> int:
        self.attempts += 1
        raise OSError(28, "No space left on device", text)


def test_an_event_is_one_line_of_json_with_its_fields_in_order() -> None:
    text = io.StringIO()
    Events(text).write("decision", frame=17, format=None, words="\u00e9\n")
    assert text.getvalue() == (
        '{"event": "decision", "frame": 17, "format": null, "words": "\u00e9\\n"}\n'
    )


def test_nothing_is_written_unless_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    events = Events.to(None)
    events.write("state", state="ready")
    events.close()
    assert capsys.readouterr().out == ""


def test_a_hyphen_is_standard_output_and_stays_open(capsys: pytest.CaptureFixture[str]) -> None:
    events = Events.to("-")
    events.write("state", state="ready")
    events.close()
    events.write("state", state="late")
    assert not sys.stdout.closed
    assert capsys.readouterr().out == '{"event": "state", "state": "ready"}\n'


def test_a_file_is_appended_to_and_each_event_is_there_at_once(tmp_path: Path) -> None:
    path = tmp_path / "events"
    path.write_text("before\n")
    events = Events.to(str(path))
    events.write("state", state="ready")
    before, line = path.read_text().splitlines()
    assert before == "before"
    assert json.loads(line) == {"event": "state", "state": "ready"}
    events.close()


@pytest.mark.parametrize("target", ["folder", "missing/events"])
def test_a_target_that_cannot_be_written_is_named(target: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    named = str(tmp_path / target)
    with pytest.raises(InputError) as refused:
        Events.to(named)
    assert str(refused.value).startswith(f"--events {named}: cannot be written (")


def test_a_file_is_written_for_24_hours() -> None:
    assert MAX_FILE_AGE_S == 86_400


def test_a_file_whose_time_is_over_is_closed_and_not_written_to(tmp_path: Path) -> None:
    path = tmp_path / "events"
    stream = path.open("a")
    events = Events(stream, ends_at_s=time.monotonic())
    events.write("state", state="late")
    assert stream.closed
    assert path.read_text() == ""


def test_a_stream_without_an_end_goes_on(tmp_path: Path) -> None:
    """A pipe keeps nothing, so it needs no end."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    reading = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    events = Events.to(str(fifo))
    events.write("state", state="ready")
    events.close()
    assert os.read(reading, 100) == b'{"event": "state", "state": "ready"}\n'
    os.close(reading)


def test_a_full_disk_ends_the_writing_and_nothing_else() -> None:
    full = Full()
    events = Events(full)
    for _ in range(3):
        events.write("state", state="ready")
    events.close()
    assert full.attempts == 1


def test_a_closed_pipe_ends_the_writing_and_nothing_else() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    stream = os.fdopen(writing, "w")
    events = Events(stream)
    events.write("state", state="ready")
    events.write("state", state="ready")
    events.close()
    with pytest.raises(BrokenPipeError):
        stream.close()


def test_closing_twice_is_harmless(tmp_path: Path) -> None:
    events = Events.to(str(tmp_path / "events"))
    events.close()
    events.close()
    assert (tmp_path / "events").read_text() == ""
