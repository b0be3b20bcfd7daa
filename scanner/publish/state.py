"""What the publisher remembers between commands: one JSON file, replaced as a whole.

Ids are not in it: they lie beside it as sorted arrays, named by their digest.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from scanner.publish.roles import Profile
from scanner.terms import InputError
from scanner.trust.manifest import Base, Blob, Delta

FORMAT: Final = "door-scanner publisher 1"
MAX_STATE_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Change:
    """A delta of a list as the publisher keeps it: with the arrays of its ids, and its day."""

    delta: Delta
    day: str
    adds_ids: str | None
    removes_ids: tuple[str, ...]


@dataclass(slots=True)
class ListState:
    """A list: its present table, its base, and the ways from earlier states.

    `ids` names the array of all its ids at 64 bits. `steps` are what releases changed one by
    one, `days` the steps of a day in one, `month` all days in one.
    """

    seq: int
    k: int
    r: int
    entries: int
    size: int
    sha256: str
    ids: str
    base: Base
    base_day: str
    steps: list[Change] = field(default_factory=list)
    days: list[Change] = field(default_factory=list)
    month: Change | None = None

    @property
    def changes(self) -> tuple[Change, ...]:
        """Return every change that the manifest names."""
        month = () if self.month is None else (self.month,)
        return (*month, *self.days, *self.steps)


@dataclass(slots=True)
class Staged:
    """What the next release will do to a list: take these tables out, then put `adds` in."""

    adds: str | None = None
    removes: list[tuple[Blob, str]] = field(default_factory=list)


@dataclass(slots=True)
class Withdrawn:
    """What the curator let out of the lists, ever: tables by digest, whole lists, lines."""

    removes: dict[str, list[str]] = field(default_factory=dict)
    lists: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


@dataclass(slots=True)
class State:
    """The publisher's memory.

    `keyids` by the name of a key; `versions` of the newest signed metadata by role; `issued`,
    the time of the last manifest; `front`, the files of the web root that must be in place, in
    this order, for the feed to be the one described here; `leaving`, since when a file of the
    web root is named no more.
    """

    profile: Profile
    keyids: dict[str, str]
    versions: dict[str, int] = field(default_factory=dict)
    front: dict[str, str] = field(default_factory=dict)
    issued: str | None = None
    min_wait_s: int | None = None
    lists: dict[str, ListState] = field(default_factory=dict)
    staged: dict[str, Staged] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    staged_lines: dict[str, bool] = field(default_factory=dict)
    withdrawn: Withdrawn = field(default_factory=Withdrawn)
    leaving: dict[str, str] = field(default_factory=dict)

    @property
    def arrays(self) -> set[str]:
        """Return the names of all arrays of ids that are in use."""
        used: set[str | None] = set()
        for one in self.lists.values():
            used.add(one.ids)
            for change in one.changes:
                used.update((change.adds_ids, *change.removes_ids))
        for staged in self.staged.values():
            used.update((staged.adds, *(ids for _, ids in staged.removes)))
        return {name for name in used if name is not None}

    def to_bytes(self) -> bytes:
        """Return the file."""
        told = {"format": FORMAT, **asdict(self), "profile": self.profile.value}
        return json.dumps(told, sort_keys=True, separators=(",", ":")).encode()


def parse_state(content: bytes) -> State:
    """Read the file; `InputError` when it is damaged."""
    try:
        told = json.loads(content)
        _check_format(told.pop("format"))
        return State(
            **{
                **told,
                "profile": Profile(told["profile"]),
                "lists": {name: _list(one) for name, one in told["lists"].items()},
                "staged": {name: _staged(one) for name, one in told["staged"].items()},
                "withdrawn": Withdrawn(**told["withdrawn"]),
            }
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InputError(
            "the publisher's state is damaged; restore work/ and public/ from the same copy"
        ) from None


def _check_format(told: str) -> None:
    if told != FORMAT:
        raise InputError(f"the publisher's state is of another version ({told[:40]!r})")


def _list(told: Mapping[str, Any]) -> ListState:
    base = told["base"]
    month = told["month"]
    return ListState(
        **{
            **told,
            "base": Base(base["seq"], base["entries"], _blob(base["blob"])),
            "steps": [_change(one) for one in told["steps"]],
            "days": [_change(one) for one in told["days"]],
            "month": None if month is None else _change(month),
        }
    )


def _change(told: Mapping[str, Any]) -> Change:
    delta = told["delta"]
    return Change(
        Delta(
            delta["start"],
            delta["end"],
            adds=None if delta["adds"] is None else _blob(delta["adds"]),
            removes=tuple(_blob(one) for one in delta["removes"]),
        ),
        told["day"],
        told["adds_ids"],
        tuple(told["removes_ids"]),
    )


def _staged(told: Mapping[str, Any]) -> Staged:
    return Staged(told["adds"], [(_blob(blob), ids) for blob, ids in told["removes"]])


def _blob(told: Mapping[str, Any]) -> Blob:
    return Blob(told["size"], told["sha256"], tuple(told["parts"]))
