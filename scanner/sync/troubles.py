"""What went wrong on the way to a web server: one word, and one line with the remedy."""

import contextlib
import http.client
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

from urllib3 import exceptions
from urllib3.response import BaseHTTPResponse

from scanner.sync.source import NotThere, Unavailable
from scanner.trust.refusal import Cause, FeedRefused

_GONE: Final = frozenset({403, 404, 410})
"""An object store without the right to list answers 403 for what is not there."""

_SETTLED: Final = timedelta(seconds=2)

_PAGE: Final = "a web page came instead of the feed; a log-in page of this network?"
_CLOCK: Final = "is the clock right? a log-in page of this network?"


@contextlib.contextmanager
def explained(url: str) -> Iterator[None]:
    """Turn what urllib3 raises into `FeedRefused`."""
    host = urlsplit(url).hostname
    try:
        yield
    except exceptions.NameResolutionError:
        words = f"the name {host} is not known; is there a network, and a name server?"
        raise FeedRefused(Cause.DNS, words) from None
    except exceptions.NewConnectionError as error:
        why = getattr(error.__cause__, "strerror", None) or "no connection"
        raise FeedRefused(Cause.NETWORK, f"{host}: {why}") from None
    except exceptions.ConnectTimeoutError:
        raise FeedRefused(Cause.NETWORK, f"{host} does not answer") from None
    except exceptions.ReadTimeoutError:
        raise FeedRefused(Cause.SLOW, f"{host} fell silent in the middle") from None
    except exceptions.SSLError as error:
        words = f"{host}: TLS does not hold ({_first(error)}); {_CLOCK}"
        raise FeedRefused(Cause.NETWORK, words) from None
    except exceptions.ProtocolError as error:
        raise _broken(host, error) from None
    except exceptions.HTTPError as error:
        words = f"{host}: {type(error).__name__}: {_first(error)}"
        raise FeedRefused(Cause.SERVER, words) from None


def refuse_status(answer: BaseHTTPResponse, *, name: str, good: int) -> None:
    """Return if the status is the good one, or raise what it means."""
    if answer.status == good:
        return
    words = f"{name}: the server answers {answer.status}"
    if answer.status in _GONE:
        raise NotThere(Cause.SERVER, words)
    raise Unavailable(Cause.SERVER, words, retry_after_s=retry_after_s(answer))


def refuse_page(answer: BaseHTTPResponse, *, name: str, content: bytes) -> None:
    """Raise `FeedRefused` (portal) if a web page came; `content` is JSON, or left empty."""
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind in {"text/html", "application/xhtml+xml"} or content.lstrip()[:1] == b"<":
        raise FeedRefused(Cause.PORTAL, f"{name}: {_PAGE}")


def refuse_length(answer: BaseHTTPResponse, *, name: str, most: int) -> None:
    """Raise `FeedRefused` (too_large) before a body is read that says it is too long."""
    if (answer.length_remaining or 0) > most:
        words = f"{name}: {answer.length_remaining:,} bytes, and {most:,} are expected at most"
        raise FeedRefused(Cause.TOO_LARGE, words)


def refuse_short(name: str, *, got: int, size: int) -> None:
    """Raise `FeedRefused` (network) for an answer that ended too early without a word."""
    if got < size:
        raise FeedRefused(Cause.NETWORK, f"{name}: cut off after {got:,} of {size:,} bytes")


def refuse_encoding(answer: BaseHTTPResponse, *, name: str) -> None:
    """Raise `FeedRefused` (server) for a compressed body: nobody asked for one."""
    encoding = answer.headers.get("Content-Encoding", "identity")
    if encoding.strip().lower() != "identity":
        words = f"{name}: the server sends it compressed ({encoding[:40]!r}), unasked"
        raise FeedRefused(Cause.SERVER, words)


def refuse_range(answer: BaseHTTPResponse, *, name: str, start: int) -> None:
    """Raise `FeedRefused` (server) for another range than the one that was asked for."""
    told = answer.headers.get("Content-Range", "")
    if start and not told.startswith(f"bytes {start}-"):
        raise FeedRefused(Cause.SERVER, f"{name}: another range came than was asked for")


def retry_after_s(answer: BaseHTTPResponse) -> float | None:
    """Return how many seconds the server wants to be left alone; None if it does not say.

    A date counts from the server's own clock: that of a door may be anywhere.
    """
    told = answer.headers.get("Retry-After", "").strip()
    if told.isascii() and told.isdigit():
        return float(told[:9])
    when, now = _date(told), _date(answer.headers.get("Date", ""))
    return (when - now).total_seconds() if when and now else None


def lasting_tag(answer: BaseHTTPResponse) -> str | None:
    """Return the entity tag if no other content can bear it later; else None.

    A web server makes it of the file's size and the second in which it was written: of two
    releases within one second, the later would be taken for the earlier, and never come.
    """
    changed = _date(answer.headers.get("Last-Modified", ""))
    now = _date(answer.headers.get("Date", ""))
    if changed and (now is None or now - changed < _SETTLED):
        return None
    return answer.headers.get("ETag")


def _date(told: str) -> datetime | None:
    try:
        when = parsedate_to_datetime(told)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _broken(host: str | None, error: exceptions.ProtocolError) -> FeedRefused:
    why = error.args[-1] if error.args else error
    if isinstance(why, http.client.IncompleteRead | exceptions.IncompleteRead):
        return FeedRefused(Cause.NETWORK, f"{host}: the answer was cut off")
    if isinstance(why, http.client.RemoteDisconnected):
        return FeedRefused(Cause.NETWORK, f"{host} hung up without a word")
    if isinstance(why, http.client.HTTPException):
        words = f"{host}: that is no answer of a web server ({type(why).__name__})"
        return FeedRefused(Cause.SERVER, words)
    return FeedRefused(Cause.NETWORK, f"{host}: the connection broke off ({_first(error)})")


def _first(error: Exception) -> str:
    """Return one line of what a library says."""
    return "".join(c if c.isprintable() else " " for c in str(error))[:120]
