"""Runs inside the machine: holds a pin as `gpioset` would, until it is killed.

    hold.py PIN

Debian's own gpioset speaks a version of the interface that newer kernels have dropped.
Source: linux/gpio.h, struct gpio_v2_line_request.
"""

import fcntl
import os
import signal
import struct
import sys
from typing import Final

CHIP: Final = "/dev/gpiochip1"
# Offsets and consumer; flags, no attributes; one line, and room for its descriptor.
REQUEST: Final = struct.Struct("=64I32s" + "Q264x" + "I24xi")
GET_LINE: Final = 3 << 30 | REQUEST.size << 16 | 0xB4 << 8 | 0x07
OUTPUT: Final = 1 << 3

request = REQUEST.pack(int(sys.argv[1]), *[0] * 63, b"gpioset", OUTPUT, 1, 0)
fcntl.ioctl(os.open(CHIP, os.O_RDWR), GET_LINE, request)
signal.pause()
