"""Rounds: one at a time, each written down, each with the time of the next one."""

import contextlib
import random
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from scanner.store import Lock
from scanner.store.places import Places
from scanner.sync import record, validator
from scanner.sync.courier import Brought, run_round
from scanner.sync.fetcher import Web
from scanner.sync.inbox import FOLDER_MODE
from scanner.sync.mirror import Mirror
from scanner.sync.pacing import PERIOD_S, Pacing, Random
from scanner.sync.record import Outcome, Record
from scanner.sync.source import Limits, Unavailable
from scanner.terms import ScannerError
from scanner.trust.refusal import Cause, FeedRefused

_TROUBLE: Final = frozenset(
    {
        *(Cause.DISK, Cause.DNS, Cause.NETWORK, Cause.SLOW, Cause.REDIRECT, Cause.SERVER),
        *(Cause.PORTAL, Cause.MISSING, Cause.NOT_PINNED),
    }
)
"""What says nothing about the feed itself; every other cause is a feed that was refused."""


class Busy(ScannerError):  # noqa: N818 - not an error: the other round does the work
    """Another round is under way on this folder."""


def is_url(where: str) -> bool:
    """Say whether a source is a web server; else it is a folder."""
    return "://" in where


def hold_round(
    where: str,
    *,
    places: Places,
    period_s: float = PERIOD_S,
    limits: Limits | None = None,
    draw: Random = random.random,
) -> Record:
    """Run one round from a URL or a folder, write down how it went, and return that.

    Raises `Busy` while another one runs, `OSError` where the courier's folder cannot be used.
    """
    if not places.courier.is_dir():
        places.courier.mkdir(mode=FOLDER_MODE, parents=True)
    lock = Lock(places.courier)
    if not lock.take():
        raise Busy(f"another round (process {lock.holder()}) is under way")
    try:
        with contextlib.suppress(OSError):
            record.reserve(places)
        ended = _ended(where, places=places, limits=limits)
        told = _told(ended, places=places, period_s=period_s, draw=draw)
        try:
            record.write(told, places=places)
        except OSError as error:
            told = replace(told, outcome=Outcome.FAILED, cause=Cause.DISK.value)
            return replace(told, detail=f"{places.courier_record}: {error.strerror}")
        return told
    finally:
        lock.give_back()


class _Ended:
    """A round that ended, well or not."""

    def __init__(self, source: str, end: Brought | FeedRefused) -> None:
        self.source = source
        self.brought = end if isinstance(end, Brought) else None
        self.refused = end if isinstance(end, FeedRefused) else None

    @property
    def outcome(self) -> Outcome:
        """The word for it."""
        if self.brought:
            return self.brought.outcome
        trouble = self.refused is not None and self.refused.cause in _TROUBLE
        return Outcome.FAILED if trouble else Outcome.REFUSED


def _ended(where: str, *, places: Places, limits: Limits | None) -> _Ended:
    name = where
    try:
        if not is_url(where):
            folder = Mirror(Path(where))
            name = folder.name
            return _Ended(name, run_round(folder, places=places))
        web = Web(where, limits=limits)
        name = web.name
        web.validator = validator.kept(places, source=name)
        brought = run_round(web, places=places)
        validator.keep(web.validator, places=places, source=name)
        return _Ended(name, brought)
    except FeedRefused as refused:
        return _Ended(name, refused)
    except OSError as error:
        _make_room(places)
        words = f"{error.filename or places.courier}: {error.strerror or error}"
        return _Ended(name, FeedRefused(Cause.DISK, f"{words}; free space, or check the disk"))


def _make_room(places: Places) -> None:
    """Give back what a part that was not finished takes: a full disk hurts others too."""
    with contextlib.suppress(OSError):
        for partial in (places.courier / "incoming").iterdir():
            partial.unlink()


def _told(ended: _Ended, *, places: Places, period_s: float, draw: Random) -> Record:
    last = record.read(places)
    pacing = Pacing(record.phase(places), period_s)
    failures, min_wait_s = 0, last.min_wait_s if last else None
    if ended.brought:
        min_wait_s = ended.brought.min_wait_s
        wait_s = pacing.after_success_s(min_wait_s=min_wait_s, random=draw)
    else:
        failures = (last.failures if last else 0) + 1
        asked = ended.refused.retry_after_s if isinstance(ended.refused, Unavailable) else None
        wait_s = pacing.after_failure_s(
            failures, min_wait_s=min_wait_s, retry_after_s=asked, random=draw
        )
    return Record(
        outcome=ended.outcome,
        cause=ended.refused.cause.value if ended.refused else None,
        detail=ended.refused.detail if ended.refused else None,
        at=datetime.now(tz=UTC).isoformat(timespec="seconds"),
        source=ended.source,
        failures=failures,
        rounds=(last.rounds if last else 0) + 1,
        min_wait_s=min_wait_s,
        boot_id=record.boot_id(),
        next_boottime_s=round(record.boottime_s() + wait_s, 1),
    )
