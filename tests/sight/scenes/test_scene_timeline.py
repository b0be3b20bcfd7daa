"""The timeline says when a code is wholly in view, and the door's rules can rely on it."""

from itertools import pairwise

import pytest

from scanner.sight.scenes.script import Guest, Script
from scanner.sight.scenes.timeline import Visit, timeline

FORGET_S = 1.0  # after which the door forgets a code
ONE, TWO = (b"HC1:ONE",), (b"HC1:ONE", b"HC1:TWO")


def scripts() -> list[Script]:
    guests = (
        Guest(name="one", payloads=ONE),
        Guest(name="twice", payloads=ONE, showings=2),
        Guest(name="two", payloads=TWO),
    )
    sizes = ((1280, 720), (640, 480))
    return [
        Script(guests=guests, seed=seed, fps=fps, width=width, height=height)
        for seed in range(12)
        for fps in (5, 15, 30)
        for width, height in sizes
    ]


def inside(script: Script, *, visit: Visit, frame: int) -> bool:
    """Project the corners anew: are all of them in the picture?"""
    elapsed_s = (frame - visit.arrives) / script.fps
    points = [point for walk in visit.walks for point in walk.at(elapsed_s).corners()]
    return all(0 <= x < script.width and 0 <= y < script.height for x, y in points)


def test_a_code_is_whole_from_its_frame_until_the_guest_leaves_and_not_before() -> None:
    for script in scripts():
        for visit in timeline(script).visits:
            assert visit.arrives < visit.whole < visit.leaves < visit.gone
            before = range(visit.arrives, visit.whole)
            assert not any(inside(script, visit=visit, frame=frame) for frame in before)
            held = range(visit.whole, visit.leaves)
            assert all(inside(script, visit=visit, frame=frame) for frame in held)


def test_guests_are_apart_by_more_than_the_door_needs_to_forget() -> None:
    for script in scripts():
        visits = timeline(script).visits
        for left, came in pairwise(visits):
            last = max(
                frame
                for frame in range(left.leaves - 1, left.gone)
                if inside(script, visit=left, frame=frame)
            )
            assert (came.whole - last) / script.fps > FORGET_S + 0.3


def test_a_second_showing_comes_within_five_seconds_of_the_first() -> None:
    for script in scripts():
        first, again = (visit for visit in timeline(script).visits if visit.guest == 1)
        assert (again.whole - first.whole) / script.fps < 4.5
        assert (first.showing, again.showing) == (0, 1)


def test_two_codes_are_of_similar_size_and_apart() -> None:
    for script in scripts():
        visit = timeline(script).visits[-1]
        left, right = (
            walk.at((visit.leaves - visit.arrives - 1) / script.fps).corners()
            for walk in visit.walks
        )
        assert max(x for x, _ in left) < min(x for x, _ in right)
        assert visit.walks[0].rest.side == visit.walks[1].rest.side


def test_an_empty_hall_comes_first_and_last() -> None:
    script = scripts()[0]
    played = timeline(script)
    assert played.visits[0].arrives == script.fps
    assert played.frames > played.visits[-1].gone


@pytest.mark.parametrize("fps", [1, 2, 60])
def test_every_frame_rate_sees_each_guest_whole(fps: int) -> None:
    script = Script(guests=(Guest(name="one", payloads=ONE),), fps=fps)
    (visit,) = timeline(script).visits
    assert visit.whole < visit.gone
