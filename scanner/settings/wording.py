"""Values and keys as they are shown to a person: as TOML, short, and harmless to a terminal."""

import re
from typing import Final

_SHOWN_CHARACTERS: Final = 40
"""Enough to find a value again in the file."""

_SHOWN_NUMBER: Final = 10**15
"""Python refuses to write whole numbers of more than 4,300 digits; a person needs far fewer."""

_SHOWN_ENTRIES: Final = 8
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")


def quoted(text: str) -> str:
    """Return text as a TOML string on one line."""
    return '"' + "".join(map(_escaped, text)) + '"'


def shown(value: object) -> str:
    """Return a value as TOML would write it, shortened where it is long."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            cut = len(value) > _SHOWN_CHARACTERS
            return quoted(value[:_SHOWN_CHARACTERS]) + ("..." if cut else "")
        case int():
            return str(value) if abs(value) < _SHOWN_NUMBER else "this number"
        case list() | tuple():
            cut = len(value) > _SHOWN_ENTRIES
            entries = [_entry(one) for one in value[:_SHOWN_ENTRIES]]
            return f"[{', '.join(entries)}{', ...' if cut else ''}]"
        case dict():
            return "a table"
        case _:
            return str(value)


def written(value: object) -> str:
    """Return a value as TOML, however long it is."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(written, value))}]"
    return shown(value)


def dotted(parts: tuple[str, ...]) -> str:
    """Return the path of a key as TOML writes it."""
    return ".".join(
        part if len(part) <= _SHOWN_CHARACTERS and _BARE.fullmatch(part) else shown(part)
        for part in parts
    )


def _entry(value: object) -> str:
    # A list of lists may be nested as deep as the file is long.
    return "[...]" if isinstance(value, list) else shown(value)


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 - TOML's two forms
