"""What staff decided: a light of its own, an event and a count, and never a verdict."""

import io
import json
from typing import TYPE_CHECKING, Any, Final

import pytest

from scanner.door.answers import Instant
from scanner.door.events import Events
from scanner.door.loop import Loop
from scanner.door.staff import STUCK, Staff, StaffReason
from scanner.door.tally import Exit
from scanner.signals import PATTERNS, Lamps, Pattern
from scanner.terms import Decision, Reason
from scanner.terms.verdict import VERDICT_OF

if TYPE_CHECKING:
    from tests.door.conftest import Stage, Wired

BOTH: Final = Lamps(green=True, red=True)
STAFF_MS: Final = PATTERNS[Pattern.STAFF].length_ms
REASONS: Final = {
    1: "staff_paper",
    2: "staff_exempt",
    3: "staff_minor",
    4: "staff_other",
    5: "staff_other",
    100: "staff_other",
}


class Counter:
    """Keeps what it is told to count."""

    def __init__(self) -> None:
        self.counted: list[StaffReason] = []

    def __call__(self, reason: StaffReason) -> None:
        self.counted.append(reason)


@pytest.fixture
def counter() -> Counter:
    return Counter()


def _staff(loop: Loop, *, count: Counter) -> Staff:
    return Staff(loop.door.lights, events=loop.door.events, now=loop.now, count=count)


@pytest.mark.parametrize(("presses", "reason"), REASONS.items())
def test_presses_are_a_reason_with_an_event_a_light_and_a_count(
    presses: int, reason: str, backstage: "Wired", counter: Counter
) -> None:
    staff = _staff(backstage.loop, count=counter)
    staff.pressed(presses)
    assert backstage.events == [
        {"event": "staff", "reason": reason},
        {
            "event": "signal", "frame": 0, "pattern": "staff", "green": True, "red": True,
            "tone_hz": 1200,
        },
    ]  # fmt: skip
    assert backstage.lights.patterns == [Pattern.STAFF]
    assert backstage.lights.words == [reason]
    assert counter.counted == [StaffReason(reason)]
    assert staff.told() == {reason: 1}


def test_it_is_no_verdict_and_no_decision(backstage: "Wired", counter: Counter) -> None:
    staff = _staff(backstage.loop, count=counter)
    for presses in REASONS:
        staff.pressed(presses)
    tally = backstage.answers.tally
    assert (tally.counts, tally.exit_code) == ({}, Exit.DONE)
    assert backstage.happened == []
    assert {event["event"] for event in backstage.events} == {"staff", "signal"}
    assert staff.told() == {
        "staff_paper": 1, "staff_exempt": 1, "staff_minor": 1, "staff_other": 3,
    }  # fmt: skip


def test_its_reasons_are_no_reasons_of_a_verdict() -> None:
    assert {reason.value for reason in StaffReason}.isdisjoint(reason.value for reason in Reason)


class LampsFirst(io.StringIO):
    """A stream that fails the test when something is written before a lamp burns."""

    def __init__(self) -> None:
        super().__init__()
        self.wired: Wired | None = None

    def write(self, text: str, /) -> int:
        assert self.wired is not None
        assert self.wired.lights.signals, f"written in the dark: {text}"
        return super().write(text)


def test_the_light_comes_before_the_words(backstage: "Wired", counter: Counter) -> None:
    stream = LampsFirst()
    stream.wired = backstage
    door = backstage.loop.door
    Staff(door.lights, events=Events(stream), now=backstage.loop.now, count=counter).pressed(1)
    assert json.loads(stream.getvalue()) == {"event": "staff", "reason": "staff_paper"}


# --- over what is shown --------------------------------------------------------------------


class Clock:
    """The time that lamps go by, as a test sets it."""

    def __init__(self) -> None:
        self.at_ms = 0

    def __call__(self) -> Instant:
        return Instant(frame=7, frame_ms=self.at_ms, lamps_ms=self.at_ms)


