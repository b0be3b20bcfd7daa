"""Keys replaced by new ones: a lost key, a stolen one, or one whose time has come.

The new root is signed by two of the old root keys and two of the new ones, so that a door which
knows any earlier root follows. All that hangs on a replaced key is signed anew.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from securesystemslib.signer import CryptoSigner, Key
from tuf.api.metadata import Root, Targets

from scanner.publish.keys import CURATOR, ROOTS
from scanner.publish.release import Changed, renewed
from scanner.publish.repository import Repository, metadata_path
from scanner.publish.roles import new_root, new_targets, read_metadata

_IN_ROOT: Final = {*ROOTS, "snapshot", "timestamp"}
_IN_TARGETS: Final = {*ROOTS, CURATOR, "revoked"}


def rotate(repository: Repository, *, names: Sequence[str]) -> Changed:
    """Replace keys by name; takes two root keys, and the online ones that stay.

    Raises `InputError` before anything is signed where one of these is missing.
    """
    state, profile, now = repository.state, repository.state.profile, repository.now
    old_signers = repository.signers("root")
    keys = _public_keys(repository)
    for name in names:
        keys[name] = repository.keys.make_next(name)
        state.keyids[name] = keys[name].keyid
    signers = _distinct([*repository.signers("root"), *old_signers])
    if _IN_ROOT.intersection(names):
        version = repository.next_version("root")
        root = new_root(keys, version=version, expires=profile.expires("root", at=now))
        content = repository.sign("root", root, signers=signers)
        repository.put_front(metadata_path("root", version=version), content)
    if _IN_TARGETS.intersection(names):
        version = repository.next_version("targets")
        expires = profile.expires("targets", at=now)
        repository.sign("targets", new_targets(keys, version=version, expires=expires))
    if CURATOR in names:
        for role in ("trust", "rules"):
            payload = read_metadata(Targets, repository.metadata(role))
            payload.version = repository.next_version(role)
            payload.expires = profile.expires(role, at=now)
            repository.sign(role, payload)
    return renewed(repository)


def _public_keys(repository: Repository) -> dict[str, Key]:
    """Return the public keys in force, by name."""
    root = read_metadata(Root, repository.metadata("root"))
    targets = read_metadata(Targets, repository.metadata("targets"))
    below: Mapping[str, Key] = targets.delegations.keys if targets.delegations else {}
    by_id = {**below, **root.keys}
    return {name: by_id[keyid] for name, keyid in repository.state.keyids.items()}


def _distinct(signers: Sequence[CryptoSigner]) -> list[CryptoSigner]:
    return list({signer.public_key.keyid: signer for signer in signers}.values())
