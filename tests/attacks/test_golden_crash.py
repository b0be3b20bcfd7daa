"""A million revoked ids are all refused, a million others none, however the door was cut short.

A feed is brought to a real acceptance, which is killed; then the door starts anew, opens what it
finds with its own code, and its judge is asked. A small list is killed at every step on the way,
one of a million ids at several.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

from scanner.door.opened import open_generation
from scanner.gate.judge import Belief, weigh
from scanner.passes import Genuine, verify
from scanner.rules.conditions import GENUINE_ONLY
from scanner.store.places import Places
from scanner.sync.accept.acceptance import accept
from scanner.sync.accept.outcome import Result
from scanner.terms import Moment, Reason
from scanner.trust import Keyring
from scanner.trust.ids import hashed
from tests.store.faults import struck
from tests.sync.house import DAY, NOON, QUARTER, House

# Long, and what it goes through is measured by the tests of the rooms.
pytestmark = pytest.mark.no_cover

if TYPE_CHECKING:
    from tests.conftest import Mint

EACH: Final = 1_000_000
FEW: Final = 400
# As many come as go.
CHANGED: Final = {EACH: 10_000, FEW: 100}
KILLS_OF_A_MILLION: Final = 6
# At this hour overlays are joined with their tables.
NIGHT: Final = NOON.replace(hour=3) + DAY


def _text(number: int) -> str:
    """Even numbers are revoked in the end, odd ones are not."""
    return f"own:golden:{number}"


@dataclass(frozen=True)
class Golden:
    """The ids of each revoked in the end, and of as many others."""

    each: int
    ids: "np.ndarray[tuple[int], np.dtype[np.uint64]]"

    @classmethod
    def of(cls, each: int) -> "Golden":
        texts = map(_text, range(2 * each))
        return cls(each, np.fromiter(map(hashed, texts), np.uint64, 2 * each))

    @property
    def coming(self) -> range:
        """The numbers that the change adds."""
        return range(0, 2 * CHANGED[self.each], 2)

    @property
    def going(self) -> range:
        """The numbers that the change takes away again."""
        return range(1, 2 * CHANGED[self.each], 2)

    def first(self) -> list[int]:
        """The list before the change."""
        numbers = [*range(2 * CHANGED[self.each], 2 * self.each, 2), *self.going]
        return self.at(numbers)

    def at(self, numbers: Iterable[int]) -> list[int]:
        return [int(self.ids[number]) for number in numbers]


class Turnstile:
    """A judge, and one genuine pass that carries whichever id is asked for."""

    def __init__(self, mint: "Mint") -> None:
        expires = int((NOON + 20 * DAY).timestamp())
        raw = mint.strike(mint.claims(exp=expires))
        found = verify(raw, keyring=mint.keyring)
        self._number = 0
        verified = replace(found.verified, list_ids=lambda: (_text(self._number),))
        self._genuine: Genuine = replace(found, verified=verified)
        self._certificate = mint.issuer.certificate_der

    @property
    def certificate(self) -> bytes:
        """What the feed has to name as a key."""
        return self._certificate

    def refuses(self, number: int, *, belief: Belief) -> bool:
        """Judge the holder of an id; nothing but admission or revocation may come of it."""
        self._number = number
        moment = Moment(NOON, trusted=True)
        reason = weigh([self._genuine], belief=belief, moment=moment).decision.reason
        assert reason in {Reason.ADMITTED, Reason.REVOKED}, reason
        return reason is Reason.REVOKED


@contextmanager
def started(state: Path) -> Iterator[Belief]:
    """Start a door on a folder: what it believes, opened as it opens it."""
    opened = open_generation(Places.at(state).current)
    try:
        yield Belief(Keyring.of(opened.keys), opened.revoked, (GENUINE_ONLY,))
    finally:
        opened.close()


@pytest.fixture(scope="module")
def turnstile(mint: "Mint") -> Turnstile:
    return Turnstile(mint)


def _first_feed(house: House, *, golden: Golden, turnstile: Turnstile) -> None:
    house.trust(at_der=turnstile.certificate)
    house.release(revoke=golden.first())


def _change(house: House, *, golden: Golden) -> None:
    house.release(revoke=golden.at(golden.coming), reinstate=golden.at(golden.going))


def _take(state: Path, now: Moment) -> str:
    outcome = accept(Places.at(state), now=now)
    return f"{outcome.result.value}: {outcome.detail}"


# --- a small list, killed at every step --------------------------------------------------


@dataclass(frozen=True)
class Offered:
    """A door with an offer in its inbox; `before` are the numbers that it refuses until then."""

    door: Path
    now: Moment
    before: frozenset[int] | None
    after: frozenset[int]

    @classmethod
    def of(cls, house: House, *, golden: Golden) -> "Offered":
        house.deliver()
        first = {*range(2 * CHANGED[golden.each], 2 * golden.each, 2), *golden.going}
        before = None if house.current() is None else frozenset(first)
        return cls(
            house.door,
            Moment(house.now, trusted=True),
            before,
            frozenset(range(0, 2 * golden.each, 2)),
        )


def _base_and_delta(house: House, golden: Golden) -> None:
    """Nothing is believed yet."""
    house.now += QUARTER
    _change(house, golden=golden)


def _delta(house: House, golden: Golden) -> None:
    assert house.bring().result is Result.ACCEPTED
    house.now += QUARTER
    _change(house, golden=golden)


def _joined_delta(house: House, golden: Golden) -> None:
    """The door misses two releases; the days are joined meanwhile."""
    assert house.bring().result is Result.ACCEPTED
    coming, going = golden.at(golden.coming), golden.at(golden.going)
    house.now += QUARTER
    house.release(revoke=coming[:50], reinstate=going[50:])
    house.now += 2 * DAY
    house.release(revoke=coming[50:], reinstate=going[:50])


def _new_base(house: House, golden: Golden) -> None:
    """A month later there is another base; what left must be proven to have been withdrawn."""
    assert house.bring().result is Result.ACCEPTED
    house.now += 31 * DAY
    _change(house, golden=golden)
    base = house.manifest().lists["main"].base
    assert base.seq == house.manifest().lists["main"].seq


# Killed at every step of a first acceptance and of an everyday one; at every third of others.
WAYS: Final[dict[str, tuple[Callable[[House, Golden], None], int]]] = {
    "base and delta": (_base_and_delta, 1),
    "a delta": (_delta, 1),
    "joined deltas": (_joined_delta, 3),
    "a new base": (_new_base, 3),
}


def _refused(state: Path, *, turnstile: Turnstile, golden: Golden) -> frozenset[int]:
    with started(state) as belief:
        everybody = range(2 * golden.each)
        return frozenset(n for n in everybody if turnstile.refuses(n, belief=belief))


@pytest.mark.long
@pytest.mark.parametrize("way", WAYS)
def test_killed_at_any_step_a_door_refuses_all_that_it_did_or_all_that_it_should(
    way: str, turnstile: Turnstile, tmp_path: Path
) -> None:
    house, golden = House(tmp_path / "house"), Golden.of(FEW)
    _first_feed(house, golden=golden, turnstile=turnstile)
    publish, every = WAYS[way]
    publish(house, golden)
    offered = Offered.of(house, golden=golden)
    state, found = tmp_path / "door", set()

    def again() -> None:
        shutil.rmtree(state, ignore_errors=True)
        shutil.copytree(offered.door, state, symlinks=True)

    def believed() -> frozenset[int] | None:
        if not (state / "current").is_symlink():
            return None
        return _refused(state, turnstile=turnstile, golden=golden)

    again()
    # In this process, so that a fork loads no module on the way any more.
    assert _take(state, offered.now).startswith("accepted")
    assert believed() == offered.after
    again()
    steps = struck(lambda: _take(state, offered.now)).steps
    assert steps > 60
    for step in (*range(1, steps, every), steps):
        again()
        assert struck(lambda: _take(state, offered.now), at=step).killed, step
        now_in_force = believed()
        assert now_in_force in (offered.before, offered.after), step
        found.add(now_in_force)
        if step % 5 == 0 or step == steps:
            # The next start finds the same offer, whatever was left behind.
            assert _take(state, offered.now).startswith(("accepted", "unchanged")), step
    assert found == {offered.before, offered.after}
    assert believed() == offered.after


# --- a million, killed at several --------------------------------------------------------


@pytest.mark.long
def test_of_a_million_all_are_refused_and_of_a_million_others_none_after_kills_and_restarts(
    turnstile: Turnstile, tmp_path: Path
) -> None:
    house, golden = House(tmp_path / "house"), Golden.of(EACH)
    _first_feed(house, golden=golden, turnstile=turnstile)
    _killed_on_the_way(house)
    assert house.accept().result is Result.ACCEPTED
    house.now += QUARTER
    # Coming and going in two changes; the second is killed over the overlay of the first.
    coming, going = golden.at(golden.coming), golden.at(golden.going)
    house.release(revoke=coming[::2], reinstate=going[1::2])
    assert house.bring().result is Result.ACCEPTED
    house.now += QUARTER
    house.release(revoke=coming[1::2], reinstate=going[::2])
    _killed_on_the_way(house)
    assert house.accept().result is Result.ACCEPTED
    assert house.generation().lists["main"].adds is not None
    _all_and_none(house, golden=golden, turnstile=turnstile, every=7)
    house.now = NIGHT
    house.renew()
    _killed_on_the_way(house)
    assert house.accept().result is Result.ACCEPTED
    assert house.generation().lists["main"].adds is None
    _all_and_none(house, golden=golden, turnstile=turnstile, every=1)


def _killed_on_the_way(house: House) -> None:
    """Kill the acceptance of what is published, from early to just before its end."""
    house.deliver()
    now, before = Moment(house.now, trusted=True), house.current()
    # Its steps are counted in a run that ends by itself, on a copy.
    state = house.door.with_name("counted")
    shutil.copytree(house.door, state, symlinks=True)
    steps = struck(lambda: _take(state, now)).steps
    shutil.rmtree(state)
    assert steps > 60
    for number in range(1, KILLS_OF_A_MILLION + 1):
        step = steps * number // (KILLS_OF_A_MILLION + 1)
        assert struck(lambda: _take(house.door, now), at=step).killed
        if house.current() == before is None:
            continue
        with started(house.door) as belief:
            assert len(belief.revoked) == EACH


def _all_and_none(house: House, *, golden: Golden, turnstile: Turnstile, every: int) -> None:
    numbers = (*range(0, 2 * golden.each, 2 * every), *range(1, 2 * golden.each, 2 * every))
    with started(house.door) as belief:
        assert len(belief.revoked) == golden.each
        wrong = [
            number
            for number in numbers
            if turnstile.refuses(number, belief=belief) is (number % 2 == 1)
        ]
    assert wrong == []
