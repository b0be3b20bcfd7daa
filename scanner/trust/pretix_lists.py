"""pretix: revoked and blocked ticket secrets, as its API and its devices hold them.

Read are `{"revoked_secrets": [...], "blocked_secrets": [...]}`, pages of `revokedsecrets/` and
`blockedsecrets/` (`{count, next, previous, results}`) and their bare arrays. Entries are texts,
or objects with `secret`; one with `"blocked": false` is not blocked any more. An entry that cannot
be read refuses the whole list: one that is silently shorter would admit. So does a page that is
one of several: an array of all pages is read.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from scanner.terms import InputError
from scanner.trust.ids import read_id
from scanner.trust.revocation import RevocationList

_MEMBERS: Final = ("revoked_secrets", "blocked_secrets")
_EXPECTED: Final = "give a list as pretix exports it"


def read_pretix_lists(listed: object) -> RevocationList:
    """Read parsed JSON; raise `InputError` naming the entry that cannot be used."""
    ids = set()
    for where, entry in _entries(listed):
        secret = _secret(entry, where=where)
        if secret is not None:
            ids.add(_typed(secret, where=where))
    return RevocationList(frozenset(ids))


def _entries(listed: object) -> Iterator[tuple[str, Any]]:
    lists = [("the list", listed)]
    pages = listed if isinstance(listed, list) else [listed]
    if pages and all(isinstance(page, dict) and "results" in page for page in pages):
        names = ["results"] if pages is not listed else [f"page {n + 1}" for n in range(len(pages))]
        lists = [(name, page["results"]) for name, page in zip(names, pages, strict=True)]
        _check_count(pages)
    elif isinstance(listed, dict):
        lists = [(name, listed[name]) for name in _MEMBERS if name in listed]
        if not lists:
            raise InputError(f"no list of pretix, which has one of results, {', '.join(_MEMBERS)}")
    for name, entries in lists:
        if not isinstance(entries, list):
            raise InputError(f"{name} is no array; {_EXPECTED}")
        for number, entry in enumerate(entries, start=1):
            yield f"{name}, entry {number}", entry


def _check_count(pages: Sequence[Any]) -> None:
    """Refuse pages of which one is missing; without a count, one alone may not name another."""
    found = sum(len(page["results"]) for page in pages if isinstance(page["results"], list))
    counts = [page["count"] for page in pages if isinstance(page.get("count"), int)]
    is_short = found < max(counts) if counts else len(pages) == 1 and bool(pages[0].get("next"))
    if is_short:
        of = f" of {max(counts)}" if counts else ""
        raise InputError(f"only {found}{of} entries; give an array of all pages")


def _secret(entry: object, *, where: str) -> str | None:
    """Return the secret that an entry revokes, or None where it revokes none."""
    if isinstance(entry, dict):
        if entry.get("blocked") is False:
            return None
        entry = entry.get("secret")
    if not isinstance(entry, str):
        raise InputError(f"{where} has no secret; {_EXPECTED}")
    return entry


def _typed(secret: str, *, where: str) -> str:
    text = f"ticket:{secret}"
    try:
        read_id(text)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
    return text
