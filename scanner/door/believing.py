"""What the door believes, renewed while it runs: local files, and the generation in force.

Whoever accepts a feed moves one link; the door notices within a second, opens what the link
leads to between two frames, and exchanges its belief at once. Promises that nobody is answered
from half a belief; that a generation which is damaged changes nothing (at the start, the one
before it is taken); and that a door without any key says so until keys come.
"""

import contextlib
import os
import time
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from scanner.door.opened import Opened, opening_generation
from scanner.door.plan import Lists
from scanner.door.rulesets import Where, find_all
from scanner.gate import Belief, ListAge
from scanner.gate.judge import REVOKED, TRUST
from scanner.rules import RuleSet
from scanner.terms import InputError
from scanner.trust import Keyring, RevocationList

_LOOK_S: Final = 1.0
_AGAIN_S: Final = 60.0
"""A card that failed once may answer later."""

_SLICE_S: Final = 0.004
"""A frame comes every 67 ms; whoever waits for its answer does not notice this."""


@dataclass(frozen=True, slots=True)
class _Renewed:
    belief: Belief
    opened: Opened


class Believing:
    """An attendant that keeps a belief up to date."""

    def __init__(
        self,
        lists: Lists,
        *,
        local: Belief,
        on_belief: Callable[[Belief], None] = lambda _belief: None,
    ) -> None:
        """Open what is there, all at once; `on_belief` is told of every other belief later."""
        self.on_belief = on_belief
        self.opened: Opened | None = None
        self.trouble = ""
        self._lists = lists
        self._local = local
        self._seen = self._leads_to()
        self._renewing: Generator[None, None, _Renewed] | None = None
        self._look_at_s = self._again_at_s = 0.0
        self._is_long_ahead = False
        self.belief = self._aged(local)
        self._start()

    @property
    def issued(self) -> datetime | None:
        """Return when the publisher vouched last for what is believed."""
        return None if self.opened is None else self.opened.generation.issued

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what could not be used in the generation in force."""
        return () if self.opened is None else self.opened.notes

    def filenos(self) -> Iterable[int]:
        """Wait for nothing."""
        return ()

    def turn(self, now_s: float) -> None:
        """Look where the link leads, once a second; open what is new, a slice at a time."""
        if self._renewing is None and now_s >= self._look_at_s:
            self._look_at_s = now_s + _LOOK_S
            self._look(now_s)
        if self._renewing is not None:
            self._go_on(self._renewing, now_s=now_s)

    def close(self) -> None:
        """Close the tables."""
        self._drop_renewing()
        if self.opened is not None:
            self.opened.close()

    def _look(self, now_s: float) -> None:
        leads_to = self._leads_to()
        retries = bool(self.trouble) and now_s >= self._again_at_s
        if leads_to[0] and (leads_to != self._seen or retries):
            self._renewing = self._renewed(self._lists.places.current)
        elif self._is_fed != bool(self.belief.ages):
            # A root was pinned, or taken away, while the door ran.
            self._believe(self._aged(self.belief))
        self._seen = leads_to if leads_to[0] else self._seen

    def _go_on(self, renewing: Generator[None, None, _Renewed], *, now_s: float) -> None:
        until_s = time.monotonic() + _SLICE_S
        try:
            next(renewing)
            while time.monotonic() < until_s and not self._is_long_ahead:
                next(renewing)
        except StopIteration as ended:
            self._renewing, self.trouble = None, ""
            self._exchange(ended.value)
        except Exception as error:  # noqa: BLE001 - the door goes on with what it believes
            self._renewing = None
            self._again_at_s = now_s + _AGAIN_S
            self.trouble = _words(error)
            if self.opened is not None:
                self.trouble += f"; generation {self.opened.generation.number} stays in force"

    def _start(self) -> None:
        """Open the generation in force, or the one before it."""
        if not self._seen[0]:
            return
        for folder in (self._lists.places.current, *self._others()):
            renewing = self._renewed(folder)
            try:
                while True:
                    next(renewing)
            except StopIteration as ended:
                self._exchange(ended.value)
                if self.trouble:
                    self.trouble += f"; generation {ended.value.opened.generation.number} is used"
                return
            except Exception as error:  # noqa: BLE001 - a door that believes less still starts
                self.trouble = self.trouble or _words(error)

    def _renewed(self, folder: Path) -> Generator[None, None, _Renewed]:
        opened = yield from opening_generation(folder)
        with contextlib.ExitStack() as undo:
            undo.callback(opened.close)
            # The one long slice, 8 us a key: it has a turn of its own.
            self._is_long_ahead = True
            yield
            self._is_long_ahead = False
            local_keyring = self._local.keyring
            keyring = Keyring.of(
                [*local_keyring.keys, *opened.keys],
                anchors=(*local_keyring.anchors, *opened.anchors),
            )
            yield
            local = self._local.revoked
            revoked = RevocationList.joined((local, opened.revoked)) if local else opened.revoked
            yield
            rule_sets = self._rule_sets(opened)
            opened.rules = {}
            belief = replace(self._local, keyring=keyring, revoked=revoked, rule_sets=rule_sets)
            undo.pop_all()
        return _Renewed(belief, opened)

    def _rule_sets(self, opened: Opened) -> tuple[RuleSet, ...]:
        """Return the door's rule sets as this generation has them; a broken one changes none."""
        if not self._lists.rules:
            return self._local.rule_sets
        try:
            where = Where(self._local.country, self._local.gate)
            return find_all(self._lists.rules, feed=opened.rules, where=where)
        except InputError as error:
            opened.notes = (*opened.notes, f"the rules in force stay: {error}")
            return self.belief.rule_sets

    def _exchange(self, renewed: _Renewed) -> None:
        before, self.opened = self.opened, renewed.opened
        self._believe(self._aged(renewed.belief))
        # Nobody asks the old tables any more: judging and exchanging take turns.
        if before is not None:
            before.close()

    def _believe(self, belief: Belief) -> None:
        self.belief = belief
        self.on_belief(belief)

    def _aged(self, belief: Belief) -> Belief:
        """Return a belief with the ages of its lists; local files alone do not age."""
        if not self._is_fed:
            return replace(belief, ages=())
        ages = (
            ListAge(TRUST, self.issued, self._lists.trust),
            ListAge(REVOKED, self.issued, self._lists.revoked),
        )
        return replace(belief, ages=ages)

    @property
    def _is_fed(self) -> bool:
        return self.opened is not None or self.is_pinned

    @property
    def is_pinned(self) -> bool:
        """Say whether a person pinned a root."""
        with contextlib.suppress(OSError):
            return self._lists.places.pinned_root.exists()
        return False

    def _leads_to(self) -> tuple[str, int]:
        """Return where `current` leads, and when it was made to; or nothing."""
        link = self._lists.places.current
        try:
            # Not by pathlib: this is once a second, for ever.
            return os.readlink(link), os.lstat(link).st_ctime_ns  # noqa: PTH115
        except OSError:
            return "", 0

    def _others(self) -> list[Path]:
        """Return the other generations, the newest first."""
        folder = self._lists.places.generations
        try:
            names = [path.name for path in folder.iterdir()]
        except OSError:
            return []
        current = Path(self._seen[0]).name
        numbers = sorted((int(n) for n in names if n.isdecimal() and n != current), reverse=True)
        return [folder / str(number) for number in numbers]

    def _drop_renewing(self) -> None:
        if self._renewing is not None:
            self._renewing.close()
            self._renewing = None


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, InputError) else f"{type(error).__name__}: {error}"
