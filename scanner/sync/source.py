"""Where a feed comes from: a web server or a folder, as the courier sees both.

A source gives bytes by the names that a feed has. It believes nothing and checks no digest;
it promises only to end: after so many bytes, and after so many seconds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from scanner.trust.refusal import Cause, FeedRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a source may cost; a courier's own, so that no server sets them."""

    connect_s: float = 10.0
    """An address that does not answer by then is tried again in the next round."""

    read_s: float = 20.0
    """The longest silence within an answer."""

    request_s: float = 60.0
    """One request, whatever it does; a part that is not whole by then is gone on with."""

    round_s: float = 3600.0
    """A whole round; a 100-million list takes 45 minutes at 200 KB/s."""

    round_bytes: int = 2 * 1024**3
    """A whole round: the largest list and a half."""


class NotThere(FeedRefused):
    """The source is there, and has no such file."""


class Unavailable(FeedRefused):
    """A server cannot answer now; `retry_after_s` is when it wants to be asked again."""

    def __init__(self, cause: Cause, detail: str, *, retry_after_s: float | None) -> None:
        super().__init__(cause, detail)
        self.retry_after_s = retry_after_s


class Source(Protocol):
    """A web server or a folder; every method raises `FeedRefused` when it fails."""

    @property
    def name(self) -> str:
        """What a person would recognise it by."""

    def read(self, name: str, *, max_bytes: int) -> bytes:
        """Return a small file as a whole; `NotThere` if there is none."""

    def stream(self, name: str, *, start: int, size: int) -> Iterator[bytes]:
        """Yield the file of `size` bytes from `start` on, or from 0 with an empty piece first.

        The empty piece says: this source cannot start in the middle, throw away what you have.
        Never yields more than there should be; `FeedRefused` after the last piece if it is less.
        """
