"""The part of the settings that is about lists: where they come from, and how they age."""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Final

from scanner.settings.kinds import Choice, Text, Whole
from scanner.settings.wording import shown


class WhenOld(Enum):
    """What happens to a guest whose pass is in order while a list is old."""

    ADMIT = "admit"
    MARK = "mark"
    ASK = "ask"
    REFUSE = "refuse"


# No name and password: this file is for everybody to read.
_FEED: Final = re.compile(r"https?://[^/?#@\s]+(/[^?#\s]*)?|/.*")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedOrOff(Text):
    """Where a feed is; empty text is off."""

    @property
    def allowed(self) -> str:
        """Say what may be given."""
        return 'an address like "https://host/folder", a path that begins with /, or "" for off'

    def take(self, value: object) -> str:
        """Return the text."""
        text = Text.take(self, value) if value != "" else ""
        if text and not _FEED.fullmatch(text):
            raise self.unfit(f"{shown(value)} is not a feed")
        return text


_MOST_HOURS: Final = 24 * 366


def _hours(help_text: str) -> Whole:
    return Whole(help_text, low=1, high=_MOST_HOURS, unit="hours")


def _choice(help_text: str) -> Choice:
    return Choice(help_text, of=WhenOld)


@dataclass(frozen=True, slots=True)
class Feed:
    """Where trusted keys and revoked ids come from.

    Its root is pinned by hand: door-scanner trust pin.
    """

    url: Annotated[
        str,
        FeedOrOff("The folder of the feed: on a web server, or on this machine (a USB stick)."),
    ] = ""
    period_min: Annotated[
        int,
        Whole("How often news are asked for.", low=15, high=1440, unit="minutes"),
    ] = 15


@dataclass(frozen=True, slots=True)
class TrustList:
    """How old the keys of the feed may be, since their publisher vouched for them last.

    Files that [door] names do not age.
    """

    ageing_h: Annotated[
        int, _hours("Younger keys are fresh. From here on staff is asked about unknown issuers.")
    ] = 72
    stale_h: Annotated[int, _hours("From here on they are stale.")] = 168
    expired_h: Annotated[int, _hours("From here on they are expired.")] = 720
    when_ageing: Annotated[
        WhenOld,
        _choice("What happens to a good pass: let in, let in with a mark, ask staff, refuse."),
    ] = WhenOld.ADMIT
    when_stale: Annotated[WhenOld, _choice("The same, while they are stale.")] = WhenOld.MARK
    when_expired: Annotated[
        WhenOld, _choice("The same, once they are expired, or never came at all.")
    ] = WhenOld.ASK


@dataclass(frozen=True, slots=True)
class RevokedList:
    """How old the revoked ids may be, since their publisher vouched for them last.

    Files that [door] names do not age.
    """

    ageing_h: Annotated[int, _hours("Younger ids are fresh; from here on they are ageing.")] = 24
    stale_h: Annotated[int, _hours("From here on they are stale.")] = 72
    expired_h: Annotated[int, _hours("From here on they are expired.")] = 168
    when_ageing: Annotated[
        WhenOld,
        _choice("What happens to a good pass: let in, let in with a mark, ask staff, refuse."),
    ] = WhenOld.ADMIT
    when_stale: Annotated[WhenOld, _choice("The same, while they are stale.")] = WhenOld.MARK
    when_expired: Annotated[
        WhenOld, _choice("The same, once they are expired, or never came at all.")
    ] = WhenOld.ASK
