"""Key sets of card issuers: what can be used is, what must never lie at a door is refused."""

import json
import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest

from scanner.publish.shc import Issuer
from scanner.terms import InputError, PassFormat
from scanner.trust import Algorithm, Binding, TrustFile, base64url, read_trust

ISSUER, OTHER = Issuer("https://shc.example"), Issuer("https://other.example")
JWK = ISSUER.jwk
BOUND = Binding(issuer=ISSUER.iss)
Jwk = dict[str, Any]


def read(*jwks: object, binding: Binding = BOUND) -> TrustFile:
    return read_trust(json.dumps({"keys": jwks}).encode(), binding=binding)


def test_a_key_is_bound_to_its_issuer_and_to_cards() -> None:
    (key,) = read(JWK).keys
    assert key.kid == base64url.decode(ISSUER.kid.encode())
    assert (key.algorithm, key.issuer) == (Algorithm.ES256, "https://shc.example")
    assert key.formats == {PassFormat.SHC}
    assert key.public == ISSUER.key.public_key()


def test_a_key_set_needs_its_issuer_where_it_is_not_allowed_to_be_bare() -> None:
    with pytest.raises(InputError, match="ISSUER=PATH"):
        read(JWK, binding=Binding())
    (key,) = read(JWK, binding=Binding(may_be_bare=True)).keys
    assert key.issuer is None


def test_what_a_key_need_not_say_may_be_absent() -> None:
    bare = {name: JWK[name] for name in ("kty", "crv", "x", "y", "kid")}
    assert len(read(bare).keys) == 1


def test_what_else_a_key_says_is_passed_over() -> None:
    told = JWK | {"crlVersion": 3, "x5c": ["!"], "key_ops": ["verify"], "hasPrivateKey": False}
    assert len(read(told).keys) == 1


def test_a_key_stands_there_once_for_each_certificate() -> None:
    found = read(JWK | {"x5c": ["a"]}, JWK | {"x5c": ["b"]})
    assert {key.kid for key in found.keys} == {base64url.decode(ISSUER.kid.encode())}


def test_an_id_of_fewer_bytes_is_the_number_that_it_writes() -> None:
    # Two issuers of the public directory leave the zeros before a coordinate away.
    short = {
        "kty": "EC",
        "kid": "nCwM-Wnp2Om2Whzqfbenxp67FnraMzPLqmTAzGfYpJM",
        "use": "sig",
        "alg": "ES256",
        "crv": "P-256",
        "x": "pPRO9Uelik03c2FbPnJ4_1wnVgLq1hXBc8biqF_W5A",
        "y": "rko4yxzV6AkZ1ZuCxVFPsC6y3jli0LJeu4A56bhAxBk",
    }
    assert len(read(short).keys) == 1


def without(name: str) -> Jwk:
    return {member: value for member, value in JWK.items() if member != name}


UNUSABLE: dict[str, tuple[Jwk, str]] = {
    "no kty": (without("kty"), "kty is not EC"),
    "an RSA key": (JWK | {"kty": "RSA"}, "kty is not EC"),
    "another curve": (JWK | {"crv": "P-384"}, "crv is not P-256"),
    "a key for encryption": (JWK | {"use": "enc"}, "use is not sig"),
    "a use that is null": (JWK | {"use": None}, "use is not sig"),
    "another algorithm": (JWK | {"alg": "ES256K"}, "alg is not ES256"),
    "no kid": (without("kid"), "not the thumbprint"),
    "a kid of its own": (JWK | {"kid": "key-1"}, "not the thumbprint"),
    "a kid that is a number": (JWK | {"kid": 1}, "not the thumbprint"),
    "the kid of another key": (JWK | {"kid": Issuer("a").kid}, "not the thumbprint"),
    "no x": (without("x"), "not the thumbprint"),
}


