"""What stands beside a code on the printed sheet, for guests and staff."""

from collections.abc import Iterator
from datetime import datetime

from scanner.publish.own.orders import Order


def title(order: Order) -> str:
    """Return the label, or the kind where there is none."""
    return order.label or order.kind.value.capitalize()


def lines(order: Order) -> Iterator[str]:
    """Yield the lines under the title: what it is, where, when, for whom."""
    kind = order.kind.value.capitalize()
    if order.admits > 1:
        kind += f" for {order.admits:,} persons"
    yield kind
    if order.event:
        yield f"Event {order.event}"
    if order.zones:
        yield f"{'Gate' if len(order.zones) == 1 else 'Gates'} {', '.join(order.zones)}"
    yield from _dates(order.not_before, order.not_after)
    if order.name:
        yield order.name


def _dates(begins: datetime | None, ends: datetime | None) -> Iterator[str]:
    if begins and ends and begins.date() == ends.date():
        yield _day(ends)
        yield f"{begins:%H:%M} to {_hour(ends)} {_zone(ends)}"
        return
    if begins:
        yield f"From {_day(begins)}, {begins:%H:%M} {_zone(begins)}"
    if ends:
        yield f"Until {_day(ends)}, {_hour(ends)} {_zone(ends)}"


def _day(time: datetime) -> str:
    return f"{time:%A} {time.day} {time:%B %Y}"


def _hour(time: datetime) -> str:
    """Return the hour; the last second of a day is its 24th."""
    return "24:00" if (time.hour, time.minute, time.second) == (23, 59, 59) else f"{time:%H:%M}"


def _zone(time: datetime) -> str:
    name = time.tzname() or ""
    return name if name.isalpha() else f"UTC{time.isoformat()[-6:]}"
