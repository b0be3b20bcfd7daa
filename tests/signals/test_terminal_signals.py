"""Lamps in a terminal, in a pipe, in plain ASCII, and on a stream that is gone."""

import io

import pytest

from scanner.signals import DARK, Lamps, Pattern, TerminalSignals

GREEN = Lamps(green=True, tone_hz=2000)
RED = Lamps(red=True)


class Terminal(io.TextIOWrapper):
    """A terminal that keeps what was written to it."""

    def __init__(self, *, encoding: str = "utf-8", tty: bool = True) -> None:
        self.sink = io.BytesIO()
        self.tty = tty
        super().__init__(self.sink, encoding=encoding, newline="")

    def isatty(self) -> bool:
        return self.tty

    @property
    def shown(self) -> str:
        return self.sink.getvalue().decode(self.encoding)


class Gone(Terminal):
    """A terminal whose window is closed after some writes."""

    def __init__(self, error: Exception, *, after: int) -> None:
        super().__init__()
        self.error, self.left, self.attempts = error, after, 0

    def write(self, text: str) -> int:
        self.attempts += 1
        if self.attempts > self.left:
            raise self.error
        return super().write(text)


def _columns(line: str) -> int:
    """Count what is seen of a line: escape sequences take no room."""
    plain, rest = "", line.lstrip("\r")
    while rest:
        head, _, tail = rest.partition("\x1b[")
        plain += head
        rest = tail.lstrip("0123456789;")[1:] if tail else ""
    return len(plain)


def test_a_signal_is_one_line_with_time_lamps_tone_name_and_words() -> None:
    pipe = Terminal(tty=False)
    signals = TerminalSignals(pipe, colour=True)
    signals.signal(Pattern.ACCEPT, GREEN, at_ms=1234, words="admitted: vaccination AT")
    (line,) = pipe.shown.splitlines()
    assert line.split() == [
        *("1.23", "s", "\u25cfGREEN", "\u25cb", "2000", "Hz", "accept"),
        *("admitted:", "vaccination", "AT"),
    ]


def test_silence_is_left_blank() -> None:
    pipe = Terminal(tty=False)
    TerminalSignals(pipe, colour=False).signal(Pattern.REFUSE, RED, at_ms=0)
    assert "Hz" not in pipe.shown
    assert "\u25cfRED" in pipe.shown
    assert "GREEN" not in pipe.shown


@pytest.mark.parametrize("tty", [True, False])
def test_no_signal_is_wider_than_80_columns(tty: bool) -> None:  # noqa: FBT001 - a parameter
    terminal = Terminal(tty=tty)
    signals = TerminalSignals(terminal, colour=True)
    signals.signal(Pattern.ACCEPT, Lamps(green=True, red=True), at_ms=99999, words="w" * 200)
    signals.lamps(Lamps(green=True, red=True))
    signals.close()
    first, *rest = terminal.shown.split("\n")
    assert _columns(first) == 80
    assert all(_columns(line) <= 80 for line in rest)
    assert terminal.shown.count("w") == 200


def test_a_note_is_told_whole() -> None:
    pipe = Terminal(tty=False)
    TerminalSignals(pipe, colour=False).note("n" * 200)
    assert pipe.shown == "n" * 200 + "\n"


def test_a_signal_that_fits_is_not_cut() -> None:
    pipe = Terminal(tty=False)
    signals = TerminalSignals(pipe, colour=False)
    signals.signal(Pattern.ACCEPT, GREEN, at_ms=0)
    beginning = len(pipe.shown)
    signals.signal(Pattern.ACCEPT, GREEN, at_ms=0, words="x" * (80 - 42))
    assert pipe.shown[beginning:].endswith("x\n")
    assert _columns(pipe.shown[beginning:].rstrip("\n")) == 80


