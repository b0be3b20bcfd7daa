"""What time it is, as far as that can be known: the policy of the door's clock.

A machine without a battery clock wakes up anywhere in time, and a time server may lie. So
the door expects a time: the newest of this software's release, the last verified feed and
its own last mark, moved on by the seconds that the kernel counted in this boot. The
machine's clock is believed when somebody vouches for it and it stands near what is
expected. Else the expected time goes on alone, and is not trusted.

Promises that time never goes below the floor, unless a person says that it is wrong; that
nobody but a person lowers what a clock vouched for; and that time servers move a door by 36
hours in one boot at most, in however many steps. What rests on a feed alone falls with it,
when another feed with a lower floor comes into force. Pure: whoever calls has read the machine.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from scanner.gate.marks import LATEST, Evidence, Mark, Source
from scanner.terms import InputError, Moment

__all__ = [
    "LATEST",
    "MOST_AHEAD",
    "PUBLISHER_AHEAD",
    "RELEASED",
    "TOLERANCE",
    "Evidence",
    "Mark",
    "Reckoning",
    "Source",
    "believe",
    "binding",
    "confirmed",
    "expected_at",
    "floor_of",
    "marked",
    "span",
    "weighed",
]

RELEASED: Final = datetime(2026, 11, 22, tzinfo=UTC)
"""No machine that runs this software is younger."""

MOST_AHEAD: Final = timedelta(hours=36)
"""A night and a day without power; more needs a person, or a feed that is newer."""

TOLERANCE: Final = timedelta(minutes=2)
"""Clocks are set, steered and run apart by seconds; a holder gains nothing by two minutes."""


PUBLISHER_AHEAD: Final = timedelta(minutes=15)
"""A publisher's clock may run ahead by minutes, and its doors should not doubt theirs for it."""


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What is believed of the time: the moment, who vouches for it, why not if it is not.

    `ahead` is how far the machine's clock stands before the expected time.
    """

    moment: Moment
    source: Source
    why: str | None
    ahead: timedelta


def floor_of(issued: datetime) -> datetime:
    """Return the time that is certainly over when a feed was issued at `issued`."""
    return max(RELEASED, issued - PUBLISHER_AHEAD)


def binding(floor: datetime, *, mark: Mark | None) -> datetime:
    """Return the floor that holds: the release alone, where a person denied the other one."""
    if mark is not None and mark.denied == floor:
        return RELEASED
    return max(floor, RELEASED)


def believe(evidence: Evidence, *, mark: Mark | None, floor: datetime) -> Moment:
    """Return the time; `floor` is the newest time that is certainly over."""
    return weighed(evidence, mark=mark, floor=floor).moment


def marked(evidence: Evidence, *, mark: Mark | None, floor: datetime) -> Mark:
    """Return the mark to keep now; one that was vouched for in this boot stays so."""
    found = weighed(evidence, mark=mark, floor=floor)
    stays = _same_boot(evidence, mark=mark)
    advanced_s = stays.advanced_s if stays else 0.0
    wall, alone = found.moment.wall, found.moment.wall
    if found.moment.trusted:
        # Only what was believed counts, however far ahead the machine's clock stood.
        expected = evidence.wall - found.ahead
        advanced_s += max(0.0, (wall - expected).total_seconds())
        source, trusted = found.source, True
    else:
        alone = expected_at(evidence, mark=mark, floor=RELEASED)
        source = Source.NONE if mark is None else mark.source
        trusted = stays is not None and stays.trusted
    rests = alone < wall
    return Mark(
        wall=wall,
        boot_id=evidence.boot_id,
        boottime_s=evidence.boottime_s,
        trusted=trusted,
        source=source,
        advanced_s=advanced_s,
        rests_on=max(floor, RELEASED) if rests else None,
        vouched=alone if rests else None,
        denied=_still_denied(floor, mark=mark),
    )


def confirmed(evidence: Evidence, *, floor: datetime, below_the_feed: bool = False) -> Mark:
    """Return the mark that a person makes: the machine's clock is right, whatever was before.

    `InputError` when that cannot be, as the clock stands below the floor. `below_the_feed` is
    their word that the feed is wrong, and that its floor holds no more.
    """
    floor = max(floor, RELEASED)
    if evidence.wall < RELEASED or (evidence.wall < floor and not below_the_feed):
        words = (
            f"the machine's clock says {_told(evidence.wall)}, but it is later than "
            f"{_told(floor)}; set it first: sudo timedatectl set-time 'YYYY-MM-DD HH:MM:SS'"
        )
        if evidence.wall >= RELEASED:
            words += (
                "; if the clock is right, and the feed in force is not: "
                "sudo door-scanner clock confirm --below-the-feed"
            )
        raise InputError(words)
    if evidence.wall > LATEST:
        raise InputError(f"the machine's clock says {_told(evidence.wall)}; set it first")
    return Mark(
        wall=evidence.wall,
        boot_id=evidence.boot_id,
        boottime_s=evidence.boottime_s,
        trusted=True,
        source=Source.PERSON,
        denied=floor if evidence.wall < floor else None,
    )


def weighed(evidence: Evidence, *, mark: Mark | None, floor: datetime) -> Reckoning:
    """Return what is believed, with its grounds."""
    floor = binding(floor, mark=mark)
    expected = expected_at(evidence, mark=mark, floor=floor)
    stays = _same_boot(evidence, mark=mark)
    ahead = evidence.wall - expected
    advanced = timedelta(seconds=stays.advanced_s if stays else 0.0)
    left = max(MOST_AHEAD - advanced, timedelta(0))
    source = Source.NONE
    if evidence.synchronised_by is not None and -TOLERANCE <= ahead <= left:
        source = evidence.synchronised_by
    elif stays and stays.trusted and abs(ahead) <= TOLERANCE:
        source = stays.source
    if source is Source.NONE:
        why = _why_not(evidence, ahead=ahead)
        return Reckoning(Moment(expected, trusted=False), source, why, ahead)
    lowest = floor if mark is None else max(floor, _standing(mark, floor=floor))
    believed = max(lowest, min(evidence.wall, expected + left))
    return Reckoning(Moment(believed, trusted=True), source, None, ahead)


def expected_at(evidence: Evidence, *, mark: Mark | None, floor: datetime) -> datetime:
    """Return the time that it is at least: floor and mark, moved on by the kernel's seconds."""
    if mark is None:
        return floor
    elapsed_s = 0.0
    if _same_boot(evidence, mark=mark):
        elapsed_s = max(0.0, evidence.boottime_s - mark.boottime_s)
    return max(floor, _standing(mark, floor=floor) + timedelta(seconds=elapsed_s))


