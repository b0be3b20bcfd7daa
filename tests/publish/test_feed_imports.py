"""Lists of others: what they would change is known before, and broken ones change nothing."""

import base64
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from scanner.publish.imports import columns, dcc, keys_of_others, pretix, shc
from scanner.publish.imports.proposal import Proposal, Source, propose
from scanner.publish.imports.reading import MAX_BYTES
from scanner.terms import InputError
from scanner.trust import read_trust
from scanner.trust.ids import hashed
from scanner.trust.idtable import IdTable
from tests.publish.press import BEGIN, Press

if TYPE_CHECKING:
    from tests.conftest import Mint

Give = Callable[[object], Path]
HASHES: Final = [bytes([n]) * 16 for n in range(1, 10)]


@pytest.fixture
def give(tmp_path: Path) -> Give:
    """Write content into a file of its own: bytes as they are, all else as JSON."""
    folder = tmp_path / "given"
    folder.mkdir()

    def write(content: object) -> Path:
        path = folder / f"{len([*folder.iterdir()])}.json"
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return path

    return write


def _batch(*hashes: bytes, **changes: Any) -> dict[str, Any]:
    return {
        "country": "AT",
        "expires": "2026-12-24T10:00:00Z",
        "kid": "2Rk3X8HntrI=",
        "hashType": "SIGNATURE",
        "entries": [{"hash": base64.b64encode(one).decode()} for one in hashes],
        **changes,
    }


def _dcc(*paths: Path) -> Source:
    return dcc.read(paths, name="dcc", now=BEGIN)


def _take(press: Press, source: Source, *, add_only: bool = False) -> Proposal:
    with press.opened() as repository:
        proposal = propose(repository, source, add_only=add_only)
        proposal.apply(repository)
        repository.commit()
    press.release()
    return proposal


def _lists(press: Press) -> dict[str, set[int]]:
    """Return the lists of the feed; below 200,000 ids an entry has 56 bits."""
    found = {}
    for name, entry in press.manifest().lists.items():
        base = press.feed.blob(entry.base.blob)
        found[name] = set(IdTable.of(press.feed.apply(base, deltas=_from_base(entry))))
    return found


def _from_base(entry: Any) -> list[Any]:
    return [one for one in entry.deltas if one.start >= entry.base.seq and one.end - one.start == 1]


def _ids(*texts: str) -> set[int]:
    return {hashed(text) >> 8 << 8 for text in texts}


# --- EU DCC batches ----------------------------------------------------------------------


def test_batches_of_all_types_go_into_lists_by_the_month_of_their_end(
    press: Press, give: Give
) -> None:
    several = [
        _batch(HASHES[0]),
        _batch(HASHES[1], hashType="UCI"),
        _batch(HASHES[2], hashType="COUNTRYCODEUCI", expires="2027-01-31T23:30:00-02:00"),
    ]
    _take(press, _dcc(give(several), give(_batch(HASHES[3], kid="UNKNOWN_KID"))))
    assert _lists(press) == {
        "dcc-2026-12": _ids(
            f"dcc-signature:{HASHES[0].hex()}",
            f"dcc-uci:{HASHES[1].hex()}",
            f"dcc-signature:{HASHES[3].hex()}",
        ),
        "dcc-2027-02": _ids(f"dcc-countryuci:{HASHES[2].hex()}"),
    }


def test_batches_that_have_expired_are_left_out_and_said(give: Give) -> None:
    source = _dcc(give(_batch(*HASHES[:3], expires="2026-11-01T10:00:00Z")))
    assert (source.ids, source.notes) == (
        {},
        ["a batch of 3 that expired on 2026-11-01: left out"],
    )


def test_what_the_files_hold_no_more_leaves_unless_only_adding_was_asked_for(
    press: Press, give: Give
) -> None:
    first, second = give(_batch(*HASHES[:3])), give(_batch(*HASHES[2:5]))
    _take(press, _dcc(first))
    added = _take(press, _dcc(second), add_only=True)
    assert [(len(one.added), len(one.removed)) for one in added.lists] == [(2, 0)]
    changed = _take(press, _dcc(second))
    (one,) = changed.lists
    assert (len(one.added), len(one.removed), one.unchanged) == (0, 2, 3)
    assert _lists(press)["dcc-2026-12"] == _ids(*(f"dcc-signature:{h.hex()}" for h in HASHES[2:5]))
    assert not _take(press, _dcc(second))


