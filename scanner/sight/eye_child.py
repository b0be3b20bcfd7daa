"""The process that holds the camera: frames into shared memory, one message each.

Arguments: socket, parent pid, memory descriptor, slots, bytes a slot, camera, script
descriptor (-1 for none). It says

    {"opened": true, "paced": bool, "name": "what it is", "note": "what it lacks" or null}
    {"frame": i, "at_ms", "slot", "width", "height", "changed", "note"}
    {"frame": i, "at_ms", "skipped": "why"}
    {"end": "note"}  or  {"error": "why"}

and is told {"free": slot}, and {"keen": true} while a code is in view. A camera that may
lose no frame waits for a free slot; one in real time drops the frame, and leaves out those
in which nothing happens. Needs the standard library, numpy and the adapter alone; under a
Python that lacks one of them, it says so.
"""

import contextlib
import mmap
import os
import socket
import sys
from typing import Final

from scanner.process import wire
from scanner.process.kernel import die_with_parent, leave_ending_to_the_door
from scanner.sight.spec import is_picamera
from scanner.terms import ScannerError

_PACKAGES: Final = frozenset({"picamera2", "libcamera", "numpy"})


def main(arguments: list[str]) -> None:
    """Run the child; never returns."""
    leave_ending_to_the_door()
    wire_fd, parent_pid, memory_fd, slots, slot_bytes = map(int, arguments[:5])
    camera, script_fd = arguments[5], int(arguments[6])
    die_with_parent(parent_pid)
    end = socket.socket(fileno=wire_fd)
    memory = memoryview(mmap.mmap(memory_fd, slots * slot_bytes))
    try:
        # Here, because it loads numpy, which may not be there.
        from scanner.sight.showing import show  # noqa: PLC0415

        show(end, camera_text=camera, script_fd=script_fd, memory=memory, slots=slots)
    except wire.WireClosed:
        os._exit(0)
    except Exception as error:  # noqa: BLE001 - drivers raise what they like; the door is told
        _report(end, _words(error, camera))
        os._exit(1)
    # Not through the interpreter's end: a camera driver's own clean-up may hang.
    os._exit(0)


def _words(error: Exception, camera: str) -> str:
    if isinstance(error, ImportError) and is_picamera(camera):
        remedy = "apt-get install python3-picamera2"
        if (error.name or "").partition(".")[0] in _PACKAGES:
            return f"picamera2 is not installed for {sys.executable} (remedy: {remedy})"
        return f"picamera2 does not load under {sys.executable}: {error} (remedy: {remedy})"
    detail = str(getattr(error, "detail", error))
    return detail if isinstance(error, ScannerError) else f"{type(error).__name__}: {detail}"


def _report(end: socket.socket, text: str) -> None:
    try:
        # What is left unread when a socket closes resets it, and the door would lose this line.
        end.shutdown(socket.SHUT_RD)
        end.settimeout(0)
        with contextlib.suppress(wire.WireClosed):
            while wire.receive(end, max_bytes=wire.SMALL_BYTES) is not None:
                pass
        wire.send(end, {"error": text[:400]})
    except (OSError, wire.WireClosed):
        os._exit(0)
