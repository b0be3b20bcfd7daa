"""The error tree: two roots below `ScannerError`, by whose fault it is.

ScannerError
├── Refused      the holder's code fails; a value to the judge, never a crash
├── InputError   a person gave us something unusable: say what, and the remedy
│   └── NotPermittedError  the person may not do this, or the file is not theirs
└── DeviceError  the machine fails (camera, reader, pins): a FAULT on the lamps
"""

from scanner.terms.verdict import Reason


class ScannerError(Exception):
    """Root of every error that this project raises on purpose."""


class Refused(ScannerError):  # noqa: N818 - an answer about the pass, not an error of ours
    """A pass was refused; `reason` names the first check that failed.

    `key_id` is the key that the pass claims, as printed, once it could be read.
    """

    key_id: str | None = None

    def __init__(self, reason: Reason, detail: str | None = None) -> None:
        super().__init__(reason.value if detail is None else f"{reason.value}: {detail}")
        self.reason = reason
        self.detail = detail


class InputError(ScannerError):
    """A file, option or setting cannot be used; the message is one line with the remedy."""


class NotPermittedError(InputError):
    """The person who asks may not do this; the message says who may."""


class DeviceError(ScannerError):
    """A device or child process failed; `reason` is the fault shown on the lamps."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason = reason
        self.detail = detail
