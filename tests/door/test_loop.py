"""The door's loop before simulated cameras and readers: order, loss, recovery, answers."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from scanner.door.clock import RehearsalClock
from scanner.door.position import Position
from scanner.rules import Finding, Shown
from scanner.rules.conditions import GenuineOnly
from scanner.sight.attention import Effort
from scanner.sight.sightings import Shot
from scanner.signals import DARK, Lamps, Pattern
from scanner.terms import Moment, Payload

if TYPE_CHECKING:
    from tests.conftest import Mint
    from tests.door.conftest import Played, Stage

Another = Callable[[int], bytes]
Held = tuple[Payload, ...] | str
POSTER = b"https://example.org/menu"


def code(raw: bytes, *, side: int = 100) -> Payload:
    """Give a code as a square of `side` pixels."""
    return Payload(raw, ((0, 0), (side, 0), (side, side), (0, side)))


def held(raw: bytes, *, frames: int) -> list[tuple[Payload, ...]]:
    """Hold a code up for some frames."""
    return [(code(raw),)] * frames


def nobody(frames: int) -> list[tuple[Payload, ...]]:
    """Show an empty hall for some frames."""
    return [()] * frames


# --- frames ------------------------------------------------------------------------------


def test_a_rehearsal_loses_no_frame_and_keeps_their_order(stage: "Stage") -> None:
    film = stage.film(nobody(40), burst=10)
    played = stage.play(film, turns_to_answer=7)
    assert played.read == list(range(40))
    assert len(played.eye.freed) == played.eye.given == 40
    assert not played.eye.held


def test_a_still_hall_is_read_once_a_second_and_its_frames_are_given_back(stage: "Stage") -> None:
    film = stage.film(nobody(10), frame_ms=250, changed=[0] * 10)
    played = stage.play(film)
    assert played.reader.asked == [(0, Effort.GLANCE), (4, Effort.GLANCE), (8, Effort.GLANCE)]
    assert len(played.eye.freed) == 10


def test_a_code_held_still_keeps_the_reader_awake(stage: "Stage", mint: "Mint") -> None:
    film = stage.film(held(mint.valid, frames=10), frame_ms=250, changed=[0] * 10)
    assert stage.play(film).read == list(range(10))


def test_of_a_live_cameras_frames_the_newest_wins(stage: "Stage") -> None:
    film = stage.film(nobody(9), paced=True, burst=3, then="waits")
    played = stage.play(film, once=False)
    assert played.read[-1] == 8
    assert len(played.read) < 9
    assert played.read == sorted(played.read)
    assert len(played.eye.freed) == played.eye.given
    assert not played.eye.held


def test_motion_in_a_dropped_frame_counts_for_the_one_that_is_read(stage: "Stage") -> None:
    film = stage.film(nobody(4), paced=True, burst=5, then="waits", changed=[0, 0, 500, 0])
    played = stage.play(film, once=False)
    assert played.reader.asked == [(3, Effort.RESCUE)]


def test_a_picture_that_cannot_be_read_is_a_fault_in_its_place_and_the_next_is_read(
    stage: "Stage", mint: "Mint", expired: bytes
) -> None:
    why = "2.png: the picture is damaged"
    frames: list[Held] = [(code(mint.valid),), why, why, *held(expired, frames=2)]
    # All of it is seen before the reader has answered anything.
    played = stage.play(stage.film(frames, burst=9), turns_to_answer=5)
    assert played.told == [(0, "admitted"), (1, "internal"), (4, "expired")]
    assert played.lights.notes == [f"internal: {why}", "5 pictures shown"]
    assert played.answers.tally.exit_code == 3


def test_frame_numbers_and_times_are_those_of_the_frames(stage: "Stage", mint: "Mint") -> None:
    film = stage.film([*nobody(3), *held(mint.valid, frames=2)], frame_ms=100)
    (decision,) = [e for e in stage.play(film).events if e["event"] == "decision"]
    latency_ms = decision.pop("latency_ms")
    assert list(decision.items()) == [
        ("event", "decision"),
        ("frame", 3),
        ("frame_time_ms", 300),
        ("verdict", "admit"),
        ("reason", "admitted"),
        ("format", "dcc"),
    ]
    assert 0 <= latency_ms < 1000


def test_a_pass_is_judged_at_the_time_of_its_frame(stage: "Stage", mint: "Mint") -> None:
    """A pass that ends with the first frame, beyond its leeway, has expired by the second."""
    ends = int(mint.now.wall.timestamp()) - 120
    film = stage.film([(code(mint.strike(mint.claims(exp=ends)), side=9),), *nobody(20)])
    assert stage.play(film).told == [(0, "admitted")]
    late = stage.film(
        [*nobody(1), *held(mint.strike(mint.claims(exp=ends)), frames=2)], frame_ms=1001
    )
    assert stage.play(late).told == [(2, "expired")]


# --- answers -----------------------------------------------------------------------------


def test_a_pass_is_admitted_in_its_first_frame_and_answered_once(
    stage: "Stage", mint: "Mint"
) -> None:
    played = stage.play(stage.film(held(mint.valid, frames=100)))
    assert played.told == [(0, "admitted")]


def test_a_refusal_waits_for_a_second_frame(stage: "Stage", expired: bytes) -> None:
    assert stage.play(stage.film(held(expired, frames=30))).told == [(1, "expired")]


def test_a_bad_pass_seen_in_one_frame_accuses_nobody(stage: "Stage", expired: bytes) -> None:
    assert stage.play(stage.film([*held(expired, frames=1), *nobody(30)])).told == []


def test_another_pass_preempts_the_running_signal(
    stage: "Stage", mint: "Mint", expired: bytes
) -> None:
    film = stage.film([*held(mint.valid, frames=2), *held(expired, frames=2), *nobody(9)])
    played = stage.play(film)
    assert played.told == [(0, "admitted"), (3, "expired")]
    assert played.lights.patterns[-3:] == [Pattern.ACCEPT, Pattern.REFUSE, Pattern.DARK]
    preempting = played.lights.signals[-2]
    assert preempting == (Pattern.REFUSE, Lamps(red=True, tone_hz=400), 3 * 67)


def test_a_pass_shown_again_within_five_seconds_gets_the_first_answer_again(
    stage: "Stage", mint: "Mint"
) -> None:
    # Gone for 1.1 s; gone for 1.1 s again; then gone until six seconds after the first answer.
    frames = [
        *held(mint.valid, frames=1), *nobody(10),
        *held(mint.valid, frames=1), *nobody(10),
        *held(mint.valid, frames=1), *nobody(37),
        *held(mint.valid, frames=1),
    ]  # fmt: skip
    played = stage.play(stage.film(frames, frame_ms=100))
    assert played.told == [(0, "admitted"), (11, "repeated"), (22, "repeated"), (60, "admitted")]
    repeated = played.happened[1].decision
    assert (repeated.verdict.value, repeated.format) == ("admit", mint_format(played))
    assert played.lights.patterns.count(Pattern.ACCEPT) == 4


def mint_format(played: "Played") -> object:
    """Give the format that the first answer named."""
    return played.happened[0].decision.format


def test_a_hand_that_trembles_is_not_asked_again(stage: "Stage", mint: "Mint") -> None:
    frames = [*held(mint.valid, frames=1), *nobody(8)] * 4
    assert stage.play(stage.film(frames, frame_ms=100)).told == [(0, "admitted")]


def test_two_passes_of_a_size_are_asked_about_and_not_red(stage: "Stage", another: Another) -> None:
    pair = (code(another(1)), code(another(2), side=120))
    played = stage.play(stage.film([pair, pair]))
    assert played.told == [(1, "two_passes")]
    assert played.happened[0].decision.verdict.value == "ask"
    assert Pattern.ASK in played.lights.patterns


def test_the_pass_with_twice_the_area_wins(stage: "Stage", mint: "Mint", expired: bytes) -> None:
    pair = (code(expired, side=100), code(mint.valid, side=142))
    assert stage.play(stage.film([pair, pair])).told == [(0, "admitted")]


def test_a_poster_beside_a_pass_never_counts(stage: "Stage", mint: "Mint") -> None:
    pair = (code(POSTER, side=600), code(mint.valid))
    assert stage.play(stage.film([pair] * 5)).told == [(0, "admitted")]


def test_a_poster_alone_clicks_at_most(stage: "Stage") -> None:
    played = stage.play(stage.film([*held(POSTER, frames=30), *nobody(4)]))
    assert played.told == [(1, "not_a_pass")]
    assert Pattern.CLICK in played.lights.patterns
    assert not any(lamps.red and not lamps.green for lamps in played.lights.drawn)


def test_an_admission_is_dark_again_after_two_seconds(stage: "Stage", mint: "Mint") -> None:
    film = stage.film([*held(mint.valid, frames=1), *nobody(25)], frame_ms=100)
    shown = stage.play(film).lights.signals
    assert (Pattern.ACCEPT, Lamps(green=True, tone_hz=2000), 0) in shown
    assert (Pattern.READY, DARK, 2000) in shown


# --- a reader that is lost ---------------------------------------------------------------


@pytest.mark.parametrize("misdeed", ["dies", "hangs", "is gone when asked"])
def test_a_lost_reader_is_a_fault_and_is_replaced(
    misdeed: str, stage: "Stage", mint: "Mint"
) -> None:
    film = stage.film([*nobody(3), *held(mint.valid, frames=3)])
    played = stage.play(film, misdeeds={1: misdeed})
    assert played.told == [(1, "reader_lost"), (3, "admitted")]
    assert played.reader.starts == 2
    assert played.states == ["starting", "ready", "fault", "ready", "stopping"]
    assert Pattern.FAULT in played.lights.patterns
    assert len(played.eye.freed) == 6
    assert played.lights.notes[0] == "reader_lost: the reader ended (killed by SIGSYS)"


def test_the_frame_that_killed_the_reader_is_not_shown_to_the_next(
    stage: "Stage", mint: "Mint"
) -> None:
    played = stage.play(stage.film(held(mint.valid, frames=4)), misdeeds={0: "dies"})
    assert played.read == [0, 1, 2, 3]
    assert played.told == [(0, "reader_lost"), (1, "admitted")]


def test_a_reader_that_keeps_dying_is_one_fault_until_it_is_back(
    stage: "Stage", mint: "Mint"
) -> None:
    film = stage.film(held(mint.valid, frames=4))
    played = stage.play(film, once=False, failing_starts=5)
    assert played.told == [(0, "reader_lost"), (0, "admitted")]
    assert played.reader.starts == 6
    assert played.states == ["starting", "fault", "ready", "stopping"]


def test_a_rehearsal_whose_reader_cannot_start_is_over(stage: "Stage") -> None:
    played = stage.play(stage.film(nobody(4)), failing_starts=9)
    assert played.told == [(0, "reader_lost")]
    assert played.answers.tally.exit_code == 3
    assert 2 <= played.reader.starts < 9


def test_a_reader_lost_twice_is_two_faults(stage: "Stage") -> None:
    played = stage.play(stage.film(nobody(9)), misdeeds={1: "dies", 5: "dies"})
    assert played.told == [(1, "reader_lost"), (5, "reader_lost")]


def test_a_reader_that_cannot_be_replaced_at_once_does_not_end_the_door(
    stage: "Stage", mint: "Mint"
) -> None:
    misdeeds = {1: "dies", -1: "cannot be replaced at once"}
    film = stage.film([*nobody(3), *held(mint.valid, frames=3)])
    played = stage.play(film, misdeeds=misdeeds)
    assert played.told == [(1, "reader_lost"), (3, "admitted")]


# --- a camera that is lost ---------------------------------------------------------------


def test_a_lost_camera_is_a_fault_and_is_opened_again(stage: "Stage", another: Another) -> None:
    first = stage.film(held(another(1), frames=5), then="is lost")
    second = stage.film(held(another(2), frames=5))
    played = stage.play(first, second, once=False)
    assert [reason for _, reason in played.told] == ["admitted", "camera_lost", "admitted"]
    assert played.states == ["starting", "ready", "fault", "ready", "stopping"]
    waited_s = played.eye.started_s[1] - played.eye.started_s[0]
    assert 0.2 <= waited_s < 2


@pytest.mark.parametrize("paced", [True, False], ids=["live", "rehearsal"])
def test_frame_numbers_and_times_go_on_after_a_camera_was_opened_again(
    paced: bool,  # noqa: FBT001 - a parameter
    stage: "Stage",
    another: Another,
) -> None:
    films = [
        stage.film(held(another(number), frames=3), paced=paced, then=then)
        for number, then in ((1, "is lost"), (2, "is lost"), (3, "waits"))
    ]
    played = stage.play(*films, once=False)
    decisions = [e for e in played.events if e["event"] == "decision"]
    assert [e["reason"] for e in decisions if e["reason"] != "camera_lost"] == ["admitted"] * 3
    for name in ("frame", "frame_time_ms"):
        values = [e[name] for e in decisions]
        assert values == sorted(values)
    judged = [e["frame"] for e in decisions if e["reason"] == "admitted"]
    assert len(set(judged)) == 3


def test_a_camera_lost_while_its_frame_is_read_gives_no_slot_back_twice(
    stage: "Stage", another: Another
) -> None:
    """The answer to the old frame comes while the new camera's frame lies in the same slot."""
    first = stage.film(held(another(1), frames=1), then="is lost")
    second = stage.film(held(another(2), frames=3))
    late = {0: "answers when the camera is back"}
    played = stage.play(first, second, once=False, misdeeds=late)
    assert len(played.eye.freed) == 3
    assert not played.eye.held


