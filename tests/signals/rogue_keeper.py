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
    "a press": [HOLDS, {"staff": 2}],
    "a press before a failure": [HOLDS, {"staff": 2}, {"error": "GPIO 17 went away"}],
    "a press before the greeting": [{"staff": 1}],
    "no press at all": [HOLDS, {"staff": 0}],
    "five presses": [HOLDS, {"staff": 5}],
    "presses by the thousand": [HOLDS, {"staff": 1000}],
    "a press that is a truth": [HOLDS, {"staff": True}],
    "a press that is a word": [HOLDS, {"staff": "staff_paper"}],
    "half a press": [HOLDS, {"staff": 0.5}],
    "a button that sticks by number": [HOLDS, {"stuck": 1}],
    "a button that nobody knows of": [HOLDS, {"stuck": None}],
    "a press after the truth": [HOLDS, {"staff": 1}, {"staff": 9}],
    "seventeen presses at once": [HOLDS, *[{"staff": 1}] * 17],
    "a button that sticks and sticks": [HOLDS, *[{"stuck": True}, {"stuck": False}] * 500],
    "sixteen presses at once": [HOLDS, *[{"staff": 1}] * 16],
}


def main(arguments: list[str]) -> None:
    end = socket.socket(fileno=int(arguments[0]))
    for message in LIES[Wiring.from_json(arguments[2]).chip]:
        end.send(json.dumps(message).encode())
    while end.recv(4096):
        pass
