"""Whether an offer can be believed: its signatures, its versions, its times.

Nothing is written here. What is returned was read once and verified; the lists are not yet.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from scanner.gate.timekeeping import PUBLISHER_AHEAD, RELEASED, floor_of
from scanner.store import read_file
from scanner.store.places import Places
from scanner.sync.accept.held import Held, sound
from scanner.sync.accept.offer import Offered
from scanner.sync.accept.withdrawn import Removals, Withdrawn
from scanner.sync.inbox import MAX_ROOT_BYTES
from scanner.terms import InputError, Moment, ScannerError
from scanner.trust import manifest as manifests
from scanner.trust import read_revocations
from scanner.trust.feed import MANIFEST, TYPED, WITHDRAWN, Chain, TrustedFeed, read_root, verify
from scanner.trust.manifest import Manifest
from scanner.trust.refusal import Cause, FeedRefused

LONGEST_LIFE: Final = timedelta(days=5 * 366)
"""A time later than this after the release of this software is an attack on the door's clock."""

_OFFLINE: Final = ("root", "targets", "trust", "rules")
"""What the online key cannot prolong: nothing is issued after those who vouch for it."""

MAX_FEED_BYTES: Final = 32 * 1024 * 1024
"""All files of a feed together; the lists are not among them."""


class NothingNew(ScannerError):  # noqa: N818 - an answer about an offer, not an error of ours
    """There is no offer, or it is what is in force; `detail` says which."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """An offer whose signatures hold; `held` is what is in force, if it is of the same feed.

    `version` is that of the pinned root, `typed` None where the feed has no such file.
    """

    source: str
    pinned: bytes
    version: int
    chain: Chain
    feed: TrustedFeed
    manifest: Manifest
    withdrawn: Withdrawn
    typed: bytes | None
    held: Held | None
    removals: Removals


def verified(
    offered: Offered, *, places: Places, held: Held | None, now: Moment, removals: Removals
) -> Verified:
    """Verify an offer; raise `FeedRefused`, or `NothingNew`, or `OSError`."""
    source = _source(offered)
    pinned = _pinned(places)
    version = read_root(pinned).version
    chain = offered.chain(after=version)
    same = held if held is not None and held.is_of(pinned) else None
    before = None if same is None else same.below(pinned)
    feed = _chained(pinned, chain, now=now, before=before)
    _check_size(feed)
    manifest = manifests.parse(offered.target(MANIFEST, target=feed.targets[MANIFEST]))
    _check_future(manifest, feed=feed, now=now)
    found = Verified(
        source=source,
        pinned=pinned,
        version=version,
        chain=chain,
        feed=feed,
        manifest=manifest,
        withdrawn=_withdrawn(offered, feed=feed),
        typed=_typed(offered, feed=feed),
        held=same,
        removals=Removals.ANY if feed.online_key_changed else removals,
    )
    if same is not None and not feed.online_key_changed:
        if chain == before and same.pinned == pinned and not same.damaged:
            raise NothingNew("nothing new is offered")
        _check_progress(found, held=same, now=now)
    return found


def _chained(pinned: bytes, chain: Chain, *, now: Moment, before: Chain | None) -> TrustedFeed:
    try:
        return verify(pinned, chain, now=now.wall, before=before)
    except FeedRefused as refused:
        if refused.cause is not Cause.EXPIRED or now.trusted:
            raise
        words = f"this door takes it for {now.wall:%Y-%m-%d}, by its last feed or mark; if that is"
        remedy = f"{words} wrong: door-scanner clock confirm"
        raise FeedRefused(Cause.EXPIRED, f"{refused.detail}; {remedy}") from None


def _pinned(places: Places) -> bytes:
    try:
        return read_file(places.pinned_root, max_bytes=MAX_ROOT_BYTES)
    except InputError as error:
        remedy = "pin a root: door-scanner trust pin ROOT.json --sha256 HEX"
        raise FeedRefused(Cause.NOT_PINNED, f"{error}; {remedy}") from None


def _source(offered: Offered) -> str:
    try:
        offer = offered.offer()
    except FeedRefused as refused:
        if refused.cause is not Cause.MISSING:
            raise
        offer = None
    if offer is None:
        raise NothingNew("nothing is offered; fetch a feed: door-scanner sync")
    return offer.source


def _check_size(feed: TrustedFeed) -> None:
    if MANIFEST not in feed.targets:
        raise FeedRefused(Cause.MISSING, "the feed has no manifest; the publisher must release")
    if sum(target.length for target in feed.targets.values()) > MAX_FEED_BYTES:
        words = f"the files of the feed are larger than {MAX_FEED_BYTES >> 20} MiB together"
        raise FeedRefused(Cause.TOO_LARGE, words)


def _check_future(manifest: Manifest, *, feed: TrustedFeed, now: Moment) -> None:
    """Refuse a feed from a time that cannot be: it would push the door's clock ahead for good."""
    told = f"the manifest says {manifest.issued:%Y-%m-%d %H:%M} UTC"
    if manifest.issued > RELEASED + LONGEST_LIFE:
        words = f"{told}, years after this software; the publisher must renew it"
        raise FeedRefused(Cause.FUTURE, words)
    # Whoever holds the online key alone cannot sign these anew.
    role = min(_OFFLINE, key=feed.expires.__getitem__)
    if manifest.issued >= feed.expires[role]:
        words = f"{told}, when {role}.json has expired; the publisher must renew it"
        raise FeedRefused(Cause.FUTURE, words)
    if now.trusted and manifest.issued > now.wall + PUBLISHER_AHEAD:
        words = f"{told}, which is to come; check the publisher's clock, and this one"
        raise FeedRefused(Cause.FUTURE, words)


def _check_progress(found: Verified, *, held: Held, now: Moment) -> None:
    """Refuse what is older than what was accepted, or takes away what nobody withdrew."""
    issued, known = found.manifest.issued, held.generation.issued
    if found.removals is Removals.ANY:
        # A person lets this door begin anew; versions still only ascend.
        return
    if issued < known:
        words = (
            f"the manifest says {issued:%Y-%m-%d %H:%M} UTC, older than {known:%Y-%m-%d %H:%M}, "
            "which was accepted"
        )
        raise FeedRefused(Cause.ROLLBACK, words)
    old = held.generation
    # Without a clock, what is accepted here becomes the time that the door knows at least: the
    # passes of a list that is over by then are over for the door, too.
    at = now.wall if now.trusted else max(now.wall, floor_of(issued))
    found.withdrawn.check_lists(old=old.lists, new=found.manifest, at=at)
    was = sound(old.typed, folder=held.folder)
    found.withdrawn.check_lines(old=was or b"", new=found.typed or b"")


def _withdrawn(offered: Offered, *, feed: TrustedFeed) -> Withdrawn:
    content = _optional(WITHDRAWN, feed=feed, offered=offered)
    return Withdrawn() if content is None else Withdrawn.parse(content)


def _typed(offered: Offered, *, feed: TrustedFeed) -> bytes | None:
    """Return lines that a door can read: one that it could not would keep it from all the rest."""
    content = _optional(TYPED, feed=feed, offered=offered)
    try:
        read_revocations(content or b"")
    except InputError as error:
        raise FeedRefused(Cause.MALFORMED, f"typed.txt: {error}"[:300]) from None
    return content


def _optional(path: str, *, feed: TrustedFeed, offered: Offered) -> bytes | None:
    target = feed.targets.get(path)
    return None if target is None else offered.target(path, target=target)
