"""What a reader that was taken over can do: die, and nothing else."""

import importlib.util
import os
import select
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray

from scanner.sight.cage import Cage
from scanner.sight.reader import LOOK_DEADLINE_S
from scanner.terms import DeviceError, Reason

if TYPE_CHECKING:
    from tests.sight.conftest import Desk


def _load_rogue() -> ModuleType:
    path = Path(__file__).with_name("rogue_child.py")
    spec = importlib.util.spec_from_file_location("rogue_child", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ROGUE = _load_rogue()
Drawing = Callable[[bytes], NDArray[np.uint8]]
BLANK = np.zeros((2, 2), np.uint8)


@pytest.mark.parametrize("misdeed", ROGUE.FORBIDDEN)
def test_the_cage_kills_a_reader_that_tries_to(misdeed: str, rogue: "Desk") -> None:
    if rogue.reader.cage != Cage.SECCOMP.value:
        pytest.skip("this kernel refuses seccomp filters")
    with pytest.raises(DeviceError, match="SIGSYS") as lost:
        rogue.ask(BLANK, frame=ROGUE.MISDEEDS.index(misdeed))
    assert lost.value.reason is Reason.READER_LOST


@pytest.mark.parametrize(
    ("misdeed", "end"),
    [("segfault", "SIGSEGV"), ("eat memory", "exit status 9"), ("exit", "exit status 0")],
)
def test_the_door_learns_how_a_reader_ended(misdeed: str, end: str, rogue: "Desk") -> None:
    with pytest.raises(DeviceError, match=end):
        rogue.ask(BLANK, frame=ROGUE.MISDEEDS.index(misdeed))


def test_a_reader_that_loops_is_killed_at_the_deadline(rogue: "Desk") -> None:
    rogue.put(BLANK, frame=ROGUE.MISDEEDS.index("loop"))
    asked_s = time.monotonic()
    rogue.reader.check(asked_s)
    with pytest.raises(DeviceError, match="in time"):
        rogue.reader.check(asked_s + LOOK_DEADLINE_S)
    assert rogue.reader.fileno() == -1


@pytest.mark.parametrize("lie", ROGUE.LIES)
def test_a_reader_that_answers_with_is_killed(lie: str, rogue: "Desk") -> None:
    row = list(ROGUE.LIES).index(lie) + 1
    with pytest.raises(DeviceError, match="broke the protocol"):
        rogue.ask(np.zeros((row, 1), np.uint8))
    assert not rogue.reader.ready


def test_an_answer_that_nobody_asked_for_is_a_lie(rogue: "Desk") -> None:
    assert rogue.ask(np.zeros((1, 3), np.uint8)).codes[0].raw == b"HI"
    select.select([rogue.reader.fileno()], [], [], 5)
    with pytest.raises(DeviceError, match="no question"):
        rogue.reader.receive()


def test_a_killed_reader_is_replaced_and_reads_within_two_seconds(
    desk: "Desk", draw: Drawing
) -> None:
    before = desk.reader.pid
    os.kill(before or 0, 9)
    killed_s = time.monotonic()
    select.select([desk.reader.fileno()], [], [], 2)
    with pytest.raises(DeviceError, match="SIGKILL"):
        desk.reader.receive()
    desk.reader.replace(now_s=time.monotonic())
    looked = desk.await_ready().ask(draw(b"next guest"))
    assert [code.raw for code in looked.codes] == [b"next guest"]
    assert desk.reader.pid != before
    assert time.monotonic() - killed_s < 2


def test_a_reader_killed_at_a_question_loses_that_frame_only(desk: "Desk", draw: Drawing) -> None:
    os.kill(desk.reader.pid or 0, 9)
    with pytest.raises(DeviceError):
        desk.ask(draw(b"lost"))
    desk.reader.replace(now_s=time.monotonic())
    assert desk.await_ready().ask(draw(b"seen")).codes[0].raw == b"seen"
