"""A list that begins anew from a base must still hold what it held, unless it was withdrawn.

Else a stolen online key could sign a base without an entry, and a revoked pass would be admitted.
"""

from dataclasses import dataclass
from itertools import islice
from typing import Final

from scanner.sync.accept.offer import Offered
from scanner.sync.accept.tables import HeldList, ids_of, is_base, lost
from scanner.sync.accept.withdrawn import REMEDY, Withdrawn
from scanner.terms import InputError
from scanner.trust.idtable import ID_BITS
from scanner.trust.refusal import Cause, FeedRefused

MAX_GONE: Final = 600_000
"""As many as may leave by deltas at once; a base that lacks more is none of this list."""


@dataclass(frozen=True, slots=True)
class Guard:
    """Knows what may leave: by the curator's word, and by the tables that are offered."""

    offered: Offered
    withdrawn: Withdrawn

    def check(self, name: str, *, old: HeldList, sha256: str, new: HeldList) -> None:
        """Refuse a new state that lacks what `old` had and nobody withdrew.

        `sha256` is that of the old state when it was accepted. `InputError` if `new` is no table.
        """
        signed = self.withdrawn.removes.get(name, frozenset())
        if not _is_sound(old, sha256=sha256):
            return  # Damaged here: what it says is no longer what was signed.
        if new.table.width > old.table.width:
            words = f"the ids of the list {name} become longer, which cannot be compared"
            raise FeedRefused(Cause.UNREVOKED, f"{words}; use another list beside it")
        shift = ID_BITS - min(old.table.width, new.table.width)
        gone = {one >> shift for one in islice(lost(old, new), MAX_GONE + 1)}
        if len(gone) > MAX_GONE:
            words = f"the list {name} begins anew without more than {MAX_GONE:,} entries"
            raise FeedRefused(Cause.UNREVOKED, f"{words}; {REMEDY}")
        if gone:
            self._check_gone(name, gone, shift=shift, signed=signed)

    def _check_gone(self, name: str, gone: set[int], *, shift: int, signed: frozenset[str]) -> None:
        """Take off what the tables that the curator signed let go; nothing may remain."""
        missing = False
        for sha256 in sorted(signed):
            # Of one part each, and so named by its digest, whichever delta it came with.
            content = self.offered.small_blob(sha256)
            if content is None:
                missing = True
            elif not is_base(content, name=name):
                gone -= {one >> shift for one in ids_of(content, name=name)}
            if not gone:
                return
        if missing:
            words = f"what left the list {name} is not in the inbox; it is fetched again"
            raise FeedRefused(Cause.MISSING, words)
        words = f"the list {name} begins anew without entries that nobody withdrew"
        raise FeedRefused(Cause.UNREVOKED, f"{words}; {REMEDY}")


def _is_sound(old: HeldList, *, sha256: str) -> bool:
    try:
        return old.sha256() == sha256
    except InputError:
        return False
