"""Faults in force: shown once each, with their newest words, until they are over."""

import time
from typing import TYPE_CHECKING

from scanner.terms import Reason

if TYPE_CHECKING:
    from tests.door.conftest import Wired


def _told(wired: "Wired") -> list[str]:
    return [event["reason"] for event in wired.events if event["event"] == "decision"]


def test_a_fault_is_shown_once_and_keeps_its_newest_words_and_its_beginning(
    backstage: "Wired",
) -> None:
    earliest_s = time.monotonic()
    backstage.begin(Reason.CAMERA_LOST, "no picture for 2 seconds")
    (first,) = backstage.loop.faults
    backstage.begin(Reason.CAMERA_LOST, "the camera process ended")
    (second,) = backstage.loop.faults
    assert _told(backstage) == ["camera_lost"]
    assert second.detail == "the camera process ended"
    assert earliest_s <= first.since_s == second.since_s <= time.monotonic()


def test_a_fault_that_is_over_can_begin_again(backstage: "Wired") -> None:
    for _ in range(2):
        backstage.begin(Reason.PINS_LOST)
        assert backstage.loop.faults
        backstage.loop.faults.end(Reason.PINS_LOST)
        assert not backstage.loop.faults
    assert _told(backstage) == ["pins_lost", "pins_lost"]


def test_a_fault_that_ends_leaves_the_others(backstage: "Wired") -> None:
    for reason in (Reason.LIST_MISSING, Reason.CAMERA_LOST, Reason.READER_LOST):
        backstage.begin(reason)
    backstage.loop.faults.end(Reason.CAMERA_LOST)
    standing = [fault.reason for fault in backstage.loop.faults]
    assert standing == [Reason.LIST_MISSING, Reason.READER_LOST]


def test_the_end_of_a_fault_that_never_was_is_harmless(backstage: "Wired") -> None:
    backstage.begin(Reason.LIST_MISSING)
    backstage.loop.faults.end(Reason.CAMERA_LOST)
    assert [fault.reason for fault in backstage.loop.faults] == [Reason.LIST_MISSING]


def test_faults_may_end_while_they_are_looked_at(backstage: "Wired") -> None:
    for reason in (Reason.CAMERA_LOST, Reason.READER_LOST):
        backstage.begin(reason)
    for fault in backstage.loop.faults:
        backstage.loop.faults.end(fault.reason)
    assert not backstage.loop.faults
