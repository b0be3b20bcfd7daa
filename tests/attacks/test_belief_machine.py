"""Any order of honest news, old copies, mixtures, damage, theft and kills: belief goes forward.

What a door believes is always, whole, what its operator published at some time, and never an
earlier state than before. What was revoked and not withdrawn stays revoked. What is refused, or
killed before its end, leaves belief bit for bit as it was; and the true feed is accepted next.
"""

import shutil
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from scanner.sync.accept.outcome import Outcome, Result
from tests.store.faults import struck
from tests.sync.house import DAY, QUARTER, House, some_ids
from tests.sync.thief import Thief

# Long, and what it goes through is measured by the tests of the rooms.
pytestmark = [pytest.mark.no_cover, pytest.mark.long]

EXAMPLES, STEPS = 20, 50
IDS: Final = some_ids(24, seed=23)
LINES: Final = ("kid:2Rk3X8HntrI=", "kid:AAAAAAAAAAA=", "kid:AAECAwQFBgc=")
KEYS: Final = ("one.txt", "two.txt", "three.txt")
ONLINE: Final = ("revoked", "snapshot", "timestamp")
MOST_COPIES: Final = 4
ROLES: Final = ("timestamp", "snapshot", "targets", "trust", "rules", "revoked")

some: Final = st.sets(st.integers(0, len(IDS) - 1), min_size=1, max_size=4)


@dataclass(frozen=True)
class State:
    """What is published, or believed: ids by number, lines, and the files of trust."""

    ids: frozenset[int] = frozenset()
    lines: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()


