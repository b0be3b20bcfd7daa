"""What a process of the door's unit cannot do, tried by a probe in the unit's own sandbox."""

import json
from typing import Any, Final

import pytest

from tests.service.container import UNIT, Container

# Tried in place of the door, with nothing of the unit changed but its command.
PROBE: Final = r"""
import ctypes, errno, json, os, socket, sys

def outcome(attempt, *given):
    try:
        attempt(*given)
    except OSError as error:
        return errno.errorcode[error.errno]
    return "done"

def connect(family, address):
    with socket.socket(family, socket.SOCK_STREAM) as end:
        end.settimeout(2)
        end.connect(address)

def link():
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0):
        pass

def write(path):
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT))

def read(path):
    os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))

def executable_memory():
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    if libc.mmap(None, 4096, 7, 0x22, -1, 0) == ctypes.c_void_p(-1).value:
        raise OSError(ctypes.get_errno(), "mmap")

def namespace():
    if ctypes.CDLL(None, use_errno=True).unshare(0x10000000) != 0:
        raise OSError(ctypes.get_errno(), "unshare")

told = {
    "connect": outcome(connect, socket.AF_INET, ("127.0.0.1", 22)),
    "connect 6": outcome(connect, socket.AF_INET6, ("::1", 22)),
    "netlink": outcome(link),
    "interfaces": [name for _, name in socket.if_nameindex()],
    "home": outcome(os.listdir, "/home") + "|" + outcome(os.listdir, "/root"),
    "write /etc": outcome(write, "/etc/door-scanner/mark"),
    "write /opt": outcome(write, "/opt/door-scanner/mark"),
    "write /usr": outcome(write, "/usr/mark"),
    "write /srv": outcome(write, "/srv/mark"),
    "write state": outcome(write, "/var/lib/door-scanner/mark"),
    "write run": outcome(write, "/run/door-scanner/mark"),
    "write tmp": outcome(write, "/tmp/mark"),
    "foreign device": outcome(read, "/srv/foreign"),
    "null": outcome(read, "/dev/null"),
    "processes": sorted(int(name) for name in os.listdir("/proc") if name.isdigit()),
    "own": os.getpid(),
    "machine": outcome(read, "/proc/cpuinfo") + "|" + outcome(read, "/proc/sys/kernel/version"),
    "executable memory": outcome(executable_memory),
    "namespace": outcome(namespace),
    "raise priority": outcome(os.setpriority, os.PRIO_PROCESS, 0, -5),
    "hand to door-tech": outcome(os.chown, "/run/door-scanner/mark", -1, int(sys.argv[1])),
    "groups": sorted(os.getgroups()),
    "capabilities": [line.split()[1] for line in open("/proc/self/status") if line[:3] == "Cap"],
    "umask": os.umask(0),
}
with open("/run/door-scanner/told", "w") as file:
    json.dump(told, file)
"""


@pytest.fixture
def told(door: Container) -> dict[str, Any]:
    """What the probe found out."""
    groups = {
        name: int(door.run("getent", "group", name).stdout.split(":")[2])
        for name in ("video", "gpio", "door-tech", "door-scanner")
    }
    door.run("systemctl", "stop", UNIT)
    door.write("/usr/local/bin/probe.py", PROBE)
    # A file that anybody may open, for a device that the unit does not name: fuse.
    door.run("mknod", "-m", "666", "/srv/foreign", "c", "10", "229")
    door.run("python3", "-c", 'open("/srv/foreign").close()')
    door.write(
        f"/run/systemd/system/{UNIT}.d/probe.conf",
        "[Service]\nType=oneshot\nRestart=no\nRemainAfterExit=yes\nExecStart=\n"
        f"ExecStart=/usr/bin/python3 -I /usr/local/bin/probe.py {groups['door-tech']}\n",
    )
    door.run("systemctl", "daemon-reload")
    door.run("systemctl", "start", UNIT)
    found: dict[str, Any] = json.loads(door.read("/run/door-scanner/told"))
    assert sorted(found["groups"]) == sorted(groups.values())
    return found


def test_nothing_leaves_the_sandbox_of_the_door(told: dict[str, Any]) -> None:
    assert told["connect"] == told["connect 6"] == "EAFNOSUPPORT"
    assert told["interfaces"] == ["lo"]
    assert told["home"] in {"EACCES|EACCES", "done|EACCES"}
    assert [told[f"write /{name}"] for name in ("etc", "opt", "usr", "srv")] == ["EROFS"] * 4
    assert told["foreign device"] == "EPERM"
    assert told["processes"] == [told["own"]]
    assert told["machine"] == "ENOENT|ENOENT"
    assert told["executable memory"] == "EPERM"
    assert told["namespace"] == "EPERM"
    assert told["raise priority"] == "EPERM"
    assert set(told["capabilities"]) == {"0" * 16}
    assert told["umask"] == 0o077


def test_what_the_door_needs_is_inside(told: dict[str, Any]) -> None:
    for need in ("netlink", "write state", "write run", "write tmp", "null"):
        assert told[need] == "done", need
    assert told["hand to door-tech"] == "done"
