"""Lists of pretix revoke the tickets that they name, and never fewer."""

import json
from typing import Any

import pytest

from scanner.terms import InputError
from scanner.trust.pretix_lists import read_pretix_lists

SECRET = "E4BibyTSylQOgeKjuMPiTDxi5HXPuTVsx1qCli3IL0143gj0EZXOB9iQ"  # noqa: S105 - of nobody
OTHER = "abcdefghjkmnpqrstuvwxyz23456789a"
READ: dict[str, tuple[Any, set[str]]] = {
    "both lists": ({"revoked_secrets": [SECRET], "blocked_secrets": [OTHER]}, {SECRET, OTHER}),
    "one list": ({"blocked_secrets": [OTHER]}, {OTHER}),
    "empty lists": ({"revoked_secrets": [], "blocked_secrets": []}, set()),
    "the same ticket in both": ({"revoked_secrets": [OTHER], "blocked_secrets": [OTHER]}, {OTHER}),
    "objects": ({"revoked_secrets": [{"id": 1, "secret": SECRET}]}, {SECRET}),
    "a page of the API": (
        {"count": 1, "next": None, "previous": None, "results": [{"id": 7, "secret": SECRET}]},
        {SECRET},
    ),
    "blocked, and not any more": (
        {"results": [{"secret": SECRET, "blocked": True}, {"secret": OTHER, "blocked": False}]},
        {SECRET},
    ),
    "a bare array": ([SECRET, {"secret": OTHER}], {SECRET, OTHER}),
    "members that we do not know": ({"results": [SECRET], "later": {}}, {SECRET}),
}
WRONG: dict[str, tuple[Any, str]] = {
    "nothing of pretix": ({"rids": []}, "no list of pretix"),
    "an empty object": ({}, "no list of pretix"),
    "a text": (SECRET, "the list is no array"),
    "an object for a list": ({"results": {SECRET: True}}, "results is no array"),
    "null for a list": ({"revoked_secrets": None}, "revoked_secrets is no array"),
    "a number for a secret": ([SECRET, 7], "the list, entry 2 has no secret"),
    "an entry without its secret": ({"results": [{"id": 7}]}, "results, entry 1 has no secret"),
    "an empty secret": ([""], "the list, entry 1: 'ticket:' is not ticket:"),
    "a secret with a line end": ([f"{SECRET}\n"], "is not ticket: and its secret"),
    "a secret of a book's length": ({"blocked_secrets": ["x" * 3000]}, "blocked_secrets, entry 1"),
}


@pytest.mark.parametrize(("listed", "secrets"), READ.values(), ids=READ.keys())
def test_a_list_names_its_tickets(listed: Any, secrets: set[str]) -> None:
    read = read_pretix_lists(json.loads(json.dumps(listed)))
    assert read.ids == {f"ticket:{secret}" for secret in secrets}
    assert len(read) == len(secrets)


@pytest.mark.parametrize(("listed", "words"), WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_read_refuses_the_whole_list(listed: Any, words: str) -> None:
    with pytest.raises(InputError, match=words) as error:
        read_pretix_lists(listed)
    assert "\n" not in str(error.value)


def page(*secrets: str, of: int | None, then: str | None = None) -> dict[str, Any]:
    told = {"next": then, "previous": None, "results": [{"secret": one} for one in secrets]}
    return told if of is None else {**told, "count": of}


def test_all_pages_in_one_array_are_one_list() -> None:
    pages = [page("a", "b", of=3, then="https://x?page=2"), page("c", of=3)]
    assert read_pretix_lists(pages).ids == {"ticket:a", "ticket:b", "ticket:c"}
    assert read_pretix_lists([page("a", of=None, then="x"), page("b", of=None)]).ids
    assert read_pretix_lists(page("a", of=None)).ids == {"ticket:a"}


SHORT: dict[str, Any] = {
    "one page of two": page("a", "b", of=3, then="https://x?page=2"),
    "the last page alone": page("c", of=3),
    "one page of an unknown number": page("a", of=None, then="https://x?page=2"),
    "two pages of three": [page("a", of=3, then="x"), page("b", of=3, then="y")],
}


@pytest.mark.parametrize("case", SHORT)
def test_a_list_of_which_a_page_is_missing_is_refused(case: str) -> None:
    with pytest.raises(InputError, match="give an array of all pages"):
        read_pretix_lists(SHORT[case])
