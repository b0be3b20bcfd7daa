"""How a feed stands: the age of every role, its lists, its files, and what waits."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scanner.publish.ages import Age, age_of
from scanner.publish.release import manifest_of
from scanner.publish.repository import Repository
from scanner.publish.roles import EVERY_ROLE
from scanner.publish.targets import listed


@dataclass(frozen=True, slots=True)
class Standing:
    """A feed at one moment."""

    ages: tuple[Age, ...]
    told: dict[str, Any]

    @property
    def is_alarming(self) -> bool:
        """Return whether somebody must sign: half of a role's time is over."""
        return any(age.is_alarming for age in self.ages)


def standing_of(repository: Repository) -> Standing:
    """Return how the feed stands; `told` is for JSON."""
    state = repository.state
    ages = tuple(age_of(repository, role) for role in EVERY_ROLE)
    told = {
        "profile": state.profile.value,
        "issued": state.issued,
        "min_wait_s": state.min_wait_s,
        "alarm": any(age.is_alarming for age in ages),
        "roles": {age.role: _role(age) for age in ages},
        "lists": {
            name: {
                "seq": one.seq,
                "entries": one.entries,
                "size": one.size,
                "sha256": one.sha256,
                "base_seq": one.base.seq,
                "deltas": len(one.changes),
            }
            for name, one in sorted(state.lists.items())
        },
        "lines": len(state.lines),
        "waiting": _waiting(repository),
        "trust": sorted(listed(repository, role="trust")),
        "rules": sorted(listed(repository, role="rules")),
        "manifest_size": len(manifest_of(repository).to_bytes()),
        "public_size": _size(repository.public),
    }
    return Standing(ages, told)


def _role(age: Age) -> dict[str, Any]:
    return {
        "version": age.version,
        "age_s": int((age.now - age.signed).total_seconds()),
        "expires": age.expires.isoformat(),
        "alarm": age.is_alarming,
    }


def _waiting(repository: Repository) -> dict[str, dict[str, int]]:
    """Return how many ids of each list wait for a release."""
    get = repository.arrays.get
    return {
        name: {
            "adds": len(get(staged.adds)),
            "removes": sum(len(get(ids)) for _, ids in staged.removes),
        }
        for name, staged in sorted(repository.state.staged.items())
    }


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
