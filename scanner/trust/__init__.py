"""What the door believes: keys of issuers and revoked ids.

Pure: bytes in, belief or an error out. Nothing here knows a path, a clock or a
socket; who reads the bytes and when is the door's business.
"""

from scanner.trust.anchor import Anchor
from scanner.trust.keyring import Algorithm, Key, Keyring
from scanner.trust.lists import Binding, TrustFile, read_trust, reading_trust
from scanner.trust.revocation import RevocationList, read_revocations

__all__ = [
    "Algorithm",
    "Anchor",
    "Binding",
    "Key",
    "Keyring",
    "RevocationList",
    "TrustFile",
    "read_revocations",
    "read_trust",
    "reading_trust",
]