class Door(RuleBasedStateMachine):
    """An operator, a door, and everything that may lie between them."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.house = House(self.folder / "house")
        self.true = self.house.public
        self.published = [State()]
        self.copies: list[Path] = []
        self.at = -1
        self.withdrawn: set[int] = set()
        self.is_rotated = False

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    # --- the operator

    @property
    def now(self) -> State:
        return self.published[-1]

    @initialize()
    def begins(self) -> None:
        self.house.trust(one_txt=b"one.txt")
        self.published.append(State(keys=frozenset(KEYS[:1])))
        self.revokes({0, 1, 2})
        self.honest_news_are_accepted()

    @rule(ids=some)
    def revokes(self, ids: set[int]) -> None:
        fresh = ids - self.now.ids
        self.house.release(revoke=[IDS[one] for one in fresh])
        self._published(ids=self.now.ids | fresh)

    @rule(ids=some)
    def withdraws(self, ids: set[int]) -> None:
        gone = ids & self.now.ids
        self.house.release(reinstate=[IDS[one] for one in gone])
        self.withdrawn |= gone
        self._published(ids=self.now.ids - gone)

    @rule(line=st.sampled_from(LINES))
    def changes_a_line(self, line: str) -> None:
        stands = line in self.now.lines
        self.house.release(lines=() if stands else [line], without=[line] if stands else ())
        self._published(lines=self.now.lines ^ {line})

    @rule(name=st.sampled_from(KEYS))
    def changes_a_key(self, name: str) -> None:
        content = b"" if name in self.now.keys else name.encode()
        self.house.trust(**{name.replace(".", "_"): content})
        self._published(keys=self.now.keys ^ {name})

    @rule()
    def renews(self) -> None:
        self.house.renew()
        self._published()

    @rule(name=st.sampled_from((*ONLINE, "curator", "root-1", "root-3")))
    def rotates(self, name: str) -> None:
        self.house.rotate(name)
        self.is_rotated |= name in ONLINE
        self._published()

    def _published(
        self,
        *,
        ids: frozenset[int] | None = None,
        lines: frozenset[str] | None = None,
        keys: frozenset[str] | None = None,
    ) -> None:
        now = self.now
        self.published.append(
            State(
                now.ids if ids is None else ids,
                now.lines if lines is None else lines,
                now.keys if keys is None else keys,
            )
        )
        # The publisher's clock never stands between two releases.
        self.house.now += timedelta(minutes=1)

    @rule(days=st.sampled_from((0.02, 0.5, 1, 3)))
    def time_passes(self, days: float) -> None:
        self.house.now += DAY * days

    # --- the way

    @rule()
    def somebody_keeps_a_copy(self) -> None:
        if len(self.copies) < MOST_COPIES:
            copy = self.folder / f"copy-{len(self.copies)}"
            shutil.copytree(self.true, copy)
            self.copies.append(copy)

    @rule()
    def honest_news_are_accepted(self) -> None:
        self.house.renew()
        self._published()
        self.house.deliver()
        outcome = self._tried()
        assert outcome.result is Result.ACCEPTED, outcome.detail
        assert self._believed() == self.now
        self.is_rotated = False

    @precondition(lambda self: self.copies)
    @rule(number=st.integers(0, MOST_COPIES - 1))
    def an_old_copy_comes(self, number: int) -> None:
        self._deliver(self.copies[number % len(self.copies)])
        self._tried()

    @precondition(lambda self: self.copies)
    @rule(number=st.integers(0, MOST_COPIES - 1), role=st.sampled_from(ROLES))
    def old_and_new_are_mixed(self, number: int, role: str) -> None:
        self._deliver(self.copies[number % len(self.copies)])
        path = self.house.places.inbox / f"metadata/{role}.json"
        old = path.read_bytes()
        self._deliver(self.true)
        path.write_bytes(old)
        self._tried()

    @rule(
        role=st.sampled_from((*ROLES, "targets", "parts")),
        at=st.floats(0, 1, exclude_max=True),
        bit=st.integers(0, 7),
        cut=st.booleans(),
    )
    def something_is_damaged(self, role: str, at: float, bit: int, *, cut: bool) -> None:
        self._deliver(self.true)
        inbox = self.house.places.inbox
        folder = inbox / role
        paths = sorted(folder.iterdir()) if role in {"targets", "parts"} else []
        for path in paths or [inbox / f"metadata/{role}.json"]:
            if not path.is_file():
                continue
            content = bytearray(path.read_bytes())
            place = int(at * len(content))
            content[place] ^= 1 << bit
            path.write_bytes(content[:place] if cut else content)
        self._tried()

    @rule(step=st.integers(1, 250))
    def the_door_is_killed_while_it_accepts(self, step: int) -> None:
        self._deliver(self.true)
        struck(lambda: self.house.accept().result.value, at=step)
        self._look()

    # A thief with the keys that doors do not know yet is the operator to them.
    @precondition(lambda self: not self.is_rotated and self._stolen())
    @rule(how=st.sampled_from(("base", "empty", "list", "key", "rule")))
    def a_thief_with_the_online_keys_comes(self, how: str) -> None:
        thief = Thief(self.house)
        self._deliver(self.true)
        believed = self._believed()
        stays = [IDS[one] for one in believed.ids - {min(self._stolen())}]
        seq = self.house.manifest().lists["main"].seq + 1
        match how:
            case "base":
                thief.publish(thief.with_list(thief.entry(sorted(stays), seq=seq)))
            case "empty":
                thief.publish(thief.with_list(thief.entry([], seq=seq)))
            case "list":
                thief.publish(thief.with_list(None), typed=b"# nothing\n")
            case _:
                folder = "trust" if how == "key" else "rules"
                thief.publish(files={f"{folder}/evil.txt": b"evil"})
        assert self._tried().result is Result.REFUSED

    def _stolen(self) -> frozenset[int]:
        """Return what is revoked at the door and was never withdrawn."""
        return self._believed().ids - self.withdrawn

    def _deliver(self, public: Path) -> None:
        shutil.rmtree(self.house.places.inbox, ignore_errors=True)
        self.house.public = public
        self.house.deliver()
        self.house.public = self.true

    # --- the door

    def _tried(self) -> Outcome:
        before = self._in_force()
        outcome = self.house.accept()
        if outcome.result is not Result.ACCEPTED:
            assert self._in_force() == before, outcome.detail
        self._look()
        self.house.now += QUARTER
        return outcome

    def _in_force(self) -> dict[str, str]:
        """Return the digests of what is believed; what a kill left beside it goes later."""
        current = str(self.house.current())
        return {
            path: one
            for path, one in self.house.belief().items()
            if one == current or path.startswith(f"{current}/")
        }

    def _believed(self) -> State:
        current, generation = self.house.current(), self.house.generation()
        assert current is not None
        ids: frozenset[int] = frozenset()
        if "main" in generation.lists:
            with self.house.revoked() as has:
                ids = frozenset(number for number, one in enumerate(IDS) if has(one))
        lines = (current / "revoked/typed.txt").read_text().splitlines()
        keys = {path.name: path.read_text() for path in (current / "trust").glob("*")}
        assert all(name == content for name, content in keys.items())
        return State(ids, frozenset(lines) & {*LINES}, frozenset(keys))

    def _look(self) -> None:
        """Find what is believed among what was published, not before what was believed last."""
        if self.house.current() is None:
            return
        believed = self._believed()
        later = range(max(self.at, 0), len(self.published))
        found = next((n for n in later if self.published[n] == believed), None)
        assert found is not None, "what is believed was not published since what was believed"
        self.at = found

    @invariant()
    def revoked_stays_revoked(self) -> None:
        if self.at >= 0:
            lost = self.published[self.at].ids - self._believed().ids
            assert not lost


Door.TestCase.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    deadline=None,
    # A shorter story of the same failure would take minutes to find.
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
TestBelief = Door.TestCase
