"""From settings to what a door runs on: camera, wiring, belief.

Promises that trouble with keys or lists is a fault that stands on the lamps and in the
status, with nobody admitted, and not a door that is gone: somebody must see why. A wrong
rule set refuses to start.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from scanner.door.belief import load_belief
from scanner.gate import Belief
from scanner.rules import find
from scanner.settings import Lamps, Settings
from scanner.signals.wiring import Active, BuzzerKind, LampKind, Wiring
from scanner.terms import DeviceError, InputError, Reason
from scanner.trust import Keyring, RevocationList


@dataclass(frozen=True, slots=True)
class Furnished:
    """A belief, what is amiss for as long as it is the belief, and notes for a person."""

    belief: Belief
    standing: tuple[DeviceError, ...] = ()
    notes: tuple[str, ...] = ()


def camera_of(settings: Settings) -> str:
    """Return the camera as `scanner.sight.spec` parses it."""
    camera = settings.camera
    if camera.source != "picamera2":
        return camera.source
    return (
        f"picamera2:{camera.number}?fps={camera.fps}&focus={camera.focus.value}"
        f"&dioptres={camera.focus_dioptres:.3f}&exposure_us={camera.exposure_us}"
    )


def wiring_of(settings: Settings) -> Wiring:
    """Return which lamp is on which pin."""
    signals = settings.signals
    return Wiring(
        chip=signals.chip,
        lamps=LampKind(signals.lamps.value),
        green_pin=signals.green_pin,
        red_pin=signals.red_pin,
        blue_pin=signals.blue_pin if signals.lamps is Lamps.RGB else None,
        active=Active(signals.active.value),
        buzzer=BuzzerKind(signals.buzzer.value),
        buzzer_pin=signals.buzzer_pin,
    )


def furnish(*, trust: Sequence[Path], revoked: Sequence[Path], rules: Sequence[str]) -> Furnished:
    """Load what a door believes; `InputError` for rules only."""
    rule_sets = tuple(find(name) for name in dict.fromkeys(rules))
    nothing = Belief(Keyring.of([]), RevocationList(), rule_sets)
    try:
        loaded = load_belief(trust=_filled(trust), revoked=_filled(revoked), rules=rules)
    except InputError as error:
        return Furnished(nothing, (DeviceError(Reason.LIST_MISSING, str(error)),))
    if not len(loaded.belief.keyring):
        where = " or ".join(map(str, trust))
        words = f"no trusted key; put keys into {where}, then restart the door"
        return Furnished(loaded.belief, (DeviceError(Reason.LIST_MISSING, words),), loaded.notes)
    return Furnished(loaded.belief, notes=loaded.notes)


def _filled(paths: Iterable[Path]) -> list[Path]:
    """Leave out folders that are empty: a new door has them."""
    return [path for path in paths if not _is_empty_folder(path)]


def _is_empty_folder(path: Path) -> bool:
    try:
        return path.is_dir() and all(found.name.startswith(".") for found in path.iterdir())
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; check its owner and mode") from None
