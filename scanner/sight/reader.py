"""The door's side of the reader: one question at a time, answers checked, death survived.

Promises: an answer later than its deadline, an answer that breaks the protocol, and a
child that ended all become `DeviceError(reader_lost)`, raised once, with the child
already killed; after `replace` the next one warms up while the door goes on. Nothing that
the child says is used before every field of it has been checked: it may be hostile.

Seconds are monotonic and come from the caller.
"""

import base64
import binascii
from typing import Any, Final, Literal

from scanner.process import wire
from scanner.process.child import Child, Program
from scanner.sight.attention import Effort
from scanner.sight.memory import FrameMemory
from scanner.sight.sightings import Looked, Serves, Shot
from scanner.terms import Corner, DeviceError, Payload, Reason

LOOK_DEADLINE_S: Final = 1.0
"""A dense frame takes 5 ms here and 50 on the slowest Pi; a guest waits no longer."""

START_DEADLINE_S: Final = 20.0
"""0.5 s here; a Zero 2 W with a cold card reads OpenCV for several seconds."""

_BACKOFF_S: Final = (0.0, 0.0, 0.25, 0.5, 1.0, 1.5)
"""Wait after so many starts in a row that led to no answer: the first two are free. The longest
leaves half a second to start in, so that a reader is never gone for more than two."""

_MAX_CODES: Final = 16
_MAX_RAW_BYTES: Final = 7_089
_MAX_COORDINATE: Final = 1 << 20
READER: Final = Program("scanner.sight.reader_child")

CageName = Literal["seccomp", "limits"]


