"""A technician's word to the running door, over its control socket."""

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from scanner.door.premises import CONTROL, RUN, STATE
from scanner.process import wire
from scanner.terms import DeviceError, NotPermittedError, Reason

_PATIENCE_S: Final = 3.0
"""A door answers within one turn of its loop."""

_ONLY_ROOT_PLAYS: Final = "only root may make lamps burn: sudo door-scanner signals"
_ONLY_ROOT_SETS_TIME: Final = "only root may say what time it is: sudo door-scanner clock confirm"


def run_folder(state: Path | None) -> Path:
    """Return where a door tells what it does: the installed one, or that of `--state`."""
    return RUN if state is None or state == STATE else state / "run"


def ask(folder: Path, question: wire.Message) -> wire.Message:
    """Ask the running door; `DeviceError` when it does not answer."""
    path = folder / CONTROL
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC) as end:
        end.settimeout(_PATIENCE_S)
        try:
            end.connect(str(path))
            wire.send(end, question)
            answer = wire.receive(end)
        except PermissionError:
            raise NotPermittedError(
                f"{path}: you may not ask this door; use sudo (to read, the group door-tech does)"
            ) from None
        except BlockingIOError:
            words = "the door is busy with other callers; try again"
            raise DeviceError(Reason.INTERNAL, words) from None
        except (OSError, wire.WireClosed, wire.WireError):
            raise DeviceError(Reason.INTERNAL, no_door(folder)) from None
    if answer is None or "refused" in answer:
        why = "no answer" if answer is None else str(answer["refused"])
        if why == "not permitted":
            asks_time = "clock" in question
            raise NotPermittedError(_ONLY_ROOT_SETS_TIME if asks_time else _ONLY_ROOT_PLAYS)
        raise DeviceError(Reason.INTERNAL, f"the door refused: {why}")
    return answer


@contextlib.contextmanager
def understood() -> Iterator[None]:
    """Turn an answer that is not as it should be into one line."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        words = "the door gave an answer that is not understood; is it of another version?"
        raise DeviceError(Reason.INTERNAL, words) from None


def no_door(folder: Path) -> str:
    """Say that no door answers, and what to look at."""
    if folder == RUN:
        return "no door is running here; look at: systemctl status door-scanner"
    return f"no door is running on {os.path.dirname(folder)}"  # noqa: PTH120 - as it was given
