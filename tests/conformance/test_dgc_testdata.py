"""Every case of dgc-testdata agrees with its EXPECTEDRESULTS at its own clock.

Checks that belong to the door: prefix, base45, compression, decode, verify, expiration,
key usage, picture. Schema and JSON comparisons are for issuers; what a schema forbids and
the door must not admit (more than one event, none) is checked at the end.
"""

import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from scanner import passes
from scanner.gate import Belief, weigh
from scanner.passes import Genuine, base45, cose, recognise
from scanner.passes.recognise import Standing
from scanner.rules.conditions import GENUINE_ONLY
from scanner.sight.pictures import PictureReader
from scanner.terms import InputError, Moment, PassFormat, Reason, Refused
from scanner.trust import Key, Keyring, RevocationList, read_trust

Case = Mapping[str, Any]

# Expectations that are wrong upstream or cannot be reached, each with its reason.
EXCEPTIONS: Final = {
    ("ES/2DCode/raw/401", "EXPECTEDVERIFY"): "signed with a P-384 key (known_issues.csv, 228)",
    ("ES/2DCode/raw/403", "EXPECTEDVERIFY"): "signed with a P-384 key (known_issues.csv, 228)",
    ("IS/2DCode/raw/3", "EXPECTEDKEYUSAGE"): (
        "the certificate limits no purposes, which the specification lets pass (README)"
    ),
}


def load(path: Path) -> Case:
    case: Case = json.loads(path.read_text(encoding="utf-8-sig"))
    return case


def name_of(path: Path) -> str:
    return path.as_posix().partition("dgc-testdata/")[2].removesuffix(".json")


def keys_of(case: Case) -> tuple[Key, ...]:
    try:
        return read_trust(b64decode(case["TESTCTX"]["CERTIFICATE"])).keys
    except InputError:
        return ()


def verified(case: Case) -> Genuine | Refused:
    try:
        return passes.verify(case["PREFIX"].encode(), keyring=Keyring.of(keys_of(case)))
    except Refused as refused:
        return refused


def reason_at_its_clock(case: Case, *, genuine: Genuine) -> Reason:
    clock = datetime.fromisoformat(case["TESTCTX"]["VALIDATIONCLOCK"])
    moment = Moment(clock if clock.tzinfo else clock.replace(tzinfo=UTC), trusted=True)
    belief = Belief(Keyring.of((genuine.key,)), RevocationList(), (GENUINE_ONLY,))
    return weigh([genuine], belief=belief, moment=moment).decision.reason


def prefix_strips(case: Case) -> bool:
    raw = case["PREFIX"].encode()
    return recognise(raw).standing is Standing.VERIFIED_HERE


def base45_decodes(case: Case) -> bool:
    try:
        data = base45.decode(case["PREFIX"].encode()[4:])
    except Refused:
        return False
    return data == bytes.fromhex(case["COMPRESSED"]) if "COMPRESSED" in case else True


def inflates(case: Case) -> bool:
    found = verified(case)
    return isinstance(found, Genuine) or found.detail != "broken compression"


def decodes(case: Case) -> bool:
    found = verified(case)
    return isinstance(found, Genuine) or found.reason is not Reason.MALFORMED


def verifies(case: Case) -> bool:
    return isinstance(verified(case), Genuine)


def is_current(case: Case) -> bool | None:
    """Judge the dates only: the key counts for every purpose."""
    found = verified(case)
    if isinstance(found, Refused):
        return None
    genuine = replace(found, key=replace(found.key, purposes=frozenset()))
    return reason_at_its_clock(case, genuine=genuine) is Reason.ADMITTED


def key_may_sign(case: Case) -> bool | None:
    """Judge the purposes only: the key has no dates."""
    found = verified(case)
    if isinstance(found, Refused):
        return None
    genuine = replace(found, key=replace(found.key, not_before=None, not_after=None))
    return reason_at_its_clock(case, genuine=genuine) is not Reason.KEY_PURPOSE


CHECKS: Final[dict[str, Callable[[Case], bool | None]]] = {
    "EXPECTEDUNPREFIX": prefix_strips,
    "EXPECTEDB45DECODE": base45_decodes,
    "EXPECTEDCOMPRESSION": inflates,
    "EXPECTEDDECODE": decodes,
    "EXPECTEDVERIFY": verifies,
    "EXPECTEDEXPIRATIONCHECK": is_current,
    "EXPECTEDKEYUSAGE": key_may_sign,
}


# A failed signature ends the checks: what comes after it is never asked.
BEFORE_KEYS: Final = CHECKS.keys() - {"EXPECTEDEXPIRATIONCHECK", "EXPECTEDKEYUSAGE"}


def test_every_check_gives_the_expected_result(dgc_case: Path) -> None:
    case, name = load(dgc_case), name_of(dgc_case)
    results = case["EXPECTEDRESULTS"]
    reached = CHECKS if results.get("EXPECTEDVERIFY") is not False else BEFORE_KEYS
    expected = {
        check: results[check]
        for check in reached
        if check in results and (name, check) not in EXCEPTIONS
    }
    assert {check: CHECKS[check](case) for check in expected} == expected


def test_every_picture_is_read_or_broken_as_expected(dgc_case: Path, reader: PictureReader) -> None:
    case = load(dgc_case)
    expected = case["EXPECTEDRESULTS"].get("EXPECTEDPICTUREDECODE")
    if expected is None or "2DCODE" not in case:
        return
    found = reader.read_picture(b64decode(case["2DCODE"]))
    assert ([code.raw.decode() for code in found.codes] == [case["PREFIX"]]) is expected


def test_the_stages_of_a_case_agree_with_each_other(dgc_case: Path) -> None:
    case = load(dgc_case)
    if not verifies(case) or "COSE" not in case:
        return
    message = cose.parse(bytes.fromhex(case["COSE"]))
    found = verified(case)
    assert isinstance(found, Genuine)
    assert cose.verify(message, keyring=Keyring.of((found.key,)), form=PassFormat.DCC) == found.key


@pytest.mark.parametrize(("name", "check"), EXCEPTIONS)
def test_an_exception_is_still_needed(name: str, check: str, conformance: Path) -> None:
    case = load(conformance / "passes" / "dgc-testdata" / f"{name}.json")
    assert CHECKS[check](case) is not case["EXPECTEDRESULTS"][check]


SCHEMA_FAULTS: Final = {
    "common/2DCode/raw/DGC1": "0 events in one certificate, not one",
    "common/2DCode/raw/DGC2": "3 events in one certificate, not one",
}


@pytest.mark.parametrize(("name", "detail"), SCHEMA_FAULTS.items())
def test_a_certificate_without_exactly_one_event_is_refused(
    name: str, detail: str, conformance: Path
) -> None:
    found = verified(load(conformance / "passes" / "dgc-testdata" / f"{name}.json"))
    assert isinstance(found, Refused)
    assert (found.reason, found.detail) == (Reason.MALFORMED, detail)
