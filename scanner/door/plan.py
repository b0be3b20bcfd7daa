"""What to run: a door as its settings or options amount to."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from scanner.door.answers import Happened
from scanner.door.clock import Clock
from scanner.door.events import Events
from scanner.door.lights import Indicator
from scanner.door.premises import Premises
from scanner.gate import Belief, Ladder, Ledger, Policy
from scanner.store.places import Places
from scanner.terms import DeviceError

_NO_POLICY: Final = Policy()


@dataclass(frozen=True, slots=True)
class Lists:
    """Where a door finds what was accepted from a feed, and how that ages.

    `is_named` says that its settings name a feed; `rules` are the names of its rule sets, which
    a feed may renew.
    """

    places: Places
    trust: Ladder
    revoked: Ladder
    is_named: bool = False
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run: a camera as `scanner.sight.spec` parses it, and the rest as made.

    `output` is where the lights are, for a person. `script` are the bytes that a `scenes:`
    camera plays. `standing` are faults that last as long as the door runs, `keyless` the one
    that stands until there is a key. `policy` is what the venue asks beside its rules, and
    `hmac_key` for hashes of what guests show. `counts_days` is how long counts are kept. Without
    `premises` nothing is written anywhere, and `ledger` counts tickets, if it is given; without
    `lists` nothing comes from a feed.
    """

    camera: str
    belief: Belief
    clock: Clock
    indicator: Indicator
    events: Events
    output: str = "none"
    once: bool = False
    script: bytes | None = None
    on_decision: Callable[[Happened], None] | None = None
    premises: Premises | None = None
    counts_days: int = 1
    door_id: str | None = None
    hmac_key: bytes | None = None
    policy: Policy = _NO_POLICY
    ledger: Ledger | None = None
    standing: tuple[DeviceError, ...] = ()
    keyless: DeviceError | None = None
    lists: Lists | None = None
    warnings: tuple[str, ...] = ()
