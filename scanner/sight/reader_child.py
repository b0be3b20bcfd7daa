"""The process that looks at hostile pictures: warms up, shuts its cage, then only reads.

Arguments: socket, parent pid, memory descriptor, slots, bytes a slot, what it serves. Its
questions, of `frames` or of `files`, and its answer:

    {"look": {frame, slot, width, height, at_ms, rescue}}
    {"picture": {frame, slot, bytes}}
    {"frame", "codes": [{"raw": base64, "corners": [[x, y] * 4]}], "read_ms", "error"}

It says {"ready": true, "cage", "second_opinion"} first. Its end comes with the end of
the socket, or of its parent.
"""

import contextlib
import mmap
import os
import socket
from typing import Final

from scanner.process import wire
from scanner.process.kernel import die_with_parent, leave_ending_to_the_door
from scanner.sight import cage
from scanner.sight.sightings import Serves

_OOM_SCORE: Final = "1000"
"""Out of memory, the kernel takes this process first: it is the one replaced soonest."""


def main(arguments: list[str]) -> None:
    """Run the child; never returns."""
    wire_fd, parent_pid, memory_fd, slots, slot_bytes = map(int, arguments[:5])
    serves = Serves(arguments[5])
    leave_ending_to_the_door()
    die_with_parent(parent_pid)
    with contextlib.suppress(OSError):
        _volunteer()
    end = socket.socket(fileno=wire_fd)
    frames = mmap.mmap(memory_fd, slots * slot_bytes, flags=mmap.MAP_SHARED, prot=mmap.PROT_READ)
    try:
        # Imported here: a module that is missing becomes a message and not a silent death.
        from scanner.sight.answers import Answers  # noqa: PLC0415
        from scanner.sight.warmup import warm_up  # noqa: PLC0415

        answers = Answers(memoryview(frames), slot_bytes=slot_bytes, serves=serves)
        warm_up(serves)
    except Exception as error:  # noqa: BLE001 - whatever it is, the door must learn of it
        wire.send(end, {"error": f"{type(error).__name__}: {error}"[:400]})
        os._exit(1)
    held = cage.shut(wire_fd=wire_fd)
    hello = {"ready": True, "cage": held.value, "second_opinion": answers.has_second_opinion}
    try:
        wire.send(end, hello)
        while True:
            request = wire.receive(end, max_bytes=wire.SMALL_BYTES)
            wire.send(end, answers.answer(request or {}))
    except wire.WireClosed:
        os._exit(0)
    except BaseException:  # noqa: BLE001 - a traceback would open source files, and be killed
        os._exit(1)


def _volunteer() -> None:
    with open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:  # noqa: PTH123
        score.write(_OOM_SCORE)
