"""NumericDate (RFC 7519 section 2): seconds since 1970, whole or with a fraction."""

from datetime import UTC, datetime

from scanner.terms import Reason, Refused


def read(value: object, *, name: str = "a date") -> datetime | None:
    """Return the date, or None for none; one that cannot be read fails the pass: `Refused`."""
    if value is None:
        return None
    if type(value) is not int and type(value) is not float:  # a boolean is neither
        raise Refused(Reason.MALFORMED, f"{name} that is no number")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        raise Refused(Reason.MALFORMED, f"{name} beyond the calendar") from None
