"""What is wrong with an expression, or with the data that it meets."""

from scanner.terms import ScannerError


class CertLogicError(ScannerError):
    """An expression is not valid, or has no value on this data: its rule is not met.

    The message never quotes the data, since that is somebody's pass.
    """
