"""Frame memory: written by one side, read by the other, never resized."""

import mmap
import os

import pytest

from scanner.sight.memory import FrameMemory


def test_what_is_written_into_a_slot_is_read_there() -> None:
    with FrameMemory(slots=2, slot_bytes=4096) as memory:
        memory.write(b"luma", slot=1)
        assert os.pread(memory.readable_fd, 4, 4096) == b"luma"


def test_the_readers_descriptor_cannot_write_or_be_mapped_writable() -> None:
    with FrameMemory(slots=1, slot_bytes=4096) as memory:
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.write(memory.readable_fd, b"x")
        with pytest.raises(PermissionError):
            mmap.mmap(memory.readable_fd, 4096)


@pytest.mark.parametrize("size_bytes", [0, 4095, 8192])
def test_nobody_can_change_its_size(size_bytes: int) -> None:
    with (
        FrameMemory(slots=1, slot_bytes=4096) as memory,
        pytest.raises(PermissionError),
    ):
        os.ftruncate(memory.writable_fd, size_bytes)


def test_untouched_slots_cost_nothing() -> None:
    with FrameMemory() as memory:
        memory.write(b"x", slot=3)
        assert os.fstat(memory.writable_fd).st_blocks * 512 <= 2 * 1024 * 1024


@pytest.mark.parametrize(("size", "slot"), [(4097, 0), (1, 1), (1, -1)])
def test_what_does_not_fit_is_refused(size: int, slot: int) -> None:
    with FrameMemory(slots=1, slot_bytes=4096) as memory, pytest.raises(ValueError, match="fit"):
        memory.write(bytes(size), slot=slot)


def test_descriptors_are_not_inherited() -> None:
    with FrameMemory(slots=1) as memory:
        assert not os.get_inheritable(memory.writable_fd)
        assert not os.get_inheritable(memory.readable_fd)
