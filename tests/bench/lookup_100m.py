"""Revoked ids among 100 million: as `lookup`, without the rivals; 1.1 GB of disk."""

from collections.abc import Iterator

from tests.bench import lookup
from tests.bench.figures import Figure


def bench() -> Iterator[Figure]:
    """Make the large list, ask it, change it."""
    yield from lookup.bench(100_000_000)