def test_colour_is_shown_on_a_terminal() -> None:
    terminal = Terminal()
    TerminalSignals(terminal, colour=True).signal(Pattern.ACCEPT, GREEN, at_ms=0)
    assert "\x1b[1;32m\u25cfGREEN\x1b[0m" in terminal.shown


@pytest.mark.parametrize(
    ("tty", "colour"), [(True, False), (False, True)], ids=["NO_COLOR", "not a terminal"]
)
def test_colour_is_left_out(tty: bool, colour: bool) -> None:  # noqa: FBT001 - parameters
    terminal = Terminal(tty=tty)
    signals = TerminalSignals(terminal, colour=colour)
    signals.signal(Pattern.ACCEPT, GREEN, at_ms=0)
    signals.lamps(RED)
    assert "\x1b[1;3" not in terminal.shown
    assert "GREEN" in terminal.shown


def test_a_pipe_gets_no_escape_sequence_and_no_lamps_in_place() -> None:
    pipe = Terminal(tty=False)
    signals = TerminalSignals(pipe, colour=True)
    signals.lamps(GREEN)
    signals.note("ready")
    signals.lamps(RED)
    signals.close()
    assert pipe.shown == "ready\n"


def test_lamps_are_drawn_in_place_as_they_change_and_only_then() -> None:
    terminal = Terminal()
    signals = TerminalSignals(terminal, colour=False)
    for lamps in (GREEN, GREEN, RED, RED, DARK):
        signals.lamps(lamps)
    assert terminal.shown.count("\r\x1b[K") == 3
    assert "\n" not in terminal.shown


def test_a_closed_terminal_is_left_dark_on_a_line_of_its_own() -> None:
    terminal = Terminal()
    signals = TerminalSignals(terminal, colour=True)
    signals.signal(Pattern.ACCEPT, GREEN, at_ms=0)
    signals.lamps(GREEN)
    signals.close()
    assert terminal.shown.endswith("\r\x1b[K")
    assert "GREEN" not in terminal.shown.split("\r\x1b[K")[-2]


def test_marks_are_plain_where_the_encoding_has_no_others() -> None:
    terminal = Terminal(encoding="ascii", tty=False)
    TerminalSignals(terminal, colour=False).signal(Pattern.ACCEPT, GREEN, at_ms=0)
    assert "#GREEN" in terminal.shown
    assert " . " in terminal.shown


def test_words_that_the_encoding_lacks_do_not_end_the_lights() -> None:
    terminal = Terminal(encoding="ascii", tty=False)
    signals = TerminalSignals(terminal, colour=False)
    signals.note("skipped: caf\u00e9.png: the picture is damaged")
    signals.signal(Pattern.ACCEPT, GREEN, at_ms=0)
    first, second = terminal.shown.splitlines()
    assert "skipped" in first
    assert "#GREEN" in second


def test_words_cannot_steer_the_terminal() -> None:
    terminal = Terminal()
    signals = TerminalSignals(terminal, colour=False)
    signals.signal(Pattern.REFUSE, RED, at_ms=0, words="expired: \x1b]0;title\x07 \x9b2J")
    signals.note("skipped: \x1b]0;title\x07 \x9b2J.png")
    assert "\x1b]" not in terminal.shown
    assert "\x9b" not in terminal.shown


@pytest.mark.parametrize("after", [0, 1, 2])
@pytest.mark.parametrize(
    "error",
    [BrokenPipeError(32, "Broken pipe"), OSError(28, "No space left on device"), ValueError("I/O")],
    ids=lambda error: type(error).__name__,
)
def test_a_stream_that_is_gone_is_not_written_to_again(error: Exception, after: int) -> None:
    gone = Gone(error, after=after)
    signals = TerminalSignals(gone, colour=True)
    for _ in range(4):
        signals.signal(Pattern.ACCEPT, GREEN, at_ms=0)
        signals.lamps(RED)
    signals.note("still here")
    signals.close()
    assert gone.attempts == after + 1
