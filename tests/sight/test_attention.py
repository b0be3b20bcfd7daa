"""Which frames are read."""

from scanner.sight.attention import MOVED_CELLS, Attention, Effort

STILL = 0


def _efforts(times_ms: range, *, moved_at_ms: int | None = None) -> dict[int, Effort]:
    attention = Attention()
    return {
        at_ms: attention.effort(at_ms, changed_cells=MOVED_CELLS if at_ms == moved_at_ms else STILL)
        for at_ms in times_ms
    }


def test_the_first_frame_is_read() -> None:
    assert Attention().effort(0, changed_cells=STILL) is Effort.GLANCE


def test_a_still_picture_is_read_once_a_second() -> None:
    efforts = _efforts(range(0, 3_001, 100))
    assert [at_ms for at_ms, effort in efforts.items() if effort is not Effort.SKIP] == [
        0,
        1_000,
        2_000,
        3_000,
    ]


def test_every_frame_is_read_with_a_rescue_for_three_seconds_after_motion() -> None:
    efforts = _efforts(range(0, 6_001, 100), moved_at_ms=1_500)
    keen = [at_ms for at_ms, effort in efforts.items() if effort is Effort.RESCUE]
    assert keen == list(range(1_500, 4_501, 100))


def test_the_second_of_rest_begins_with_the_last_reading() -> None:
    efforts = _efforts(range(0, 6_001, 100), moved_at_ms=1_500)
    assert efforts[5_400] is Effort.SKIP
    assert efforts[5_500] is Effort.GLANCE


def test_a_few_noisy_cells_are_no_motion() -> None:
    attention = Attention()
    attention.effort(0, changed_cells=STILL)
    assert attention.effort(67, changed_cells=MOVED_CELLS - 1) is Effort.SKIP


def test_a_code_in_view_keeps_the_door_keen_without_motion() -> None:
    attention = Attention()
    attention.effort(0, changed_cells=STILL)
    attention.stay_keen(0)
    assert attention.effort(67, changed_cells=STILL) is Effort.RESCUE