def test_a_camera_that_does_not_come_back_is_one_fault_and_tried_less_and_less(
    stage: "Stage",
) -> None:
    lost = stage.film((), then="is lost", cannot_open=True)
    played = stage.play(stage.film(nobody(1), then="is lost"), lost, stage.film(), once=False)
    assert [reason for _, reason in played.told] == ["camera_lost"]
    first, second, third = played.eye.started_s
    assert 0.2 <= second - first < 1
    assert 1.0 <= third - second < 2
    assert Pattern.FAULT in played.lights.patterns


def test_a_lost_camera_ends_a_rehearsal_with_a_fault(stage: "Stage") -> None:
    played = stage.play(stage.film(nobody(3), then="is lost"))
    assert [reason for _, reason in played.told] == ["camera_lost"]
    assert played.answers.tally.exit_code == 3
    assert played.states[-2:] == ["fault", "stopping"]


def test_two_faults_last_until_both_are_over(stage: "Stage") -> None:
    first = stage.film(nobody(2), then="is lost")
    played = stage.play(first, stage.film(nobody(2)), once=False, misdeeds={1: "dies"})
    assert {reason for _, reason in played.told} == {"camera_lost", "reader_lost"}
    assert played.states == ["starting", "ready", "fault", "ready", "stopping"]


