"""The folders of a door that is installed: one door at a time, with an id of its own.

A second door is refused where a person started it, and waits where a service manager did:
ending would only have it started again. A folder that takes no writing is a warning.
"""

import contextlib
import json
import os
import pwd
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from scanner import __version__
from scanner.door.supervisor import tell
from scanner.store import Lock, identity_in, publish_file
from scanner.terms import InputError, NotPermittedError, Reason

STATUS: Final = "status.json"
CONTROL: Final = "control.sock"
WIRING: Final = "wiring.json"

STATE: Final = Path("/var/lib/door-scanner")
"""Where an installed door keeps what survives a power cut."""

RUN: Final = Path("/run/door-scanner")
"""Where an installed door tells what it does."""

_ASK_AGAIN_S: Final = 1.0
_START_LONGER_US: Final = 30_000_000
_STATE_MODE, _RUN_MODE = 0o700, 0o755


@dataclass(frozen=True, slots=True)
class Premises:
    """The folders of a door: `state` survives a power cut, `run` does not need to."""

    state: Path
    run: Path

    @classmethod
    def at(cls, state: Path, *, environment: Mapping[str, str] = os.environ) -> "Premises":
        """Return the folders for a state folder; a service manager names the run folder."""
        given = environment.get("RUNTIME_DIRECTORY", "").partition(":")[0]
        return cls(state, Path(given) if given else state / "run")


@dataclass(frozen=True, slots=True)
class Occupied:
    """What is known once the door is in: its id and its key for hashes, if they could be kept."""

    door_id: str | None = None
    hmac_key: bytes | None = field(default=None, repr=False)
    warnings: tuple[str, ...] = ()


def step_down(folder: Path) -> None:
    """As root, become the owner of a folder: what a door writes there must stay its user's."""
    try:
        found = folder.stat()
    except OSError:
        return
    if os.geteuid() != 0 or found.st_uid == 0:
        return
    try:
        os.initgroups(pwd.getpwuid(found.st_uid).pw_name, found.st_gid)
    except KeyError:
        os.setgroups([found.st_gid])
    os.setgid(found.st_gid)
    os.setuid(found.st_uid)


@contextlib.contextmanager
def occupied(premises: Premises, *, waits: bool) -> Iterator[Occupied]:
    """Hold the premises until the block ends; `InputError` if another door has them.

    With `waits`, wait for that door to end.
    """
    warnings = []
    lock = Lock(premises.state)
    try:
        try:
            premises.state.mkdir(mode=_STATE_MODE, parents=True, exist_ok=True)
            _enter(lock, premises=premises, waits=waits)
        except PermissionError as error:
            if not waits:
                words = f"{premises.state}: may not be written; run as its owner, or with sudo"
                raise NotPermittedError(words) from None
            warnings.append(_trouble(premises.state, error))
        except OSError as error:
            warnings.append(_trouble(premises.state, error))
        # A door that cannot tell what it does still keeps others out.
        try:
            premises.run.mkdir(mode=_RUN_MODE, parents=True, exist_ok=True)
        except OSError as error:
            warnings.append(_trouble(premises.run, error))
        door_id = key = None
        try:
            found = identity_in(premises.state)
            door_id, key = found.door_id, found.hmac_key
        except OSError as error:
            warnings.append(f"no door id: {_trouble(premises.state, error)}")
        except InputError as error:
            warnings.append(str(error))
        yield Occupied(door_id, key, tuple(dict.fromkeys(warnings)))
    finally:
        lock.give_back()


def _enter(lock: Lock, *, premises: Premises, waits: bool) -> None:
    while not lock.take():
        words = (
            f"another door (process {lock.holder()}) runs on {premises.state}; "
            "stop it first: systemctl stop door-scanner"
        )
        if not waits:
            raise InputError(words)
        with contextlib.suppress(OSError):
            premises.run.mkdir(mode=_RUN_MODE, parents=True, exist_ok=True)
            publish_file(premises.run / STATUS, json.dumps(_waiting(words)).encode(), mode=0o644)
        # Not ready: that, and signs of life, come from the loop. But still starting.
        tell(f"EXTEND_TIMEOUT_USEC={_START_LONGER_US}\nSTATUS={words}")
        time.sleep(_ASK_AGAIN_S)


def _waiting(words: str) -> dict[str, Any]:
    now = datetime.now(tz=UTC).isoformat(timespec="milliseconds")
    fault = {"reason": Reason.INTERNAL.value, "detail": words, "since": now}
    return {
        "state": "fault",
        "since": now,
        "updated": now,
        "version": __version__,
        "door_id": None,
        "pid": os.getpid(),
        "pattern": "dark",
        "faults": [fault],
        "camera": None,
        "reader": None,
        "signals": None,
        "rules": [],
        "keys": 0,
        "revoked": 0,
        "clock": None,
        "lists": None,
        "warnings": [],
        "decisions": {},
    }


def _trouble(folder: Path, error: OSError) -> str:
    return f"{folder}: {error.strerror}; free space, or check the disk and who owns the folder"
