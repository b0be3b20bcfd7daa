"""The feed's metadata, brought up to date by TUF's own client.

The client keeps what it fetched in a folder of the courier and checks signatures, versions and
expiry against the system's clock. That check is advice: a clock may be wrong here, and whoever
accepts looks at everything again, with a clock of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tuf.api import exceptions
from tuf.api.metadata import Metadata, Root
from tuf.ngclient.config import UpdaterConfig
from tuf.ngclient.fetcher import FetcherInterface
from tuf.ngclient.updater import Updater

from scanner.sync.inbox import MAX_METADATA_BYTES, MAX_ROOT_BYTES
from scanner.sync.source import NotThere, Source
from scanner.trust.chain import MAX_ROOTS, ROLES
from scanner.trust.feed import Chain, Target, read_root, verify
from scanner.trust.refusal import Cause, FeedRefused

_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""A time at which nothing has expired: expiry was looked at before."""

_CONFIG: Final = UpdaterConfig(
    max_root_rotations=MAX_ROOTS,
    root_max_length=MAX_ROOT_BYTES,
    targets_max_length=MAX_METADATA_BYTES,
)
_NOT_FOUND: Final = 404


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The chain from the pinned root on, and what it vouches for."""

    pinned_version: int
    chain: Chain
    targets: dict[str, Target]


class _ByName(FetcherInterface):
    """What TUF's client asks for; it is told names below the feed instead of URLs."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.last = "the feed"

    def download_bytes(self, url: str, max_length: int) -> bytes:
        """Return a file of metadata; kept in memory, for it is small."""
        self.last = url.rpartition("/")[2]
        try:
            return self._source.read(url, max_bytes=max_length)
        except NotThere as error:
            # After the newest root there is none: that is how the client knows it.
            if url.endswith(".root.json"):
                raise exceptions.DownloadHTTPError(error.detail, _NOT_FOUND) from None
            raise

    def _fetch(self, url: str) -> Iterator[bytes]:
        yield self.download_bytes(url, MAX_METADATA_BYTES)


def refresh(source: Source, *, pinned: bytes, folder: Path) -> Refreshed:
    """Fetch what is new and return the whole chain; `FeedRefused`, or `OSError` of the disk."""
    root = read_root(pinned)
    folder.mkdir(parents=True, exist_ok=True)
    fetcher = _ByName(source)
    try:
        updater = Updater(
            str(folder), "metadata/", fetcher=fetcher, config=_CONFIG, bootstrap=pinned
        )
        updater.refresh()
        for role in ROLES:
            # Any name makes the client fetch and check the role that would speak of it.
            updater.get_targetinfo(f"{role}/any")
    except (exceptions.RepositoryError, ValueError) as error:
        raise _refusal(error, last=fetcher.last) from None
    except exceptions.DownloadError as error:
        raise FeedRefused(Cause.SERVER, f"{fetcher.last}: {error}") from None
    chain = _chain(folder, pinned_version=root.version)
    # Never judged by a clock: this one's has spoken above.
    feed = verify(pinned, chain, now=_LONG_AGO)
    return Refreshed(root.version, chain, dict(feed.targets))


def _chain(folder: Path, *, pinned_version: int) -> Chain:
    newest = Metadata[Root].from_file(str(folder / "root.json")).signed.version
    history = folder / "root_history"
    versions = range(pinned_version + 1, newest + 1)
    return Chain(
        roots=tuple((history / f"{version}.root.json").read_bytes() for version in versions),
        timestamp=(folder / "timestamp.json").read_bytes(),
        snapshot=(folder / "snapshot.json").read_bytes(),
        targets=(folder / "targets.json").read_bytes(),
        delegated={
            role: (folder / f"{role}.json").read_bytes()
            for role in ROLES
            if (folder / f"{role}.json").exists()
        },
    )


def _refusal(error: Exception, *, last: str) -> FeedRefused:
    said = "".join(c if c.isprintable() else " " for c in str(error))[:160]
    match error:
        case exceptions.ExpiredMetadataError():
            return FeedRefused(Cause.EXPIRED, f"{said}; is the clock right?")
        case exceptions.BadVersionNumberError():
            kind = last.rpartition(".json")[0].rpartition(".")[2]
            above = kind in {"root", "timestamp", "snapshot"}
            return FeedRefused(Cause.ROLLBACK if above else Cause.MIXED, f"{last}: {said}")
        case exceptions.UnsignedMetadataError():
            words = f"{last}: not signed by the keys that this door trusts"
            return FeedRefused(Cause.WRONG_SIGNER, words)
        case exceptions.LengthOrHashMismatchError():
            words = f"{last} is not the one that belongs to this feed; is it being copied?"
            return FeedRefused(Cause.MIXED, words)
    return FeedRefused(Cause.MALFORMED, f"{last}: {said}")
