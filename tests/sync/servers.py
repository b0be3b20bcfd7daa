"""A list server on the loopback that can misbehave in every way a network knows."""

import hashlib
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

HOST: Final = "127.0.0.1"
_HEAD_END: Final = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asked."""

    path: str
    headers: dict[str, str]
    size: int


@dataclass(slots=True)
class Reply:
    """An answer; `body` may be anything, and need not be what the headers promise."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    declared: int | None = None

    def to_bytes(self) -> bytes:
        length = len(self.body) if self.declared is None else self.declared
        head = {"Content-Length": str(length), **self.headers}
        if self.status == 304:
            head.pop("Content-Length")
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items() if value)
        return f"HTTP/1.1 {self.status} -\r\n{lines}\r\n".encode() + self.body


Behaviour = Callable[["ListServer", Request, socket.socket], Reply | bytes | None]
"""An answer, raw bytes after which the connection ends, or None: nothing more is said."""


class ListServer:
    """Serves a folder; `behave` may be replaced by something worse at any time."""

    def __init__(self, folder: Path, *, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self.folder = folder
        self.behave: Behaviour = serve
        self.hears: Callable[[socket.socket], Request | None] = _heard
        self.requests: list[Request] = []
        self.sent = 0
        self.over = threading.Event()
        self._listener = socket.create_server((HOST, 0))
        self._threads: list[threading.Thread] = []
        self._ends: list[socket.socket] = []
        self._start(self._listen)

    @property
    def url(self) -> str:
        scheme = "https" if self._tls else "http"
        return f"{scheme}://{HOST}:{self._listener.getsockname()[1]}/"

    @property
    def paths(self) -> list[str]:
        return [request.path for request in self.requests]

    def send(self, end: socket.socket, content: bytes) -> bool:
        """Send, and say whether the client still listens."""
        # Counted before: a client that has it all may ask at once how much it was.
        self.sent += len(content)
        try:
            end.sendall(content)
        except OSError:
            return False
        return True

    def close(self) -> None:
        self.over.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def _start(self, target: Callable[..., None], *arguments: socket.socket) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _listen(self) -> None:
        while not self.over.is_set():
            try:
                end, _ = self._listener.accept()
            except OSError:
                return
            self._ends.append(end)
            self._start(self._talk, end)

    def _talk(self, end: socket.socket) -> None:
        if self._tls is not None:
            try:
                end = self._tls.wrap_socket(end, server_side=True)
            except OSError:
                return
            self._ends.append(end)
        with end:
            while not self.over.is_set() and (request := self.hears(end)):
                self.requests.append(request)
                answer = self.behave(self, request, end)
                if isinstance(answer, Reply):
                    if not self.send(end, answer.to_bytes()):
                        return
                    continue
                if answer is not None:
                    self.send(end, answer)
                return


def _heard(end: socket.socket) -> Request | None:
    heard = b""
    while _HEAD_END not in heard:
        try:
            piece = end.recv(4096)
        except OSError:
            return None
        if not piece:
            return None
        heard += piece
    first, *lines = heard.decode("ascii").split("\r\n")
    pairs = (line.partition(": ") for line in lines if line)
    return Request(
        first.split()[1].lstrip("/"),
        {name.lower(): value for name, _, value in pairs},
        len(heard),
    )


def serve(server: ListServer, request: Request, _end: socket.socket) -> Reply:
    """Serve a file as any web server does, with entity tags and ranges."""
    path = server.folder / request.path
    if not path.is_file():
        return Reply(404)
    content = path.read_bytes()
    tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    if request.headers.get("if-none-match") == tag:
        return Reply(304, headers={"ETag": tag})
    start = int(request.headers.get("range", "bytes=0-")[6:-1])
    if start >= len(content) > 0:
        return Reply(416)
    if start:
        told = f"bytes {start}-{len(content) - 1}/{len(content)}"
        return Reply(206, content[start:], {"Content-Range": told})
    return Reply(200, content, {"ETag": tag})


def only(path_end: str, behaviour: Behaviour) -> Behaviour:
    """Misbehave for the files whose path ends so, and serve the others."""

    def behave(server: ListServer, request: Request, end: socket.socket) -> Reply | bytes | None:
        chosen = behaviour if request.path.endswith(path_end) else serve
        return chosen(server, request, end)

    return behave


def always(reply: Reply | bytes) -> Behaviour:
    """Answer the same to everything."""
    return lambda _server, _request, _end: reply


def endless(head: bytes, *, piece: bytes, pause_s: float = 0.0) -> Behaviour:
    """Send a head, then pieces until the client has had enough."""

    def behave(server: ListServer, _request: Request, end: socket.socket) -> None:
        listening = server.send(end, head)
        while listening and not server.over.wait(pause_s):
            listening = server.send(end, piece)

    return behave


def silent(server: ListServer, _request: Request, _end: socket.socket) -> None:
    """Say nothing and keep the connection."""
    server.over.wait(30)
