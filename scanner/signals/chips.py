"""Which GPIO chip the header is, found by its label and never by its number.

The Raspberry Pi 5 was renumbered twice by kernel updates; its label stayed. A chip that
is not there is told with the ones that are. Source: linux/gpio.h.
"""

import errno
import fcntl
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from scanner.signals import dark
from scanner.signals.wiring import AUTO
from scanner.terms import DeviceError, Reason

_LINE_INFO: Final = struct.Struct("=32s32sIIQ" + "160x" + "16x")
"""struct gpio_v2_line_info: name, consumer, offset, num_attrs, flags, attributes, padding."""

GET_LINE_INFO: Final = dark.request_number(3, number=0x05, size=_LINE_INFO.size)


@dataclass(frozen=True, slots=True)
class Chip:
    """A GPIO chip: its number today, its label for good."""

    number: int
    label: str
    path: str


def find_chip(
    wanted: str, *, folder: str = "/dev", label_of: Callable[[str], str] = dark.label_of
) -> Chip:
    """Find the chip labelled `wanted`, or with "auto" the header of a Raspberry Pi.

    `DeviceError(pins_lost)` names what is there, and the remedy.
    """
    labels: dict[str, str] = {}
    closed: list[str] = []
    for path in dark.chip_paths(folder):
        try:
            labels[path] = label_of(path)
        except OSError as error:
            closed.append(f"{path}: {_why(error)}")
    path = dark.labelled(wanted, labels=labels) or ""
    if path:
        return Chip(int(path.rpartition("gpiochip")[2]), labels[path], path)
    sought = f"one of {', '.join(dark.RASPBERRY_PI)}" if wanted == AUTO else wanted
    there = [*labels.values(), *closed]
    if not there:
        raise DeviceError(
            Reason.PINS_LOST,
            f"no GPIO chip in {folder}: use a Raspberry Pi, or other signals (terminal, none)",
        )
    raise DeviceError(
        Reason.PINS_LOST,
        f"no GPIO chip is {sought}; there is {', '.join(there)}: set chip in [signals]",
    )


def holder_of(line: int, *, path: str) -> str | None:
    """Return who holds a line, as far as the kernel tells."""
    try:
        chip = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        asked = _LINE_INFO.pack(b"", b"", line, 0, 0)
        consumer: bytes = _LINE_INFO.unpack(fcntl.ioctl(chip, GET_LINE_INFO, asked))[1]
    except OSError:
        return None
    finally:
        os.close(chip)
    return consumer.split(b"\0")[0].decode("ascii", "replace") or None


def _why(error: OSError) -> str:
    if error.errno in (errno.EACCES, errno.EPERM):
        return "permission denied (is the user in group gpio?)"
    return error.strerror or str(error)
