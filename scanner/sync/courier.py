"""One round of the courier: from a source into the inbox.

Refresh the metadata, bring every small file it names, read the manifest, bring the parts that
lead on from what the door has, and lay down the offer last: half a delivery is none. What lies
in the inbox is checked again by whoever accepts it; nothing here decides what is believed.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from scanner.store import read_file
from scanner.store.places import Places
from scanner.sync import belief, delivery
from scanner.sync.belief import Accepted, Delivered, Held
from scanner.sync.inbox import MAX_ROOT_BYTES, Inbox, Offer
from scanner.sync.parts import Carrier
from scanner.sync.record import Outcome
from scanner.sync.refresh import Refreshed, refresh
from scanner.sync.source import Source
from scanner.sync.wanted import wanted
from scanner.terms import InputError
from scanner.trust.feed import MANIFEST, WITHDRAWN
from scanner.trust.manifest import Manifest, parse
from scanner.trust.refusal import Cause, FeedRefused


@dataclass(frozen=True, slots=True)
class Brought:
    """How a round ended well, and the wait in seconds that the feed asks for."""

    outcome: Outcome
    min_wait_s: int | None


def run_round(source: Source, *, places: Places) -> Brought:
    """Run a round; `FeedRefused` or `OSError` if it fails: then the last offer lies as it lay."""
    pinned = _pinned(places)
    inbox = Inbox(places.inbox)
    inbox.make()
    feed = refresh(source, pinned=pinned, folder=places.courier / "metadata")
    accepted, last = belief.accepted(places), belief.delivered(places)
    mark = _fingerprint(feed)
    if last and last.fingerprint == mark and _is_settled(last, accepted=accepted, inbox=inbox):
        # A timestamp that was signed anew says nothing else, but keeps the offer from ageing.
        delivery.put(inbox.metadata("timestamp.json"), feed.chain.timestamp)
        return Brought(Outcome.NO_NEWS, last.min_wait_s)
    incoming = places.courier / "incoming"
    carrier = Carrier(source, incoming=incoming)
    delivery.bring_targets(feed, carrier=carrier, inbox=inbox)
    manifest = _manifest(feed, inbox=inbox)
    held = accepted.lists if accepted else last.lists if last else {}
    is_first = not accepted.anything if accepted else last is None
    withdrawn = None if is_first else _target(feed, path=WITHDRAWN, inbox=inbox)
    ways = wanted(manifest, held=held, withdrawn=withdrawn)
    delivery.bring_parts(ways, carrier=carrier, inbox=inbox)
    offer = Offer(source.name, datetime.now(tz=UTC), ways.start)
    delivery.lay_down(feed, offer=offer, inbox=inbox)
    lists = {name: Held(entry.seq, entry.sha256) for name, entry in manifest.lists.items()}
    belief.keep_delivered(Delivered(mark, manifest.min_wait_s, lists), places=places)
    if accepted is not None:
        # Until somebody says what the door has, parts of an earlier offer may still be needed.
        delivery.prune(feed, ways=ways, inbox=inbox, incoming=incoming)
    return Brought(Outcome.NEWS, manifest.min_wait_s)


def _pinned(places: Places) -> bytes:
    try:
        return read_file(places.pinned_root, max_bytes=MAX_ROOT_BYTES)
    except InputError as error:
        raise FeedRefused(Cause.NOT_PINNED, str(error)) from None


def _fingerprint(feed: Refreshed) -> str:
    """Return a digest of all metadata but the timestamp, which is signed anew without news."""
    chain = feed.chain
    found = hashlib.sha256()
    for content in (*chain.roots, chain.snapshot, chain.targets, *chain.delegated.values()):
        found.update(hashlib.sha256(content).digest())
    return found.hexdigest()


def _is_settled(last: Delivered, *, accepted: Accepted | None, inbox: Inbox) -> bool:
    """Say whether the last offer did what it should; if not, it is made again."""
    if not inbox.offer.exists():
        return False
    if accepted is None:
        return True
    return accepted.settled and all(
        accepted.lists.get(name) == held for name, held in last.lists.items()
    )


def _manifest(feed: Refreshed, *, inbox: Inbox) -> Manifest:
    content = _target(feed, path=MANIFEST, inbox=inbox)
    if content is None:
        raise FeedRefused(Cause.MISSING, f"the feed has no {MANIFEST}")
    return parse(content)


def _target(feed: Refreshed, *, path: str, inbox: Inbox) -> bytes | None:
    """Return a target that was brought; None if the feed names none."""
    target = feed.targets.get(path)
    return None if target is None else inbox.target(target.sha256).read_bytes()