# --- a judge that fails, ends, states ----------------------------------------------------


class _Explosive(GenuineOnly):
    def find(self, shown: Shown) -> Finding:
        raise RuntimeError(shown.now)


def test_a_judge_that_fails_is_an_internal_fault_and_the_door_goes_on(
    stage: "Stage", expired: bytes, mint: "Mint"
) -> None:
    stage.belief = replace(stage.belief, rule_sets=(_Explosive(),))
    frames = [*held(mint.valid, frames=1), *nobody(1), *held(expired, frames=2)]
    played = stage.play(stage.film(frames))
    assert played.told == [(0, "internal"), (3, "expired")]
    assert played.happened[0].decision.detail == "RuntimeError"
    assert len(played.eye.freed) == 4


def test_a_time_beyond_the_calendar_is_an_internal_fault_and_no_end(
    stage: "Stage", mint: "Mint"
) -> None:
    last = datetime.max.replace(tzinfo=UTC)
    stage.clock = RehearsalClock(Moment(last, trusted=True))
    frames = [*nobody(1), *held(mint.valid, frames=1), *nobody(3)]
    played = stage.play(stage.film(frames))
    assert {reason for _, reason in played.told} == {"internal"}
    assert played.read == [0, 1, 2, 3, 4]


def test_a_rehearsal_ends_after_its_last_frame_was_answered(stage: "Stage", mint: "Mint") -> None:
    film = stage.film([*nobody(3), *held(mint.valid, frames=1)], burst=9)
    played = stage.play(film, turns_to_answer=9)
    assert played.told == [(3, "admitted")]
    assert not played.loop.interrupted
    assert played.states == ["starting", "ready", "stopping"]


