"""A seccomp filter as bytes: classic BPF over `struct seccomp_data`, killing by default.

Promises: the machine's architecture is checked first (a 32-bit call would mean something
else), the x32 half of x86-64 is refused, and what `syscalls.CALLS` does not allow kills
the whole process. Source: linux `Documentation/userspace-api/seccomp_filter.rst`.
"""

import struct
from dataclasses import dataclass
from typing import Final

from scanner.sight.syscalls import CALLS, Call, Condition

_LOAD: Final = 0x20  # BPF_LD | BPF_W | BPF_ABS
_EQUAL: Final = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_AT_LEAST: Final = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_ANY_BIT: Final = 0x45  # BPF_JMP | BPF_JSET | BPF_K
_RETURN: Final = 0x06  # BPF_RET | BPF_K

_KILL_PROCESS: Final = 0x80000000
_ALLOW: Final = 0x7FFF0000

_NUMBER_AT: Final = 0
_ARCHITECTURE_AT: Final = 4
_ARGUMENTS_AT: Final = 16  # eight bytes each, low half first on both machines

_X32_BIT: Final = 0x40000000
_PROT_EXEC: Final = 0x4
_MAP_ANONYMOUS: Final = 0x20
_STDERR: Final = 2

Step = tuple[int, int, int, int]
"""Code, jump if true, jump if false, operand."""


@dataclass(frozen=True, slots=True)
class Machine:
    """How the kernel names an architecture, and which column of numbers is its own."""

    audit: int
    has_x32: bool

    def number(self, call: Call) -> int:
        """Return the number of a call on this machine."""
        return call.x86_64 if self.has_x32 else call.aarch64


MACHINES: Final = {
    "x86_64": Machine(audit=0xC000003E, has_x32=True),
    "aarch64": Machine(audit=0xC00000B7, has_x32=False),
}
"""By `os.uname().machine`."""


def program(machine: Machine, *, wire_fd: int) -> bytes:
    """Assemble the filter for a child whose only socket is `wire_fd`."""
    kill: Step = (_RETURN, 0, 0, _KILL_PROCESS)
    steps: list[Step] = [_load(_ARCHITECTURE_AT), (_EQUAL, 1, 0, machine.audit), kill]
    steps.append(_load(_NUMBER_AT))
    if machine.has_x32:
        steps += [(_AT_LEAST, 0, 1, _X32_BIT), kill]
    for call in CALLS:
        block = _block(call.condition, wire_fd=wire_fd)
        steps += [(_EQUAL, 0, len(block), machine.number(call)), *block]
    steps.append(kill)
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def _load(offset: int) -> Step:
    return (_LOAD, 0, 0, offset)


def _argument(index: int) -> Step:
    return _load(_ARGUMENTS_AT + 8 * index)


def _block(condition: Condition, *, wire_fd: int) -> list[Step]:
    """List the steps that end in a verdict once the number matched."""
    allow: Step = (_RETURN, 0, 0, _ALLOW)
    kill: Step = (_RETURN, 0, 0, _KILL_PROCESS)
    match condition:
        case Condition.ANY:
            return [allow]
        case Condition.ON_WIRE | Condition.ON_STDERR:
            fd = wire_fd if condition is Condition.ON_WIRE else _STDERR
            return [_argument(0), (_EQUAL, 0, 1, fd), allow, kill]
        case Condition.NOT_EXECUTABLE:
            return [_argument(2), (_ANY_BIT, 1, 0, _PROT_EXEC), allow, kill]
        case Condition.ANONYMOUS_DATA:
            return [
                _argument(2),
                (_ANY_BIT, 3, 0, _PROT_EXEC),
                _argument(3),
                (_ANY_BIT, 0, 1, _MAP_ANONYMOUS),
                allow,
                kill,
            ]