SHOWN: Final = (
    Reason.ADMITTED,
    Reason.EXPIRED,
    Reason.ALREADY_USED,
    Reason.CHECK_ID,
    Reason.LIST_MISSING,
)


@pytest.mark.parametrize("after_ms", [0, 100, 700, 1900])
@pytest.mark.parametrize("reason", SHOWN, ids=lambda reason: reason.value)
def test_a_press_ends_a_running_answer_at_once_and_never_shows_green_alone(
    reason: Reason, after_ms: int, backstage: "Wired", counter: Counter
) -> None:
    lights, clock = backstage.loop.door.lights, Clock()
    staff = Staff(lights, events=backstage.loop.door.events, now=clock, count=counter)
    answer = Decision(VERDICT_OF[reason], reason)
    lights.answer(answer, frame=6, at_ms=0, words="")
    for clock.at_ms in range(0, after_ms, 100):
        lights.turn(clock.at_ms)
    clock.at_ms = after_ms
    shown = backstage.lights
    before = len(shown.drawn)
    staff.pressed(1)
    assert shown.patterns[-1:] == [Pattern.STAFF]
    assert shown.drawn[-1] == Lamps(green=True, red=True, tone_hz=1200)
    for at_ms in range(after_ms, after_ms + STAFF_MS, 100):
        lights.turn(at_ms)
    while_staff = {(lamps.green, lamps.red) for lamps in shown.drawn[before:]}
    assert while_staff == {(True, True)}
    lights.turn(after_ms + STAFF_MS)
    assert shown.patterns[-1:] == [Pattern.DARK]


def test_the_next_guest_is_answered_at_once(backstage: "Wired", counter: Counter) -> None:
    lights = backstage.loop.door.lights
    _staff(backstage.loop, count=counter).pressed(1)
    answer = Decision(VERDICT_OF[Reason.EXPIRED], Reason.EXPIRED)
    lights.answer(answer, frame=1, at_ms=300, words="")
    assert backstage.lights.drawn[-1] == Lamps(red=True, tone_hz=400)


class PressesOnFault:
    """An attendant that presses once the camera is lost."""

    def __init__(self, loop: Loop, *, count: Counter) -> None:
        self._loop = loop
        self._staff = _staff(loop, count=count)
        self._pressed = False

    def filenos(self) -> tuple[int, ...]:
        return ()

    def turn(self, now_s: float) -> None:
        del now_s
        if self._loop.faults and not self._pressed:
            self._pressed = True
            self._staff.pressed(1)


def test_a_door_without_its_camera_still_shows_what_staff_decided_and_then_its_fault(
    stage: "Stage", counter: Counter
) -> None:
    played = stage.play(
        stage.film([()] * 3, paced=True, then="is lost"),
        stage.film(paced=True, then="waits"),
        once=False,
        until=lambda lights: (
            lights.patterns[-1] is Pattern.FAULT and Pattern.STAFF in lights.patterns
        ),
        attend=lambda loop: [PressesOnFault(loop, count=counter)],
    )
    patterns = played.lights.patterns
    staff = patterns.index(Pattern.STAFF)
    assert patterns[staff - 1 : staff + 2] == [Pattern.FAULT, Pattern.STAFF, Pattern.FAULT]
    assert counter.counted == [StaffReason.PAPER]
    assert [reason for _, reason in played.told] == ["camera_lost"]


# --- a button that sticks ------------------------------------------------------------------


def test_a_button_that_sticks_is_said_aloud_once_and_stands_while_it_does(
    backstage: "Wired", counter: Counter
) -> None:
    staff = _staff(backstage.loop, count=counter)
    assert staff.warning == ""
    warned: list[Any] = []
    for stuck in (True, True, False, True, False):
        staff.found(stuck=stuck)
        warned.append(staff.warning)
    assert warned == [STUCK, STUCK, "", STUCK, ""]
    assert backstage.lights.notes == [STUCK]
    assert (backstage.events, counter.counted) == ([], [])
