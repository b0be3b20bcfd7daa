"""The door's care for its keeper: a beat each turn, a fault that stands, and patient restarts.

And what its button says reaches the staff of the door, whatever else is lost.
"""

from collections import deque
from typing import TYPE_CHECKING, Final, cast

import pytest

from scanner.door.loop import Loop
from scanner.door.pins import Pins
from scanner.door.staff import STUCK, Staff
from scanner.signals.keeper import Keeper
from scanner.signals.presses import Presses
from scanner.terms import DeviceError, Reason

if TYPE_CHECKING:
    from tests.door.conftest import Stage, Wired

HOLDS: Final = "pinctrl-bcm2711: green 17, red 27, buzzer 18"
TURN_S: Final = 0.25


class SimulatedKeeper:
    """A keeper with the methods that a door calls each turn; `fates` are those of its starts.

    "holds" takes the pins at the next check, "cannot start" raises at once, "fails" raises
    at the next check.
    """

    def __init__(self) -> None:
        self.fates: deque[str] = deque()
        self.told: str | None = None
        self.started_s: list[float] = []
        self.beats: list[float] = []
        self.presses = Presses()
        self._fate = ""

    def start(self, *, now_s: float) -> None:
        self.started_s.append(now_s)
        self._fate = self.fates.popleft() if self.fates else "holds"
        if self._fate == "cannot start":
            raise DeviceError(Reason.PINS_LOST, "cannot start: no memory")

    def fileno(self) -> int:
        return -1

    def check(self, now_s: float) -> None:
        del now_s
        if self._fate == "fails":
            self.lose("no GPIO chip is called pinctrl-rp1")
        if self._fate == "holds":
            self.told = HOLDS

    def beat(self, now_s: float) -> None:
        if self.told is not None:
            self.beats.append(now_s)

    def lose(self, why: str) -> None:
        self.told, self._fate = None, ""
        raise DeviceError(Reason.PINS_LOST, why)

    def die(self) -> None:
        """Be gone by the next check."""
        self._fate = "fails"


@pytest.fixture
def keeper() -> SimulatedKeeper:
    return SimulatedKeeper()


def _pins(keeper: SimulatedKeeper, loop: Loop) -> Pins:
    door = loop.door
    staff = Staff(door.lights, events=door.events, now=loop.now, count=lambda _: None)
    return Pins(cast("Keeper", keeper), faults=loop.faults, now=loop.now, staff=staff)


@pytest.fixture
def pins(keeper: SimulatedKeeper, backstage: "Wired") -> Pins:
    return _pins(keeper, backstage.loop)


def _standing(wired: "Wired") -> list[tuple[str, str]]:
    return [(fault.reason.value, fault.detail) for fault in wired.loop.faults]


def _turn(pins: Pins, *, since_s: float, until_s: float) -> None:
    now_s = since_s
    while now_s < until_s:
        pins.turn(now_s)
        now_s += TURN_S


def test_the_keeper_is_started_in_the_first_turn_and_hears_a_beat_in_each(
    pins: Pins, keeper: SimulatedKeeper, backstage: "Wired"
) -> None:
    _turn(pins, since_s=100, until_s=105)
    assert keeper.started_s == [100]
    assert len(keeper.beats) == 20
    assert _standing(backstage) == []
    assert pins.told() == {"detail": HOLDS, "starts": 1, "staff": {}}


def test_lost_pins_are_a_fault_until_a_keeper_holds_them_again(
    pins: Pins, keeper: SimulatedKeeper, backstage: "Wired"
) -> None:
    pins.turn(100)
    keeper.die()
    pins.turn(101)
    assert _standing(backstage) == [("pins_lost", "no GPIO chip is called pinctrl-rp1")]
    assert pins.told() == {"detail": None, "starts": 1, "staff": {}}
    pins.turn(101.25)
    assert _standing(backstage) == []
    assert pins.told() == {"detail": HOLDS, "starts": 2, "staff": {}}


@pytest.mark.parametrize("fate", ["cannot start", "fails"])
def test_pins_that_stay_lost_are_one_fault_and_tried_less_and_less(
    fate: str, pins: Pins, keeper: SimulatedKeeper, backstage: "Wired"
) -> None:
    keeper.fates.extend([fate] * 100)
    _turn(pins, since_s=100, until_s=130)
    waits = [b - a for a, b in zip(keeper.started_s, keeper.started_s[1:], strict=False)]
    assert waits[:4] == [TURN_S, 1.0, 2.0, 5.0]
    assert set(waits[3:]) == {5.0}
    assert len(backstage.happened) == 1
    assert len(_standing(backstage)) == 1
    assert keeper.beats == []


