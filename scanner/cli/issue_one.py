"""`door-scanner issue init | one`: a key, and a single pass."""

import shlex
from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Final

import click

from scanner.cli import issue_options
from scanner.cli.issue_options import PATH
from scanner.door.tally import Exit
from scanner.passes.own import serial_of
from scanner.publish.own import keys, numbers
from scanner.publish.own.orders import FieldError, Order, read_order
from scanner.publish.own.pictures import Code, Picture
from scanner.publish.own.signing import check_size, text_of
from scanner.publish.own.whole import cannot_make, refuse_taken
from scanner.store import replace_file
from scanner.terms import InputError

_TEXT: Final = ".txt"
_PICTURES: Final = {f".{kind.value}": kind for kind in Picture}
# Whoever has the picture has the ticket.
_MODE: Final = 0o600
_OPTIONS: Final = {"zone": "gate"}


@click.command()
@issue_options.folder
@click.option("--issuer", metavar="NAME", help="Whose key it is; doors show it.")
def init(*, folder: Path, issuer: str | None) -> int:
    """Make the key that signs passes, in a new FOLDER."""
    public = keys.make(folder, issuer=issuer)
    for line in _next_steps(folder, public=public):
        click.echo(line)
    return Exit.DONE


def _next_steps(folder: Path, *, public: Path) -> Iterator[str]:
    # Each path on a line of its own: it may be long, and is not to be broken.
    yield "The key is made. Doors need its public part:"
    yield f"  {public.absolute()}"
    yield "Copy it to /etc/door-scanner/trust/ of each door, or put it into the feed:"
    yield "  door-scanner publish trust add --repo DIR --keys DIR \\"
    yield f"    {shlex.quote(str(public.absolute()))}"
    yield "The private key stays off the doors; whoever has it prints tickets:"
    yield f"  {(folder / keys.PRIVATE).absolute()}"
    yield "If somebody else ever has it, make a new key, and revoke what this one signed:"
    yield f"  kid:{b64encode(keys.load(folder).kid).decode()}"
    yield "Keep a copy of the folder, and always the newest: it knows which numbers are"
    yield "given."


@click.command()
@issue_options.folder
@click.option("--kind", default="ticket", show_default=True, metavar="ticket|membership|staff")
@click.option("--event", default="", metavar="ID", help="The event; without it, any.")
@click.option("--from", "begins", default="", metavar="TIME", help="A time with offset, or a day.")
@click.option("--until", "ends", default="", metavar="TIME", help="The same; days count whole.")
@click.option("--gate", default="", metavar="ID", help="Gates or zones, with blanks between.")
@click.option("--admits", default="1", show_default=True, metavar="N", help="How many persons.")
@click.option("--name", "holder", default="", metavar="NAME", help="Put a name into the pass.")
@issue_options.timezone
@issue_options.on_list
@issue_options.at
@click.option("--out", required=True, type=PATH, metavar="FILE", help="A .png, .svg or .txt.")
def one(  # noqa: PLR0913 - as many as a pass has fields
    *,
    folder: Path,
    kind: str,
    event: str,
    begins: str,
    ends: str,
    gate: str,
    admits: str,
    holder: str,
    zone: tzinfo | None,
    name: str | None,
    now: datetime,
    out: Path,
) -> int:
    """Issue one pass, and print its serial."""
    if out.suffix not in {_TEXT, *_PICTURES}:
        raise InputError(f"--out {out}: name it .png, .svg or .txt")
    refuse_taken(out)
    key = keys.load(folder)
    named = issue_options.list_name(folder, name)
    texts = {
        "kind": kind, "event": event, "zone": gate, "from": begins, "until": ends,
        "admits": admits, "name": holder, "label": "",
    }  # fmt: skip
    order = _order(texts, zone=zone, name=named, now=now)
    index = numbers.reserve(folder, name=named, count=1)
    text = text_of(order, name=named, index=index, key=key)
    try:
        replace_file(out, _content(text, suffix=out.suffix), mode=_MODE)
    except OSError as error:
        raise cannot_make(out, error=error) from None
    click.echo(serial_of(named, index=index))
    return Exit.DONE


def _order(texts: dict[str, str], *, zone: tzinfo | None, name: str, now: datetime) -> Order:
    try:
        order = read_order(texts, zone=zone, now=now)
        check_size(order, name=name)
    except FieldError as error:
        option = _OPTIONS.get(error.column, error.column)
        raise InputError(f"--{option}: {error.words}") from None
    return order


def _content(text: str, *, suffix: str) -> bytes:
    if suffix == _TEXT:
        return text.encode() + b"\n"
    return Code(text).picture(_PICTURES[suffix])
