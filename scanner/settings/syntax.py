"""What TOML's own reader complains of, said for a technician, with the remedy."""

import re
from typing import Final

from scanner.settings.problems import Problem

_PLACE: Final = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)\Z")

_UNCLOSED: Final = "text without its closing quote; close it"

_REMEDIES: Final = {
    "Cannot overwrite a value": "this key stands twice; keep one",
    "Cannot declare": "this section stands twice; keep one",
    "Cannot mutate immutable namespace": "this key stands twice; keep one",
    "Cannot redefine namespace": "this section stands twice; keep one",
    "Duplicate inline table key": "this key stands twice; keep one",
    "Expected '=' after a key": "a line without =; write key = value, and # before notes",
    "Expected newline": "more than one value; one key a line, text in quotes, # before notes",
    "Invalid value": 'no value that TOML knows; write text in quotes, like "auto"',
    "Invalid statement": "neither key = value nor [section]; put # before notes",
    "Invalid initial character": "no name of a key; write key = value, and # before notes",
    "Expected ']": "a section without its ]; write it like [camera]",
    "Unclosed array": "a list without its ]; close it",
    "Unclosed inline table": "a { without its }; close it",
    "Unterminated string": _UNCLOSED,
    "Illegal character '\\n'": _UNCLOSED,
    "Found invalid character '\\n'": _UNCLOSED,
    "Expected \"'": _UNCLOSED,
    "Illegal character": "a character that cannot be printed; remove it",
    "Found invalid character": "a character that cannot be printed; remove it",
    "Unescaped": "a \\ within text; write it twice, or put the text in 'single quotes'",
    "Invalid hex value": "a \\ within text; write it twice, or put the text in 'single quotes'",
    "Invalid date": "no such day or time; write text in quotes",
}
"""The remedy by how the reader's message begins."""


def explain(error: ValueError | RecursionError, *, text: str, opened: int) -> Problem:
    """Return the one problem that reading stopped at; text is first left open at line `opened`."""
    if isinstance(error, RecursionError):
        return Problem(0, "", "brackets within brackets, too deep; settings have one level")
    message = str(error)
    place = _PLACE.search(message)
    if place is None:
        # The only plain ValueError: a whole number of thousands of digits.
        return Problem(0, "", "a number with too many digits; shorten it")
    line = int(place[1]) if place[1] else text.count("\n", 0, len(text.rstrip())) + 1
    said = message[: place.start()]
    for beginning, remedy in _REMEDIES.items():
        if said.startswith(beginning):
            # The reader names the end of the file, a person looks for the opening quote.
            told = opened if remedy is _UNCLOSED and opened else line
            return Problem(told, "", remedy)
    return Problem(line, "", f"not TOML: {said}; write key = value")
