"""From any state, the way to the present one that costs least bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.trust.manifest import Delta
from scanner.trust.refusal import FeedRefused
from scanner.trust.route import Route, route
from tests.trust.manifests import delta, entry

STEPS = tuple(delta(n, n + 1) for n in range(10))


def hops(way: Route) -> list[tuple[int, int]]:
    return [(one.start, one.end) for one in way.deltas]


def test_a_door_that_has_the_present_state_needs_nothing() -> None:
    way = route(entry(*STEPS, seq=10), have=10)
    assert (way.base, way.deltas, way.blobs, way.size) == (None, (), (), 0)


def test_a_door_goes_on_step_by_step() -> None:
    assert hops(route(entry(*STEPS, seq=10), have=7)) == [(7, 8), (8, 9), (9, 10)]


def test_a_joined_delta_serves_any_state_within_it() -> None:
    joined = delta(0, 9, adds=150)
    assert hops(route(entry(*STEPS, joined, seq=10), have=4)) == [(0, 9), (9, 10)]


def test_steps_are_taken_where_they_are_cheaper() -> None:
    joined = delta(0, 10, adds=500)
    assert hops(route(entry(*STEPS, joined, seq=10), have=8)) == [(8, 9), (9, 10)]


def test_a_door_without_the_list_begins_at_the_base() -> None:
    way = route(entry(*STEPS, seq=10, base_seq=8), have=None)
    assert way.base is not None
    assert hops(way) == [(8, 9), (9, 10)]
    assert way.size == 10_000 + 200


def test_a_door_too_far_behind_begins_at_the_base() -> None:
    way = route(entry(*STEPS[5:], seq=10, base_seq=9), have=2)
    assert way.base is not None


def test_a_new_base_is_taken_where_it_costs_less_than_the_way_on() -> None:
    way = route(entry(*STEPS, seq=10, base_seq=10, base_size=50), have=2)
    assert way.base is not None
    assert not way.deltas


def test_a_door_ahead_of_the_feed_begins_at_the_base() -> None:
    assert route(entry(*STEPS, seq=10), have=11).base is not None


def test_blobs_that_serve_twice_are_fetched_once() -> None:
    twice = Delta(0, 1, adds=STEPS[0].adds, removes=(STEPS[0].blobs[0],))
    assert route(entry(twice, seq=1), have=0).size == 100


def test_a_list_that_nothing_leads_to_is_refused() -> None:
    with pytest.raises(FeedRefused):
        route(entry(STEPS[0], seq=10), have=None)


@given(
    st.lists(st.tuples(st.integers(0, 8), st.integers(1, 9), st.integers(1, 500)), max_size=20),
    st.integers(0, 9),
)
def test_no_way_is_cheaper(edges: list[tuple[int, int, int]], have: int) -> None:
    deltas = [
        delta(start, max(end, start + 1), adds=cost + n)
        for n, (start, end, cost) in enumerate(edges)
    ]
    found = route(entry(*deltas, seq=9, base_seq=9), have=have)
    cheapest = {9: 0}
    for state in range(8, -1, -1):
        ways = [
            one.blobs[0].size + cheapest[one.end]
            for one in deltas
            if one.start <= state < one.end and one.end in cheapest
        ]
        if ways:
            cheapest[state] = min(ways)
    assert found.size == min(10_000, cheapest.get(have, 10_000))