def test_a_daemon_goes_on_after_the_last_frame_until_it_is_told_to_end(stage: "Stage") -> None:
    played = stage.play(stage.film(nobody(3)), once=False)
    assert played.loop.interrupted
    assert played.lights.notes == ["3 pictures shown"]


def test_green_goes_out_though_the_last_picture_of_a_rehearsal_stands_still(
    stage: "Stage", mint: "Mint"
) -> None:
    def green_went_out(lights: Any) -> bool:
        return not lights.drawn[-1].green and Pattern.ACCEPT in lights.patterns

    film = stage.film(held(mint.valid, frames=3))
    played = stage.play(film, once=False, until=green_went_out)
    assert played.told == [(0, "admitted")]


def test_a_rehearsal_whose_camera_hangs_goes_on_by_the_machines_clock() -> None:
    """Lamps go by frame time, and by the machine's where no frame comes for a second."""
    position = Position()
    position.opened(paced=False)
    began_ms = position.now(stands_still=False).lamps_ms
    deadline_s = time.monotonic() + 5
    while position.now(stands_still=False).lamps_ms <= began_ms:
        assert time.monotonic() < deadline_s, "the lamps stand still"
    assert position.now(stands_still=False).lamps_ms >= 1000


def test_a_camera_that_lied_about_its_time_does_not_stop_the_next_ones_lamps() -> None:
    position = Position()
    position.opened(paced=False)
    position.go_to(Shot(0, 1 << 40, 0, 4, 4, changed_cells=0))
    far_ms = position.now(stands_still=False).lamps_ms
    position.opened(paced=True)
    deadline_s = time.monotonic() + 5
    while position.now(stands_still=False).lamps_ms <= far_ms:
        assert time.monotonic() < deadline_s, "the lamps stand still"


