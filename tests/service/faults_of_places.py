"""Faults of files: keys, lists, the state folder, /run, the clock, a library."""

from pathlib import Path
from typing import Final

from tests.service.conftest import SETTINGS
from tests.service.fault import Watch, restart
from tests.service.house import TRUST

STATE: Final = "/var/lib/door-scanner"
RUN: Final = "/run/door-scanner"
_SMALL: Final = "size=64k,mode=0700,uid=door-scanner,gid=door-scanner"
_FAKETIME: Final = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
_DROP_IN: Final = "/run/systemd/system/door-scanner.service.d/clock.conf"
_ZBAR: Final = "/usr/lib/x86_64-linux-gnu/libzbar.so.0"


def no_key(watch: Watch) -> None:
    """No trusted key."""
    watch.system.take_away(TRUST)
    # A file of another name would count as one: the folder is to be empty.
    watch.system.run("mv", f"{TRUST}.away", "/root/")
    watch.begins()
    restart(watch.system)
    watch.sees("list_missing", restarted=True)
    watch.begins()
    watch.system.run("mv", f"/root/{Path(TRUST).name}.away", TRUST)
    restart(watch.system)
    watch.comes_back(restarted=True)
    watch.row.remark = "after the key came and a restart"


def broken_key(watch: Watch) -> None:
    """Broken key file beside a good one."""
    watch.system.write("/etc/door-scanner/trust/broken.der", b"\x30\x82 no certificate")
    watch.begins()
    restart(watch.system)
    watch.sees("list_missing", restarted=True)
    watch.begins()
    watch.system.run("rm", "/etc/door-scanner/trust/broken.der")
    restart(watch.system)
    watch.comes_back(restarted=True)
    watch.row.remark = "after a restart"


def broken_list(watch: Watch) -> None:
    """Broken list of revoked ids."""
    watch.system.write("/etc/door-scanner/revoked/list.txt", "dcc-uci:not-hex\n")
    watch.begins()
    restart(watch.system)
    watch.sees("list_missing", restarted=True)
    watch.begins()
    watch.system.run("rm", "/etc/door-scanner/revoked/list.txt")
    restart(watch.system)
    watch.comes_back(restarted=True)
    watch.row.remark = "after a restart"


def disk_full_at_start(watch: Watch) -> None:
    """State folder full at the start (64 KB)."""
    watch.system.run("systemctl", "stop", "door-scanner")
    _small_disk(watch)
    _fill(watch, STATE)
    watch.comes_up()
    watch.warns()
    watch.goes_on()


def disk_full_live(watch: Watch) -> None:
    """State folder full while the door runs (64 KB)."""
    watch.system.run("systemctl", "stop", "door-scanner")
    _small_disk(watch)
    watch.comes_up()
    _fill(watch, STATE)
    watch.goes_on()
    watch.row.remark = "counts of the quarter hour wait in memory"


def state_read_only(watch: Watch) -> None:
    """State folder read-only."""
    watch.system.run("systemctl", "stop", "door-scanner")
    watch.system.run("mount", "--bind", STATE, STATE)
    watch.system.run("mount", "-o", "remount,bind,ro", STATE)
    watch.comes_up()
    watch.warns()
    watch.goes_on()


def run_full(watch: Watch) -> None:
    """/run full while the door runs."""
    size = watch.system.run("df", "--output=size", "-k", "/run").stdout.split()[-1]
    watch.system.run("mount", "-o", "remount,size=2M", "/run")
    _fill(watch, "/run")
    watch.begins()
    watch.system.await_that(
        lambda: watch.system.run("door-scanner", "status", check=False).returncode == 3,
        why="status says that nothing is told any more",
    )
    watch.asks()
    before = watch.system.run("door-scanner", "log").stdout
    watch.system.await_that(
        lambda: watch.system.run("door-scanner", "log").stdout != before, why="decisions go on"
    )
    watch.row.light = "as ever"
    watch.harms("rm", "/run/filling")
    watch.system.await_that(
        lambda: watch.system.run("door-scanner", "status", check=False).returncode == 0,
        why="status tells again",
    )
    watch.comes_back()
    watch.system.run("mount", "-o", f"remount,size={size}k", "/run")
    watch.row.remark = "decisions go on; log tells them"


def clock_behind(watch: Watch) -> None:
    """Clock at 2020, before the release of the software."""
    watch.system.write("/usr/local/lib/faketime.so", Path(_FAKETIME).read_bytes())
    lines = (
        "[Service]",
        "Environment=LD_PRELOAD=/usr/local/lib/faketime.so",
        "Environment=FAKETIME=@2020-03-01\\x2000:00:00",
        "Environment=FAKETIME_DONT_FAKE_MONOTONIC=1",
    )
    watch.system.write(_DROP_IN, "\n".join(lines) + "\n")
    watch.system.run("systemctl", "daemon-reload")
    watch.comes_up()
    assert watch.told["clock"] == {"trusted": False}, watch.told
    watch.goes_on()
    decided = watch.system.status()["decisions"]
    watch.row.reason = ", ".join(name.partition(".")[2] for name in decided)
    watch.shows("believes")
    watch.row.remark += "; by libfaketime in the unit"


def no_zbar(watch: Watch) -> None:
    """libzbar missing."""
    watch.system.run("sh", "-c", f"mkdir /root/zbar && mv {_ZBAR}* /root/zbar && ldconfig")
    watch.comes_up()
    assert watch.told["reader"]["second_opinion"] is False, watch.told
    watch.goes_on()
    watch.shows("reader")


def damaged_id(watch: Watch) -> None:
    """Door id damaged."""
    watch.system.write(f"{STATE}/door-id", "do0r-#")
    watch.comes_up()
    watch.warns()
    watch.goes_on()


def settings_gone(watch: Watch) -> None:
    """Settings gone."""
    watch.system.run("mv", SETTINGS, "/root/")
    restart(watch.system)
    watch.system.await_that(lambda: watch.system.show("ActiveState") == "failed", why="it gives up")
    watch.row.light = "dark"
    watch.row.line = watch.system.journal().splitlines()[-1]
    status = watch.system.show("ExecMainStatus")
    watch.row.remark = f"exit {status}, {watch.restarts()}"
    watch.begins()
    watch.system.run("mv", f"/root/{Path(SETTINGS).name}", SETTINGS)
    restart(watch.system)
    watch.comes_back(restarted=True)


def _small_disk(watch: Watch) -> None:
    watch.system.run("mount", "-t", "tmpfs", "-o", _SMALL, "tmpfs", STATE)


def _fill(watch: Watch, folder: str) -> None:
    """Leave no room in a folder; that dd fails is meant."""
    watch.system.run("dd", "if=/dev/zero", f"of={folder}/filling", "bs=4k", check=False)