@pytest.mark.parametrize(("jwk", "why"), UNUSABLE.values(), ids=UNUSABLE.keys())
def test_a_key_that_no_card_may_use_is_left_out_and_noted(jwk: Jwk, why: str) -> None:
    found = read(jwk, OTHER.jwk)
    assert [key.public for key in found.keys] == [OTHER.key.public_key()]
    (note,) = found.notes
    assert note.startswith("key 1 is left out: ")
    assert why in note


@pytest.mark.parametrize(("jwk", "why"), UNUSABLE.values(), ids=UNUSABLE.keys())
def test_a_set_without_a_usable_key_is_refused(jwk: Jwk, why: str) -> None:
    with pytest.raises(InputError, match=f"without one usable key.*{why}"):
        read(jwk)


def thumbprinted(**changes: Any) -> Jwk:
    """Give a key whose id is right, whatever it says."""
    jwk = JWK | changes
    made = json.dumps({n: jwk[n] for n in ("crv", "kty", "x", "y")}, separators=(",", ":"))
    return jwk | {"kid": base64url.encode(sha256(made.encode()).digest()).decode()}


POINTLESS: dict[str, tuple[Jwk, str]] = {
    "x with padding": (thumbprinted(x=JWK["x"] + "="), "not base64url"),
    "x beyond ASCII": (thumbprinted(x="\u00fc"), "not base64url"),
    "x that is a number": (thumbprinted(x=1), "not base64url"),
    "y that is null": (thumbprinted(y=None), "not base64url"),
    "x of 33 bytes": (thumbprinted(x="A" * 44), "longer than 32 bytes"),
    "a point off the curve": (thumbprinted(x=JWK["y"], y=JWK["x"]), "not on the curve"),
    "no point": (thumbprinted(x="", y=""), "not on the curve"),
}


@pytest.mark.parametrize(("jwk", "why"), POINTLESS.values(), ids=POINTLESS.keys())
def test_a_point_that_is_none_is_left_out(jwk: Jwk, why: str) -> None:
    (note,) = read(jwk, OTHER.jwk).notes
    assert why in note


REFUSED: dict[str, tuple[object, str]] = {
    "an EC private key": ([JWK | {"d": "AAAA"}], "PRIVATE key"),
    "a private key beside a good one": ([OTHER.jwk, JWK | {"d": None}], "PRIVATE key"),
    "an RSA private key": ([{"kty": "RSA", "n": "A", "e": "A", "p": "A"}], "PRIVATE key"),
    "a symmetric key": ([{"kty": "oct", "k": "AAAA"}], "PRIVATE key"),
    "one key twice": ([JWK, JWK], "two keys have the id"),
    "two keys with one id": ([JWK, OTHER.jwk | {"kid": ISSUER.kid}], "two keys have the id"),
    "two with certificates that differ": (
        [JWK | {"x5c": ["a"]}, OTHER.jwk | {"kid": ISSUER.kid, "x5c": ["b"]}],
        "two keys have the id",
    ),
    "two keys without an id": ([without("kid"), without("kid")], "two keys have the id"),
    "no key at all": ([], "it is empty"),
    "keys that are an object": ({"a": JWK}, "no list"),
    "keys that are null": (None, "no list"),
    "an entry that is a text": (["key"], "no key"),
    "an entry that is a list": ([[JWK]], "no key"),
}


@pytest.mark.parametrize(("keys", "why"), REFUSED.values(), ids=REFUSED.keys())
def test_a_set_that_must_not_be_trusted_is_refused_in_one_line(keys: object, why: str) -> None:
    with pytest.raises(InputError, match=why) as refused:
        read_trust(json.dumps({"keys": keys}).encode(), binding=BOUND)
    assert "\n" not in str(refused.value)


def test_a_name_that_stands_twice_in_a_key_is_refused() -> None:
    twice = json.dumps(JWK)[:-1].encode() + b',"alg":"ES256"}'
    with pytest.raises(InputError, match="stands twice"):
        read_trust(b'{"keys":[' + twice + b"]}", binding=BOUND)