def test_a_keeper_that_is_slow_to_take_the_pins_does_not_end_the_fault(
    pins: Pins, keeper: SimulatedKeeper, backstage: "Wired"
) -> None:
    keeper.fates.extend(["fails", "takes its time"])
    _turn(pins, since_s=100, until_s=103)
    assert len(keeper.started_s) == 2
    assert [reason for reason, _ in _standing(backstage)] == ["pins_lost"]


def test_after_half_a_minute_without_trouble_a_lost_keeper_is_replaced_at_once(
    pins: Pins, keeper: SimulatedKeeper
) -> None:
    keeper.fates.extend(["fails"] * 4)
    _turn(pins, since_s=100, until_s=140)
    held_since_s = keeper.started_s[-1]
    lost_s = held_since_s + 31
    keeper.die()
    pins.turn(lost_s)
    pins.turn(lost_s + TURN_S)
    assert keeper.started_s[-1] == lost_s + TURN_S


def test_a_keeper_that_soon_dies_again_is_waited_for(pins: Pins, keeper: SimulatedKeeper) -> None:
    pins.turn(100)
    for _ in range(3):
        keeper.die()
        _turn(pins, since_s=keeper.started_s[-1] + 1, until_s=keeper.started_s[-1] + 10)
    waits = [b - a for a, b in zip(keeper.started_s, keeper.started_s[1:], strict=False)]
    assert waits == [1 + TURN_S, 2.0, 3.0]


def test_a_door_with_lost_pins_goes_on_deciding_and_rests_on_fault(
    stage: "Stage", keeper: SimulatedKeeper
) -> None:
    keeper.fates.extend(["cannot start"] * 100)
    played = stage.play(
        stage.film([()] * 5),
        attend=lambda loop: [_pins(keeper, loop)],
    )
    assert played.read == list(range(5))
    assert played.states == ["starting", "fault", "stopping"]
    assert [reason for _, reason in played.told] == ["pins_lost"]


# --- the button ----------------------------------------------------------------------------


def _staffed(wired: "Wired") -> list[str]:
    return [event["reason"] for event in wired.events if event["event"] == "staff"]


def test_presses_reach_the_staff_in_the_turn_they_are_heard_and_once(
    pins: Pins, keeper: SimulatedKeeper, backstage: "Wired"
) -> None:
    pins.turn(100)
    for presses in (1, 3):
        keeper.presses.hear({"staff": presses}, now_s=100)
    pins.turn(100.25)
    assert _staffed(backstage) == ["staff_paper", "staff_minor"]
    assert pins.told()["staff"] == {"staff_paper": 1, "staff_minor": 1}
    _turn(pins, since_s=100.5, until_s=102)
    assert len(_staffed(backstage)) == 2
    assert backstage.happened == []


def test_what_was_pressed_before_the_keeper_was_lost_is_not(
    pins: Pins, keeper: SimulatedKeeper, backstage: "Wired"
) -> None:
    pins.turn(100)
    keeper.presses.hear({"staff": 2}, now_s=100)
    keeper.die()
    pins.turn(101)
    assert _staffed(backstage) == ["staff_exempt"]
    assert [reason for reason, _ in _standing(backstage)] == ["pins_lost"]


def test_staff_is_heard_while_camera_and_lists_are_lost(
    pins: Pins, keeper: SimulatedKeeper, backstage: "Wired"
) -> None:
    for reason in (Reason.CAMERA_LOST, Reason.LIST_MISSING):
        backstage.begin(reason)
    keeper.presses.hear({"staff": 1}, now_s=100)
    pins.turn(100)
    assert _staffed(backstage) == ["staff_paper"]
    assert [reason for reason, _ in _standing(backstage)] == ["camera_lost", "list_missing"]


def test_a_button_that_sticks_is_a_warning_for_as_long_and_said_aloud_once(
    pins: Pins, keeper: SimulatedKeeper, backstage: "Wired"
) -> None:
    pins.turn(100)
    for stuck in (True, False, True):
        keeper.presses.is_stuck = stuck
        _turn(pins, since_s=101, until_s=103)
        assert pins.staff.warning == (STUCK if stuck else "")
    assert backstage.lights.notes == [STUCK]
    assert _staffed(backstage) == []
    assert not backstage.loop.faults
