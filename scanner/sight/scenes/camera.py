"""The camera of a rehearsal: plays a script as frames.

A paced script comes in real time, and like a camera it leaves out the frames that the
machine was too late for; any other loses none and does not wait.
"""

from collections.abc import Iterator
from threading import Event
from time import monotonic
from typing import Final

from scanner.sight.camera import Frame, Grey
from scanner.sight.scenes.body import body, stepping
from scanner.sight.scenes.carrier import Sprite, sprite
from scanner.sight.scenes.draw import Held, Noise, hold, lay
from scanner.sight.scenes.hall import hall
from scanner.sight.scenes.script import Script
from scanner.sight.scenes.timeline import Visit, timeline
from scanner.sight.scenes.walk import draws

_SHUTTER_S: Final = 0.008  # short enough for a hand, long enough for a dim hall
_NOISE_SIGMA: Final = 2.5  # grey levels, at the gain that the shutter asks for
_GLARE: Final = 0.35  # at most; the lamps stand high over the door


class SceneCamera:
    """A `Camera` that draws what it sees."""

    def __init__(self, script: bytes) -> None:
        """Read a script as `Script.to_bytes` wrote it; raises `InputError` otherwise."""
        self._script = Script.from_bytes(script)
        self._timeline = timeline(self._script)
        size = {"width": self._script.width, "height": self._script.height}
        self._hall = hall(**size, seed=self._script.seed)
        self._noise = Noise(**size, sigma=_NOISE_SIGMA, seed=self._script.seed)
        self._closed = Event()
        self._cast: tuple[int, tuple[Sprite, ...]] = (-1, ())

    @property
    def paced(self) -> bool:
        """True when frames come in real time."""
        return self._script.paced

    def frames(self) -> Iterator[Frame]:
        """Yield the frames of the rehearsal; `at_ms` is the frame's number over the rate."""
        start_s, index = monotonic(), 0
        while index < self._timeline.frames and not self._closed.is_set():
            yield Frame(self.draw(index), index * 1000 // self._script.fps)
            index += 1
            if self.paced:
                index = self._wait(start_s, following=index)

    def close(self) -> None:
        """End the rehearsal, also in the middle of a wait."""
        self._closed.set()

    def draw(self, index: int) -> Grey:
        """Draw frame number `index`."""
        canvas = self._hall.copy()
        visit = self._visit(index)
        if visit is not None:
            self._prepare(visit.guest)
            if index >= visit.arrives:
                self._guest(canvas, visit=visit, index=index)
        self._noise.add_to(canvas, frame=index)
        return canvas

    def _wait(self, start_s: float, *, following: int) -> int:
        """Sleep until the next frame is due; late, give the newest frame that is due."""
        elapsed_s = monotonic() - start_s
        due = max(following, int(elapsed_s * self._script.fps))
        self._closed.wait(max(0.0, due / self._script.fps - elapsed_s))
        return due

    def _visit(self, index: int) -> Visit | None:
        """Find who is there, or comes next: their code is drawn while the hall is empty."""
        return next((visit for visit in self._timeline.visits if index < visit.gone), None)

    def _prepare(self, guest: int) -> None:
        if self._cast[0] == guest:
            return
        who, seed = self._script.guests[guest], self._script.seed * 1009 + guest
        glare = _GLARE * next(draws(f"{seed}:glare"))
        sprites = tuple(
            sprite(payload, carrier=who.carrier, seed=seed + place, glare=glare)
            for place, payload in enumerate(who.payloads)
        )
        self._cast = (guest, sprites)

    def _guest(self, canvas: Grey, *, visit: Visit, index: int) -> None:
        script, elapsed_s = self._script, (index - visit.arrives) / self._script.fps
        person = body(width=script.width, height=script.height, seed=script.seed, guest=visit.guest)
        standing = stepping(
            person, elapsed_s=elapsed_s, width=script.width, seed=script.seed, guest=visit.guest
        )
        lay(canvas, layer=standing)
        for walk, drawn in zip(visit.walks, self._cast[1], strict=True):
            pose, before = walk.at(elapsed_s), walk.at(elapsed_s - _SHUTTER_S)
            smear = (pose.x - before.x, pose.y - before.y)
            hold(canvas, held=Held(sprite=drawn, pose=pose, smear=smear, defocus_sigma_px=0.7))
