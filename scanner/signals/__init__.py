"""Decision to light and sound: which pattern, its lamps over time, and who shows it.

Never colour alone: every pattern differs in rhythm and tone too. Lamps change at most
six times in any second, and a green lamp may always go out. Pins belong to a process of
their own, the keeper: no pin library is loaded here.
"""

from scanner.signals.keeper import Keeper
from scanner.signals.nowhere import NoLights
from scanner.signals.patterns import PATTERNS, Pattern, Score, Step, pattern_for
from scanner.signals.player import DARK, Lamps, Player
from scanner.signals.terminal import TerminalSignals
from scanner.signals.wiring import Active, BuzzerKind, LampKind, Wiring

__all__ = [
    "DARK",
    "PATTERNS",
    "Active",
    "BuzzerKind",
    "Keeper",
    "LampKind",
    "Lamps",
    "NoLights",
    "Pattern",
    "Player",
    "Score",
    "Step",
    "TerminalSignals",
    "Wiring",
    "pattern_for",
]
