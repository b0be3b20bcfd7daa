"""Rule sets by name or file: those without a file, the venue's own, the feed's, the shipped.

A name is looked for in this order: rule sets that need no file; `/etc/door-scanner/rules`; the
feed; what comes with this version. So a venue can put its own in the place of a shipped one, and
a feed may renew a shipped one. A file that everybody may write is refused, and below /etc one
that is not root's alone: whoever may write it decides who comes in.
"""

import re
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from types import MappingProxyType
from typing import Final

from scanner.rules import BY_NAME, RuleSet
from scanner.store import read_file
from scanner.terms import InputError

SHIPPED: Final = Path(__file__).parents[2] / "config" / "rules"
ETC: Final = Path("/etc/door-scanner")
LOCAL: Final = ETC / "rules"
VALUE_SETS: Final = "valueSets.json"
"""Beside national rules without value sets of their own, what `external.valueSets` speaks of."""

# The national rules of a large country with all their value sets take half of this.
MAX_RULES_BYTES: Final = 4 * 1024 * 1024
Feed = Mapping[str, bytes]
NO_FEED: Final[Feed] = MappingProxyType({})
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Where:
    """Where a door is, as its venue says: country in two letters, and the name of its gate."""

    country: str | None = None
    gate: str | None = None


NOWHERE: Final = Where()


def find_all(
    names: Sequence[str], *, feed: Feed = NO_FEED, where: Where = NOWHERE
) -> tuple[RuleSet, ...]:
    """Return the rule sets of these names or files; `InputError` for one that cannot be used.

    `feed` are the files of one, by their names.
    """
    found = tuple(find(name, feed=feed, country=where.country) for name in dict.fromkeys(names))
    counting = [one.name for one in found if getattr(one, "uses_up", False)]
    if len(counting) > 1:
        raise InputError(f"{' and '.join(counting)}: both use tickets up; name one of them")
    for one in found:
        gates: Mapping[str, object] | None = getattr(one, "gates", None)
        if gates is not None and where.gate not in gates:
            here = "no gate is named" if where.gate is None else f"{where.gate!r} is none of them"
            known_gates = ", ".join(sorted(gates))
            words = f"{one.name} has the gates {known_gates}, and {here}; set door.gate, or --gate"
            raise InputError(words)
    return found


def find(name: str, *, feed: Feed = NO_FEED, country: str | None = None) -> RuleSet:
    """Return one rule set, by its name or the path of its file."""
    if name in BY_NAME:
        return BY_NAME[name]
    if "/" in name or name.endswith(".json"):
        return _read(Path(name), name=Path(name).stem, country=country)
    found = _named(name, feed=feed, country=country) if _NAME.fullmatch(name) else None
    if found is None:
        raise InputError(f"no rule set is called {name!r}; there are: {', '.join(known(feed))}")
    if found.name != name:
        raise InputError(f"{name}.json holds the rule set {found.name}; rename the file")
    return found


def _named(name: str, *, feed: Feed, country: str | None) -> RuleSet | None:
    local, shipped = (folder / f"{name}.json" for folder in (LOCAL, SHIPPED))
    if local.exists():
        return _read(local, name=name, country=country)
    if f"{name}.json" in feed:
        content = feed[f"{name}.json"]
        return _parsed(content, name=name, country=country, said_by=f"feed: rules/{name}.json")
    return _read(shipped, name=name, country=country) if shipped.exists() else None


def known(feed: Feed = NO_FEED) -> tuple[str, ...]:
    """Return the names of all rule sets that can be found, in order."""
    files = [path.stem for folder in (LOCAL, SHIPPED) for path in _files(folder)]
    return (*BY_NAME, *sorted({*files, *(name.removesuffix(".json") for name in feed)}))


def _files(folder: Path) -> list[Path]:
    try:
        files = [path for path in folder.iterdir() if path.suffix == ".json"]
    except OSError:
        return []
    return [path for path in files if path.name != VALUE_SETS]


def _read(path: Path, *, name: str, country: str | None) -> RuleSet:
    content, beside = _content(path), path.with_name(VALUE_SETS)
    value_sets = _content(beside) if beside.exists() else None
    said_by = str(path)
    return _parsed(content, name=name, country=country, said_by=said_by, value_sets=value_sets)


def _parsed(
    content: bytes,
    *,
    name: str,
    country: str | None,
    said_by: str,
    value_sets: bytes | None = None,
) -> RuleSet:
    # A door without rule files needs none of this.
    from scanner.rules.files import read_rule_set  # noqa: PLC0415

    try:
        return read_rule_set(
            content, name=name, zone_of=_zones(), country=country, value_sets=value_sets
        )
    except InputError as error:
        raise InputError(f"{said_by}: {error}") from None


def _content(path: Path) -> bytes:
    content = read_file(path, max_bytes=MAX_RULES_BYTES)
    _check_owner(path)
    return content


def _check_owner(path: Path) -> None:
    found = path.stat()
    is_ours = found.st_uid == 0 and not found.st_mode & stat.S_IWGRP
    if path.is_relative_to(ETC) and not is_ours:
        raise InputError(f"{path}: must be root's alone; chown root:root and chmod 644 it")
    if found.st_mode & stat.S_IWOTH:
        raise InputError(f"{path}: everybody may write it; chmod o-w it")


def _zones() -> Callable[[str], tzinfo]:
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - the same

    return ZoneInfo
