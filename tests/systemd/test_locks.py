"""What is installed is locked: exact versions, hashes, and nothing of the machine that locked."""

import re
import tomllib
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2]
LOCKS = ("systemd/requirements.txt", "tests/requirements.txt")
# A final release or one with a corrected packaging (.post1), on the machines that a marker names.
PIN = re.compile(r"^([a-z0-9-]+)==([0-9.]+(?:\.post[0-9]+)?)( ; [a-z_]+ .*)?$")
HASH = re.compile(r"^--hash=sha256:[0-9a-f]{64}$")


def pins(lock: str) -> dict[str, str]:
    """Version by name; a line that is neither a pin with hashes nor empty fails the test."""
    found = {}
    for entry in (SOURCE / lock).read_text().replace("\\\n", "").splitlines():
        requirement, *hashes = re.split(r"\s+(?=--hash)", entry.strip())
        match = PIN.match(requirement.strip())
        assert match, f"{lock}: {entry[:80]}"
        assert hashes, f"{lock}: {match[1]} has no hash"
        assert all(HASH.match(text) for text in hashes), f"{lock}: {match[1]}"
        found[match[1]] = match[2]
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_has_one_version_and_hashes_and_no_address(lock: str) -> None:
    assert len(pins(lock)) > 10
    assert "://" not in (SOURCE / lock).read_text()


def test_the_tools_change_no_version_of_the_runtime() -> None:
    runtime, tools = (pins(lock) for lock in LOCKS)
    shared = runtime.keys() & tools.keys()
    assert {name: runtime[name] for name in shared} == {name: tools[name] for name in shared}


def test_all_that_the_project_asks_for_is_locked() -> None:
    project = tomllib.loads((SOURCE / "pyproject.toml").read_text())
    asked = project["project"]["dependencies"] + project["build-system"]["requires"]
    names = {re.split("[^a-z0-9-]", requirement)[0] for requirement in asked}
    assert names - pins("systemd/requirements.txt").keys() == set()
