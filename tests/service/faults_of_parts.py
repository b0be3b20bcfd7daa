"""Faults of the machine: camera, reader, pins, and the door's own process."""

from tests.service.conftest import change
from tests.service.container import UNIT
from tests.service.fault import Watch, restart
from tests.service.house import FILM, FRAMES

EYE = "eye_child"
READER = "reader_child"
CGROUP = f"/sys/fs/cgroup/memory/system.slice/{UNIT}"
# Joins the service's memory, and takes all of it and a little more.
HOG = """
import os, sys, time
folder = sys.argv[1]
open(folder + "/cgroup.procs", "w").write(str(os.getpid()))
open("/proc/self/oom_score_adj", "w").write("0")
free = 420 * 2**20 - int(open(folder + "/memory.usage_in_bytes").read())
held = [bytearray(os.urandom(4096)) * 1024 for _ in range(free // 2**22)]
time.sleep(60)
"""
DARK = "seen: dark by ExecStopPost, from the door's end"


def camera_gone_at_boot(watch: Watch) -> None:
    """Camera gone at power-on."""
    watch.system.take_away(FRAMES)
    watch.system.power_off()
    watch.system.boot()
    watch.sees("camera_lost")
    started = int(watch.system.show("ExecMainStartTimestampMonotonic"))
    # Ready as systemd counts it: the fault is on the lamps.
    watch.row.seen_s = (int(watch.system.show("ActiveEnterTimestampMonotonic")) - started) / 1e6
    watch.row.remark = watch.restarts()
    watch.begins()
    watch.system.give_back(FRAMES)
    watch.comes_back()


def camera_gone_live(watch: Watch) -> None:
    """Camera gone while the door runs."""
    watch.system.take_away(FRAMES)
    watch.harms("kill", "-KILL", watch.pid(EYE))
    watch.sees("camera_lost")
    watch.waits_longest()
    watch.begins()
    watch.system.give_back(FRAMES)
    watch.comes_back()
    watch.row.remark = f"given back when the longest pause began; {watch.restarts()}"


def camera_stalls(watch: Watch) -> None:
    """Camera stalls: its process is stopped."""
    watch.harms("kill", "-STOP", watch.pid(EYE))
    watch.sees("camera_lost")
    watch.comes_back()
    watch.row.remark = "from the stall on; it is replaced"


def eye_killed(watch: Watch) -> None:
    """Eye killed (-9)."""
    watch.harms("kill", "-KILL", watch.pid(EYE))
    watch.sees("camera_lost")
    watch.comes_back()


def no_picamera(watch: Watch) -> None:
    """Camera of a Pi set, picamera2 not installed."""
    change(watch.system, source="picamera2")
    watch.begins()
    restart(watch.system)
    watch.sees("camera_lost", restarted=True)
    watch.row.remark = f"after the settings were changed; {watch.restarts()}"
    change(watch.system, source=FILM)
    watch.begins()
    restart(watch.system)
    watch.comes_back(restarted=True)


def no_usb_camera(watch: Watch) -> None:
    """USB camera set, none there."""
    change(watch.system, source="opencv:0")
    watch.begins()
    restart(watch.system)
    watch.sees("camera_lost", restarted=True)
    watch.row.remark = f"after the settings were changed; {watch.restarts()}"
    change(watch.system, source=FILM)
    watch.begins()
    restart(watch.system)
    watch.comes_back(restarted=True)


def reader_killed(watch: Watch) -> None:
    """Reader killed (-9)."""
    watch.harms("kill", "-KILL", watch.pid(READER))
    watch.sees("reader_lost")
    watch.comes_back()


def reader_hangs(watch: Watch) -> None:
    """Reader hangs: its process is stopped."""
    watch.harms("kill", "-STOP", watch.pid(READER))
    watch.sees("reader_lost")
    watch.comes_back()
    watch.row.remark = "from the hang on; 1 s is its deadline"


def reader_out_of_memory(watch: Watch) -> None:
    """Memory of the service runs out."""
    reader, door = watch.pid(READER), watch.system.show("MainPID")
    score = watch.system.read(f"/proc/{reader}/oom_score_adj").strip()
    assert watch.system.read(f"{CGROUP}/memory.limit_in_bytes").strip() == str(400 << 20)
    watch.begins()
    hog = watch.system.start("python3", "-c", HOG, CGROUP)
    try:
        watch.sees("reader_lost")
        watch.row.remark = f"the kernel takes the reader (oom_score_adj {score}), not the door"
        watch.begins()
    finally:
        watch.system.run("pkill", "-KILL", "-f", CGROUP, check=False)
        hog.wait(10)
    watch.comes_back()
    assert watch.system.show("MainPID") == door


def no_chip(watch: Watch) -> None:
    """No GPIO chip."""
    change(watch.system, output="gpio")
    watch.begins()
    restart(watch.system)
    watch.sees("pins_lost", restarted=True)
    watch.row.remark = f"light in the status only; {watch.restarts()}"
    change(watch.system, output="none")
    watch.begins()
    restart(watch.system)
    watch.comes_back(restarted=True)


def door_killed(watch: Watch) -> None:
    """Door killed (-9)."""
    watch.harms("kill", "-KILL", watch.system.show("MainPID"))
    watch.goes_dark()
    watch.asks()
    watch.comes_back(restarted=True)
    watch.row.remark = DARK


def door_hangs(watch: Watch) -> None:
    """Door hangs: its process is stopped, the watchdog kills it."""
    watch.harms("kill", "-STOP", watch.system.show("MainPID"))
    watch.system.await_that(
        lambda: watch.system.run("door-scanner", "status", check=False).returncode == 3,
        why="its silence is noticed",
    )
    watch.asks()
    watch.goes_dark()
    watch.comes_back(restarted=True)
    watch.row.remark = f"{DARK}; WatchdogSec is 10 s"


def all_killed(watch: Watch) -> None:
    """Door and children killed at once (-9)."""
    watch.harms("kill", "-KILL", watch.system.show("MainPID"), *watch.system.children())
    watch.goes_dark()
    watch.asks()
    watch.comes_back(restarted=True)
    watch.row.remark = DARK


def power_gone(watch: Watch) -> None:
    """Whole machine killed, then started."""
    watch.begins()
    watch.system.cut_power()
    watch.system.boot()
    watch.comes_back()
    watch.row.light = "dark"
    watch.row.remark = "the boot of the container counts; a disk that loses writes is not tried"
