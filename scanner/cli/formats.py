"""`door-scanner formats`: what is verified here, what is not, and which keys each format needs."""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import click

from scanner.cli.report import as_json
from scanner.passes import Standing, every_kind
from scanner.terms import PassFormat


@dataclass(frozen=True, slots=True)
class Needs:
    """What a door must be given for a format: keys, and how its passes are revoked."""

    trust: str
    revoked: str


_NEEDS: Final = {
    PassFormat.DCC: Needs(
        "document signers: X.509 (PEM, DER), {kid: base64 DER}, WHO GDHCN DID document",
        "dcc-uci: dcc-countryuci: dcc-signature: kid: window:",
    ),
    PassFormat.SHC: Needs(
        "ISSUER=JWKS, or a VCI snapshot or directory with keys",
        "shc-rid:, or the issuer's CRL (JSON)",
    ),
    PassFormat.NZCP: Needs("DID document of the issuer (did:web)", "vc-id: kid: window:"),
    PassFormat.VDSNC: Needs("CSCA: self-signed CA certificate", "vc-id:, X.509 CRL, kid:"),
    PassFormat.INFRADID: Needs("*.dids: issuers, one did:infra a line", "vc-id:"),
    PassFormat.PRETIX: Needs(
        "pretix:PEM (Ed25519), or the event's JSON with valid_keys",
        "ticket:, or the event's revoked and blocked secrets (JSON)",
    ),
    PassFormat.OWN: Needs("own:PEM (Ed25519), from door-scanner issue init", "own:LIST:INDEX"),
}
_STANDINGS: Final = {
    Standing.VERIFIED_HERE: "Verified here, without any server",
    Standing.UNSUPPORTED: "Known, and refused: not verified here",
    Standing.ONLINE_ONLY: "Known, and asked about: they hold an address, not a proof",
}


_WIDTH: Final = 80
_INDENT: Final = 12
_OPTION: Final = 11


@click.command()
@click.option("--json", "as_json_lines", is_flag=True, help="One JSON object a line.")
def command(*, as_json_lines: bool) -> int:
    """List what is verified, what is not, and the trust input of each."""
    for line in map(as_json, _objects()) if as_json_lines else _text():
        click.echo(line)
    return 0


def _objects() -> Iterator[dict[str, Any]]:
    for kind in every_kind():
        needs = None
        if kind.format is not None and kind.standing is Standing.VERIFIED_HERE:
            needs = _NEEDS[kind.format]
        yield {
            "name": kind.name,
            "format": kind.format.value if kind.format else None,
            "verified": kind.standing is Standing.VERIFIED_HERE,
            "standing": kind.standing.value,
            "trust": needs.trust if needs else None,
            "revoked": needs.revoked if needs else None,
        }


def _text() -> Iterator[str]:
    kinds = every_kind()
    for standing, heading in _STANDINGS.items():
        shown = [kind for kind in kinds if kind.standing is standing]
        yield f"{heading}:"
        if standing is Standing.VERIFIED_HERE:
            for form in dict.fromkeys(kind.format for kind in shown if kind.format is not None):
                names = ", ".join(kind.name for kind in shown if kind.format is form)
                yield from _row(form.value, names)
                yield from _row("", f"--trust    {_NEEDS[form].trust}")
                yield from _row("", f"--revoked  {_NEEDS[form].revoked}")
        else:
            yield from _row("", ", ".join(dict.fromkeys(kind.name for kind in shown)))
        yield ""


def _row(name: str, words: str) -> list[str]:
    first, later = f"  {name:<9} ", " " * _INDENT
    # Behind the option that it is about.
    if words.startswith("--"):
        later += " " * _OPTION
    return textwrap.wrap(words, _WIDTH, initial_indent=first, subsequent_indent=later)
