"""How old each role of the feed is, and when somebody must be told."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from scanner.publish.repository import Repository
from scanner.publish.roles import read_signed


@dataclass(frozen=True, slots=True)
class Age:
    """A role: its version, when it was signed and expires, both by its own dates."""

    role: str
    version: int
    signed: datetime
    expires: datetime
    now: datetime

    @property
    def is_alarming(self) -> bool:
        """Return whether half of its time is over."""
        return self.now - self.signed >= (self.expires - self.signed) / 2

    @property
    def left(self) -> timedelta:
        """Return how long it still holds; negative when it has expired."""
        return self.expires - self.now


def age_of(repository: Repository, role: str) -> Age:
    """Return the age of a role's newest metadata."""
    payload = read_signed(repository.metadata(role))
    expires = payload.expires.replace(tzinfo=UTC)
    signed = expires - timedelta(days=repository.state.profile.days(role))
    return Age(role, payload.version, signed, expires, repository.now)
