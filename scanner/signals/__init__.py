"""Decision to light and sound: which pattern, its lamps over time, and who shows it.

Never colour alone: every pattern differs in rhythm and tone too. Lamps change at most
six times in any second, and a green lamp may always go out.
"""

from scanner.signals.nowhere import NoLights
from scanner.signals.patterns import PATTERNS, Pattern, Score, Step, pattern_for
from scanner.signals.player import DARK, Lamps, Player
from scanner.signals.terminal import TerminalSignals

__all__ = [
    "DARK",
    "PATTERNS",
    "Lamps",
    "NoLights",
    "Pattern",
    "Player",
    "Score",
    "Step",
    "TerminalSignals",
    "pattern_for",
]
