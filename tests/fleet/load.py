"""Polls without news against a real web server, as fast as one Python process makes them."""

import http.client
import selectors
import socket
import time
from dataclasses import dataclass
from typing import Final

_LANES: Final = 16
_BOUND_S: Final = 5.0
_READ_BYTES: Final = 4096
_ANSWERS: Final = 2


@dataclass(frozen=True, slots=True)
class Load:
    """What was carried: polls, each a connection of its own with two requests, and seconds."""

    polls: int
    seconds: float

    @property
    def polls_per_s(self) -> float:
        """Return the rate of whole polls."""
        return self.polls / self.seconds


class _Lane:
    """One poll after the other: connect, ask twice, read to the end, close."""

    def __init__(self, address: tuple[str, int], requests: bytes) -> None:
        self._address = address
        self._requests = requests
        self.polls = 0
        self.begin()

    def begin(self) -> None:
        """Begin the next poll."""
        self.end = socket.create_connection(self._address, timeout=_BOUND_S)
        self.end.sendall(self._requests)
        self.answers = 0

    def go_on(self) -> bool:
        """Read what came; say whether the poll is over."""
        piece = self.end.recv(_READ_BYTES)
        self.answers += piece.count(b"HTTP/1.1 ")
        if piece:
            return False
        if self.answers != _ANSWERS:
            raise RuntimeError("the web server answers otherwise than expected")
        self.polls += 1
        return True


def etag(port: int) -> str:
    """Return the entity tag of the timestamp."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_BOUND_S)
    try:
        connection.request("GET", "/metadata/timestamp.json")
        return connection.getresponse().headers["ETag"]
    finally:
        connection.close()


def polls(port: int, *, etag: str, seconds: float) -> Load:
    """Ask for `seconds` for what a door without news asks for."""
    head = f"Host: 127.0.0.1:{port}\r\nUser-Agent: door-scanner\r\nAccept-Encoding: identity\r\n"
    first = f"GET /metadata/2.root.json HTTP/1.1\r\n{head}\r\n"
    second = (
        f"GET /metadata/timestamp.json HTTP/1.1\r\n{head}If-None-Match: {etag}\r\n"
        "Connection: close\r\n\r\n"
    )
    requests = (first + second).encode()
    began = time.monotonic()
    with selectors.DefaultSelector() as selector:
        lanes = [_Lane(("127.0.0.1", port), requests) for _ in range(_LANES)]
        for lane in lanes:
            selector.register(lane.end, selectors.EVENT_READ, lane)
        while time.monotonic() - began < seconds:
            for key, _ in selector.select(_BOUND_S):
                lane = key.data
                if lane.go_on():
                    selector.unregister(key.fileobj)
                    lane.end.close()
                    lane.begin()
                    selector.register(lane.end, selectors.EVENT_READ, lane)
        for lane in lanes:
            selector.unregister(lane.end)
            lane.end.close()
    return Load(sum(lane.polls for lane in lanes), time.monotonic() - began)
