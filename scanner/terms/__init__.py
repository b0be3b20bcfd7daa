"""The words every room shares: verdicts, reasons, payloads, passes, decisions, time.

Words only: frozen values without logic beyond their own arithmetic. This room
imports nothing of the project and performs no I/O.
"""

from scanner.terms.decision import Decision
from scanner.terms.errors import (
    DeviceError,
    InputError,
    NotPermittedError,
    Refused,
    ScannerError,
)
from scanner.terms.moment import Moment, rfc3339
from scanner.terms.payload import Corner, Payload
from scanner.terms.verdict import Kind, Reason, Verdict
from scanner.terms.verified import Claims, Pass, PassFormat

__all__ = [
    "Claims",
    "Corner",
    "Decision",
    "DeviceError",
    "InputError",
    "Kind",
    "Moment",
    "NotPermittedError",
    "Pass",
    "PassFormat",
    "Payload",
    "Reason",
    "Refused",
    "ScannerError",
    "Verdict",
    "rfc3339",
]
