"""pretix: revoked and blocked ticket secrets, as its API and its devices hold them.

Read are pages of `revokedsecrets/` and `blockedsecrets/` (`{count, next, previous, results}`),
their bare arrays, and `{revoked_secrets, blocked_secrets}`. Entries are objects with `secret`,
or texts; one with `"blocked": false` is not blocked any more.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from scanner.publish.imports.proposal import Source
from scanner.publish.imports.reading import about, contents, parsed, several, text
from scanner.terms import InputError

_MEMBERS: Final = ("results", "revoked_secrets", "blocked_secrets")


def read(paths: Sequence[Path], *, name: str, add_only: bool) -> Source:
    """Read secrets into one list; a page without its neighbours is no whole list."""
    source = Source(lists={name})
    ahead = behind = 0
    for path, content in contents(paths):
        with about(path):
            told = parsed(content)
            for secret in _secrets(told):
                source.add(f"ticket:{secret}", name=name)
            if isinstance(told, dict):
                ahead += told.get("next") is not None
                behind += told.get("previous") is not None
    if ahead != behind and not add_only:
        raise InputError("not all pages of the list are here; give all of them, or use --add-only")
    return source


def _secrets(told: Any) -> Iterator[str]:
    entries = told
    if isinstance(told, dict):
        present = [member for member in _MEMBERS if member in told]
        if not present:
            raise InputError(f"no list of pretix; one has {', '.join(_MEMBERS)}")
        entries = [one for member in present for one in several(told[member], what=member)]
    for entry in several(entries, what="the list"):
        if not isinstance(entry, dict):
            yield text(entry, what="a secret")
        elif entry.get("blocked") is not False:
            yield text(entry.get("secret"), what="secret")
