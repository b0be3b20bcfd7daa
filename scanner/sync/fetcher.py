"""A feed on a web server, fetched within bounds of bytes, seconds and redirects.

Refuses: other schemes than http and https, a way from https back to http, more than three
redirects, a certificate that does not hold, an answer that is compressed or longer than what
was asked for. Proxies in the environment are not used: which way a door goes out is said in
its settings, and they know of none. What is fetched is not believed; signatures and digests
are looked at elsewhere.
"""

import contextlib
import ssl
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3.response import BaseHTTPResponse

from scanner.sync import troubles
from scanner.sync.source import Limits
from scanner.sync.stopwatch import Stopwatch
from scanner.sync.validator import Validator
from scanner.trust.refusal import Cause, FeedRefused

MAX_REDIRECTS: Final = 3
CHUNK_BYTES: Final = 64 * 1024
_MAX_URL: Final = 2048
_MAX_DRAINED_BYTES: Final = 4096
"""A page of a few words that says 404 is read, so that the connection can be used again."""

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_OK, _PARTIAL, _UNCHANGED, _BEYOND = 200, 206, 304, 416
_TIMESTAMP: Final = "metadata/timestamp.json"


class Web:
    """A feed below a URL; one request at a time, in the main thread."""

    def __init__(self, url: str, *, limits: Limits | None = None) -> None:
        self._base = _checked(url if url.endswith("/") else f"{url}/")
        limits = limits or Limits()
        self._stopwatch = Stopwatch(limits)
        self.validator: Validator | None = None
        # No retries of its own: patience is the business of the rounds.
        self._pool = urllib3.PoolManager(
            num_pools=MAX_REDIRECTS + 1,
            retries=False,
            timeout=urllib3.Timeout(connect=limits.connect_s, read=limits.read_s),
            ssl_context=ssl.create_default_context(),
        )

    @property
    def name(self) -> str:
        """Return the URL, without a password if there is one in it."""
        parts = urlsplit(self._base)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()

    def read(self, name: str, *, max_bytes: int) -> bytes:
        """Return a small file as a whole."""
        known = self.validator if name == _TIMESTAMP else None
        with self._answer(name, asked={"If-None-Match": known.etag} if known else {}) as answer:
            if known and answer.status == _UNCHANGED:
                return known.content
            troubles.refuse_status(answer, name=name, good=_OK)
            troubles.refuse_length(answer, name=name, most=max_bytes)
            content = b"".join(self._body(answer, name=name, most=max_bytes))
            troubles.refuse_page(answer, name=name, content=content)
            if name == _TIMESTAMP:
                etag = troubles.lasting_tag(answer)
                self.validator = Validator(etag, content) if etag else None
            return content

    def stream(self, name: str, *, start: int, size: int) -> Iterator[bytes]:
        """Yield a file of `size` bytes from `start` on; an empty piece first says: from 0."""
        with self._answer(name, asked={"Range": f"bytes={start}-"} if start else {}) as answer:
            if start and answer.status in {_OK, _BEYOND}:
                yield b""
                if answer.status == _BEYOND:
                    return
                start = 0
            troubles.refuse_status(answer, name=name, good=_PARTIAL if start else _OK)
            troubles.refuse_range(answer, name=name, start=start)
            troubles.refuse_length(answer, name=name, most=size - start)
            troubles.refuse_page(answer, name=name, content=b"")
            for piece in self._body(answer, name=name, most=size - start):
                start += len(piece)
                yield piece
            troubles.refuse_short(name, got=start, size=size)

    @contextlib.contextmanager
    def _answer(self, name: str, *, asked: Mapping[str, str]) -> Iterator[BaseHTTPResponse]:
        """Ask, follow redirects, and hand out the answer before its body is read."""
        self._stopwatch.begin_request()
        url = self._base + name
        with troubles.explained(url):
            for _ in range(MAX_REDIRECTS + 1):
                answer = self._ask(url, asked=asked)
                try:
                    if answer.status not in _REDIRECTS:
                        troubles.refuse_encoding(answer, name=name)
                        yield answer
                        return
                    url = next_hop(url, answer.headers.get("Location", ""))
                finally:
                    self._finish(answer)
        raise FeedRefused(Cause.REDIRECT, f"{name}: more than {MAX_REDIRECTS} redirects")

    def _ask(self, url: str, *, asked: Mapping[str, str]) -> BaseHTTPResponse:
        headers = {"User-Agent": "door-scanner", "Accept-Encoding": "identity", **asked}
        with self._stopwatch.waiting():
            return self._pool.request(
                "GET", url, headers=headers, redirect=False, preload_content=False
            )

    def _body(self, answer: BaseHTTPResponse, *, name: str, most: int) -> Iterator[bytes]:
        got = 0
        while True:
            with self._stopwatch.waiting():
                piece = answer.read1(CHUNK_BYTES, decode_content=False)
            if not piece:
                return
            got += len(piece)
            if got > most:
                raise FeedRefused(Cause.TOO_LARGE, f"{name}: longer than {most:,} bytes")
            self._stopwatch.count(len(piece))
            yield piece

    def _finish(self, answer: BaseHTTPResponse) -> None:
        """Make the connection usable again if that is cheap; else close it."""
        left = answer.length_remaining
        with contextlib.suppress(FeedRefused, urllib3.exceptions.HTTPError):
            if left is not None and left <= _MAX_DRAINED_BYTES:
                with self._stopwatch.waiting():
                    answer.drain_conn()
                return
        answer.close()


def _checked(url: str) -> str:
    """Return a URL that may be asked, or raise `FeedRefused`."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or len(url) > _MAX_URL or not url.isprintable() or " " in url:
        raise FeedRefused(Cause.REDIRECT, f"{url[:80]!r} is no http:// or https:// address")
    return url


def next_hop(url: str, location: str) -> str:
    """Return where a redirect leads, or raise `FeedRefused` if nobody should go there."""
    try:
        onward = _checked(urljoin(url, location))
    except ValueError:
        raise FeedRefused(Cause.REDIRECT, f"sent on to {location[:80]!r}, no address") from None
    if urlsplit(url).scheme == "https" and urlsplit(onward).scheme != "https":
        words = f"sent on to {onward[:80]}, which is not https; a log-in page of this network?"
        raise FeedRefused(Cause.REDIRECT, words)
    return onward
