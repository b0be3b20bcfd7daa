"""What the door believes while generations come, go and break: nothing is missed, nothing half."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from scanner.door.believing import Believing
from scanner.door.furnish import lists_at
from scanner.door.rulesets import SHIPPED
from scanner.gate import Belief, Rung, judge
from scanner.terms import Reason
from scanner.trust import Keyring, RevocationList, read_revocations
from tests.door.generations import ISSUED, Generations

if TYPE_CHECKING:
    from tests.conftest import Mint

CONCERT: Final = json.loads((SHIPPED / "example-concert.json").read_bytes())
Make = Callable[..., Believing]
MANY_TURNS: Final = 200


@pytest.fixture
def generations(tmp_path: Path) -> Generations:
    return Generations(tmp_path)


@pytest.fixture
def nobody(mint: "Mint") -> Belief:
    """What a door without local files believes."""
    return replace(mint.belief, keyring=Keyring(), revoked=RevocationList())


@pytest.fixture
def make(generations: Generations, nobody: Belief) -> Iterator[Make]:
    made: list[Believing] = []

    def start(local: Belief = nobody) -> Believing:
        made.append(Believing(lists_at(generations.places.state), local=local))
        return made[-1]

    yield start
    for one in made:
        one.close()


def reason(believing: Believing, mint: "Mint", raw: bytes | None = None) -> Reason:
    return judge(raw or mint.valid, belief=believing.belief, moment=mint.now).reason


def turned(believing: Believing, *, from_s: float = 1000.0) -> None:
    """Turn for some seconds: a look, and as many slices as it takes."""
    for turn in range(MANY_TURNS):
        believing.turn(from_s + turn * 0.01)


def ids_of(mint: "Mint") -> tuple[str, ...]:
    verified = judge(mint.valid, belief=mint.belief, moment=mint.now).verified
    assert verified is not None
    return verified.ids


def _descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def _trust(mint: "Mint") -> dict[str, bytes]:
    return {"at.der": mint.issuer.certificate_der}


def test_the_generation_in_force_is_believed_from_the_start(
    make: Make, generations: Generations, mint: "Mint"
) -> None:
    generations.make(1, trust=_trust(mint), revoked=[])
    generations.put_in_force(1)
    believing = make()
    assert reason(believing, mint) is Reason.ADMITTED
    assert believing.issued == ISSUED
    assert (believing.trouble, believing.notes) == ("", ())
    assert {age.name: age.rung(mint.now.wall) for age in believing.belief.ages} == {
        "trust": Rung.FRESH, "revoked": Rung.FRESH,
    }  # fmt: skip


def test_every_id_of_a_pass_is_looked_up_in_the_tables(
    make: Make, generations: Generations, mint: "Mint"
) -> None:
    for number, one in enumerate(ids_of(mint), start=1):
        generations.make(number, trust=_trust(mint), revoked=[one])
        generations.put_in_force(number)
        assert reason(make(), mint) is Reason.REVOKED


def test_local_keys_and_ids_count_beside_those_of_the_feed(
    make: Make, generations: Generations, mint: "Mint", strange_mint: "Mint"
) -> None:
    generations.make(1, trust={"s.der": strange_mint.issuer.certificate_der}, revoked=[])
    generations.put_in_force(1)
    # The other two ids of both passes are those of the same person.
    signature = next(one for one in ids_of(mint) if one.startswith("dcc-signature:"))
    listed = read_revocations(signature.encode())
    believing = make(replace(mint.belief, revoked=listed))
    assert reason(believing, mint) is Reason.REVOKED
    assert reason(believing, mint, strange_mint.valid) is Reason.ADMITTED
    assert len(believing.belief.keyring) == 2


def test_without_feed_and_root_local_files_are_believed_and_do_not_age(
    make: Make, mint: "Mint"
) -> None:
    believing = make(mint.belief)
    turned(believing)
    assert believing.belief == mint.belief
    assert reason(believing, mint) is Reason.ADMITTED


def test_a_door_whose_root_is_pinned_and_that_never_synced_asks(
    make: Make, generations: Generations, mint: "Mint"
) -> None:
    generations.places.pinned_root.write_text("{}")
    assert reason(make(mint.belief), mint) is Reason.LIST_STALE


def test_a_root_that_is_pinned_while_the_door_runs_is_noticed(
    make: Make, generations: Generations, mint: "Mint"
) -> None:
    believing = make(mint.belief)
    generations.places.pinned_root.write_text("{}")
    turned(believing)
    assert reason(believing, mint) is Reason.LIST_STALE


def test_a_new_generation_is_believed_within_a_second_and_the_old_one_is_closed(
    make: Make, generations: Generations, mint: "Mint"
) -> None:
    generations.make(1, trust=_trust(mint), revoked=[])
    generations.put_in_force(1)
    believing = make()
    told: list[Belief] = []
    believing.on_belief = told.append
    turned(believing)
    descriptors = _descriptors()
    for number in range(2, 30):
        revoked = ids_of(mint) if number % 2 == 0 else []
        generations.make(number, trust=_trust(mint), revoked=revoked)
        generations.put_in_force(number)
        turned(believing, from_s=1000.0 + number * 10)
        assert told[-1] is believing.belief
        assert reason(believing, mint) is (Reason.REVOKED if revoked else Reason.ADMITTED)
    assert len(told) == 28
    assert _descriptors() == descriptors


def test_until_all_of_it_is_open_the_old_one_is_believed(
    make: Make, generations: Generations, mint: "Mint"
) -> None:
    generations.make(1, trust=_trust(mint), revoked=[])
    generations.put_in_force(1)
    believing = make()
    believing.turn(1000.0)
    generations.make(2, trust=_trust(mint), revoked=ids_of(mint), typed=b"#\n" * 200_000)
    generations.put_in_force(2)
    seen = [reason(believing, mint)]
    for turn in range(MANY_TURNS):
        believing.turn(1001.0 + turn * 0.01)
        seen.append(reason(believing, mint))
    changes = [now for now, before in zip(seen[1:], seen, strict=False) if now is not before]
    assert changes == [Reason.REVOKED]
    assert seen.count(Reason.ADMITTED) > 2


def test_the_link_is_looked_at_once_a_second(
    make: Make, generations: Generations, mint: "Mint"
) -> None:
    believing = make()
    believing.turn(1000.0)
    generations.make(1, trust=_trust(mint), revoked=[])
    generations.put_in_force(1)
    believing.turn(1000.9)
    assert believing.opened is None
    turned(believing, from_s=1001.0)
    assert believing.opened is not None


def _damage(folder: Path) -> None:
    (folder / "trust" / "at.der").write_bytes(b"damaged")


def test_a_generation_that_comes_damaged_changes_nothing_and_is_tried_again(
    make: Make, generations: Generations, mint: "Mint"
) -> None:
    generations.make(1, trust=_trust(mint), revoked=ids_of(mint))
    generations.put_in_force(1)
    believing = make()
    _damage(generations.make(2, trust=_trust(mint), revoked=[]))
    generations.put_in_force(2)
    turned(believing)
    assert reason(believing, mint) is Reason.REVOKED
    assert "trust/at.der: damaged" in believing.trouble
    assert believing.trouble.endswith("generation 1 stays in force")
    generations.make(2, trust=_trust(mint), revoked=[])
    turned(believing, from_s=1030.0)
    assert reason(believing, mint) is Reason.REVOKED
    turned(believing, from_s=1062.0)
    assert reason(believing, mint) is Reason.ADMITTED
    assert believing.trouble == ""


def test_a_door_that_starts_on_a_damaged_generation_takes_the_one_before(
    make: Make, generations: Generations, mint: "Mint"
) -> None:
    generations.make(8, trust=_trust(mint), revoked=[])
    generations.make(9, trust=_trust(mint), revoked=ids_of(mint))
    (generations.places.generations / "10.tmp").mkdir()
    _damage(generations.make(10, trust=_trust(mint), revoked=[]))
    generations.put_in_force(10)
    believing = make()
    assert reason(believing, mint) is Reason.REVOKED
    assert believing.trouble.endswith("; generation 9 is used")


def test_a_door_with_nothing_but_damage_believes_its_local_files(
    make: Make, generations: Generations, mint: "Mint"
) -> None:
    _damage(generations.make(1, trust=_trust(mint)))
    generations.put_in_force(1)
    believing = make(mint.belief)
    assert believing.opened is None
    assert "damaged" in believing.trouble
    assert reason(believing, mint) is Reason.ADMITTED


def test_a_link_that_leads_nowhere_is_trouble_and_no_crash(
    make: Make, generations: Generations
) -> None:
    generations.put_in_force(5)
    believing = make()
    turned(believing)
    assert "No such file" in believing.trouble


def test_a_link_that_vanishes_changes_nothing(
    make: Make, generations: Generations, mint: "Mint"
) -> None:
    generations.make(1, trust=_trust(mint), revoked=[])
    generations.put_in_force(1)
    believing = make()
    generations.places.current.unlink()
    turned(believing)
    assert reason(believing, mint) is Reason.ADMITTED


AGES: Final[dict[str, tuple[timedelta, Reason]]] = {
    "fresh": (timedelta(hours=1), Reason.ADMITTED),
    "ageing": (timedelta(hours=30), Reason.ADMITTED),
    "stale": (timedelta(hours=80), Reason.ADMITTED_MARKED),
    "off for 30 days": (timedelta(days=30), Reason.LIST_STALE),
}


@pytest.mark.parametrize("case", AGES)
def test_lists_age_from_when_their_publisher_vouched_for_them(
    case: str, make: Make, generations: Generations, mint: "Mint"
) -> None:
    age, expected = AGES[case]
    issued: datetime = mint.now.wall - age
    generations.make(1, trust=_trust(mint), revoked=[], issued=issued)
    generations.put_in_force(1)
    assert reason(make(), mint) is expected


def test_what_is_under_way_when_the_door_ends_is_closed(
    make: Make, generations: Generations, mint: "Mint"
) -> None:
    before = _descriptors()
    generations.make(1, trust=_trust(mint), revoked=[])
    generations.put_in_force(1)
    believing = make()
    generations.make(2, trust=_trust(mint), revoked=[], typed=b"#\n" * 200_000)
    generations.put_in_force(2)
    believing.turn(1000.0)
    believing.close()
    assert _descriptors() == before


# --- rule sets of the feed ----------------------------------------------------------------


def a_set(version: str, **changes: object) -> dict[str, bytes]:
    told = {**CONCERT, "name": "gala", "version": version, **changes}
    return {"gala.json": json.dumps(told).encode()}


@pytest.fixture
def with_gala(generations: Generations, nobody: Belief) -> Iterator[Callable[[], Believing]]:
    """A door whose settings name a rule set that comes from its feed."""
    made: list[Believing] = []

    def start() -> Believing:
        lists = lists_at(generations.places.state, rules=["no-infection", "gala"])
        made.append(Believing(lists, local=replace(nobody, gate="north")))
        return made[-1]

    yield start
    for one in made:
        one.close()


def versions(believing: Believing) -> list[str]:
    return [f"{one.name}/{one.version}" for one in believing.belief.rule_sets]


def test_rule_sets_come_with_the_feed_and_are_renewed_by_it(
    generations: Generations, with_gala: Callable[[], Believing]
) -> None:
    generations.make(1, rules=a_set("1"))
    generations.put_in_force(1)
    believing = with_gala()
    assert versions(believing) == ["no-infection/1", "gala/1"]
    generations.make(2, rules=a_set("2"))
    generations.put_in_force(2)
    turned(believing)
    assert versions(believing) == ["no-infection/1", "gala/2"]


BROKEN: Final = {
    "a rule set that cannot be read": {"gala.json": b"{}"},
    "a rule set that is gone": {},
    "a rule set of another name": a_set("2", name="ball"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_feed_whose_rules_cannot_be_used_leaves_those_in_force_and_says_so(
    case: str, generations: Generations, with_gala: Callable[[], Believing], mint: "Mint"
) -> None:
    generations.make(1, rules=a_set("1"))
    generations.put_in_force(1)
    believing = with_gala()
    generations.make(2, rules=BROKEN[case], trust={"at.der": mint.issuer.certificate_der})
    generations.put_in_force(2)
    turned(believing)
    assert versions(believing) == ["no-infection/1", "gala/1"]
    assert len(believing.belief.keyring) == 1
    (note,) = believing.notes
    assert note.startswith("the rules in force stay: ")


def test_a_rule_set_that_was_changed_on_the_card_is_not_believed(
    generations: Generations, with_gala: Callable[[], Believing]
) -> None:
    generations.make(1, rules=a_set("1"))
    generations.put_in_force(1)
    believing = with_gala()
    folder = generations.make(2, rules=a_set("2"))
    changed = a_set("2", once=False)["gala.json"]
    (folder / "rules" / "gala.json").write_bytes(changed)
    generations.put_in_force(2)
    turned(believing)
    assert versions(believing) == ["no-infection/1", "gala/1"]
    assert "rules/gala.json: " in believing.trouble