class Reader:
    """One reader process at a time, replaced when it dies."""

    def __init__(
        self,
        memory: FrameMemory,
        *,
        serves: Serves = Serves.FRAMES,
        program: Program = READER,
    ) -> None:
        self._memory = memory
        self._serves = serves
        self._program = program
        self._child: Child | None = None
        self._start_at_s = 0.0
        self._deadline_s = 0.0
        self._failed_starts = 0
        self._asked: int | None = None
        self.ready = False
        self.cage: CageName | None = None
        self.second_opinion = False

    def start(self, *, now_s: float) -> None:
        """Start the child; it says by itself when it is `ready`."""
        self._deadline_s = now_s + START_DEADLINE_S
        memory = self._memory
        told = (memory.readable_fd, memory.slots, memory.slot_bytes, self._serves.value)
        try:
            self._child = Child(
                self._program, arguments=[*map(str, told)], descriptors=[memory.readable_fd]
            )
        except OSError as error:
            self._lose(f"cannot start: {error.strerror}")

    def fileno(self) -> int:
        """Return the descriptor to wait on; -1 while there is no child; new after `replace`."""
        return -1 if self._child is None else self._child.wire.fileno()

    @property
    def pid(self) -> int | None:
        """The child's process id."""
        return None if self._child is None else self._child.pid

    @property
    def busy(self) -> bool:
        """Whether a question is under way."""
        return self._asked is not None

    def submit(self, shot: Shot, *, effort: Effort, now_s: float) -> None:
        """Ask for the codes in a frame; its slot must stay untouched until the answer."""
        look = {
            "frame": shot.frame,
            "slot": shot.slot,
            "width": shot.width,
            "height": shot.height,
            "at_ms": shot.at_ms,
            "rescue": effort is Effort.RESCUE,
        }
        self._ask({"look": look}, frame=shot.frame, deadline_s=now_s + LOOK_DEADLINE_S)

    def submit_picture(self, frame: int, *, size_bytes: int, deadline_s: float) -> None:
        """Ask for the codes in the picture file that lies in slot 0."""
        picture = {"frame": frame, "slot": 0, "bytes": size_bytes}
        self._ask({"picture": picture}, frame=frame, deadline_s=deadline_s)

    def _ask(self, request: wire.Message, *, frame: int, deadline_s: float) -> None:
        if self._child is None or not self.ready or self.busy:
            raise ValueError("the reader is not ready for a question")
        self._asked = frame
        self._deadline_s = deadline_s
        try:
            self._child.send(request)
        except wire.WireClosed:
            self._lose("ended")

    def receive(self) -> Looked | None:
        """Take what the child has said, if anything; `DeviceError` when it died or lied."""
        if self._child is None:
            return None
        try:
            message = self._child.receive(max_bytes=wire.MAX_MESSAGE_BYTES)
            if message is None:
                return None
            if self.ready:
                return self._looked(message)
            self._hello(message)
        except wire.WireClosed:
            self._lose("ended")
        except wire.WireError as lie:
            self._lose(f"broke the protocol: {lie}")
        return None

    def check(self, now_s: float) -> None:
        """Enforce the deadlines, and start a replacement that is due; call it every turn."""
        if self._child is None:
            if now_s >= self._start_at_s:
                self.start(now_s=now_s)
        elif (self.busy or not self.ready) and now_s > self._deadline_s:
            self._lose("did not answer in time")

    def replace(self, *, now_s: float) -> None:
        """Kill the child and start another: at once, unless it keeps failing to start."""
        self.close()
        wait_s = _BACKOFF_S[min(self._failed_starts, len(_BACKOFF_S) - 1)]
        self._start_at_s = now_s + wait_s
        self.check(now_s)

    def close(self) -> None:
        """Kill the child; `replace` may follow."""
        if self._child is not None:
            self._child.end()
        self._child = None
        self._asked = None
        self.ready = False

    def _hello(self, message: wire.Message) -> None:
        if "error" in message:
            self._lose(f"cannot start: {wire.words(message, 'error')}")
        held, second = message.get("cage"), message.get("second_opinion")
        if message.get("ready") is not True or held not in ("seccomp", "limits"):
            raise wire.WireError("its first words are not a greeting")
        self.ready, self.cage, self.second_opinion = True, held, second is True

    def _looked(self, message: wire.Message) -> Looked:
        if self._asked is None:
            raise wire.WireError("an answer to no question")
        wire.integer(message, "frame", low=self._asked, high=self._asked)
        read_ms = message.get("read_ms")
        if not isinstance(read_ms, float) or not 0 <= read_ms < 1e6:  # noqa: PLR2004 - a day
            raise wire.WireError("read_ms is not a time")
        codes = message.get("codes")
        if not isinstance(codes, list) or len(codes) > _MAX_CODES:
            raise wire.WireError("codes is not a short list")
        error = None if message.get("error") is None else wire.words(message, "error")
        found = tuple(_payload(code) for code in codes)
        looked = Looked(self._asked, found, read_ms=read_ms, error=error)
        self._asked = None
        # Only an answer proves a reader: some greet, and end.
        self._failed_starts = 0
        return looked

    def _lose(self, how: str) -> None:
        """Bury the child and tell the door."""
        child = self._child
        self._failed_starts += 1
        self.close()
        end = "" if child is None else f" ({child.obituary()})"
        raise DeviceError(Reason.READER_LOST, f"the reader {how}{end}")


def _payload(code: Any) -> Payload:
    if not isinstance(code, dict) or not isinstance(code.get("raw"), str):
        raise wire.WireError("a code is not an object with raw bytes")
    try:
        raw = base64.b64decode(code["raw"], validate=True)
    except (ValueError, binascii.Error):
        raise wire.WireError("raw is not base64") from None
    if not 0 < len(raw) <= _MAX_RAW_BYTES:
        raise wire.WireError("raw is longer than any code")
    return Payload(raw, _corners(code.get("corners")))


def _corners(value: Any) -> tuple[Corner, ...]:
    if not isinstance(value, list) or len(value) not in (0, 4):
        raise wire.WireError("corners are not four")
    return tuple(_corner(point) for point in value)


def _corner(point: Any) -> Corner:
    if not isinstance(point, list) or [type(part) for part in point] != [int, int]:
        raise wire.WireError("a corner is not two whole numbers")
    x, y = point
    if max(abs(x), abs(y)) > _MAX_COORDINATE:
        raise wire.WireError("a corner is far outside")
    return x, y