def _standing(mark: Mark, *, floor: datetime) -> datetime:
    """Return what stands of a mark: not what it owes to a feed that is in force no more."""
    if mark.vouched is None or mark.rests_on is None or mark.rests_on <= floor:
        return mark.wall
    return mark.vouched


def _still_denied(floor: datetime, *, mark: Mark | None) -> datetime | None:
    """Return the floor that a person denied, unless another one has come."""
    if mark is None or (floor > RELEASED and mark.denied != floor):
        return None
    return mark.denied


def _same_boot(evidence: Evidence, *, mark: Mark | None) -> Mark | None:
    """Return the mark if it was made in this boot."""
    if mark is None or not evidence.boot_id or mark.boot_id != evidence.boot_id:
        return None
    return mark


def _why_not(evidence: Evidence, *, ahead: timedelta) -> str:
    if evidence.synchronised_by is None:
        return "nobody has set the machine's clock since it was switched on"
    by = evidence.synchronised_by.value
    if ahead < -TOLERANCE:
        return f"{by} says {_told(evidence.wall)}, which is {span(-ahead)} ago for this door"
    return f"{by} says {_told(evidence.wall)}, which is {span(ahead)} ahead of this door"


def span(length: timedelta) -> str:
    """Return a length of time in words, by its largest unit: `3 days`, `1 hour`, `5 min`."""
    hours = int(length.total_seconds()) // 3600
    if hours >= 48:  # noqa: PLR2004 - up to two days are told in hours
        return f"{hours // 24} days"
    if hours:
        return f"{hours} hour{'' if hours == 1 else 's'}"
    return f"{int(length.total_seconds()) // 60} min"


def _told(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
