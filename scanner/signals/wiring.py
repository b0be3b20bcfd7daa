"""How lamps, buzzer and button are wired to the pins: checked once, then passed on as JSON.

Pins are GPIO numbers as printed on every pinout, not positions on the header. Refuses
what would burn or stay silent: a lamp on a pin that is pulled up while the board starts,
and two parts on one pin. The door writes it beside its status, for `dark` to find, which
drives the lamps and the buzzer alone: a button connects its pin to ground.
"""

import json
from dataclasses import asdict, dataclass, fields
from enum import Enum
from typing import Any, Final

from scanner.terms import InputError

AUTO: Final = "auto"

FIRST_LAMP_PIN: Final = 9
"""GPIO 0 to 8 are pulled up from power-on until the door runs: a relay there would open."""

FIRST_PIN: Final = 2
"""GPIO 0 and 1 belong to the identification of add-on boards."""

LAST_PIN: Final = 27
"""The header has no more."""

LAMPS: Final = ("green", "red", "blue")
"""The parts that burn."""

_MAX_LABEL_CHARS: Final = 31
"""What the kernel keeps of a chip's label."""


class LampKind(Enum):
    """Two LEDs, or one with a red, a green and a blue channel."""

    PAIR = "pair"
    RGB = "rgb"


class Active(Enum):
    """The level at which a lamp burns: LOW for a common anode, or a relay board."""

    HIGH = "high"
    LOW = "low"


class BuzzerKind(Enum):
    """A passive buzzer plays tones, an active one has its own and is only switched."""

    PASSIVE = "passive"
    ACTIVE = "active"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """Which part is on which GPIO of which chip; `InputError` when that cannot work.

    `chip` is the label of a GPIO chip, or "auto" for the header of a Raspberry Pi.
    `active` is the polarity of the lamps; a buzzer sounds at a high level. The blue channel
    of an RGB LED is kept dark; None leaves its pin alone. Without `staff_pin` there is no
    button.
    """

    chip: str = AUTO
    lamps: LampKind = LampKind.PAIR
    green_pin: int = 17
    red_pin: int = 27
    blue_pin: int | None = 22
    active: Active = Active.HIGH
    buzzer: BuzzerKind = BuzzerKind.PASSIVE
    buzzer_pin: int = 18
    staff_pin: int | None = None

    def __post_init__(self) -> None:
        if not _is_label(self.chip):
            raise InputError(
                f"chip {self.chip!r} is not a label: use {AUTO!r}, or a name that gpiodetect prints"
            )
        seen: dict[int, str] = {}
        for part, pin in self.pins().items():
            first = FIRST_LAMP_PIN if part in LAMPS else FIRST_PIN
            if type(pin) is not int or not first <= pin <= LAST_PIN:
                raise InputError(f"{part}_pin is {pin!r}: use one of GPIO {first} to {LAST_PIN}")
            if pin in seen:
                both = f"{seen[pin]}_pin and {part}_pin are both GPIO {pin}"
                raise InputError(f"{both}: give each its own")
            seen[pin] = part

    def pins(self) -> dict[str, int]:
        """Return the pins in use by part: green, red, blue, buzzer, staff, in this order."""
        used = {"green": self.green_pin, "red": self.red_pin}
        if self.lamps is LampKind.RGB and self.blue_pin is not None:
            used["blue"] = self.blue_pin
        if self.buzzer is not BuzzerKind.NONE:
            used["buzzer"] = self.buzzer_pin
        if self.staff_pin is not None:
            used["staff"] = self.staff_pin
        return used

    def to_json(self) -> str:
        """Return it as one JSON object."""
        values = asdict(self)
        return json.dumps({k: v.value if isinstance(v, Enum) else v for k, v in values.items()})

    @classmethod
    def from_json(cls, text: str) -> "Wiring":
        """Read what `to_json` wrote; `InputError` when it is something else."""
        try:
            values: Any = json.loads(text)
            for name, kind in _KINDS.items():
                values[name] = kind(values[name])
        except (ValueError, TypeError, KeyError, RecursionError):
            raise InputError("the wiring is not readable: start the door again") from None
        if set(values) != {field.name for field in fields(cls)}:
            raise InputError("the wiring is of another version: start the door again")
        return cls(**values)


_KINDS: Final[dict[str, type[Enum]]] = {
    "lamps": LampKind,
    "active": Active,
    "buzzer": BuzzerKind,
}


def _is_label(chip: object) -> bool:
    return isinstance(chip, str) and 0 < len(chip) <= _MAX_LABEL_CHARS and chip.isprintable()
