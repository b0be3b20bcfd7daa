"""Signs a pass in the format of `scanner.passes.own`, and sees to it that its code stays small."""

from typing import Any, Final

import cbor2

from scanner.passes.own import CONTENT, EXPIRES, KINDS, MAX_INDEX, NOT_BEFORE, PREFIX
from scanner.publish import base45
from scanner.publish.own.keys import SigningKey
from scanner.publish.own.orders import FieldError, Order
from scanner.trust import Algorithm

SIGN1_TAG: Final = 18
MAX_VERSION: Final = 10
"""Of the QR code: 57 modules, read from a phone at arm's length by any camera."""

# ISO/IEC 18004, version 10 at level Q: 221 characters, so 144 bytes of base45 behind the prefix.
_MAX_BYTES: Final = 144
_KID_BYTES: Final = 8
_SIGNATURE_BYTES: Final = 64


def text_of(order: Order, *, name: str, index: int, key: SigningKey) -> str:
    """Return the text of the code for a pass that stands at `index` of the list `name`."""
    payload = _payload(order, name=name, index=index)
    protected = _protected(key.kid)
    signed = cbor2.dumps(["Signature1", protected, b"", payload])  # RFC 9052 section 4.4
    return PREFIX + base45.encode(_message(protected, payload, key.sign(signed)))


def check_size(order: Order, *, name: str) -> None:
    """Raise `FieldError` where a pass would not fit its code, whatever its index is."""
    payload = _payload(order, name=name, index=MAX_INDEX)
    message = _message(_protected(bytes(_KID_BYTES)), payload, bytes(_SIGNATURE_BYTES))
    over = len(message) - _MAX_BYTES
    if over > 0:
        column = "name" if order.name is not None else "zone" if order.zones else "event"
        raise FieldError(
            column,
            f"does not fit a QR code of version {MAX_VERSION} at level Q (bytes over: {over}); "
            "shorten or leave out the name, zone, event or --list",
        )


def _protected(kid: bytes) -> bytes:
    return cbor2.dumps({1: Algorithm.EDDSA.value, 4: kid})


def _message(protected: bytes, payload: bytes, signature: bytes) -> bytes:
    return cbor2.dumps(cbor2.CBORTag(SIGN1_TAG, [protected, {}, payload, signature]))


def _payload(order: Order, *, name: str, index: int) -> bytes:
    zones = " ".join(order.zones) or None
    content = [KINDS.index(order.kind), order.event, zones, order.admits, name, index]
    claims: dict[int, Any] = {}
    if order.not_after is not None:
        claims[EXPIRES] = int(order.not_after.timestamp())
    if order.not_before is not None:
        claims[NOT_BEFORE] = int(order.not_before.timestamp())
    claims[CONTENT] = content if order.name is None else [*content, order.name]
    return cbor2.dumps(claims)
