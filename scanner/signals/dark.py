"""Writes every lamp dark and the buzzer silent, with the standard library alone.

    python3 -I dark.py WIRING_JSON

Runs when nothing else may: after the door was killed, and with a broken environment; so
it imports nothing of this project. Each line is asked for on its own: one that another
program holds does not keep the others lit. A line that is held still (the keeper is about
to end) is asked for again for half a second.

Exit: 0 dark, or no file and so nothing to do; 2 the file is unreadable; 3 a line could
not be written. Source: linux/gpio.h, the GPIO character device, version 2 (Linux 5.10).
"""

import contextlib
import errno
import fcntl
import json
import os
import stat
import struct
import sys
import time
from collections.abc import Callable
from typing import Final

RASPBERRY_PI: Final = ("pinctrl-rp1", "pinctrl-bcm2711", "pinctrl-bcm2835")
"""Labels of the chip behind the header: Pi 5; Pi 4; all older boards and the Zero 2 W."""

_READ: Final = 2
_READ_WRITE: Final = 3
_GPIO_MAGIC: Final = 0xB4

CHIP_INFO: Final = struct.Struct("=32s32sI")
"""struct gpiochip_info: name, label, lines."""

LINE_REQUEST: Final = struct.Struct("=64I32s" + "QI5I" + "IIQQ" + "216x" + "II5Ii")
"""struct gpio_v2_line_request: offsets, consumer; config: flags, num_attrs, padding, the
first attribute (id, padding, values, mask), nine unused; num_lines, event_buffer_size,
padding, fd. Every 64-bit field lies on a multiple of eight, so "=" packs as C does."""

_LINES_MAX: Final = 64
_OUTPUT: Final = 1 << 3
_OUTPUT_VALUES: Final = 2

PATIENCE_S: Final = 0.5
_PAUSE_S: Final = 0.02
_MAX_FILE_BYTES: Final = 4096


def request_number(direction: int, *, number: int, size: int) -> int:
    """Return the number of an ioctl of the GPIO character device (asm-generic/ioctl.h)."""
    return direction << 30 | size << 16 | _GPIO_MAGIC << 8 | number


GET_CHIP_INFO: Final = request_number(_READ, number=0x01, size=CHIP_INFO.size)
GET_LINE: Final = request_number(_READ_WRITE, number=0x07, size=LINE_REQUEST.size)


def label_of(path: str) -> str:
    """Ask a GPIO chip for its label; `OSError` when it cannot be asked."""
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        answer = fcntl.ioctl(descriptor, GET_CHIP_INFO, bytes(CHIP_INFO.size))
    finally:
        os.close(descriptor)
    label: bytes = CHIP_INFO.unpack(answer)[1]
    return label.split(b"\0")[0].decode("ascii", "replace")


def chip_paths(folder: str) -> list[str]:
    """Return the GPIO chips of a /dev folder by number; links to another one are left out."""
    names = [name for name in os.listdir(folder) if name.startswith("gpiochip")]  # noqa: PTH208
    numbered = sorted(
        (name for name in names if name[8:].isdigit()), key=lambda name: int(name[8:])
    )
    paths = [os.path.join(folder, name) for name in numbered]  # noqa: PTH118
    return [path for path in paths if not os.path.islink(path)]  # noqa: PTH114


def labelled(wanted: str, *, labels: dict[str, str]) -> str | None:
    """Choose among chips (path: label) the one with the label `wanted`, or a Raspberry Pi's."""
    for label in RASPBERRY_PI if wanted == "auto" else (wanted,):
        for path, its_label in labels.items():
            if its_label == label:
                return path
    return None


