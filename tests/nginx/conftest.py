"""A feed that a real nginx serves, and a door that fetches it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.nginx.serving import Nginx, NoNginxError, unpacked
from tests.sync.supplier import Feed, new_feed


@pytest.fixture(scope="session")
def prefix() -> Path:
    """An unpacked nginx; the test is skipped where there can be none."""
    try:
        return unpacked()
    except NoNginxError as error:
        pytest.skip(str(error))


@pytest.fixture
def feed(tmp_path: Path) -> Feed:
    """A feed with one list of two parts."""
    feed = new_feed(tmp_path / "feed")
    feed.revoke(range(10**13, 10**13 * 200_001, 10**13))
    return feed


@pytest.fixture
def nginx(tmp_path: Path, prefix: Path, feed: Feed) -> Iterator[Nginx]:
    """The web server of that feed."""
    found = Nginx(tmp_path / "nginx", prefix=prefix, public=feed.public)
    found.asked()
    yield found
    found.close()
