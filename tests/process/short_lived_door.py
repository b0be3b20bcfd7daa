"""A door that starts a reader, prints its process id, and waits to be killed."""

import select
import sys
import time
from pathlib import Path

from scanner.process.child import Program
from scanner.sight.attention import Effort
from scanner.sight.memory import FrameMemory
from scanner.sight.reader import READER, Reader
from scanner.sight.sightings import Shot

HERE = Path(__file__).resolve().parents[1] / "sight"
LOOP = 12

if __name__ == "__main__":
    loops = sys.argv[1] == "loops"
    rogue = Program("rogue_child", path=f"{HERE.parents[1]}:{HERE}")
    reader = Reader(FrameMemory(slots=1), program=rogue if loops else READER)
    reader.start(now_s=time.monotonic())
    while not reader.ready:
        select.select([reader.fileno()], [], [], 5)
        reader.receive()
    if loops:
        shot = Shot(LOOP, 0, 0, 2, 2, changed_cells=0)
        reader.submit(shot, effort=Effort.GLANCE, now_s=time.monotonic())
    print(reader.pid, flush=True)
    select.select([], [], [])
