"""What a child is given, and that it never outlives the door."""

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from scanner.process.child import Child, Program
from scanner.sight.memory import FrameMemory

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]
MIRROR = Program("mirror_child", path=f"{CHECKOUT}:{HERE}")


def _reflection(*descriptors: int) -> dict[str, object]:
    child = Child(MIRROR, descriptors=descriptors)
    select.select([child.wire], [], [], 10)
    seen = child.receive(max_bytes=64 * 1024)
    child.end()
    assert seen is not None
    return seen


def test_a_child_holds_its_socket_its_memory_and_dev_null_only() -> None:
    secret = os.open("/dev/zero", os.O_RDONLY)
    os.set_inheritable(secret, True)  # noqa: FBT003 - the signature is theirs
    with FrameMemory(slots=1) as memory:
        descriptors = _reflection(memory.readable_fd)["descriptors"]
    os.close(secret)
    assert isinstance(descriptors, list)
    null, wire_and_memory = descriptors[:3], sorted(descriptors[3:])
    assert null == ["/dev/null"] * 3
    assert len(wire_and_memory) == 2
    assert wire_and_memory[0].startswith("/memfd:frames")
    assert wire_and_memory[1].startswith("socket:")


def test_a_child_inherits_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOOR_SECRET", "42")
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    environment = _reflection()["environment"]
    assert isinstance(environment, list)
    assert "DOOR_SECRET" not in environment
    assert "PYTHONPATH" not in environment


def test_a_child_does_not_import_from_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit(3)\n")
    monkeypatch.chdir(tmp_path)
    assert str(tmp_path) not in str(_reflection()["path"])


def test_a_child_leads_its_own_session() -> None:
    assert _reflection()["session"] != os.getsid(0)


@pytest.mark.parametrize("behaviour", ["waits", "loops"])
def test_a_child_dies_with_a_door_that_is_killed(behaviour: str) -> None:
    door = subprocess.Popen(
        [sys.executable, HERE / "short_lived_door.py", behaviour],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
    )
    assert door.stdout is not None
    child = os.pidfd_open(int(door.stdout.readline()))
    door.kill()
    door.communicate()
    gone, _, _ = select.select([child], [], [], 5)
    os.close(child)
    assert gone
