"""Verdicts, reasons and kinds of pass: three closed lists that scripts rely on.

The values are the words printed in JSON; changing one is a breaking change.
`VERDICT_OF` says which verdict a reason carries. Two reasons have none of their
own: `repeated` takes the first answer's verdict, `list_stale` the venue's choice.
"""

from enum import Enum
from typing import Final


class Verdict(Enum):
    """What the door answers."""

    ADMIT = "admit"
    REFUSE = "refuse"
    ASK = "ask"
    FAULT = "fault"
    IGNORE = "ignore"


class Kind(Enum):
    """What a genuine pass speaks of."""

    VACCINATION = "vaccination"
    TEST = "test"
    RECOVERY = "recovery"
    EXEMPTION = "exemption"
    TICKET = "ticket"
    MEMBERSHIP = "membership"
    STAFF = "staff"


class Reason(Enum):
    """Why the door answered so; one word for lights, counts, `explain` and tests."""

    ADMITTED = "admitted"
    ADMITTED_MARKED = "admitted_marked"
    REPEATED = "repeated"
    NOT_A_PASS = "not_a_pass"  # noqa: S105 - a word of the interface, no secret
    NO_CODE = "no_code"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    UNSUPPORTED = "unsupported"
    ONLINE_ONLY = "online_only"
    UNKNOWN_ISSUER = "unknown_issuer"
    ISSUER_MISMATCH = "issuer_mismatch"
    WRONG_ALGORITHM = "wrong_algorithm"
    BAD_SIGNATURE = "bad_signature"
    REVOKED = "revoked"
    KEY_EXPIRED = "key_expired"
    KEY_PURPOSE = "key_purpose"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    RULE_NOT_MET = "rule_not_met"
    WRONG_EVENT = "wrong_event"
    WRONG_GATE = "wrong_gate"
    ALREADY_USED = "already_used"
    MORE_NEEDED = "more_needed"
    TWO_PASSES = "two_passes"
    CHECK_ID = "check_id"
    PASSBACK = "passback"
    LIST_STALE = "list_stale"
    LIST_MISSING = "list_missing"
    CLOCK_UNTRUSTED = "clock_untrusted"
    CAMERA_LOST = "camera_lost"
    READER_LOST = "reader_lost"
    PINS_LOST = "pins_lost"
    INTERNAL = "internal"


VERDICT_OF: Final[dict[Reason, Verdict]] = {
    Reason.ADMITTED: Verdict.ADMIT,
    Reason.ADMITTED_MARKED: Verdict.ADMIT,
    Reason.NOT_A_PASS: Verdict.IGNORE,
    Reason.NO_CODE: Verdict.IGNORE,
    Reason.MALFORMED: Verdict.REFUSE,
    Reason.TOO_LARGE: Verdict.REFUSE,
    Reason.UNSUPPORTED: Verdict.REFUSE,
    Reason.ONLINE_ONLY: Verdict.ASK,
    Reason.UNKNOWN_ISSUER: Verdict.REFUSE,
    Reason.ISSUER_MISMATCH: Verdict.REFUSE,
    Reason.WRONG_ALGORITHM: Verdict.REFUSE,
    Reason.BAD_SIGNATURE: Verdict.REFUSE,
    Reason.REVOKED: Verdict.REFUSE,
    Reason.KEY_EXPIRED: Verdict.REFUSE,
    Reason.KEY_PURPOSE: Verdict.REFUSE,
    Reason.NOT_YET_VALID: Verdict.REFUSE,
    Reason.EXPIRED: Verdict.REFUSE,
    Reason.RULE_NOT_MET: Verdict.REFUSE,
    Reason.WRONG_EVENT: Verdict.REFUSE,
    Reason.WRONG_GATE: Verdict.REFUSE,
    Reason.ALREADY_USED: Verdict.REFUSE,
    Reason.MORE_NEEDED: Verdict.ASK,
    Reason.TWO_PASSES: Verdict.ASK,
    Reason.CHECK_ID: Verdict.ASK,
    Reason.PASSBACK: Verdict.ASK,
    Reason.LIST_MISSING: Verdict.FAULT,
    Reason.CLOCK_UNTRUSTED: Verdict.ASK,
    Reason.CAMERA_LOST: Verdict.FAULT,
    Reason.READER_LOST: Verdict.FAULT,
    Reason.PINS_LOST: Verdict.FAULT,
    Reason.INTERNAL: Verdict.FAULT,
}