def test_a_month_that_the_files_hold_no_more_is_emptied(press: Press, give: Give) -> None:
    _take(
        press,
        _dcc(give(_batch(HASHES[0])), give(_batch(HASHES[1], expires="2027-03-01T00:00:00Z"))),
    )
    press.revoke([7 << 40], name="main")
    _take(press, _dcc(give(_batch(HASHES[0], country="DE"))))
    assert {name: len(ids) for name, ids in _lists(press).items()} == {
        "dcc-2026-12": 1,
        "dcc-2027-03": 0,
        "main": 1,
    }


BAD_BATCHES: Final[dict[str, object]] = {
    "not UTF-8": b'{"hashType": "\xff"}',
    "broken JSON": b'{"hashType": ',
    "a name twice": b'{"hashType": "UCI", "hashType": "UCI"}',
    "no object": ["a"],
    "another hashType": _batch(HASHES[0], hashType="BLOOM"),
    "no expires": _batch(HASHES[0], expires=None),
    "expires without an offset": _batch(HASHES[0], expires="2026-12-24T10:00:00"),
    "entries no list": _batch(entries={}),
    "an entry no object": _batch(entries=["YQ=="]),
    "a hash of 15 bytes": _batch(HASHES[0][:15]),
    "a hash in base64url": _batch(entries=[{"hash": "_" * 22 + "=="}]),
    "a hash twice": _batch(HASHES[0], HASHES[0]),
}


@pytest.mark.parametrize("wrong", BAD_BATCHES)
def test_batches_that_are_not_understood_are_refused_whole(wrong: str, give: Give) -> None:
    path = give(BAD_BATCHES[wrong])
    with pytest.raises(InputError, match=f"^{path}: "):
        _dcc(give(_batch(*HASHES)), path)


def test_the_same_file_twice_is_refused(give: Give) -> None:
    with pytest.raises(InputError, match="give each file once"):
        _dcc(give(_batch(*HASHES)), give(_batch(*HASHES)))


def test_a_file_that_is_too_large_is_refused_before_it_is_understood(give: Give) -> None:
    path = give(b"")
    os.truncate(path, MAX_BYTES + 1)
    with pytest.raises(InputError, match=f"^{path}: larger than"):
        _dcc(path)


# --- SMART Health Cards ------------------------------------------------------------------


def _crl(*rids: str, kid: str = "3Kfdg-XwP", **changes: Any) -> dict[str, Any]:
    return {"kid": kid, "method": "rid", "ctr": 1, "rids": rids, **changes}


def test_rids_become_ids_and_those_with_a_time_become_lines(press: Press, give: Give) -> None:
    _take(press, shc.read([give(_crl("FKDIxsTCGlU", "XkNHp2Iyk0Y.1687450765"))], name="shc"))
    name = shc.list_of("3Kfdg-XwP", name="shc")
    assert _lists(press) == {name: _ids("shc-rid:3Kfdg-XwP:FKDIxsTCGlU")}
    assert press.feed.lines(now=press.now) == ["shc-rid:3Kfdg-XwP:XkNHp2Iyk0Y.1687450765"]


def test_a_list_of_one_key_leaves_the_cards_of_another_alone(press: Press, give: Give) -> None:
    both = [_crl("one", "two.5"), _crl("three", "four.5", kid="other")]
    _take(press, shc.read([give(both)], name="shc"))
    _take(press, shc.read([give(_crl(ctr=2))], name="shc"))
    assert {name: len(ids) for name, ids in _lists(press).items()} == {
        shc.list_of("3Kfdg-XwP", name="shc"): 0,
        shc.list_of("other", name="shc"): 1,
    }
    assert press.feed.lines(now=press.now) == ["shc-rid:other:four.5"]
    signed = press.feed.withdrawn(now=press.now)
    assert signed["lines"] == ["shc-rid:3Kfdg-XwP:two.5"]


