"""A reader that was taken over: caged like the real one, then as evil as it can be."""

import ctypes
import json
import mmap
import os
import socket
from collections.abc import Callable
from typing import Any

from scanner.process import wire
from scanner.process.kernel import die_with_parent
from scanner.sight import cage

CODE = {"raw": "SEk=", "corners": [[0, 0], [9, 0], [9, 9], [0, 9]]}


def answer(**changed: Any) -> bytes:
    """An honest answer to frame 0, with some fields changed."""
    return json.dumps(
        {"frame": 0, "codes": [CODE], "read_ms": 1.0, "error": None} | changed
    ).encode()


LIES: dict[str, bytes] = {
    "another frame": answer(frame=7),
    "a frame that is a boolean": answer(frame=False),
    "no codes": answer(codes=None),
    "seventeen codes": answer(codes=[CODE] * 17),
    "a code that is a string": answer(codes=["HI"]),
    "raw that is a number": answer(codes=[CODE | {"raw": 5}]),
    "raw that is not base64": answer(codes=[CODE | {"raw": "SEk"}]),
    "raw with a foreign letter": answer(codes=[CODE | {"raw": "SEk=\n"}]),
    "empty raw": answer(codes=[CODE | {"raw": ""}]),
    "raw longer than any code": answer(codes=[CODE | {"raw": "AAAA" * 2364}]),
    "three corners": answer(codes=[CODE | {"corners": [[0, 0]] * 3}]),
    "a corner of three numbers": answer(codes=[CODE | {"corners": [[0, 0, 0]] * 4}]),
    "a corner that is a fraction": answer(codes=[CODE | {"corners": [[0.5, 0]] * 4}]),
    "a corner a million miles away": answer(codes=[CODE | {"corners": [[1 << 21, 0]] * 4}]),
    "a time that is a word": answer(read_ms="fast"),
    "a time that is no number": answer(read_ms=float("nan")),
    "a time before the question": answer(read_ms=-1.0),
    "an error that is a list": answer(error=[]),
    "a list": b"[]",
    "no JSON": b"{",
    "no UTF-8": b"\xff\xfe\xfd\xfc",
    "brackets a thousand deep": b"[" * 100_000,
    "a packet beyond the limit": b" " * (wire.MAX_MESSAGE_BYTES + 1),
}


def segfault() -> None:
    ctypes.string_at(0)


def loop() -> None:
    while True:
        pass


def eat_memory() -> None:
    eaten = []
    while True:
        eaten.append(bytearray(64 << 20))


def become_executable() -> None:
    libc = ctypes.CDLL(None)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap(None, ctypes.c_size_t(4096), 7, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0)


def write_frames() -> None:
    # Through the descriptor that the reader got: it was opened for reading only.
    os.write(MEMORY_FD, b"x")


def signal_parent() -> None:
    os.kill(os.getppid(), 9)


def open_tcp() -> None:
    socket.socket(socket.AF_INET)


FORBIDDEN: dict[str, Callable[[], object]] = {
    "open a file": lambda: os.open("/etc/hostname", os.O_RDONLY),
    "create a file": lambda: os.open("/tmp/rogue", os.O_CREAT | os.O_WRONLY),  # noqa: S108
    "open a socket": open_tcp,
    "make a socket pair": socket.socketpair,
    "execute a program": lambda: os.execv("/bin/true", ["true"]),  # noqa: S606
    "fork": os.fork,
    "kill the door": signal_parent,
    "map executable memory": become_executable,
    "write into the frames": write_frames,
    "duplicate a descriptor": lambda: os.dup(0),
    "raise its own limits": lambda: __import__("resource").setrlimit(7, (99, 99)),
}
OTHER: dict[str, Callable[[], object]] = {
    "segfault": segfault,
    "loop": loop,
    "eat memory": eat_memory,
    "exit": lambda: os._exit(0),
}
MISDEEDS = list(FORBIDDEN | OTHER)
MEMORY_FD = -1


def main(arguments: list[str]) -> None:
    """Width 1 asks for a lie by height, 3 for two answers, any other for a misdeed by frame."""
    global MEMORY_FD
    wire_fd, parent_pid, MEMORY_FD = map(int, arguments[:3])
    die_with_parent(parent_pid)
    end = socket.socket(fileno=wire_fd)
    lies, deeds = list(LIES.values()), FORBIDDEN | OTHER
    held = cage.shut(wire_fd=wire_fd)
    wire.send(end, {"ready": True, "cage": held.value, "second_opinion": False})
    while True:
        asked = (wire.receive(end) or {})["look"]
        if asked["width"] == 1:
            end.send(lies[asked["height"] - 1])
            continue
        if asked["width"] == 3:
            end.send(answer())
            end.send(answer())
            continue
        try:
            deeds[MISDEEDS[asked["frame"]]]()
        except MemoryError:
            os._exit(9)
        end.send(answer(frame=asked["frame"]))
