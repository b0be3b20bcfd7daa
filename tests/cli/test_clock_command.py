"""`clock`: what time the door believes, and why; and a person's word, taken or refused."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from scanner.cli import clock as clock_module
from scanner.door.timekeeper import MARK, read_mark
from scanner.gate.timekeeping import RELEASED, Evidence, Source, floor_of
from scanner.store import Lock
from tests.door.generations import Generations

if TYPE_CHECKING:
    from tests.cli.conftest import Command, FakeDoor

NOON: Final = datetime(2027, 3, 1, 12, tzinfo=UTC)
TOLD: Final = {
    "trusted": False,
    "source": "none",
    "why": "nobody has set the machine's clock since it was switched on",
    "floor": "2027-02-28T12:00:00+00:00",
}


class FakeMachine:
    """A machine at noon; who vouches for it is the test's."""

    def __init__(self, by: Source | None = None, wall: datetime = NOON) -> None:
        self.evidence = Evidence(wall, "this", 100.0, by)

    def look(self) -> Evidence:
        return self.evidence

    def boottime_s(self) -> float:
        return self.evidence.boottime_s


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> FakeMachine:
    found = FakeMachine()
    monkeypatch.setattr(clock_module, "Machine", lambda: found)
    return found


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    folder.mkdir()
    return folder


def test_a_running_door_tells_what_it_believes(
    door_scanner: "Command", fake_door: "FakeDoor", ready: dict[str, Any], machine: FakeMachine
) -> None:
    machine.evidence = Evidence(NOON, "this", 100.0, Source.CHRONY)
    fake_door.tell({**ready, "clock": TOLD, "updated": "2027-02-28T12:10:00.000+00:00"})
    done = door_scanner("clock", "--state", fake_door.state)
    assert done.out.splitlines() == [
        "machine    2027-03-01 12:00:00 UTC",
        "believed   2027-02-28 12:10:00 UTC",
        "trusted    NO: nobody has set the machine's clock since it was switched on",
        "kept by    chrony",
        "floor      2027-02-28 12:00:00 UTC",
        "mark       none, or not readable",
        "           -> Is the machine's time right? Then: door-scanner clock confirm",
    ]
    assert done.code == 1


def test_a_script_gets_one_object(
    door_scanner: "Command", fake_door: "FakeDoor", ready: dict[str, Any], machine: FakeMachine
) -> None:
    del machine
    fake_door.tell({**ready, "clock": {**TOLD, "trusted": True, "source": "rtc", "why": None}})
    done = door_scanner("clock", "--json", "--state", fake_door.state)
    (told,) = done.objects
    assert done.code == 0
    assert (told["running"], told["trusted"], told["source"]) == (True, True, "rtc")
    assert list(told) == [
        "running", "machine", "believed", "trusted", "source", "why", "floor", "synchronised_by",
        "mark",
    ]  # fmt: skip


def test_without_a_running_door_its_folder_is_weighed(
    door_scanner: "Command", state: Path, machine: FakeMachine
) -> None:
    soon = RELEASED + timedelta(hours=12)
    machine.evidence = Evidence(soon, "this", 100.0, Source.TIMESYNCD)
    (told,) = door_scanner("clock", "--json", "--state", state).objects
    assert (told["running"], told["trusted"], told["source"]) == (False, True, "timesyncd")
    assert told["believed"] == soon.isoformat()


def test_the_generation_in_force_is_the_floor(
    door_scanner: "Command", state: Path, machine: FakeMachine
) -> None:
    del machine
    generations = Generations(state)
    issued = NOON - timedelta(hours=1)
    generations.make(1, issued=issued)
    generations.put_in_force(1)
    (told,) = door_scanner("clock", "--json", "--state", state).objects
    assert told["floor"] == told["believed"] == floor_of(issued).isoformat()


def test_where_there_is_no_door_at_all_there_is_one_line(
    door_scanner: "Command", tmp_path: Path, machine: FakeMachine
) -> None:
    del machine
    for command in (["clock"], ["clock", "confirm"]):
        done = door_scanner(*command, "--state", tmp_path / "nowhere")
        assert (done.code, done.out, done.err.count("\n")) == (3, "", 1)


# --- confirm -----------------------------------------------------------------------------


