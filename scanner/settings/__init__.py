"""The settings of a door: one TOML file to one checked, frozen object.

`schema` lists every key with default, unit, range and help; nothing else knows a
default. `load` reads a file and tells everything that is wrong with it at once.
"""

from scanner.settings.door import Door, Identity, Role
from scanner.settings.lists import Feed, RevokedList, TrustList, WhenOld
from scanner.settings.problems import Problem, SettingsError
from scanner.settings.reading import load
from scanner.settings.schema import (
    Buzzer,
    Camera,
    Focus,
    Lamps,
    Output,
    Polarity,
    Settings,
    Signals,
)

__all__ = [
    "Buzzer",
    "Camera",
    "Door",
    "Feed",
    "Focus",
    "Identity",
    "Lamps",
    "Output",
    "Polarity",
    "Problem",
    "RevokedList",
    "Role",
    "Settings",
    "SettingsError",
    "Signals",
    "TrustList",
    "WhenOld",
    "load",
]
