"""The text of `config/scanner.toml`: every key at its default, with what it may be."""

import textwrap
from collections.abc import Iterator
from inspect import getdoc
from typing import Final

from scanner.settings.schema import SECTIONS, keys_of

_COLUMNS: Final = 80
"""What a terminal over SSH shows without wrapping."""

_HEAD: Final = """\
# Settings of the door scanner. A change counts after
#     sudo systemctl restart door-scanner
# A key that is left out stands at its default."""


def template() -> str:
    """Return the file with every key at its default, at most 80 columns wide."""
    return "\n".join([_HEAD, *(line for section in SECTIONS for line in _section(section))]) + "\n"


def _section(section: str) -> Iterator[str]:
    yield ""
    yield ""
    yield from _comment(getdoc(SECTIONS[section]) or "")
    yield f"[{section}]"
    for key in keys_of(section).values():
        yield ""
        yield from _comment(key.kind.help)
        yield from _comment(f"{key.kind.allowed}; default {key.written_default}")
        yield f"{key.name} = {key.written_default}"


def _comment(text: str) -> list[str]:
    return textwrap.wrap(
        " ".join(text.split()),
        width=_COLUMNS,
        initial_indent="# ",
        subsequent_indent="# ",
        break_long_words=False,
        break_on_hyphens=False,
    )
