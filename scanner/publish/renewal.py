"""Roles of the offline keys, signed anew before they expire."""

from collections.abc import Collection
from typing import Final

from scanner.publish.ages import age_of
from scanner.publish.repository import Repository, metadata_path
from scanner.publish.roles import read_signed

RENEWABLE: Final = ("root", "targets", "trust", "rules")


def renew_offline(repository: Repository, *, asked: Collection[str] = ()) -> list[str]:
    """Sign anew the roles that are asked for, and those at half of their time if keys are here.

    Raises `InputError` where the keys of a role that is asked for are not here.
    """
    done = []
    for role in RENEWABLE:
        due = age_of(repository, role).is_alarming and repository.may_sign(role)
        if role in asked or due:
            _renew(repository, role=role)
            done.append(role)
    return done


def _renew(repository: Repository, *, role: str) -> None:
    payload = read_signed(repository.metadata(role))
    payload.version = repository.next_version(role)
    payload.expires = repository.state.profile.expires(role, at=repository.now)
    content = repository.sign(role, payload)
    if role == "root":
        repository.put_front(metadata_path(role, version=payload.version), content)
