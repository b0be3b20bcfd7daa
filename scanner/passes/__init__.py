"""What the holder showed, and whether it is genuine: one module per pass format.

A payload goes in; a `Genuine` pass comes out, or `Refused` with the first check that
failed. No format knows a venue, a clock or a file. Nothing but `Refused` leaves here.
"""

from scanner.passes.genuine import Genuine
from scanner.passes.parts import Part, joined, part_of
from scanner.passes.recognise import Recognised, Standing, every_kind, recognise, verify

__all__ = [
    "Genuine",
    "Part",
    "Recognised",
    "Standing",
    "every_kind",
    "joined",
    "part_of",
    "recognise",
    "verify",
]
