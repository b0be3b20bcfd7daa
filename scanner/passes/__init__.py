"""What the holder showed, and whether it is genuine: one module per pass format.

A payload goes in; a `Genuine` pass comes out, or `Refused` with the first check that
failed. No format knows a venue, a clock or a file. Nothing but `Refused` leaves here.
"""

from scanner.passes.genuine import Genuine
from scanner.passes.recognise import Recognised, recognise, verify

__all__ = ["Genuine", "Recognised", "recognise", "verify"]
