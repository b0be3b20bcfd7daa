"""The ring of the last decisions: why, and nothing about whom."""

import json
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pytest

from scanner.door.answers import Happened
from scanner.door.journal import MAX_ENTRIES, Journal
from scanner.gate import judge
from scanner.terms import Decision, Reason, Verdict

if TYPE_CHECKING:
    from tests.conftest import Mint

AT: Final = datetime(2026, 6, 1, 12, 0, 5, 123_456, tzinfo=UTC)
KEYS: Final = (
    "at", "verdict", "reason", "format", "kind", "issuer", "rule", "detail", "latency_ms",
)  # fmt: skip


def _happened(decision: Decision, *, latency_ms: float | None = 6.24) -> Happened:
    return Happened(17, 1133, latency_ms, decision)


@pytest.fixture
def journal() -> Journal:
    return Journal()


def test_an_admission_is_told_by_what_it_was_about(journal: Journal, mint: "Mint") -> None:
    decision = judge(mint.valid, belief=mint.belief, moment=mint.now)
    journal.add(_happened(decision), at=AT)
    assert journal.entries() == [
        {
            "at": "2026-06-01T12:00:05+00:00",
            "verdict": "admit",
            "reason": "admitted",
            "format": "dcc",
            "kind": "vaccination",
            "issuer": "AT",
            "rule": None,
            "detail": None,
            "latency_ms": 6.2,
        }
    ]


def _changed(mint: "Mint") -> bytes:
    return mint.valid[:-8] + b"00000000"


PASSES: dict[str, Callable[["Mint"], bytes]] = {
    "admitted": lambda mint: mint.valid,
    "expired": lambda mint: mint.strike(mint.claims(exp=int(mint.issued.timestamp()) + 1)),
    "broken": _changed,
    "a recovery": lambda mint: mint.strike(mint.claims(mint.recovery)),
    "a test": lambda mint: mint.strike(mint.claims(mint.test)),
}


@pytest.mark.parametrize("case", PASSES)
def test_no_field_of_a_pass_and_no_key_is_in_an_entry(
    case: str, journal: Journal, mint: "Mint"
) -> None:
    raw = PASSES[case](mint)
    decision = judge(raw, belief=mint.belief, moment=mint.now)
    journal.add(_happened(decision), at=AT)
    (entry,) = journal.entries()
    assert tuple(entry) == KEYS
    told = json.dumps(entry, ensure_ascii=False)
    verified = decision.verified
    secret = [mint.person.family, mint.person.given, str(mint.person.born), raw.decode()[4:40]]
    secret += [b64encode(mint.issuer.kid).decode(), mint.issuer.kid.hex(), "URN:UVCI"]
    secret += verified.ids if verified else ()
    assert [one for one in secret if one in told] == []


def test_a_fault_has_no_latency_and_says_why(journal: Journal) -> None:
    lost = Decision(Verdict.FAULT, Reason.CAMERA_LOST, detail="no picture for 2 seconds")
    journal.add(_happened(lost, latency_ms=None), at=AT)
    (entry,) = journal.entries()
    assert entry["latency_ms"] is None
    assert entry["detail"] == "no picture for 2 seconds"
    assert {entry[name] for name in ("format", "kind", "issuer", "rule")} == {None}


def test_a_latency_of_nothing_is_a_latency(journal: Journal) -> None:
    journal.add(_happened(Decision(Verdict.ADMIT, Reason.ADMITTED), latency_ms=0.0), at=AT)
    assert journal.entries()[0]["latency_ms"] == 0.0


def test_the_ring_holds_the_last_two_hundred(journal: Journal) -> None:
    for number in range(MAX_ENTRIES + 50):
        refused = Decision(Verdict.REFUSE, Reason.EXPIRED, detail=str(number))
        journal.add(_happened(refused), at=AT)
    told = [int(entry["detail"]) for entry in journal.entries()]
    assert told == list(range(50, 250))


@pytest.mark.parametrize(
    ("newest", "told"), [(0, []), (1, ["3"]), (2, ["2", "3"]), (4, ["0", "1", "2", "3"])]
)
def test_the_newest_are_told_oldest_first(newest: int, told: list[str], journal: Journal) -> None:
    for number in range(4):
        refused = Decision(Verdict.REFUSE, Reason.EXPIRED, detail=str(number))
        journal.add(_happened(refused), at=AT)
    assert [entry["detail"] for entry in journal.entries(newest=newest)] == told


def test_long_words_are_cut(journal: Journal) -> None:
    refused = Decision(Verdict.REFUSE, Reason.MALFORMED, detail="x" * 10_000)
    journal.add(_happened(refused), at=AT)
    assert journal.entries()[0]["detail"] == "x" * 240
