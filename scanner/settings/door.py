"""The part of the settings that is about the door: where it is, what it asks, whom it believes."""

import re
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated, Final

from scanner.settings.kinds import Choice, Kind, Names, PathOrOff, Paths, Whole, one_text, texts
from scanner.settings.wording import quoted, shown


class Role(Enum):
    """Which way guests pass."""

    ENTRY = "entry"
    EXIT = "exit"


class Identity(Enum):
    """Whose ID staff looks at."""

    NEVER = "never"
    ALWAYS = "always"
    EVERY_N = "every_n"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSets(Names):
    """Names of rule sets, and absolute paths of files that hold one."""

    @property
    def allowed(self) -> str:
        """Say what may be given."""
        return "a list of one or more names, or paths that begin with /"

    def take(self, value: object) -> tuple[str, ...]:
        """Return names and paths in their order."""
        named = Names.take(self, value)
        for one in named:
            is_file = "/" in one or one.endswith(".json")
            if is_file and not one.startswith("/"):
                raise self.unfit(f"{shown(one)} does not begin with /")
        return named


# An issuer ends at the first "=".
_TRUST: Final = re.compile(r"(pretix:|own:|(https://|did:[a-z0-9]+:)[^/=\s][^=\s]*=)?/.*")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustSources(Kind):
    """Absolute paths of keys, each with what binds them in front, if anything; one or more."""

    @property
    def allowed(self) -> str:
        """Say what may be given."""
        return "a list of paths that begin with /, alone or behind ISSUER=, pretix: or own:"

    def take(self, value: object) -> tuple[str, ...]:
        """Return them as they are written."""
        sources = tuple(texts(value, kind=self))
        if not sources:
            raise self.unfit("the list is empty")
        for one in sources:
            if not _TRUST.fullmatch(one):
                raise self.unfit(f"{shown(one)} names no keys")
        return sources


@dataclass(frozen=True, slots=True, kw_only=True)
class TextOrNone(Kind):
    """Text that others write, too, so without spaces around it; empty text is None."""

    most_characters: int

    @property
    def allowed(self) -> str:
        """Say what may be given."""
        return f'text of 1 to {self.most_characters} characters, or "" for none'

    def take(self, value: object) -> str | None:
        """Return the text, or None where it is empty."""
        found = one_text(value, kind=self)
        if len(found) > self.most_characters:
            raise self.unfit(f"{shown(found)} is too long")
        if found != found.strip():
            raise self.unfit(f"{shown(found)} begins or ends with a space")
        return found or None

    def written(self, value: str | None) -> str:
        """Return it as TOML."""
        return quoted(value or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class CountryOrNone(TextOrNone):
    """A country in two letters, by its form; empty text is None."""

    most_characters: int = 2

    @property
    def allowed(self) -> str:
        """Say what may be given."""
        return 'two capital letters like "AT", or "" for none'

    def take(self, value: object) -> str | None:
        """Return the letters, or None where there are none."""
        found = one_text(value, kind=self)
        if not re.fullmatch("([A-Z]{2})?", found):
            raise self.unfit(f"{shown(found)} is not a country")
        return found or None


@dataclass(frozen=True, slots=True)
class Door:
    """Where this door is, what it asks of a pass, believes and keeps."""

    rules: Annotated[
        tuple[str, ...],
        RuleSets("Rule sets by name or by file; a pass must meet all of them."),
    ] = ("no-infection",)
    trust: Annotated[
        tuple[str, ...],
        TrustSources(
            "Files or folders with the keys that this door trusts. ISSUER=/path: for passes of "
            "this https:// or did: issuer; pretix:/path, own:/path: for these tickets."
        ),
    ] = ("/etc/door-scanner/trust",)
    revoked: Annotated[
        tuple[Path, ...],
        Paths("Files or folders with ids of passes that count no longer."),
    ] = (Path("/etc/door-scanner/revoked"),)
    country: Annotated[
        str | None,
        CountryOrNone("Where this door is; national rules ask for it."),
    ] = None
    gate: Annotated[
        str | None,
        TextOrNone("Name of this gate or zone, as tickets have it.", most_characters=64),
    ] = None
    role: Annotated[
        Role,
        Choice("entry: guests come in here; exit: they leave, and may come back.", of=Role),
    ] = Role.ENTRY
    identity: Annotated[
        Identity,
        Choice(
            "Whose ID staff looks at: nobody's, everybody's, or one guest's in identity_every.",
            of=Identity,
        ),
    ] = Identity.NEVER
    identity_every: Annotated[
        int,
        Whole("One ID for so many guests; with every_n only.", low=2, high=1000, unit="guests"),
    ] = 5
    # Off: asking needs somebody who stands there, and most who come back went for their coat.
    passback_s: Annotated[
        int,
        Whole(
            "How long after it let somebody in a health pass that is shown again is asked "
            "about: it may have been handed back. 0: never.",
            low=0,
            high=86400,
            unit="seconds",
        ),
    ] = 0
    events: Annotated[
        Path | None,
        PathOrOff(
            "A file below /var/lib/door-scanner for every single decision; to find faults. "
            "Ends by itself after 24 h."
        ),
    ] = None
    counts_days: Annotated[
        int,
        Whole("How long counts per quarter hour are kept.", low=1, high=3650, unit="days"),
    ] = 400
