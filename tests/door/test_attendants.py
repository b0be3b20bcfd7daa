"""Attendants in the loop: turned each turn, woken for, and no burden on a rehearsal's time."""

import os
import socket
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from scanner.door.loop import Loop
from scanner.signals import Pattern
from scanner.terms import DeviceError, Payload, Reason

if TYPE_CHECKING:
    from tests.conftest import Mint
    from tests.door.conftest import Played, Stage

NO_KEYS: Final = DeviceError(Reason.LIST_MISSING, "no trusted key")
# The keeper of the pins goes dark after a second without a beat.
LONGEST_WAIT_S: Final = 0.5


class Attendant:
    """Writes down its turns."""

    def __init__(self, loop: Loop, *fds: int) -> None:
        self.loop = loop
        self.fds = fds
        self.turns: list[float] = []
        self.states: list[str] = []

    def filenos(self) -> Iterable[int]:
        return self.fds

    def turn(self, now_s: float) -> None:
        self.turns.append(now_s)
        if self.loop.state not in self.states:
            self.states.append(self.loop.state)


def _code(raw: bytes) -> tuple[Payload, ...]:
    return (Payload(raw, ((0, 0), (9, 0), (9, 9), (0, 9))),)


def _signals(played: "Played") -> list[tuple[Pattern, int]]:
    return [(pattern, at_ms) for pattern, _, at_ms in played.lights.signals]


# --- attendants --------------------------------------------------------------------------


def test_attendants_have_a_place_in_every_turn_to_the_last(stage: "Stage") -> None:
    made: list[Attendant] = []

    def attend(loop: Loop) -> list[Attendant]:
        made.extend((Attendant(loop), Attendant(loop, -1)))
        return made

    played = stage.play(stage.film([()] * 10), attend=attend)
    first, second = made
    assert first.turns == second.turns
    assert len(first.turns) >= 10
    assert first.turns == sorted(first.turns)
    assert first.states[-1] == "stopping"
    assert played.states == ["starting", "ready", "stopping"]


def test_a_descriptor_of_an_attendant_wakes_a_loop_that_has_nothing_else_to_do(
    stage: "Stage",
) -> None:
    """Asleep it waits up to a quarter of a second for lamps; a caller is heard at once."""
    ours, theirs = socket.socketpair()
    stop, stops = socket.socketpair()
    woken = threading.Event()
    waits_s: list[float] = []

    class Caller(Attendant):
        def turn(self, now_s: float) -> None:
            super().turn(now_s)
            with_word = b"x" * 99
            try:
                with_word = ours.recv(99, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return
            waits_s.append(time.monotonic() - float(with_word))
            woken.set()

    wired = stage.wire(stop=stop, turns_to_start=10**9)
    # Nothing else wakes it: neither reader nor camera has anything to say.
    for quiet in (wired.reader.fileno(), wired.eye._readable):  # noqa: SLF001
        os.read(quiet, 8)
    wired.loop.attendants.append(Caller(wired.loop, ours.fileno()))
    turning = threading.Thread(target=wired.loop.run)
    turning.start()
    try:
        for _ in range(5):
            woken.clear()
            theirs.send(str(time.monotonic()).encode())
            assert woken.wait(5)
    finally:
        stops.send(b"\0")
        turning.join(5)
        for end in (ours, theirs, stop, stops, wired):
            end.close()
    assert not turning.is_alive()
    assert sorted(waits_s)[2] < 0.1


def test_a_loop_with_nothing_to_do_still_turns_often_enough_for_a_heartbeat(
    stage: "Stage",
) -> None:
    stop, stops = socket.socketpair()
    beaten = threading.Event()

    class Heart(Attendant):
        def turn(self, now_s: float) -> None:
            super().turn(now_s)
            if len(self.turns) == 6:
                beaten.set()

    wired = stage.wire(stop=stop, turns_to_start=10**9)
    for quiet in (wired.reader.fileno(), wired.eye._readable):  # noqa: SLF001
        os.read(quiet, 8)
    heart = Heart(wired.loop)
    wired.loop.attendants.append(heart)
    turning = threading.Thread(target=wired.loop.run)
    turning.start()
    try:
        assert beaten.wait(6 * LONGEST_WAIT_S)
    finally:
        stops.send(b"\0")
        turning.join(5)
        for end in (stop, stops, wired):
            end.close()
    assert not turning.is_alive()


# --- faults that stand from the start ----------------------------------------------------


def test_a_fault_that_stands_from_the_start_keeps_the_state_and_the_light(
    stage: "Stage", mint: "Mint"
) -> None:
    film = stage.film([*[()] * 3, *[_code(mint.valid)] * 3, *[()] * 40])
    played = stage.play(film, standing=[NO_KEYS])
    assert played.states == ["starting", "fault", "stopping"]
    assert played.told[0] == (0, "list_missing")
    assert played.lights.notes[0] == "list_missing: no trusted key"
    assert {Pattern.READY} & set(played.lights.patterns) == set()
    assert len([pattern for pattern in played.lights.patterns if pattern is Pattern.FAULT]) == 2


def test_another_fault_that_ends_leaves_the_one_that_stands(stage: "Stage") -> None:
    films = (
        stage.film([()] * 3, then="is lost", paced=True),
        stage.film([()] * 3, then="waits", paced=True),
    )
    played = stage.play(*films, once=False, standing=[NO_KEYS])
    assert played.states == ["starting", "fault", "stopping"]
    assert [fault.reason for fault in played.loop.faults] == [Reason.LIST_MISSING]
    assert [reason for _, reason in played.told] == ["list_missing", "camera_lost"]


def test_faults_that_stand_are_each_shown_once(stage: "Stage") -> None:
    pins = DeviceError(Reason.PINS_LOST, "no chip")
    played = stage.play(stage.film([()] * 5), standing=[NO_KEYS, pins, NO_KEYS])
    assert [reason for _, reason in played.told] == ["list_missing", "pins_lost"]


def test_a_rehearsals_lamps_go_by_frame_time_also_while_a_fault_stands(
    stage: "Stage", mint: "Mint"
) -> None:
    """Whatever the machine was busy with: the same signals at the same milliseconds."""
    film = stage.film([*[()] * 20, *[_code(mint.valid)] * 3, *[()] * 60])
    fast = stage.play(film, standing=[NO_KEYS])
    slow = stage.play(
        film,
        standing=[NO_KEYS],
        turns_to_answer=7,
        turns_to_start=90,
        attend=lambda loop: [Attendant(loop)],
    )
    # The end of a rehearsal stands still, and goes on by the machine's clock.
    assert _signals(fast)[:-1] == _signals(slow)[:-1]
    assert fast.told == slow.told
    accepted = [at_ms for pattern, at_ms in _signals(fast) if pattern is Pattern.ACCEPT]
    assert accepted == [20 * 67]
    assert (Pattern.FAULT, 0) in _signals(fast)


def test_attendants_leave_the_events_of_a_rehearsal_as_they_are(
    stage: "Stage", mint: "Mint"
) -> None:
    film = stage.film([*[()] * 5, *[_code(mint.valid)] * 3, *[()] * 40])
    alone = stage.play(film)
    attended = stage.play(film, attend=lambda loop: [Attendant(loop) for _ in range(5)])
    assert _signals(alone)[:-1] == _signals(attended)[:-1]
    assert alone.told == attended.told
    assert alone.states == attended.states
