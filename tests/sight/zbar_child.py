"""A reader that asks zbar about every frame, inside the same cage after the same warm-up."""

import mmap
import socket

import numpy as np

from scanner.process import wire
from scanner.process.kernel import die_with_parent
from scanner.sight import cage
from scanner.sight.second import SecondOpinion
from scanner.sight.sightings import Serves
from scanner.sight.warmup import warm_up


def main(arguments: list[str]) -> None:
    wire_fd, parent_pid, memory_fd = map(int, arguments[:3])
    die_with_parent(parent_pid)
    end = socket.socket(fileno=wire_fd)
    frames = mmap.mmap(memory_fd, 1 << 20, flags=mmap.MAP_SHARED, prot=mmap.PROT_READ)
    second = SecondOpinion()
    warm_up(Serves.FRAMES)
    held = cage.shut(wire_fd=wire_fd)
    greeting = {"ready": True, "cage": held.value, "second_opinion": second.available}
    wire.send(end, greeting)
    while True:
        asked = (wire.receive(end) or {})["look"]
        size = asked["width"] * asked["height"]
        grey = np.frombuffer(frames, np.uint8, size).reshape(asked["height"], asked["width"])
        second.ask(grey)
        wire.send(end, {"frame": asked["frame"], "codes": [], "read_ms": 0.0, "error": None})
