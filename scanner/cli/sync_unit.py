"""A round of the installed door's own courier, asked for by a person and waited for."""

import subprocess
import time
from typing import Final

from scanner.store.places import Places
from scanner.sync import record, schedule
from scanner.sync.record import Record
from scanner.terms import DeviceError, NotPermittedError, Reason

UNIT: Final = "door-scanner-sync.service"
PATIENCE_S: Final = 3900.0
"""A round takes an hour at most, and another may just have begun."""

_ASK_AGAIN_S: Final = 0.5
_IDLE_LOOKS: Final = 4
"""A busy board may take two seconds to start what it was told to."""

_SYSTEMCTL_S: Final = 30.0


def round_by_the_unit(places: Places) -> Record:
    """Start the unit, wait for its round and return how that went.

    `NotPermittedError` for anybody but root, `DeviceError` if the unit does not do it.
    """
    before = record.read(places)
    try:
        schedule.request(places)
    except PermissionError:
        words = "only root may start the courier: sudo door-scanner sync --now"
        raise NotPermittedError(words) from None
    except OSError as error:
        words = f"{places.courier}: {error.strerror}; is the door installed?"
        raise DeviceError(Reason.INTERNAL, words) from None
    # Not waited for: when a round failed, the unit stays for the next one.
    if not _systemctl("start", "--no-block", UNIT):
        words = f"{UNIT} could not be started; look at: systemctl status {UNIT}"
        raise DeviceError(Reason.INTERNAL, words)
    ends, idle = time.monotonic() + PATIENCE_S, 0
    while time.monotonic() < ends and idle < _IDLE_LOOKS:
        time.sleep(_ASK_AGAIN_S)
        idle = 0 if _is_at_work() else idle + 1
        now = record.read(places)
        if now is not None and (before is None or now.rounds != before.rounds):
            return now
    words = f"{UNIT} ended without a word; look at: journalctl -u {UNIT}"
    raise DeviceError(Reason.INTERNAL, words)


def _is_at_work() -> bool:
    """Say whether the unit is at work: to systemd it is "activating" all along."""
    command = ["systemctl", "show", "--property=ActiveState", "--value", UNIT]
    try:
        said = subprocess.run(  # noqa: S603 - no shell, a name of our own
            command, capture_output=True, text=True, check=False, timeout=_SYSTEMCTL_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return said.stdout.strip() == "activating"


def _systemctl(*arguments: str) -> bool:
    try:
        done = subprocess.run(  # noqa: S603 - no shell, arguments of our own
            ["systemctl", *arguments],  # noqa: S607 - where it lies differs
            capture_output=True,
            check=False,
            timeout=_SYSTEMCTL_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
