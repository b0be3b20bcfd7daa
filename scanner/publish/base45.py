"""Base45 as RFC 9285 writes it, for the issuing side; reading it is `scanner.passes`' trade."""

from typing import Final

from scanner.passes.base45 import ALPHABET

_BYTES_IN: Final = 2  # section 4: two bytes become three characters, a single last byte two


def encode(data: bytes) -> str:
    """Write bytes as base45 text."""
    return "".join(_group(data[at : at + _BYTES_IN]) for at in range(0, len(data), _BYTES_IN))


def _group(pair: bytes) -> str:
    number = int.from_bytes(pair)
    characters = ""
    for _ in range(len(pair) + 1):
        number, value = divmod(number, len(ALPHABET))
        characters += chr(ALPHABET[value])
    return characters
