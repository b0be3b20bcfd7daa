"""Messages between the door and its children: one JSON object a packet.

The kernel keeps the boundaries (SOCK_SEQPACKET), so there is no framing to get wrong.
A packet that is too long, is not JSON, or is not an object is `WireError`; what an
object's fields must be is the business of whoever reads it.
"""

import json
import socket
from typing import Any, Final

Message = dict[str, Any]

MAX_MESSAGE_BYTES: Final = 160 * 1024
"""16 codes of 7,089 characters are 152 kB in base64; the rest is for corners."""

SMALL_BYTES: Final = 4 * 1024
"""Enough for every message that carries no payload."""

BUFFER_BYTES: Final = 208 * 1024
"""Linux' default ceiling for a socket buffer; a message must fit it whole."""


class WireError(Exception):
    """The other side said something that is not a message."""


class WireClosed(Exception):  # noqa: N818 - not an error of this side: the other one ended
    """The other side is gone."""


def pair() -> tuple[socket.socket, socket.socket]:
    """Make the two ends of a wire, neither inherited by accident."""
    kind = socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC
    ends = socket.socketpair(socket.AF_UNIX, kind)
    for end in ends:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
    return ends


def send(end: socket.socket, message: Message) -> None:
    """Send one message; `WireClosed` when nobody is there or nobody empties the buffer."""
    try:
        end.send(json.dumps(message, separators=(",", ":")).encode(), socket.MSG_NOSIGNAL)
    except OSError as error:
        raise WireClosed(str(error)) from None


def receive(end: socket.socket, *, max_bytes: int = MAX_MESSAGE_BYTES) -> Message | None:
    """Take the next message; None when `end` does not block and there is none yet."""
    try:
        # One byte more than allowed: a longer packet shows itself by filling it.
        packet = end.recv(max_bytes + 1)
    except BlockingIOError:
        return None
    except OSError as error:
        raise WireClosed(str(error)) from None
    if not packet:
        raise WireClosed("closed its end")
    if len(packet) > max_bytes:
        raise WireError("a message is too long")
    try:
        message = json.loads(packet)
    except (ValueError, RecursionError):
        raise WireError("a message is not JSON") from None
    if not isinstance(message, dict):
        raise WireError("a message is not an object")
    return message


def integer(message: Message, name: str, *, low: int, high: int) -> int:
    """Take an integer field within bounds, `WireError` otherwise (a boolean is none)."""
    value = message.get(name)
    if type(value) is not int or not low <= value <= high:
        raise WireError(f"{name} is not a number from {low} to {high}")
    return value


def words(message: Message, name: str, *, max_chars: int = 500) -> str:
    """Take a short text field fit for a terminal, `WireError` when it is something else."""
    value = message.get(name)
    if not isinstance(value, str) or len(value) > max_chars:
        raise WireError(f"{name} is not a short text")
    return "".join(char if char.isprintable() else "?" for char in value)
