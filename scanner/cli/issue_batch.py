"""`door-scanner issue batch`: a pass for every line of a CSV."""

import sys
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Final

import click

from scanner.cli import issue_options
from scanner.cli.issue_options import PATH
from scanner.door.tally import Exit
from scanner.publish.own.batch import RESULT, Printed, Wanted, issue
from scanner.publish.own.pictures import Picture
from scanner.publish.own.rows import Rows
from scanner.terms import InputError

_BORROWED: Final = (
    "the Korean letters are not in the PDF: a printer without a font for them leaves them out; "
    "install fonts-nanum, or give --font FILE, and issue anew"
)


@click.command()
@issue_options.folder
@click.argument("table", type=PATH, metavar="CSV")
@click.option("--out", required=True, type=PATH, metavar="FOLDER", help="A new folder.")
@click.option("--png", is_flag=True, help="A PNG of each pass; so also if nothing is named.")
@click.option("--svg", is_flag=True, help="An SVG of each pass.")
@click.option("--pdf", metavar="NAME.pdf", help="Sheets to print, ten passes on an A4 page.")
@click.option("--font", type=PATH, metavar="FILE", help="TrueType font for letters of sheets.")
@issue_options.timezone
@issue_options.on_list
@issue_options.at
def batch(  # noqa: PLR0913 - one for each thing that is made
    *,
    folder: Path,
    table: Path,
    out: Path,
    png: bool,
    svg: bool,
    pdf: str | None,
    font: Path | None,
    zone: tzinfo | None,
    name: str | None,
    now: datetime,
) -> int:
    """Issue a pass for every line of CSV, all of them or none.

    Its first line names the columns: kind,event,zone,from,until,admits,name,label
    all of them, in any order, and others that are kept. The result holds passes.csv with the
    serial of each pass, by which it can be revoked.
    """
    named = issue_options.list_name(folder, name)
    rows = Rows(table, zone=zone, now=now)
    wanted = _wanted(png=png, svg=svg, pdf=pdf, font=font)
    tell = _tell if sys.stderr.isatty() else None
    issued = issue(rows, key_folder=folder, name=named, out=out, wanted=wanted, tell=tell)
    if issued.count == 1:
        click.echo(f"1 pass, {issued.first}")
    else:
        click.echo(f"{issued.count:,} passes, {issued.first} to {issued.last}")
    click.echo(f"in {out}; {RESULT} tells which serial is whose")
    if wanted.sheet is not None and wanted.sheet.type_.is_borrowed:
        click.echo(f"door-scanner: {_BORROWED}", err=True)
    return Exit.DONE


def _tell(made: int, count: int) -> None:
    """Write over the line that a person watches; it ends with the last pass."""
    click.echo(f"\r{made:,} of {count:,} passes", err=True, nl=made == count)


def _wanted(*, png: bool, svg: bool, pdf: str | None, font: Path | None) -> Wanted:
    pictures = [kind for kind, is_on in ((Picture.PNG, png), (Picture.SVG, svg)) if is_on]
    if pdf is None:
        if font is not None:
            raise InputError("--font: is for a printed sheet; add --pdf NAME.pdf")
        return Wanted(tuple(pictures or [Picture.PNG]))
    if Path(pdf).name != pdf or not pdf.endswith(".pdf") or pdf.startswith("."):
        raise InputError(f"--pdf {pdf}: the name of a file in the result, as sheet.pdf")
    from scanner.publish.own.fonts import Type  # noqa: PLC0415 - heavy, and not for all

    return Wanted(tuple(pictures), Printed(pdf, Type(font)))
