"""Every key of `scanner.toml`: type, kind and range, help, default; one entry a key.

A new key is one more field: loading, complaints and the template follow from it. The first
two words of an annotation are the type that the door sees and the kind that is checked.
"""

from dataclasses import dataclass, field, fields
from enum import Enum
from typing import Annotated, Any, Final, get_args

from scanner.settings.door import Door
from scanner.settings.kinds import Choice, Decimal, Kind, Source, Text, Whole
from scanner.settings.lists import Feed, RevokedList, TrustList
from scanner.settings.wording import shown


class Focus(Enum):
    """Who sets the lens."""

    FIXED = "fixed"
    AUTO = "auto"


class Output(Enum):
    """Where the lights are."""

    GPIO = "gpio"
    TERMINAL = "terminal"
    NONE = "none"


class Lamps(Enum):
    """A green and a red lamp, or one RGB lamp."""

    PAIR = "pair"
    RGB = "rgb"


class Polarity(Enum):
    """The level of a pin that lights its lamp."""

    HIGH = "high"
    LOW = "low"


class Buzzer(Enum):
    """A passive buzzer plays tones, an active one its own."""

    PASSIVE = "passive"
    ACTIVE = "active"
    NONE = "none"


_CHIP_CHARACTERS: Final = 31
"""The kernel's own limit for the label of a GPIO chip."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PinOrNone(Kind):
    """A pin from `low` to `high`; 0, which no door uses, is None."""

    low: int
    high: int

    @property
    def allowed(self) -> str:
        """Say what may be given."""
        return f"{self.low} to {self.high}, or 0 for none"

    def take(self, value: object) -> int | None:
        """Return the pin, or None for 0."""
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.unfit(f"{shown(value)} is not a whole number")
        if value and not self.low <= value <= self.high:
            raise self.unfit(f"{shown(value)} is out of range")
        return value or None

    def written(self, value: int | None) -> str:
        """Return it as TOML."""
        return str(value or 0)


@dataclass(frozen=True, slots=True)
class Camera:
    """Where pictures come from."""

    source: Annotated[
        str,
        Source(
            "picamera2: the camera of a Raspberry Pi; opencv:0 or opencv:/dev/video0: a USB "
            "camera; frames:PATH: a folder of pictures or a video."
        ),
    ] = "picamera2"
    number: Annotated[
        int,
        Whole("Which camera, where a Raspberry Pi has several.", low=0, high=3),
    ] = 0
    fps: Annotated[
        int,
        Whole("Pictures in a second; more cost power.", low=5, high=60, unit="a second"),
    ] = 15
    focus: Annotated[
        Focus,
        Choice("fixed: the lens stays at focus_dioptres; auto: the camera decides.", of=Focus),
    ] = Focus.FIXED
    focus_dioptres: Annotated[
        float,
        Decimal(
            "Where a fixed lens stands: 1 divided by the distance in metres; 5.0 is 20 cm.",
            low=0.0,
            high=15.0,
            unit="dioptres",
        ),
    ] = 5.0
    exposure_us: Annotated[
        int,
        Whole(
            "Longest time a picture may take; a short one keeps a moving phone sharp. "
            "0: the camera decides.",
            low=0,
            high=33000,
            unit="microseconds",
        ),
    ] = 8000


@dataclass(frozen=True, slots=True)
class Signals:
    """Lamps, buzzer and button. Pins have BCM numbers: 17 is GPIO17, pin 11 of the header."""

    output: Annotated[
        Output,
        Choice("gpio: lamps on pins; terminal: drawn as text; none: no lights.", of=Output),
    ] = Output.GPIO
    chip: Annotated[
        str,
        Text(
            "Label of the GPIO chip as gpiodetect prints it, like pinctrl-rp1. "
            "auto: the one of the header.",
            most_characters=_CHIP_CHARACTERS,
        ),
    ] = "auto"
    lamps: Annotated[
        Lamps,
        Choice("pair: a green and a red lamp; rgb: one lamp of three colours.", of=Lamps),
    ] = Lamps.PAIR
    green_pin: Annotated[
        int,
        Whole(
            "Pin of the green lamp. GPIO 2 to 8 are high at power-on: green would shine.",
            low=9,
            high=27,
        ),
    ] = 17
    red_pin: Annotated[int, Whole("Pin of the red lamp.", low=9, high=27)] = 27
    blue_pin: Annotated[int, Whole("Pin of the blue colour; with rgb only.", low=9, high=27)] = 22
    active: Annotated[
        Polarity,
        Choice("The level of a pin that lights its lamp; low: wired to 3.3 V.", of=Polarity),
    ] = Polarity.HIGH
    buzzer: Annotated[
        Buzzer,
        Choice("passive: plays tones; active: has one tone of its own; none.", of=Buzzer),
    ] = Buzzer.PASSIVE
    buzzer_pin: Annotated[int, Whole("Pin of the buzzer.", low=2, high=27)] = 18
    staff_pin: Annotated[
        int | None,
        PinOrNone(
            "Pin of a button to ground: staff decided. One press: paper seen; two: exempt; "
            "three: a minor; four: another reason.",
            low=2,
            high=27,
        ),
    ] = None

    @property
    def pins_in_use(self) -> dict[str, int]:
        """Return the pins that these settings use, by key; none without gpio."""
        if self.output is not Output.GPIO:
            return {}
        pins = {"green_pin": self.green_pin, "red_pin": self.red_pin}
        if self.lamps is Lamps.RGB:
            pins["blue_pin"] = self.blue_pin
        if self.buzzer is not Buzzer.NONE:
            pins["buzzer_pin"] = self.buzzer_pin
        if self.staff_pin is not None:
            pins["staff_pin"] = self.staff_pin
        return pins


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a technician decides; without arguments, the defaults."""

    door: Door = field(default_factory=Door)
    camera: Camera = field(default_factory=Camera)
    signals: Signals = field(default_factory=Signals)
    feed: Feed = field(default_factory=Feed)
    trust_list: TrustList = field(default_factory=TrustList)
    revoked_list: RevokedList = field(default_factory=RevokedList)


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the file: where it stands, what it may hold, what it holds by default."""

    section: str
    name: str
    kind: Kind
    default: Any

    @property
    def path(self) -> str:
        """Return section and name as people write them."""
        return f"{self.section}.{self.name}"

    @property
    def written_default(self) -> str:
        """Return the default as TOML."""
        return self.kind.written(self.default)


SECTIONS: Final[dict[str, type[Any]]] = {
    "door": Door,
    "camera": Camera,
    "signals": Signals,
    "feed": Feed,
    "trust_list": TrustList,
    "revoked_list": RevokedList,
}


def keys_of(section: str) -> dict[str, Key]:
    """Return the keys of a section by name, in the order of the file."""
    return {
        one.name: Key(section, one.name, kind=get_args(one.type)[1], default=one.default)
        for one in fields(SECTIONS[section])
    }
