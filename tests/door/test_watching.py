"""What the door knows of its camera: its name, how often it was opened, how fast it is."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest

from scanner.sight.sightings import Opened, Shot, Skipped
from scanner.terms import DeviceError, Payload, Reason

if TYPE_CHECKING:
    from scanner.sight.eye import Sighting
    from tests.conftest import Mint
    from tests.door.conftest import Wired

SHOT: Final = Shot(0, 0, 0, 1280, 720, changed_cells=0)


def _show(wired: "Wired", sightings: "list[Sighting]") -> None:
    """Let the eye see that, and the door hear of it; nobody reads the frames."""
    eye, watching = wired.eye, wired.loop.watching

    def held() -> "Iterator[Sighting]":
        for seen in sightings:
            if isinstance(seen, Shot):
                eye.held.add(seen.slot)
            yield seen

    eye._showing = held()  # noqa: SLF001
    for _ in range(2 * len(sightings) + 2):
        watching.hear(0.0)


@pytest.fixture
def opened(backstage: "Wired") -> "Wired":
    """A live camera that was just opened."""
    backstage.loop.watching.open(100.0)
    _show(backstage, [Opened(paced=True, name="imx708")])
    return backstage


def test_a_camera_that_was_opened_is_known_by_its_name(opened: "Wired") -> None:
    watching = opened.loop.watching
    assert (watching.name, watching.starts, watching.frames) == ("imx708", 1, 0)
    assert not watching.is_lost


def test_a_lost_camera_is_back_with_its_first_picture_and_not_before(backstage: "Wired") -> None:
    lost = DeviceError(Reason.CAMERA_LOST, "no picture for 2 seconds")
    backstage.loop.faults.begin(lost, now=backstage.loop.now())
    backstage.loop.watching.open(100.0)
    _show(backstage, [Opened(paced=True)])
    assert [fault.reason for fault in backstage.loop.faults] == [Reason.CAMERA_LOST]
    _show(backstage, [SHOT])
    assert not backstage.loop.faults


def test_a_picture_that_waited_for_a_door_that_stood_still_is_not_looked_at(
    opened: "Wired",
) -> None:
    """Whoever showed that pass walked on long ago."""
    watching = opened.loop.watching
    _show(opened, [SHOT])
    watching.waiting.clear()
    late = replace(SHOT, frame=1, at_ms=100, slot=1)
    opened.eye.held.add(late.slot)
    opened.eye._showing = iter([late])  # noqa: SLF001
    for _ in range(4):
        watching.hear(6.0)
    assert not watching.waiting
    assert late.slot in opened.eye.freed
    fresh = replace(SHOT, frame=2, at_ms=6100, slot=2)
    opened.eye.held.add(fresh.slot)
    opened.eye._showing = iter([fresh])  # noqa: SLF001
    for _ in range(4):
        watching.hear(6.1)
    assert len(watching.waiting) == 1


RATES: dict[str, tuple[int, int, float]] = {
    "every frame of fifteen a second": (1, 15, 15.0),
    "one frame in eight, the others kept back": (8, 15, 15.0),
    "thirty a second": (1, 30, 30.0),
    "one a second": (1, 1, 1.0),
}


@pytest.mark.parametrize("case", RATES)
def test_the_rate_is_that_of_the_camera_and_not_of_the_frames_that_are_shown(
    case: str, opened: "Wired"
) -> None:
    step, fps, told = RATES[case]
    frames = range(0, 20 * fps, step)
    shots = [replace(SHOT, frame=frame, at_ms=frame * 1000 // fps) for frame in frames]
    _show(opened, [*shots])
    assert opened.loop.watching.fps == pytest.approx(told, rel=0.02)
    assert opened.loop.watching.frames == len(frames)


def test_a_picture_that_cannot_be_read_counts_as_a_frame(opened: "Wired") -> None:
    _show(opened, [Skipped(number, at_ms=number * 67, why="damaged") for number in range(3)])
    assert opened.loop.watching.frames == 3


def test_a_lost_camera_has_no_rate_and_the_next_one_a_rate_of_its_own(opened: "Wired") -> None:
    watching = opened.loop.watching
    _show(opened, [replace(SHOT, frame=n, at_ms=n * 67) for n in range(100)])
    assert watching.fps > 14

    def ends() -> "Iterator[Sighting]":
        opened.eye.is_open = False
        raise DeviceError(Reason.CAMERA_LOST, "the camera process ended")
        yield

    opened.eye._showing = ends()  # noqa: SLF001
    for _ in range(2):
        watching.hear(200.0)
    assert (watching.fps, watching.is_lost) == (0.0, True)
    watching.open(201.0)
    _show(opened, [Opened(paced=True, name="imx219")])
    _show(opened, [replace(SHOT, frame=n, at_ms=n * 200) for n in range(100)])
    assert watching.fps == pytest.approx(5.0, rel=0.02)
    assert (watching.name, watching.starts) == ("imx219", 2)


@pytest.mark.parametrize(("waited_s", "reasons"), [(0.0, ["admitted"]), (5.0, [])])
def test_an_answer_about_a_picture_from_before_a_standstill_is_dropped(
    waited_s: float, reasons: list[str], backstage: "Wired", mint: "Mint"
) -> None:
    """The reader had it in hand while the door stood still."""
    now_s = time.monotonic()
    looking, watching = backstage.loop.looking, backstage.loop.watching
    backstage.reader.start(now_s=now_s)
    for _ in range(3):
        looking.hear(now_s, watching=watching)
    watching.open(now_s)
    backstage.eye.memory[0] = (Payload(mint.valid, ((0, 0), (9, 0), (9, 9), (0, 9))),)
    sightings: list[Sighting] = [Opened(paced=True), SHOT]
    backstage.eye.held.add(SHOT.slot)
    backstage.eye._showing = iter(sightings)  # noqa: SLF001
    for _ in range(6):
        watching.hear(now_s - waited_s)
    looking.take_up(now_s, watching=watching)
    for _ in range(3):
        looking.hear(now_s, watching=watching)
    assert not looking.is_busy
    assert [told.decision.reason.value for told in backstage.happened] == reasons
