"""The chain of signatures holds, or one word says why not."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tuf.api.metadata import DelegatedRole, Delegations, Metadata, MetaFile, Snapshot, Targets

from scanner.trust.feed import MAX_TARGETS, Chain, read_root, verify
from scanner.trust.refusal import Cause, FeedRefused
from tests.trust.feeds import BEGINS, ROLES, FeedMaker, changed, key, sealed, with_part

ALL_ROLES = ("timestamp", "snapshot", "targets", *ROLES)
SECOND = timedelta(seconds=1)


def cause_of(maker: FeedMaker, chain: Chain, **more: Any) -> Cause:
    with pytest.raises(FeedRefused) as refused:
        verify(maker.pinned, chain, **{"now": BEGINS, **more})
    assert refused.value.detail
    return refused.value.cause


def part(chain: Chain, role: str) -> bytes:
    content: bytes = chain.delegated[role] if role in ROLES else getattr(chain, role)
    return content


@pytest.fixture
def maker() -> FeedMaker:
    made = FeedMaker()
    made.files = {"trust/at.pem": b"key", "revoked/manifest.json": b"{}"}
    return made


def test_a_whole_chain_vouches_for_its_files(maker: FeedMaker) -> None:
    feed = verify(maker.pinned, maker.chain(), now=BEGINS)
    assert feed.root_version == 1
    assert sorted(feed.targets) == ["revoked/manifest.json", "trust/at.pem"]
    assert feed.targets["trust/at.pem"].length == len(b"key")
    assert feed.versions == dict.fromkeys(ALL_ROLES, 1)
    assert feed.expires["timestamp"] == BEGINS + timedelta(days=7)
    assert not feed.online_key_changed


@pytest.mark.parametrize("role", ALL_ROLES)
def test_a_role_signed_by_a_stranger_is_refused(maker: FeedMaker, role: str) -> None:
    maker.stolen = {role: [key(), key()]}
    assert cause_of(maker, maker.chain()) is Cause.WRONG_SIGNER


def test_one_key_of_the_root_is_too_few_for_the_delegations(maker: FeedMaker) -> None:
    maker.stolen = {"targets": [maker.keys["root"][0], key()]}
    assert cause_of(maker, maker.chain()) is Cause.WRONG_SIGNER


@pytest.mark.parametrize("role", ALL_ROLES)
def test_metadata_changed_after_it_was_signed_is_refused(maker: FeedMaker, role: str) -> None:
    chain = maker.chain()
    forged = changed(part(chain, role), expires="2029-01-01T00:00:00Z")
    chain = replace(chain, **with_part(chain, role, forged))
    # The timestamp tells length and digest of the snapshot, so that this one is found before.
    expected = Cause.MIXED if role == "snapshot" else Cause.WRONG_SIGNER
    assert cause_of(maker, chain) is expected


@pytest.mark.parametrize("role", ALL_ROLES)
@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"<html>sign in</html>", b"[" * 100_000, b'{"signed": {"_type": "root"}}'],
)
def test_bytes_that_are_no_metadata_are_refused(
    maker: FeedMaker, role: str, content: bytes
) -> None:
    chain = maker.chain()
    chain = replace(chain, **with_part(chain, role, content))
    assert cause_of(maker, chain) is (Cause.MIXED if role == "snapshot" else Cause.MALFORMED)


@pytest.mark.parametrize("role", ALL_ROLES)
def test_metadata_cut_at_any_length_is_refused(maker: FeedMaker, role: str) -> None:
    chain = maker.chain()
    whole = part(chain, role)
    for length in range(0, len(whole), 37):
        cut = replace(chain, **with_part(chain, role, whole[:length]))
        assert cause_of(maker, cut) in (Cause.MALFORMED, Cause.MIXED)


@pytest.mark.parametrize("odd", [1.5, "\ud800", float("nan")])
@pytest.mark.parametrize("role", ["timestamp", "targets"])
def test_content_without_a_canonical_form_is_refused(
    maker: FeedMaker, role: str, odd: object
) -> None:
    chain = maker.chain()
    content = changed(part(chain, role), odd=odd)
    assert cause_of(maker, replace(chain, **with_part(chain, role, content))) is Cause.MALFORMED


def test_a_version_that_no_description_can_keep_is_refused(maker: FeedMaker) -> None:
    maker.versions["timestamp"] = 2**53
    assert cause_of(maker, maker.chain()) is Cause.MALFORMED
    maker.versions["timestamp"] = 2**53 - 1
    assert verify(maker.pinned, maker.chain(), now=BEGINS)


def test_one_role_in_the_place_of_another_is_refused(maker: FeedMaker) -> None:
    chain = maker.chain()
    assert cause_of(maker, replace(chain, timestamp=chain.targets)) is Cause.MALFORMED


@pytest.mark.parametrize("role", ALL_ROLES)
def test_the_second_of_expiry_is_too_late(maker: FeedMaker, role: str) -> None:
    ends = BEGINS + timedelta(hours=1)
    maker.expires = {role: ends}
    chain = maker.chain()
    assert verify(maker.pinned, chain, now=ends - SECOND)
    assert cause_of(maker, chain, now=ends) is Cause.EXPIRED


def test_an_expired_root_is_refused(maker: FeedMaker) -> None:
    maker.expires = {role: BEGINS + timedelta(days=2000) for role in ALL_ROLES}
    chain = maker.chain()
    assert cause_of(maker, chain, now=BEGINS + timedelta(days=365)) is Cause.EXPIRED


def test_parts_of_two_feeds_do_not_mix(maker: FeedMaker) -> None:
    old = maker.chain()
    new = maker.next("trust")
    assert cause_of(maker, replace(new, delegated=old.delegated)) is Cause.MIXED
    assert cause_of(maker, replace(new, snapshot=old.snapshot)) is Cause.MIXED


def test_a_version_other_than_the_snapshot_says_is_refused(maker: FeedMaker) -> None:
    chain = maker.chain()
    maker.versions["targets"] = 2
    assert cause_of(maker, replace(chain, targets=maker.chain().targets)) is Cause.MIXED


def test_what_a_snapshot_does_not_name_is_missing(maker: FeedMaker) -> None:
    chain = maker.chain()
    snapshot = Metadata[Snapshot].from_bytes(chain.snapshot).signed
    del snapshot.meta["rules.json"]
    content = sealed(snapshot, signers=maker.keys["snapshot"])
    timestamp = Metadata[Any].from_bytes(chain.timestamp).signed
    timestamp.snapshot_meta = MetaFile(1)
    named = sealed(timestamp, signers=maker.keys["timestamp"])
    chain = replace(chain, snapshot=content, timestamp=named)
    assert cause_of(maker, chain) is Cause.MISSING


def test_a_role_that_did_not_come_is_missing(maker: FeedMaker) -> None:
    chain = maker.chain()
    delegated = {role: chain.delegated[role] for role in ("trust", "rules")}
    assert cause_of(maker, replace(chain, delegated=delegated)) is Cause.MISSING


@pytest.mark.parametrize("delegations", [None, Delegations({}, {})])
def test_a_role_without_keys_is_missing(maker: FeedMaker, delegations: Delegations | None) -> None:
    chain = maker.chain()
    targets = Targets(version=1, expires=BEGINS + timedelta(days=1), delegations=delegations)
    content = sealed(targets, signers=maker.keys["root"][:2])
    assert cause_of(maker, replace(chain, targets=content)) is Cause.MISSING


def test_files_outside_of_the_three_roles_are_refused(maker: FeedMaker) -> None:
    chain = maker.chain()
    targets = Metadata[Targets].from_bytes(chain.targets).signed
    targets.targets = Metadata[Targets].from_bytes(chain.delegated["trust"]).signed.targets
    content = sealed(targets, signers=maker.keys["root"][:2])
    assert cause_of(maker, replace(chain, targets=content)) is Cause.MALFORMED


def test_a_role_may_not_hand_its_right_on(maker: FeedMaker) -> None:
    chain = maker.chain()
    friend = key().public_key
    trust = Metadata[Targets].from_bytes(chain.delegated["trust"]).signed
    trust.delegations = Delegations(
        {friend.keyid: friend},
        {
            "friend": DelegatedRole(
                "friend", [friend.keyid], threshold=1, terminating=True, paths=["*"]
            )
        },
    )
    content = sealed(trust, signers=maker.keys["trust"])
    chain = replace(chain, delegated={**chain.delegated, "trust": content})
    assert cause_of(maker, chain) is Cause.MALFORMED


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("trust/evil.pem", "revoked"),
        ("rules/open", "revoked"),
        ("revoked/manifest.json", "trust"),
        ("trust/../root.json", "trust"),
        ("trust/.hidden", "trust"),
        ("trust/UPPER", "trust"),
        ("trust/a/b", "trust"),
        ("trust/" + "a" * 65, "trust"),
    ],
)
def test_a_role_speaks_of_its_own_files_only(maker: FeedMaker, path: str, role: str) -> None:
    maker.files[path] = b"x"
    maker.listed_in[path] = role
    assert cause_of(maker, maker.chain()) is Cause.WRONG_SIGNER


def test_a_file_too_large_for_a_feed_is_refused(maker: FeedMaker) -> None:
    maker.files["trust/huge"] = bytes(4 * 1024 * 1024 + 1)
    assert cause_of(maker, maker.chain()) is Cause.TOO_LARGE


def test_too_many_files_are_refused(maker: FeedMaker) -> None:
    maker.files |= {f"trust/{number}": b"x" for number in range(MAX_TARGETS)}
    assert cause_of(maker, maker.chain()) is Cause.TOO_LARGE


def test_a_file_without_a_usable_digest_is_refused(maker: FeedMaker) -> None:
    chain = maker.chain()
    trust = Metadata[Targets].from_bytes(chain.delegated["trust"]).signed
    trust.targets["trust/at.pem"].hashes = {"md5": "00"}
    content = sealed(trust, signers=maker.keys["trust"])
    chain = replace(chain, delegated={**chain.delegated, "trust": content})
    assert cause_of(maker, chain) is Cause.MALFORMED


class TestTimePasses:
    def test_the_same_chain_again_holds(self, maker: FeedMaker) -> None:
        chain = maker.chain()
        assert verify(maker.pinned, chain, now=BEGINS, before=chain)

    @pytest.mark.parametrize("role", ALL_ROLES)
    def test_an_older_version_is_refused(self, maker: FeedMaker, role: str) -> None:
        maker.versions = dict.fromkeys(ALL_ROLES, 5)
        before = maker.chain()
        maker.versions = {**dict.fromkeys(ALL_ROLES, 6), role: 4}
        assert cause_of(maker, maker.chain(), before=before) is Cause.ROLLBACK

    @pytest.mark.parametrize("role", ALL_ROLES)
    def test_the_same_version_with_other_bytes_is_refused(
        self, maker: FeedMaker, role: str
    ) -> None:
        before = maker.chain()
        maker.versions = {**dict.fromkeys(ALL_ROLES, 2), role: 1}
        maker.expires[role] = BEGINS + timedelta(days=3)
        assert cause_of(maker, maker.chain(), before=before) is Cause.ROLLBACK

    def test_the_same_content_in_another_writing_holds(self, maker: FeedMaker) -> None:
        before = maker.chain()
        told = json.loads(before.timestamp)
        told["signatures"][0]["sig"] = told["signatures"][0]["sig"].upper()
        again = replace(before, timestamp=json.dumps(told, indent=1).encode())
        assert verify(maker.pinned, again, now=BEGINS, before=before)

    def test_roots_are_followed_while_the_door_slept(self, maker: FeedMaker) -> None:
        before = maker.chain()
        old = maker.keys["root"]
        for _ in range(2):
            fresh = [*old[1:], key()]
            maker.keys = {**maker.keys, "root": fresh, "targets": fresh}
            maker.rotate(signers=[*old[1:], fresh[2]])
            old = fresh
        feed = verify(maker.pinned, maker.next("targets"), now=BEGINS, before=before)
        assert feed.root_version == 3

    def test_a_root_signed_by_new_keys_alone_is_refused(self, maker: FeedMaker) -> None:
        fresh = [key(), key(), key()]
        maker.keys = {**maker.keys, "root": fresh, "targets": fresh}
        maker.rotate(signers=fresh)
        assert cause_of(maker, maker.chain()) is Cause.WRONG_SIGNER

    def test_a_root_signed_by_old_keys_alone_is_refused(self, maker: FeedMaker) -> None:
        old, fresh = maker.keys["root"], [key(), key(), key()]
        maker.keys = {**maker.keys, "root": fresh, "targets": fresh}
        maker.rotate(signers=old)
        assert cause_of(maker, maker.chain()) is Cause.WRONG_SIGNER

    def test_a_root_that_leaves_one_out_is_refused(self, maker: FeedMaker) -> None:
        for _ in range(2):
            maker.rotate(signers=maker.keys["root"])
        chain = maker.chain()
        assert cause_of(maker, replace(chain, roots=chain.roots[1:])) is Cause.MIXED

    def test_endless_roots_are_refused(self, maker: FeedMaker) -> None:
        chain = maker.chain()
        assert cause_of(maker, replace(chain, roots=(b"",) * 257)) is Cause.TOO_LARGE

    def test_a_root_that_was_accepted_does_not_go_away(self, maker: FeedMaker) -> None:
        maker.rotate(signers=maker.keys["root"])
        before = maker.chain()
        after = replace(maker.next(), roots=())
        assert cause_of(maker, after, before=before) is Cause.ROLLBACK

    def test_a_new_online_key_begins_anew(self, maker: FeedMaker) -> None:
        maker.versions = {"revoked": 2**50, "timestamp": 2**50, "snapshot": 2**50}
        before = maker.chain()
        maker.keys = {**maker.keys, **{r: [key()] for r in ("timestamp", "snapshot", "revoked")}}
        maker.rotate(signers=maker.keys["root"])
        maker.versions = {"targets": 2}
        feed = verify(maker.pinned, maker.chain(), now=BEGINS, before=before)
        assert feed.online_key_changed
        assert feed.versions["revoked"] == 1

    def test_a_key_added_beside_the_old_one_begins_nothing_anew(self, maker: FeedMaker) -> None:
        maker.versions = {"revoked": 5}
        before = maker.chain()
        maker.keys = {**maker.keys, "revoked": [*maker.keys["revoked"], key()]}
        maker.versions = {"targets": 2, "snapshot": 2, "timestamp": 2, "revoked": 4}
        assert cause_of(maker, maker.chain(), before=before) is Cause.ROLLBACK

    def test_a_new_curator_key_does_not_bring_old_keys_back(self, maker: FeedMaker) -> None:
        maker.versions = {"trust": 5}
        before = maker.chain()
        curator = [key()]
        maker.keys = {**maker.keys, "trust": curator, "rules": curator}
        maker.versions = {"targets": 2, "snapshot": 2, "timestamp": 2, "rules": 2, "trust": 4}
        assert cause_of(maker, maker.chain(), before=before) is Cause.ROLLBACK


class TestPinnedRoot:
    def test_a_root_of_enough_signatures_is_one(self, maker: FeedMaker) -> None:
        assert read_root(maker.pinned).version == 1

    @pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b"[]", b'{"signed": 1}'])
    def test_other_bytes_are_none(self, content: bytes) -> None:
        with pytest.raises(FeedRefused) as refused:
            read_root(content)
        assert refused.value.cause is Cause.MALFORMED

    def test_a_root_with_one_signature_of_two_is_none(self, maker: FeedMaker) -> None:
        told = json.loads(maker.pinned)
        told["signatures"][1]["sig"] = "00"
        with pytest.raises(FeedRefused) as refused:
            read_root(json.dumps(told).encode())
        assert refused.value.cause is Cause.WRONG_SIGNER

    def test_a_timestamp_is_no_root(self, maker: FeedMaker) -> None:
        with pytest.raises(FeedRefused) as refused:
            read_root(maker.chain().timestamp)
        assert refused.value.cause is Cause.MALFORMED
