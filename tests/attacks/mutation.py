"""Bytes changed at random, as a bad picture, a bad reader or an attacker might change them."""

import random
from typing import Final

ANY: Final = bytes(range(256))
# Bytes that begin something in CBOR: empty, indefinite, huge, tags, simple values, floats.
HEADS: Final = bytes.fromhex("00171b20405f60787b7f809b9fa0bbbfc0c2d2d8f4f6f7f8f9fbff")
_MOST_CUT: Final = 200


def mutated(data: bytes, *, chance: random.Random, alphabet: bytes) -> bytes:
    """Change, insert, remove, repeat, swap or cut off bytes; never give the same again."""
    changed = bytearray(data)
    while changed == data:
        for _ in range(chance.choice((1, 1, 1, 2, 5, 20))):
            _change(changed, chance=chance, alphabet=alphabet)
    return bytes(changed)


def _change(data: bytearray, *, chance: random.Random, alphabet: bytes) -> None:
    at = chance.randrange(len(data) + 1)
    match chance.randrange(7):
        case 0:
            data[at : at + 1] = chance.choices(alphabet)
        case 1:
            data[at:at] = chance.choices(alphabet, k=chance.randrange(1, 5))
        case 2:
            del data[at : at + chance.randrange(1, 5)]
        case 3:
            data[at:at] = data[at : at + chance.randrange(1, 40)]
        case 4:
            data[at : at + 1] = chance.choices(HEADS if alphabet is ANY else alphabet)
        case 5:
            data[at : at + 2] = data[at : at + 2][::-1]
        case _:
            del data[at + chance.randrange(_MOST_CUT) :]
