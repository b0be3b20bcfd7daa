"""What can be wrong with a settings file, in words for the person who wrote it."""

from dataclasses import dataclass
from typing import Final

from scanner.terms import InputError

MOST_PROBLEMS: Final = 50
"""More than a person mends in one go; a file of another kind would give thousands."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend: `line` counts from 1, 0 where it is unknown; `key` may be empty."""

    line: int
    key: str
    words: str


class SettingsError(InputError):
    """A settings file cannot be used; its text is one line for each of `problems`."""

    def __init__(self, path: str, problems: tuple[Problem, ...]) -> None:
        self.path = path
        self.problems = problems
        super().__init__("\n".join(self.lines))

    @property
    def lines(self) -> tuple[str, ...]:
        """Return one line a problem: file, line, key, what is wrong, the remedy."""
        return tuple(
            (f"{self.path}:{one.line}: " if one.line else f"{self.path}: ")
            + (f"{one.key}: {one.words}" if one.key else one.words)
            for one in self.problems
        )