def test_lists_inside_a_snapshot_are_read(give: Give) -> None:
    snapshot = {"issuerInfo": [{"crls": [_crl("one")]}, {"crls": None}, {"crls": [_crl(kid="k")]}]}
    source = shc.read([give(snapshot)], name="shc")
    assert [len(ids) for ids in source.ids.values()] == [1]
    assert source.prefixes == {"shc-rid:3Kfdg-XwP:", "shc-rid:k:"}


BAD_CRLS: Final[dict[str, object]] = {
    "another method": _crl("one", method="index"),
    "no kid": _crl("one", kid=""),
    "ctr no number": _crl("one", ctr="1"),
    "rids no list": _crl(rids="one"),
    "a rid no text": _crl(rids=[1]),
    "a rid not base64url": _crl("base64=="),
    "a rid twice": _crl("one", "one"),
    "a rid with a time and without": _crl("one", "one.5"),
    "two lists of one key": [_crl("one"), _crl("two")],
}


@pytest.mark.parametrize("wrong", BAD_CRLS)
def test_card_lists_that_are_not_understood_are_refused(wrong: str, give: Give) -> None:
    with pytest.raises(InputError):
        shc.read([give(BAD_CRLS[wrong])], name="shc")


def test_the_public_card_list_is_read(conformance: Path) -> None:
    folder = conformance / "passes/smart-health-cards/issuer/.well-known/crl"
    source = shc.read([*folder.glob("*.json")], name="shc")
    assert (sum(map(len, source.ids.values())), len(source.lines)) == (2, 2)


@pytest.mark.parametrize("bad", ["invalid-method", "non-base64url-rid", "duplicate-rid"])
def test_the_public_bad_card_lists_are_refused(bad: str, conformance: Path) -> None:
    folder = conformance / "passes/smart-health-cards/dev-tools/badcrl" / bad
    with pytest.raises(InputError):
        shc.read([*(folder / ".well-known/crl").glob("*.json")], name="shc")


# --- pretix ------------------------------------------------------------------------------


def _page(*secrets: str, **changes: Any) -> dict[str, Any]:
    entries = [{"id": n, "secret": one} for n, one in enumerate(secrets)]
    return {"count": len(secrets), "next": None, "previous": None, "results": entries, **changes}


def test_all_forms_of_pretix_lists_are_read(give: Give) -> None:
    blocked = [{"secret": "e", "blocked": True}, {"secret": "f", "blocked": False}]
    given = [
        _page("a", "b+/="),
        ["c", {"secret": "d"}],
        _page(results=blocked),
        {"revoked_secrets": ["g"], "blocked_secrets": []},
    ]
    source = pretix.read([*map(give, given)], name="pretix", add_only=False)
    assert [*source.ids["pretix"]] == [f"ticket:{one}" for one in ("a", "b+/=", "c", "d", "e", "g")]


def test_a_page_without_its_neighbours_is_no_whole_list(give: Give) -> None:
    first, last = give(_page("a", next="https://x/2")), give(_page("b", previous="https://x/1"))
    with pytest.raises(InputError, match="not all pages"):
        pretix.read([first], name="pretix", add_only=False)
    assert len(pretix.read([first], name="pretix", add_only=True).ids["pretix"]) == 1
    assert len(pretix.read([first, last], name="pretix", add_only=False).ids["pretix"]) == 2


@pytest.mark.parametrize(
    "bad", [{}, {"results": "a"}, [1], [""], [" a"], [{"id": 1}], ["a\nb"]], ids=json.dumps
)
def test_pretix_lists_that_are_not_understood_are_refused(bad: object, give: Give) -> None:
    with pytest.raises(InputError):
        pretix.read([give(bad)], name="pretix", add_only=False)


# --- CSV ---------------------------------------------------------------------------------


def _csv(path: Path, *, kind: str | None = None) -> Source:
    return columns.read([path], name="csv", kind=kind)


