"""`door-scanner explain`: the checks one by one, in order, and the ids of a pass."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scanner.publish.dcc import tampered
from scanner.publish.wrapping import Wrapping

if TYPE_CHECKING:
    from tests.cli.conftest import Command
    from tests.conftest import Mint

Judging = tuple[str, ...]
STEPS = [
    "prefix", "container", "key", "algorithm", "signature",
    "revocation", "key dates", "key purpose", "dates", "rules", "lists", "ledger",
    "guest",
]  # fmt: skip
DAY_S = 24 * 60 * 60


def _positive(mint: "Mint") -> bytes:
    return mint.strike(mint.claims({**mint.test, "t": [{**mint.test["t"][0], "tr": "260373001"}]}))


def _wrong_algorithm(mint: "Mint") -> bytes:
    return mint.issuer.issue(
        mint.vaccination,
        issued_at=mint.issued,
        expires_at=mint.expires,
        wrapping=Wrapping(algorithm=-37),
    ).encode()


# For each reason that this version reaches: a code, and the check that fails.
FAILING: dict[str, tuple[Callable[["Mint"], bytes], str]] = {
    "not_a_pass": (lambda _: b"https://example.org/menu", "prefix"),
    "online_only": (lambda _: b"003|1f6c2b9a40d7e85c", "prefix"),
    "unsupported": (lambda _: b"#UT010080", "prefix"),
    "malformed": (lambda _: b"HC1:NCFOXN", "container"),
    "too_large": (lambda _: b"HC1:" + b"A" * 5000, "container"),
    "wrong_algorithm": (_wrong_algorithm, "algorithm"),
    "bad_signature": (lambda mint: tampered(mint.valid.decode()).encode(), "signature"),
    "expired": (lambda mint: mint.strike(mint.claims(exp=int(mint.issued.timestamp()))), "dates"),
    "rule_not_met": (_positive, "rules"),
}


@pytest.mark.parametrize("reason", FAILING)
def test_the_checks_are_told_in_order_up_to_the_one_that_failed(
    reason: str, door_scanner: "Command", judging: Judging, mint: "Mint"
) -> None:
    make, failed = FAILING[reason]
    options = (*judging, "--rules", "no-infection")
    done = door_scanner("explain", *options, "-", stdin=make(mint))
    (shown,) = done.objects
    assert (done.code, shown["reason"]) == (1, reason)
    assert [step["name"] for step in shown["steps"]] == STEPS
    at = STEPS.index(failed)
    results = [step["result"] for step in shown["steps"]]
    assert results == ["passed"] * at + ["failed"] + ["not reached"] * (len(STEPS) - at - 1)
    found = shown["steps"][at]["found"]
    assert found == (shown["detail"] or reason)


def test_an_admission_passed_every_check(
    door_scanner: "Command", judging: Judging, mint: "Mint"
) -> None:
    done = door_scanner("explain", *judging, "-", stdin=mint.valid)
    (shown,) = done.objects
    assert done.code == 0
    results = [step["result"] for step in shown["steps"]]
    assert results == ["passed"] * (len(STEPS) - 2) + ["not reached"] * 2
    assert list(shown)[-2:] == ["steps", "revocation_ids"]
    assert list(shown["steps"][0]) == ["name", "asks", "result", "found"]


def test_a_fault_reached_no_check(door_scanner: "Command", judging: Judging) -> None:
    (shown,) = door_scanner("explain", *judging, "missing.png").objects
    assert {step["result"] for step in shown["steps"]} == {"not reached"}
    assert shown["revocation_ids"] == []


def test_an_unknown_issuer_fails_at_the_key(
    door_scanner: "Command", judging: Judging, strange_mint: "Mint"
) -> None:
    (shown,) = door_scanner("explain", *judging, "-", stdin=strange_mint.valid).objects
    assert shown["steps"][2]["result"] == "failed"


def test_the_ids_that_explain_prints_revoke_the_pass(
    door_scanner: "Command", judging: Judging, mint: "Mint", tmp_path: Path
) -> None:
    (shown,) = door_scanner("explain", *judging, "-", stdin=mint.valid).objects
    ids = shown["revocation_ids"]
    assert {one.partition(":")[0] for one in ids} == {
        "dcc-uci", "dcc-countryuci", "dcc-signature",
    }  # fmt: skip
    for one in ids:
        revoked = tmp_path / "revoked.txt"
        revoked.write_text(f"{one}\n")
        done = door_scanner("explain", *judging, "--revoked", revoked, "-", stdin=mint.valid)
        (again,) = done.objects
        assert (again["reason"], again["revocation_ids"]) == ("revoked", ids)
        assert again["steps"][5]["result"] == "failed"


def test_for_a_person_there_is_a_line_a_check(
    door_scanner: "Command", judging: Judging, mint: "Mint"
) -> None:
    expired = mint.strike(mint.claims(exp=int(mint.issued.timestamp()) + DAY_S))
    done = door_scanner("explain", *judging[1:], "-", stdin=expired)
    first, *lines = done.out.splitlines()
    assert first.startswith("REFUSE  expired")
    marks = [line.split()[0] for line in lines if line.startswith("  [")]
    assert marks == ["[ok]"] * 8 + ["[FAIL]", "[", "[", "[", "["]
    assert any("-> valid until 2026-05-02T00:00:00Z" in line for line in lines)
    assert sum(line.startswith("  revocation id  dcc-") for line in lines) == 3
    assert all(len(line) <= 80 for line in lines)
    assert mint.person.given not in done.out
