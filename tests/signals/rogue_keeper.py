"""A keeper that lies: the chip of its wiring names how."""

import json
import socket

from scanner.signals.wiring import Wiring

HOLDS = {"holds": "chip: green 17"}
LIES: dict[str, list[object]] = {
    "no greeting": [{"beat": 1}],
    "a greeting that is a number": [{"holds": 3}],
    "a greeting that is too long": [{"holds": "x" * 501}],
    "an answer to no beat": [HOLDS, {"beat": 7}],
    "an answer that is a word": [HOLDS, {"beat": "one"}],
    "a list": [[]],
    "a failure in the middle": [HOLDS, {"error": "GPIO 17 went away"}],
}


def main(arguments: list[str]) -> None:
    end = socket.socket(fileno=int(arguments[0]))
    for message in LIES[Wiring.from_json(arguments[2]).chip]:
        end.send(json.dumps(message).encode())
    while end.recv(4096):
        pass
