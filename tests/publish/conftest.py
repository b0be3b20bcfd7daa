"""A feed made at a fixed clock."""

from pathlib import Path

import pytest

from tests.publish.press import Press, new_press


@pytest.fixture
def press(tmp_path: Path) -> Press:
    """A press for a fleet."""
    return new_press(tmp_path)