def test_columns_of_type_and_id_are_read_with_a_heading_and_without(give: Give) -> None:
    rows = b"type,id\r\nticket,one\r\nvc-id,did:infra:01:abc\r\nkid,2Rk3X8HntrI=\r\n"
    source = _csv(give(rows))
    assert [*source.ids["csv"]] == ["ticket:one", "vc-id:did:infra:01:abc"]
    assert [*source.lines] == ["kid:2Rk3X8HntrI="]
    assert _csv(give(rows.removeprefix(b"type,id\r\n"))).ids == source.ids


def test_a_single_column_is_read_under_the_type_that_was_named(give: Give) -> None:
    source = _csv(give(b'\xef\xbb\xbfid\n"a,b"\nc\n'), kind="ticket")
    assert [*source.ids["csv"]] == ["ticket:a,b", "ticket:c"]


@pytest.mark.parametrize(
    "bad",
    [b"ticket,a\nticket,a\n", b"ticket,\xff\n", b"ticket\n", b"ticket,a,b\n", b"shoe,a\n", b'"a\n'],
    ids=repr,
)
def test_columns_that_are_not_understood_are_refused(bad: bytes, give: Give) -> None:
    with pytest.raises(InputError):
        _csv(give(bad))


# --- keys of others ----------------------------------------------------------------------


def _document(*methods: object) -> bytes:
    return json.dumps({"id": "did:web:x", "verificationMethod": methods}).encode()


def _method(mint: "Mint", *, kid: str | None = None, **changes: Any) -> dict[str, Any]:
    der = base64.b64encode(mint.issuer.certificate_der).decode()
    named = base64.b64encode(mint.issuer.kid).decode() if kid is None else kid
    jwk = {"kty": "EC", "x5c": [der], **changes}
    return {"id": f"did:web:x:AUT#{named.replace('=', '%3D')}", "publicKeyJwk": jwk}


def test_the_who_list_becomes_keys_that_a_door_reads(mint: "Mint", rsa_mint: "Mint") -> None:
    same_kid = base64.b64encode(mint.issuer.kid).decode()
    document = _document(
        _method(mint),
        _method(mint),
        _method(rsa_mint, kid=same_kid),
        "did:web:x#elsewhere",
        _method(mint, x5c=None),
        _method(mint, kid="AAAA"),
        _method(mint, x5c=["AAAA"]),
    )
    made = keys_of_others.read_gdhcn(document)
    keys = read_trust(made.content).keys
    assert [key.kid for key in keys] == [mint.issuer.kid] * 2
    assert len(made.notes) == 4
    assert made.keys == {f"{same_kid} AT"}


@pytest.mark.parametrize("bad", [b"{}", b"[]", b"\xff", _document(), _document("x")], ids=repr)
def test_documents_without_a_usable_key_are_refused(bad: bytes) -> None:
    with pytest.raises(InputError):
        keys_of_others.read_gdhcn(bad)


def test_a_vci_snapshot_goes_as_it_is() -> None:
    key = {"kty": "EC", "kid": "k", "crv": "P-256", "x": "x", "y": "y"}
    told = {"issuerInfo": [{"issuer": {"iss": "https://a", "name": "A"}, "keys": [key]}]}
    content = json.dumps(told).encode()
    read = keys_of_others.read_vci(content)
    assert (read.content, read.keys) == (content, frozenset({"k https://a"}))


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"issuerInfo": {}},
        {"issuerInfo": [{}]},
        {"issuerInfo": [{"issuer": {"iss": ""}}]},
        {"issuerInfo": [{"issuer": {"iss": "a"}, "keys": ["k"]}]},
        {"issuerInfo": [{"issuer": {"iss": "a"}, "keys": [{"kty": "EC"}]}]},
        {"issuerInfo": [{"issuer": {"iss": "a"}, "keys": [{"kty": "EC", "kid": "k", "d": "s"}]}]},
    ],
    ids=json.dumps,
)
def test_vci_snapshots_that_are_not_understood_are_refused(bad: object) -> None:
    with pytest.raises(InputError):
        keys_of_others.read_vci(json.dumps(bad).encode())


def test_times_of_batches_are_judged_at_the_time_of_the_command(give: Give) -> None:
    path = give(_batch(HASHES[0]))
    late = datetime(2027, 1, 1, tzinfo=UTC)
    assert dcc.read([path], name="dcc", now=late).ids == {}
