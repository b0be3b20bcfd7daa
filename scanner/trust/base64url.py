"""base64url without padding (RFC 4648 section 5, RFC 7515 section 2): one writing for some bytes.

Refused: padding, stray characters, and bits set behind the last byte, which would let one
signed text be written in several ways.
"""

import base64
import binascii


def decode(text: bytes) -> bytes:
    """Return the bytes that `text` writes, or raise `ValueError`."""
    try:
        data = base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
    except binascii.Error:
        raise ValueError("broken base64url") from None
    # The decoder skips what it does not know; only the one right writing comes back the same.
    if encode(data) != text:
        raise ValueError("broken base64url")
    return data


def encode(data: bytes) -> bytes:
    """Return `data` in base64url."""
    return base64.urlsafe_b64encode(data).rstrip(b"=")
