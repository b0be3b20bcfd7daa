"""A list of revoked ids as a door holds it: a table, and what changed since.

Looked up: in the adds, or in the table and not in the removes. Adds and removes are
compared at the table's width, so the answer is that of the merged table to the last id:
whether a list was compacted makes no difference at the door.
"""

from dataclasses import dataclass

from scanner.trust.idtable import IdTable, damaged


@dataclass(frozen=True, slots=True)
class RevokedTable:
    """One list: its name on the feed, its table, and the ids added and removed since."""

    name: str
    table: IdTable
    adds: IdTable | None = None
    removes: IdTable | None = None

    def __post_init__(self) -> None:
        for over in (self.adds, self.removes):
            if over is not None and not over.k <= self.table.width <= over.width:
                raise damaged(f"{over.width} bits in changes to a list of {self.table.width}")

    def has(self, id64: int) -> bool:
        """Say whether an id is revoked; raise `InputError` if the table cannot tell."""
        bits = self.table.width
        if self.adds is not None and self.adds.has(id64, bits=bits):
            return True
        if not self.table.has(id64):
            return False
        return self.removes is None or not self.removes.has(id64, bits=bits)

    @property
    def entries(self) -> int:
        """Return how many ids are listed, if the overlay holds what `delta.needed` leaves."""
        added, removed = len(self.adds or ()), len(self.removes or ())
        return max(0, self.table.n + added - removed)
