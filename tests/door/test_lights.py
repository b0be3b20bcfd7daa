"""Decisions and states become signals and events."""

import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from scanner.door.events import Events
from scanner.door.lights import Lights
from scanner.signals import DARK, Lamps, NoLights, Pattern
from scanner.terms import Decision, Reason
from scanner.terms.verdict import VERDICT_OF


class Shown:
    """Whoever shows the lamps, writing it down."""

    def __init__(self) -> None:
        self.log: list[tuple[Any, ...]] = []

    def signal(self, pattern: Pattern, lamps: Lamps, *, at_ms: int, words: str = "") -> None:
        self.log.append((pattern, lamps, at_ms, words))

    def lamps(self, lamps: Lamps) -> None:
        self.log.append((lamps,))

    def note(self, words: str) -> None:
        self.log.append((words,))

    def close(self) -> None:
        self.log.append(())


if TYPE_CHECKING:
    from scanner.door.lights import Indicator

    _conforms: Indicator = Shown()


def _decision(reason: Reason) -> Decision:
    return Decision(VERDICT_OF[reason], reason)


@pytest.fixture
def shown() -> Shown:
    return Shown()


@pytest.fixture
def text() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def lights(shown: Shown, text: io.StringIO) -> Lights:
    return Lights(shown, events=Events(text))


def test_a_decision_is_shown_at_once_and_told(
    lights: Lights, shown: Shown, text: io.StringIO
) -> None:
    lights.answer(_decision(Reason.ADMITTED), frame=17, at_ms=1133, words="admitted")
    assert shown.log == [(Pattern.ACCEPT, Lamps(green=True, tone_hz=2000), 1133, "admitted")]
    assert text.getvalue() == ""
    lights.tell()
    assert text.getvalue() == (
        '{"event": "signal", "frame": 17, "pattern": "accept", '
        '"green": true, "red": false, "tone_hz": 2000}\n'
    )


def test_a_rehearsed_signal_never_takes_the_place_of_a_guests(lights: Lights, shown: Shown) -> None:
    lights.answer(_decision(Reason.EXPIRED), frame=1, at_ms=0, words="")
    assert not lights.rehearse(Pattern.ACCEPT, at_ms=1000)
    assert [entry[0] for entry in shown.log] == [Pattern.REFUSE]
    assert lights.rehearse(Pattern.ACCEPT, at_ms=3100)
    assert lights.rehearse(Pattern.USED, at_ms=3200)
    lights.answer(_decision(Reason.EXPIRED), frame=2, at_ms=3300, words="")
    assert not lights.rehearse(Pattern.ACCEPT, at_ms=3400)


def test_the_same_signal_twice_is_told_twice(lights: Lights, text: io.StringIO) -> None:
    for at_ms in (0, 100):
        lights.answer(_decision(Reason.EXPIRED), frame=0, at_ms=at_ms, words="")
    lights.tell()
    assert len(text.getvalue().splitlines()) == 2


def test_nothing_to_see_is_not_shown(lights: Lights, shown: Shown, text: io.StringIO) -> None:
    lights.answer(_decision(Reason.NO_CODE), frame=1, at_ms=0, words="")
    assert shown.log == []
    assert text.getvalue() == ""


def test_time_blinks_the_lamps_and_ends_the_signal(
    lights: Lights, shown: Shown, text: io.StringIO
) -> None:
    lights.rest(Pattern.READY, at_ms=0)
    lights.answer(_decision(Reason.EXPIRED), frame=3, at_ms=0, words="")
    begun = len(shown.log)
    at_ms = 0
    while at_ms < 3000:
        at_ms = lights.next_change_ms(at_ms)
        lights.turn(at_ms)
    lamps = dict.fromkeys(entry[0] for entry in shown.log[begun:-1])
    assert list(lamps) == [Lamps(red=True, tone_hz=400), DARK, Lamps(red=True)]
    assert shown.log[-1] == (Pattern.READY, DARK, 3000, "")
    events = [json.loads(line)["pattern"] for line in text.getvalue().splitlines()]
    assert events == ["ready", "refuse", "ready"]


def test_a_state_that_comes_during_a_signal_waits_for_its_end(lights: Lights, shown: Shown) -> None:
    lights.answer(_decision(Reason.ADMITTED), frame=0, at_ms=0, words="")
    lights.rest(Pattern.FAULT, at_ms=100)
    assert Pattern.FAULT not in [entry[0] for entry in shown.log]
    lights.turn(2000)
    assert shown.log[-1][0] is Pattern.FAULT


def test_the_same_state_again_is_not_told_again(lights: Lights, text: io.StringIO) -> None:
    for at_ms in (0, 50, 5000):
        lights.rest(Pattern.READY, at_ms=at_ms)
    assert len(text.getvalue().splitlines()) == 1


def test_closing_goes_dark_in_the_middle_of_green(
    lights: Lights, shown: Shown, text: io.StringIO
) -> None:
    lights.answer(_decision(Reason.ADMITTED), frame=5, at_ms=0, words="")
    lights.close(at_ms=10)
    assert shown.log[-2:] == [(Pattern.DARK, DARK, 10, ""), ()]
    told = json.loads(text.getvalue().splitlines()[-1])
    assert (told["pattern"], told["green"], told["red"]) == ("dark", False, False)


def test_words_are_handed_on(lights: Lights, shown: Shown) -> None:
    lights.note("caged")
    assert shown.log == [("caged",)]


def test_without_lights_notes_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    nothing = NoLights()
    nothing.signal(Pattern.ACCEPT, DARK, at_ms=0, words="w")
    nothing.lamps(DARK)
    nothing.note("caged")
    nothing.close()
    assert capsys.readouterr() == ("", "caged\n")
