"""Protocol Buffers (encoding), as far as a flat message needs them; read by hand, bounded.

Promises whole consumption, varints of at most 64 bits, and lengths that end inside the message.
A field that stands twice counts the last time, as every reader of protobuf has it. Refused:
groups, which no message has used since proto2, and fields without a number.
"""

from typing import Final

from scanner.terms import Reason, Refused

Value = int | bytes
"""An unsigned varint; or the bytes of a text, a message or a fixed-width number."""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_WIDTH: Final = {_FIXED64: 8, _FIXED32: 4}
_MAX_VARINT: Final = 2**64 - 1
_MAX_TAG: Final = 2**32 - 1
# Seven bits a byte: ten bytes hold 64 bits.
_MAX_VARINT_BYTES: Final = 10


def read(data: bytes) -> dict[int, Value]:
    """Return the fields of a message by number, or raise `Refused(malformed)`."""
    fields: dict[int, Value] = {}
    at = 0
    while at < len(data):
        tag, at = _varint(data, at=at)
        number, wire = tag >> 3, tag & 7
        if not number or tag > _MAX_TAG:
            raise Refused(Reason.MALFORMED, "protobuf with an impossible field")
        value, at = _varint(data, at=at) if wire in (_VARINT, _BYTES) else (0, at)
        if wire != _VARINT:
            length = value if wire == _BYTES else _WIDTH.get(wire)
            if length is None or length > len(data) - at:
                raise Refused(Reason.MALFORMED, "protobuf with a broken field")
            fields[number] = data[at : at + length]
            at += length
        else:
            fields[number] = value
    return fields


def _varint(data: bytes, *, at: int) -> tuple[int, int]:
    """Return an unsigned number and where it ends."""
    value = 0
    for count, byte in enumerate(data[at : at + _MAX_VARINT_BYTES]):
        value |= (byte & 0x7F) << 7 * count
        if byte < 0x80:  # noqa: PLR2004 - the last byte of a varint has no high bit
            if value > _MAX_VARINT:
                break
            return value, at + count + 1
    raise Refused(Reason.MALFORMED, "protobuf with a broken number")