def test_a_running_door_is_told(
    door_scanner: "Command", fake_door: "FakeDoor", machine: FakeMachine
) -> None:
    del machine
    fake_door.answers = lambda _: {"clock": {**TOLD, "trusted": True}}
    fake_door.listen()
    done = door_scanner("clock", "confirm", "--state", fake_door.state)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("The door believes its machine's clock: ")
    assert fake_door.questions == [{"clock": "confirm"}]
    assert not (fake_door.state / MARK).exists()


def test_a_running_door_is_told_that_its_feed_is_wrong(
    door_scanner: "Command", fake_door: "FakeDoor", machine: FakeMachine
) -> None:
    del machine
    fake_door.answers = lambda _: {"clock": {**TOLD, "trusted": True}}
    fake_door.listen()
    done = door_scanner("clock", "confirm", "--below-the-feed", "--state", fake_door.state)
    assert (done.code, done.err) == (0, "")
    assert fake_door.questions == [{"clock": "confirm", "below_the_feed": True}]


def test_a_feed_that_says_it_is_later_is_denied_by_its_own_word_alone(
    door_scanner: "Command", state: Path, machine: FakeMachine
) -> None:
    generations = Generations(state)
    generations.make(1, issued=NOON + timedelta(days=400))
    generations.put_in_force(1)
    done = door_scanner("clock", "confirm", "--state", state)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert "sudo door-scanner clock confirm --below-the-feed" in done.err
    assert door_scanner("clock", "confirm", "--below-the-feed", "--state", state).code == 0
    (told,) = door_scanner("clock", "--json", "--state", state).objects
    assert (told["trusted"], told["believed"]) == (True, machine.evidence.wall.isoformat())
    assert told["floor"] == RELEASED.isoformat()


REFUSED: Final = {
    "it cannot be": ("it is later than that; set it first", 2, "it is later than that"),
    "not by you": ("not permitted", 4, "only root may say what time it is: sudo door-scanner"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_door_that_refuses_says_why(
    case: str, door_scanner: "Command", fake_door: "FakeDoor", machine: FakeMachine
) -> None:
    del machine
    why, code, words = REFUSED[case]
    fake_door.answers = lambda _: {"refused": why}
    fake_door.listen()
    done = door_scanner("clock", "confirm", "--state", fake_door.state)
    assert (done.code, done.out, done.err.count("\n")) == (code, "", 1)
    assert words in done.err


def test_a_door_of_another_version_is_one_line(
    door_scanner: "Command", fake_door: "FakeDoor", machine: FakeMachine
) -> None:
    del machine
    fake_door.answers = lambda _: {"entries": []}
    fake_door.listen()
    done = door_scanner("clock", "confirm", "--state", fake_door.state)
    assert (done.code, done.out) == (3, "")
    assert "of another version" in done.err


def test_without_a_running_door_the_mark_is_written(
    door_scanner: "Command", state: Path, machine: FakeMachine
) -> None:
    assert door_scanner("clock", "--state", state).code == 1
    done = door_scanner("clock", "--state", state, "confirm")
    assert done.code == 0
    mark, _ = read_mark(state / MARK)
    assert mark is not None
    assert (mark.wall, mark.source) == (machine.evidence.wall, Source.PERSON)
    assert door_scanner("clock", "--state", state).code == 0


def test_a_clock_below_the_floor_is_not_confirmed(
    door_scanner: "Command", state: Path, machine: FakeMachine
) -> None:
    machine.evidence = Evidence(datetime(1970, 1, 1, tzinfo=UTC), "this", 5.0)
    done = door_scanner("clock", "confirm", "--state", state)
    assert (done.code, done.out) == (2, "")
    assert "set it first: sudo timedatectl set-time" in done.err
    assert not (state / MARK).exists()


def test_a_folder_that_a_silent_door_holds_is_left_alone(
    door_scanner: "Command", state: Path, machine: FakeMachine
) -> None:
    del machine
    lock = Lock(state)
    assert lock.take()
    try:
        done = door_scanner("clock", "confirm", "--state", state)
    finally:
        lock.give_back()
    assert (done.code, done.out) == (3, "")
    assert "does not answer" in done.err
    assert not (state / MARK).exists()