def snapshot(issuer: Issuer, *keys: object) -> Jwk:
    about = {"iss": issuer.iss, "name": "A"}
    return {"issuer": about, "keys": keys or [issuer.jwk], "lastRetrieved": "x"}


DIRECTORIES: dict[str, Callable[[], object]] = {
    "a snapshot": lambda: {
        "directory": "a", "time": "b", "issuerInfo": [snapshot(ISSUER), snapshot(OTHER)],
    },
    "issuers with their keys": lambda: {
        "participating_issuers": [
            {"iss": ISSUER.iss, "name": "A", "keys": [ISSUER.jwk]},
            {"iss": OTHER.iss, "name": "B", "keys": [OTHER.jwk]},
        ]
    },
    "issuers with their key sets": lambda: {
        "participating_issuers": [
            {"iss": ISSUER.iss, "jwks": {"keys": [ISSUER.jwk]}},
            {"iss": OTHER.iss, "jwks": {"keys": [OTHER.jwk]}},
        ]
    },
}  # fmt: skip


@pytest.mark.parametrize("made", DIRECTORIES.values(), ids=DIRECTORIES.keys())
def test_each_issuer_of_a_directory_has_its_own_keys(made: Callable[[], object]) -> None:
    found = read_trust(json.dumps(made()).encode())
    assert [(key.issuer, key.public) for key in found.keys] == [
        (ISSUER.iss, ISSUER.key.public_key()),
        (OTHER.iss, OTHER.key.public_key()),
    ]
    assert found.notes == ()


def test_a_key_that_issuers_share_is_there_for_each_of_them() -> None:
    listed = {"issuerInfo": [snapshot(ISSUER), snapshot(OTHER, ISSUER.jwk)]}
    found = read_trust(json.dumps(listed).encode())
    assert [key.issuer for key in found.keys] == [ISSUER.iss, OTHER.iss]


LEFT_OUT: dict[str, tuple[object, str]] = {
    "a private key": (
        snapshot(ISSUER, JWK | {"d": "A"}),
        "'https://shc.example' is left out: .*PRIVATE",
    ),
    "two keys with one id": (snapshot(ISSUER, JWK, JWK), "left out: .*two keys"),
    "a key that is none": (snapshot(ISSUER, JWK | {"use": "enc"}), "'https://shc.example': key 1"),
    "keys that are no list": ({"iss": "a", "keys": 1}, "no list"),
    "no name": ({"issuer": {"name": "A"}, "keys": [JWK]}, "without its name"),
    "a name that is a number": ({"iss": 1, "keys": [JWK]}, "without its name"),
    "a text": ("issuer", "without its name"),
}


@pytest.mark.parametrize(("entry", "why"), LEFT_OUT.values(), ids=LEFT_OUT.keys())
def test_one_bad_issuer_does_not_cost_the_directory(entry: object, why: str) -> None:
    found = read_trust(json.dumps({"issuerInfo": [entry, snapshot(OTHER)]}).encode())
    assert [key.issuer for key in found.keys] == [OTHER.iss]
    (note,) = found.notes

    assert re.search(why, note)


def test_an_issuer_whose_keys_were_never_retrieved_is_no_news() -> None:
    listed = {"issuerInfo": [{"issuer": {"iss": ISSUER.iss}}, snapshot(OTHER)]}
    assert read_trust(json.dumps(listed).encode()).notes == ()


KEYLESS = {
    "no issuers": {"issuerInfo": []},
    "issuers that are no list": {"participating_issuers": {}},
    "issuers without keys": {"participating_issuers": [{"iss": "https://a.example"}]},
}


@pytest.mark.parametrize("listed", KEYLESS.values(), ids=KEYLESS.keys())
def test_a_directory_without_keys_is_refused(listed: object) -> None:
    with pytest.raises(InputError, match="without their keys"):
        read_trust(json.dumps(listed).encode())
