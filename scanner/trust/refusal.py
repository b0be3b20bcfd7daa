"""Why a feed was not believed, in one word for scripts and one line for people.

Light on purpose: the door reads these words in a status, and must not load what makes them.
"""

from enum import Enum

from scanner.terms import ScannerError


class Cause(Enum):
    """One word for each way in which bytes from outside are not believed, or do not come."""

    ROLLBACK = "rollback"
    EXPIRED = "expired"
    MIXED = "mixed"
    TAMPERED = "tampered"
    WRONG_SIGNER = "wrong_signer"
    MALFORMED = "malformed"
    MISSING = "missing"
    UNREVOKED = "unrevoked"
    FUTURE = "future"
    TOO_LARGE = "too_large"
    NOT_A_FILE = "not_a_file"
    NOT_PINNED = "not_pinned"
    DAMAGED = "damaged"
    DISK = "disk"
    DNS = "dns"
    NETWORK = "network"
    SLOW = "slow"
    REDIRECT = "redirect"
    SERVER = "server"
    PORTAL = "portal"


class FeedRefused(ScannerError):  # noqa: N818 - an answer about a feed, not an error of ours
    """A feed, or a file of it, is not believed; `detail` is one line with the remedy."""

    def __init__(self, cause: Cause, detail: str) -> None:
        super().__init__(f"{cause.value}: {detail}")
        self.cause = cause
        self.detail = detail