def levels(text: bytes | str) -> tuple[str, dict[int, int]]:
    """Read a wiring; return its chip, and the level at which each line is dark or silent.

    Reads no more of the JSON than darkness needs; `ValueError` when that is not there.
    """
    wiring = json.loads(text)
    try:
        chip = wiring["chip"]
        lamp_level = 1 if wiring["active"] == "low" else 0
        blue = wiring["blue_pin"] if wiring["lamps"] == "rgb" else None
        lamps = [wiring["green_pin"], wiring["red_pin"], *([] if blue is None else [blue])]
        dark = dict.fromkeys(lamps, lamp_level)
        if wiring["buzzer"] != "none":
            dark[wiring["buzzer_pin"]] = 0
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError(f"{type(error).__name__} {error}") from None
    are_lines = all(type(line) is int and 0 <= line < 1 << 32 for line in dark)
    if not isinstance(chip, str) or not are_lines:
        raise ValueError("no label or no line number")
    return chip, dark


def line_request(line: int, *, level: int) -> bytes:
    """Return the request for one line as an output at `level`."""
    offsets = [line] + [0] * (_LINES_MAX - 1)
    config = [_OUTPUT, 1, *[0] * 5, _OUTPUT_VALUES, 0, level, 1]
    return LINE_REQUEST.pack(*offsets, b"door-scanner dark", *config, 1, 0, *[0] * 5, 0)


def write_line(chip: int, line: int, level: int) -> None:
    """Make a line of an open chip an output at `level`, then let go of it; `OSError`."""
    answer = fcntl.ioctl(chip, GET_LINE, line_request(line, level=level))
    os.close(LINE_REQUEST.unpack(answer)[-1])


def darken(
    text: bytes | str,
    *,
    folder: str = "/dev",
    ask: Callable[[str], str] = label_of,
    write: Callable[[int, int, int], None] = write_line,
) -> str | None:
    """Write every line of a wiring dark; what went wrong, or None; `ValueError` as `levels`."""
    wanted, dark = levels(text)
    labels = {}
    try:
        paths = chip_paths(folder)
    except OSError as error:
        return f"not written dark: {folder}: {error.strerror}"
    for path in paths:
        with contextlib.suppress(OSError):
            labels[path] = ask(path)
    found = labelled(wanted, labels=labels)
    if found is None:
        return f"not written dark: no GPIO chip {wanted} in {folder} that may be opened"
    try:
        chip = os.open(found, os.O_RDWR | os.O_CLOEXEC)
    except OSError as error:
        return f"not written dark: {found}: {error.strerror}"
    try:
        return _write_all(chip, dark=dark, write=write)
    finally:
        os.close(chip)


def _write_all(
    chip: int, *, dark: dict[int, int], write: Callable[[int, int, int], None]
) -> str | None:
    until_s = time.monotonic() + PATIENCE_S
    while True:
        wrong: dict[int, OSError] = {}
        for line, level in dark.items():
            try:
                write(chip, line, level)
            except OSError as error:
                wrong[line] = error
        held = any(error.errno == errno.EBUSY for error in wrong.values())
        if not held or time.monotonic() > until_s:
            break
        dark = {line: dark[line] for line in wrong}
        time.sleep(_PAUSE_S)
    said = [f"GPIO {line}: {error.strerror}" for line, error in wrong.items()]
    return f"not written dark: {', '.join(said)}" if said else None


def _content(path: str) -> bytes:
    """Read a file; a FIFO in its place must not keep the service from ending."""
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:  # noqa: PTH123
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("no regular file")
        return file.read(_MAX_FILE_BYTES)


def main(arguments: list[str]) -> int:
    """Darken what the file says is wired; returns the exit status."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python3 -I dark.py WIRING_JSON\n")
        return 2
    try:
        trouble = darken(_content(arguments[0]))
    except FileNotFoundError:
        return 0
    except OSError as error:
        sys.stderr.write(f"{arguments[0]}: {error.strerror}\n")
        return 2
    except (ValueError, RecursionError) as error:
        sys.stderr.write(f"{arguments[0]} is not a wiring: {error}\n")
        return 2
    if trouble is not None:
        sys.stderr.write(f"{trouble}\n")
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
