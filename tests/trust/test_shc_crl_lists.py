"""Card revocation lists: read in full, or refused with one line."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from scanner.passes import shc
from scanner.publish.shc import Issuer
from scanner.terms import InputError
from scanner.trust import Binding, Keyring, RevocationList, read_revocations, read_trust

ISSUER = Issuer("https://shc.example")
RING = Keyring.of(read_trust(ISSUER.jwks(), binding=Binding(issuer=ISSUER.iss)).keys)
NOW = datetime(2026, 5, 1, 12, 0, 0, 500000, tzinfo=UTC)
NOW_S = int(NOW.timestamp())
GOOD: dict[str, Any] = {"kid": ISSUER.kid, "method": "rid", "ctr": 1, "rids": ["a", "b.1636977600"]}


def read(told: object) -> RevocationList:
    return read_revocations(json.dumps(told).encode())


def entry(told: RevocationList, *, rid: str | None) -> str | None:
    raw = ISSUER.issue([], issued_at=NOW, rid=rid).encode()
    genuine = shc.verify(raw, keyring=RING)
    return told.entry_for(genuine.verified, kids=(genuine.key.kid,))


def test_a_list_becomes_typed_ids() -> None:
    found = read(GOOD)
    assert found.ids == {f"shc-rid:{ISSUER.kid}:a"}
    assert dict(found.timed) == {f"shc-rid:{ISSUER.kid}:b": 1636977600}


def test_the_list_that_an_issuer_writes_is_read() -> None:
    found = read_revocations(ISSUER.crl(["a", "b.1636977600"], counter=1))
    assert found == read(GOOD)


REVOKED: dict[str, tuple[str, bool]] = {
    "its id": ("card", True),
    "its id with a later time": (f"card.{NOW_S + 1}", True),
    "its id with a time in its second": (f"card.{NOW_S}", False),
    "its id with an earlier time": (f"card.{NOW_S - 1}", False),
    "another id": ("other", False),
    "its id in capitals": ("CARD", False),
}


@pytest.mark.parametrize(("rid", "is_revoked"), REVOKED.values(), ids=REVOKED.keys())
def test_a_card_is_revoked_by(rid: str, is_revoked: bool) -> None:  # noqa: FBT001 - expected
    told = read_revocations(ISSUER.crl([rid]))
    assert (entry(told, rid="card") is not None) is is_revoked


def test_a_card_of_another_key_is_not_revoked() -> None:
    assert entry(read(GOOD | {"kid": Issuer(ISSUER.iss).kid}), rid="a") is None


def test_a_card_without_an_id_is_revoked_by_that_of_its_bundle() -> None:
    raw = ISSUER.issue([], issued_at=NOW).encode()
    (pass_id,) = shc.verify(raw, keyring=RING).verified.ids
    told = read(GOOD | {"method": "hash-fhir", "rids": [pass_id.rpartition(":")[2]]})
    assert entry(told, rid=None) == "listed as shc-rid"


def test_a_counter_may_be_written_as_a_text() -> None:
    assert len(read(GOOD | {"ctr": "7"})) == 2


def test_an_empty_list_revokes_nothing() -> None:
    assert len(read(GOOD | {"rids": []})) == 0


def test_several_lists_are_one() -> None:
    other = GOOD | {"kid": "other", "rids": ["c"]}
    assert len(read([GOOD, other])) == 3


def test_the_lists_in_a_snapshot_are_read() -> None:
    listed = {
        "issuerInfo": [
            {"issuer": {"iss": "a"}, "keys": []},
            {"issuer": {"iss": "b"}, "keys": [], "crls": [GOOD, GOOD | {"kid": "other"}]},
            "no issuer",
        ]
    }
    assert len(read(listed)) == 4


BAD: dict[str, tuple[object, str]] = {
    "another method": (GOOD | {"method": "invalid-method"}, "'invalid-method', not by rid"),
    "a method that needs a secret": (GOOD | {"method": "hmac-patient"}, "'hmac-patient'"),
    "a method that is a list": (GOOD | {"method": ["rid"]}, "not by rid"),
    "no method": ({"kid": "a", "ctr": 1, "rids": []}, "'None', not by rid"),
    "no counter": ({"kid": "a", "method": "rid", "rids": []}, "ctr is no whole number"),
    "a counter that is true": (GOOD | {"ctr": True}, "ctr is no whole number"),
    "a fraction as counter": (GOOD | {"ctr": 1.5}, "ctr is no whole number"),
    "a negative counter": (GOOD | {"ctr": -1}, "ctr is no whole number"),
    "rids that are an object": (GOOD | {"rids": {}}, "rids is no list"),
    "rids that are null": (GOOD | {"rids": None}, "rids is no list"),
    "a rid twice": (GOOD | {"rids": ["a", "a"]}, "'a' stands twice"),
    "a rid with a time and without": (GOOD | {"rids": ["a.1", "a"]}, "'a' stands twice"),
    "a rid with two times": (GOOD | {"rids": ["a.1", "a.2"]}, "'a.2' stands twice"),
    "padding": (GOOD | {"rids": ["base64=="]}, "'base64==', which is no base64url"),
    "a dollar": (GOOD | {"rids": ["$wrongrid!"]}, "'\\$wrongrid!'"),
    "an empty rid": (GOOD | {"rids": [""]}, "''"),
    "a rid of 25 characters": (GOOD | {"rids": ["a" * 25]}, "1 to 24 characters"),
    "a time that is none": (GOOD | {"rids": ["a.later"]}, "'a.later'"),
    "two times in one": (GOOD | {"rids": ["a.1.2"]}, "'a.1.2'"),
    "a rid that is a number": (GOOD | {"rids": [1]}, "'1'"),
    "a rid that is null": (GOOD | {"rids": [None]}, "'None'"),
    "a line end in a rid": (GOOD | {"rids": ["a\n"]}, "which is no base64url"),
    "no kid": ({"method": "rid", "ctr": 1, "rids": ["a"]}, "which is no base64url"),
    "a kid that is a number": (GOOD | {"kid": 1}, "which is no base64url"),
    "a kid with a colon": (GOOD | {"kid": "a:b"}, "which is no base64url"),
    "a text among the lists": ([GOOD, "list"], "no card revocation list"),
    "lists that are no list": ({"issuerInfo": [{"crls": {}}]}, "crls is no list"),
    "issuers that are no list": ({"issuerInfo": {}}, "issuerInfo is no list"),
    "a snapshot without lists": ({"issuerInfo": [{"keys": []}]}, "no card revocation list in it"),
}


@pytest.mark.parametrize(("told", "why"), BAD.values(), ids=BAD.keys())
def test_a_list_that_cannot_be_read_in_full_is_refused(told: object, why: str) -> None:
    with pytest.raises(InputError, match=why) as refused:
        read(told)
    assert "\n" not in str(refused.value)
