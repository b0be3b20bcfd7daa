"""The filter itself, run on both machines' numbers by a small interpreter of its steps."""

import struct

import pytest

from scanner.sight.seccomp import MACHINES, Machine, program
from scanner.sight.syscalls import CALLS

ALLOW = 0x7FFF0000
KILL = 0x80000000
WIRE = 5
ANONYMOUS, READ_WRITE, EXECUTABLE = 0x22, 3, 7


def _verdict(
    machine: Machine, *, number: int, arguments: tuple[int, ...] = (), audit: int | None = None
) -> int:
    """Run the filter as the kernel would (linux `Documentation/networking/filter.rst`)."""
    padded = (*arguments, *(0,) * (6 - len(arguments)))
    data = struct.pack("=IIQ6Q", number, audit or machine.audit, 0, *padded)
    steps = list(struct.iter_unpack("=HBBI", program(machine, wire_fd=WIRE)))
    at, loaded = 0, 0
    while True:
        code, if_true, if_false, operand = steps[at]
        at += 1
        match code:
            case 0x06:
                return int(operand)
            case 0x20:
                loaded = struct.unpack_from("=I", data, operand)[0]
            case 0x15:
                at += if_true if loaded == operand else if_false
            case 0x35:
                at += if_true if loaded >= operand else if_false
            case 0x45:
                at += if_true if loaded & operand else if_false


# Numbers from the kernel's tables, written down a second time: x86-64, aarch64.
FORBIDDEN = {
    "open": (2, None),
    "openat": (257, 56),
    "openat2": (437, 437),
    "socket": (41, 198),
    "connect": (42, 203),
    "execve": (59, 221),
    "execveat": (322, 281),
    "fork": (57, None),
    "clone": (56, 220),
    "clone3": (435, 435),
    "ptrace": (101, 117),
    "process_vm_writev": (311, 271),
    "kill": (62, 129),
    "tgkill": (234, 131),
    "prctl": (157, 167),
    "seccomp": (317, 277),
    "setrlimit": (160, 164),
    "prlimit64": (302, 261),
    "io_uring_setup": (425, 425),
    "bpf": (321, 280),
    "memfd_create": (319, 279),
    "dup": (32, 23),
    "fcntl": (72, 25),
    "ioctl": (16, 29),
    "recvmsg": (47, 212),
    "sendmsg": (46, 211),
    "read": (0, 63),
    "pwrite64": (18, 68),
}
ALLOWED = {
    "recvfrom on the wire": ((45, 207), (WIRE,)),
    "sendto on the wire": ((44, 206), (WIRE,)),
    "write to stderr": ((1, 64), (2,)),
    "fresh memory": ((9, 222), (0, 4096, READ_WRITE, ANONYMOUS)),
    "memory protection": ((10, 226), (0, 4096, READ_WRITE)),
    "munmap": ((11, 215), ()),
    "brk": ((12, 214), ()),
    "futex": ((202, 98), ()),
    "getrandom": ((318, 278), ()),
    "exit_group": ((231, 94), ()),
}
HALF_ALLOWED = {
    "recvfrom on another descriptor": ((45, 207), (WIRE + 1,)),
    "sendto on stdin": ((44, 206), (0,)),
    "write to the wire": ((1, 64), (WIRE,)),
    "write to stdout": ((1, 64), (1,)),
    "executable memory": ((9, 222), (0, 4096, EXECUTABLE, ANONYMOUS)),
    "a file mapped": ((9, 222), (0, 4096, READ_WRITE, 0x02, 3)),
    "memory made executable": ((10, 226), (0, 4096, EXECUTABLE)),
}
COLUMN = {"x86_64": 0, "aarch64": 1}


@pytest.mark.parametrize("name", MACHINES)
@pytest.mark.parametrize("call", FORBIDDEN)
def test_a_forbidden_call_kills(call: str, name: str) -> None:
    number = FORBIDDEN[call][COLUMN[name]]
    if number is not None:
        assert _verdict(MACHINES[name], number=number, arguments=(WIRE,)) == KILL


@pytest.mark.parametrize("name", MACHINES)
@pytest.mark.parametrize("call", ALLOWED)
def test_what_decoding_needs_is_allowed(call: str, name: str) -> None:
    numbers, arguments = ALLOWED[call]
    number = numbers[COLUMN[name]]
    assert _verdict(MACHINES[name], number=number, arguments=arguments) == ALLOW


@pytest.mark.parametrize("name", MACHINES)
@pytest.mark.parametrize("call", HALF_ALLOWED)
def test_an_allowed_call_with_other_arguments_kills(call: str, name: str) -> None:
    numbers, arguments = HALF_ALLOWED[call]
    number = numbers[COLUMN[name]]
    assert _verdict(MACHINES[name], number=number, arguments=arguments) == KILL


@pytest.mark.parametrize("name", MACHINES)
def test_the_numbers_of_another_architecture_kill(name: str) -> None:
    i386, arm = 0x40000003, 0x40000028
    for audit in (i386, arm):
        assert _verdict(MACHINES[name], number=202, audit=audit) == KILL


def test_the_x32_half_of_x86_64_kills() -> None:
    assert _verdict(MACHINES["x86_64"], number=0x40000000 | 202) == KILL


@pytest.mark.parametrize("name", MACHINES)
def test_no_number_is_listed_twice_and_no_other_number_is_allowed(name: str) -> None:
    machine = MACHINES[name]
    listed = [machine.number(call) for call in CALLS]
    reached = [n for n in range(600) if _verdict(machine, number=n, arguments=(WIRE,)) == ALLOW]
    assert len(set(listed)) == len(listed)
    assert set(reached) <= set(listed)
