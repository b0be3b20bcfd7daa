"""`door-scanner read`: what the codes in pictures hold, without any judgement."""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from scanner.cli.report import as_json as json_line
from scanner.cli.report import printable
from scanner.door.tally import Exit
from scanner.sight.pictures import MAX_FILE_BYTES, PictureReader, PictureResult
from scanner.store import read_file
from scanner.terms import InputError, Payload


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.argument("images", nargs=-1, required=True, metavar="IMAGE...")
def command(*, images: Sequence[str], as_json: bool) -> int:
    """Print the payloads of pictures; exit 1 if one holds no code, 3 if one is unreadable."""
    worst = Exit.DONE
    with PictureReader() as reader:
        for name in images:
            result = _read(name, reader=reader)
            worst = max(worst, _exit(result))
            if as_json:
                click.echo(json_line(_as_object(name, result)))
                continue
            for line in _as_lines(name, result):
                click.echo(line)
    return worst


def _exit(result: PictureResult) -> Exit:
    if result.error is not None:
        return Exit.FAULT
    return Exit.DONE if result.codes else Exit.FINDING


def _read(name: str, *, reader: PictureReader) -> PictureResult:
    try:
        content = read_file(Path(name), max_bytes=MAX_FILE_BYTES)
    except InputError as error:
        return PictureResult(error=str(error).removeprefix(f"{Path(name)}: "))
    return reader.read_picture(content)


def _as_object(name: str, result: PictureResult) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "input": name,
        "payloads": [
            {
                "text": _text(code),
                "base64": base64.b64encode(code.raw).decode(),
                "corners": code.corners,
            }
            for code in result.codes
        ],
        "timing_ms": {"read": None if result.read_ms is None else round(result.read_ms, 2)},
    }
    if result.error is not None:
        shown["error"] = result.error
    return shown


def _as_lines(name: str, result: PictureResult) -> list[str]:
    if result.error is not None:
        return [printable(f"{name}: {result.error}")]
    if not result.codes:
        return [printable(f"{name}: no code")]
    return [printable(_text(code) or repr(code.raw)) for code in result.codes]


def _text(code: Payload) -> str | None:
    try:
        return code.raw.decode()
    except UnicodeDecodeError:
        return None
