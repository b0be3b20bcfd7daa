"""The offer: what the courier says of its delivery, and what is no offer."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanner.sync.inbox import Inbox, Offer
from scanner.trust.refusal import Cause, FeedRefused

WHEN = datetime(2026, 6, 1, 12, tzinfo=UTC)
OFFER = Offer("https://feed.example/", WHEN, {"dcc": 12, "shc": None})


def test_an_offer_is_read_as_it_was_written() -> None:
    assert Offer.parse(OFFER.to_bytes()) == OFFER


@pytest.mark.parametrize(
    "content",
    {
        "nothing": b"",
        "no JSON": b"<html>",
        "no object": b"[]",
        "a member more": OFFER.to_bytes().replace(b'"source"', b'"x": 1, "source"'),
        "a member less": b'{"source": "x", "fetched": "2026-06-01T12:00:00+00:00"}',
        "a time without an offset": OFFER.to_bytes().replace(b"+00:00", b""),
        "a list with a path for a name": OFFER.to_bytes().replace(b'"dcc"', b'"../x"'),
        "a state below zero": OFFER.to_bytes().replace(b"12,", b"-1,"),
        "a state that is true": OFFER.to_bytes().replace(b"12,", b"true,"),
        "a source of two lines": OFFER.to_bytes().replace(b"https", b"\\n"),
        "a name twice": OFFER.to_bytes().replace(b'"shc": null', b'"dcc": null'),
        "nesting without end": b'{"source": ' + b"[" * 100_000,
    }.items(),
    ids=lambda one: one[0],
)
def test_what_is_no_offer_is_refused(content: tuple[str, bytes]) -> None:
    with pytest.raises(FeedRefused) as refused:
        Offer.parse(content[1])
    assert refused.value.cause is Cause.MALFORMED
    assert refused.value.detail.startswith("offer.json")


def test_every_name_in_the_inbox_is_known_beforehand() -> None:
    inbox = Inbox(Path("/inbox"))
    named = [inbox.offer, inbox.metadata("timestamp.json"), inbox.root(2)]
    named += [inbox.target("ab"), inbox.part("cd")]
    assert [str(path) for path in named] == [
        "/inbox/offer.json",
        "/inbox/metadata/timestamp.json",
        "/inbox/metadata/2.root.json",
        "/inbox/targets/ab",
        "/inbox/parts/cd",
    ]