def test_the_lights_end_dark(stage: "Stage", mint: "Mint") -> None:
    played = stage.play(stage.film(held(mint.valid, frames=2)))
    assert played.lights.signals[-1][:2] == (Pattern.DARK, DARK)
    assert played.lights.closed
    stopping, dark = played.events[-2:]
    assert stopping == {"event": "state", "state": "stopping"}
    assert list(dark) == ["event", "frame", "pattern", "green", "red", "tone_hz"]
    assert (dark["pattern"], dark["green"], dark["red"], dark["tone_hz"]) == ("dark", *[False] * 3)


@pytest.mark.parametrize("failing_starts", [0, 1], ids=["at once", "after a failed start"])
def test_the_door_introduces_itself_once_its_reader_is_there(
    failing_starts: int, stage: "Stage"
) -> None:
    played = stage.play(stage.film(nobody(3)), failing_starts=failing_starts, misdeeds={1: "dies"})
    assert played.greetings == 1


def test_the_time_of_the_lamps_never_runs_backwards(stage: "Stage", mint: "Mint") -> None:
    """A reader lost before the camera opened was told by another clock than the frames'."""
    film = stage.film(held(mint.valid, frames=3))
    played = stage.play(film, failing_starts=1, turns_to_start=2000)
    times = [at_ms for _, _, at_ms in played.lights.signals]
    assert times == sorted(times)


def test_after_an_early_fault_green_lasts_two_seconds_of_frames_and_no_longer(
    stage: "Stage", mint: "Mint"
) -> None:
    """The lamps' time goes on from the fault; it does not wait for the frames to catch up."""
    missing = stage.film(cannot_open=True)
    film = stage.film([*held(mint.valid, frames=1), *nobody(20)], frame_ms=100)
    played = stage.play(missing, film, once=False)
    assert played.told == [(0, "camera_lost"), (0, "admitted")]
    assert played.lights.patterns[-3:] == [Pattern.ACCEPT, Pattern.READY, Pattern.DARK]


def test_everything_answered_is_counted(stage: "Stage", mint: "Mint", expired: bytes) -> None:
    played = stage.play(
        stage.film([*held(mint.valid, frames=2), *held(expired, frames=2)]), misdeeds={0: "dies"}
    )
    counted = {
        (verdict.value, reason.value): count
        for (verdict, reason), count in played.answers.tally.counts.items()
    }
    assert counted == {
        ("fault", "reader_lost"): 1,
        ("admit", "admitted"): 1,
        ("refuse", "expired"): 1,
    }


def test_a_daemon_leaves_the_pace_to_a_reader_that_never_starts(stage: "Stage") -> None:
    """Whoever is replaced waits longer each time; whoever is only started does not."""
    film = stage.film(nobody(3), paced=True, then="waits")
    played = stage.play(film, once=False, failing_starts=8)
    assert played.reader.replaced == 8
    assert played.states[-2:] == ["ready", "stopping"]


def test_a_camera_that_opens_and_shows_nothing_is_not_ready(stage: "Stage") -> None:
    played = stage.play(stage.film([], paced=True, then="waits"), once=False)
    assert "ready" not in played.states
