"""A door that has its keeper show green, says so, and waits to be killed."""

import os
import select
import sys
import time

from scanner.process.child import Program
from scanner.signals import DARK, Keeper, Pattern, Wiring

if __name__ == "__main__":
    folder, path = sys.argv[1:]
    keeper = Keeper(Wiring(), program=Program("mock_keeper", path=path, cwd=folder))
    keeper.start(now_s=time.monotonic())
    while keeper.told is None:
        select.select([keeper.fileno()], [], [], 5)
        keeper.receive(now_s=time.monotonic())
    keeper.signal(Pattern.ACCEPT, DARK, at_ms=0)
    print(keeper.pid, flush=True)
    while os.getppid() > 1:
        keeper.beat(time.monotonic())
        select.select([keeper.fileno()], [], [], 0.1)
        keeper.check(time.monotonic())
