"""An eye that lies, or says nothing; its camera argument names how."""

import json
import socket

from scanner.process import wire

SHOT: dict[str, object] = {
    "frame": 0,
    "at_ms": 0,
    "slot": 0,
    "width": 4,
    "height": 4,
    "changed": 0,
    "note": None,
}
OPENED: dict[str, object] = {"opened": True, "paced": False}
LIES: dict[str, list[dict[str, object]]] = {
    "a slot that is not there": [SHOT | {"slot": 2}],
    "a slot twice": [SHOT, SHOT | {"frame": 1}],
    "a picture larger than its slot": [SHOT | {"width": 1025, "height": 1024}],
    "a width that is a word": [SHOT | {"width": "wide"}],
    "a frame below zero": [SHOT | {"frame": -1}],
    "a note that is a number": [SHOT | {"note": 3}],
    "a time that leaps": [SHOT | {"at_ms": 1 << 50}],
    "a time that goes back": [SHOT | {"at_ms": 500}, SHOT | {"frame": 1, "slot": 1, "at_ms": 499}],
    "a long error": [{"error": "x" * 501}],
    "a name that is a number": [{"opened": True, "paced": True, "name": 7}],
    "a note of the camera that is a list": [{"opened": True, "paced": True, "note": []}],
    "opened twice": [OPENED, OPENED],
    "a frame after the end": [OPENED, {"end": ""}, SHOT],
    "paced": [{"opened": True, "paced": True}],
    "lossless": [{"opened": True, "paced": False}],
}


def main(arguments: list[str]) -> None:
    end = socket.socket(fileno=int(arguments[0]))
    how = arguments[5]
    told = LIES.get(how, [])
    # Whoever tells of frames has said first that the camera is open.
    for message in [OPENED, *told] if told and "frame" in told[0] else told:
        end.send(json.dumps(message).encode())
    if how == "no JSON":
        end.send(b"opened")
    if how == "a long message":
        end.send(b" " * (wire.SMALL_BYTES + 1))
    end.recv(1)
