"""An emulated machine with simulated pins, booted once for all tests of this folder.

QEMU runs it without acceleration, without a network, and on a disk that forgets. It takes commands
on a serial port; programs for it are the files of guest/, sent as they are.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.machine.emulated import Machine

HERE: Final = Path(__file__).parent
PREPARE: Final = HERE / "prepare"
QEMU: Final = "qemu-system-x86_64"

# 13 s alone; other work on the host may double that.
BOOT_DEADLINE_S: Final = 180.0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.machine)


def _prepared() -> Path:
    if shutil.which(QEMU) is None:
        pytest.skip(f"there is no {QEMU} (remedy: apt-get install qemu-system-x86)")
    named = os.environ.get("DOOR_SCANNER_MACHINE")
    if named:
        return Path(named)
    asked = subprocess.run(
        [PREPARE, "--where"], capture_output=True, text=True, check=False, timeout=60
    )
    if asked.returncode != 0:
        pytest.skip("the emulated machine is not built (remedy: tests/machine/prepare, as root)")
    return Path(asked.stdout.strip())


def _qemu(folder: Path, *, scratch: Path) -> list[str]:
    return [
        # It ends with the tests, however they end.
        *("setpriv", "--pdeathsig", "KILL", QEMU),
        *("-machine", "q35", "-accel", "tcg", "-cpu", "max", "-m", "1024"),
        # Two processors that patch the kernel's code under each other crash it in QEMU 7, one time
        # in ten.
        *("-smp", "1"),
        *("-nodefaults", "-display", "none", "-nic", "none", "-no-reboot"),
        *("-serial", f"file:{scratch}/console.log"),
        *("-kernel", f"{folder}/vmlinuz", "-initrd", f"{folder}/initrd"),
        # It need not test its ciphers.
        *("-append", "root=/dev/vda console=ttyS0 panic=-1 quiet cryptomgr.notests"),
        *("-drive", f"file={folder}/root.img,if=virtio,format=raw,snapshot=on"),
        *("-device", "virtio-serial"),
        *("-chardev", f"socket,id=tests,path={scratch}/port,server=on,wait=off"),
        *("-device", "virtserialport,chardev=tests,name=tests"),
    ]


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """Boot it; the console's words are kept beside the port."""
    folder = _prepared()
    scratch = tmp_path_factory.mktemp("machine")
    with subprocess.Popen(_qemu(folder, scratch=scratch), cwd=scratch) as process:
        try:
            yield _booted(scratch / "port", process=process)
        finally:
            process.kill()


@pytest.fixture(autouse=True)
def _tidy(machine: Machine) -> Iterator[None]:
    """Let the next test find the pins as this one did."""
    yield
    machine.tidy()


def _booted(path: Path, *, process: subprocess.Popen[bytes]) -> Machine:
    deadline_s = time.monotonic() + BOOT_DEADLINE_S
    port = socket.socket(socket.AF_UNIX)
    while port.connect_ex(str(path)) != 0:
        assert process.poll() is None, "QEMU ended at once"
        assert time.monotonic() < deadline_s, "QEMU makes no port"
        time.sleep(0.05)
    machine = Machine(port, process=process)
    machine.answer(0, deadline_s=deadline_s)
    machine.sh("mkdir -p /run/tests")
    for program in (HERE / "guest").iterdir():
        text = program.read_text(encoding="utf-8")
        machine.run("tee", f"/run/tests/{program.name}", given=text)
    return machine
