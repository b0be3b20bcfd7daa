"""`door-scanner publish rotate-root`: new keys in the place of old ones."""

import click

from scanner.cli.publish_options import Place, at_place
from scanner.door.tally import Exit
from scanner.publish.keys import EVERY
from scanner.publish.rotation import rotate


@click.command(name="rotate-root")
@click.option(
    "--replace", "names", multiple=True, required=True, type=click.Choice(EVERY),
    help="The key to replace; several times for several.",
)  # fmt: skip
@at_place
def rotate_root(*, place: Place, names: tuple[str, ...]) -> int:
    """Replace keys that are lost, stolen or old.

    What hangs on them is signed anew. Takes two root keys and the online keys
    that stay: name the folder of each with --keys. A new key is made beside the
    old one, or in the first folder; the old file is kept as
    KEY.replaced-ID.pem. Doors follow by themselves.
    """
    with place.opened() as repository:
        changed = rotate(repository, names=tuple(dict.fromkeys(names)))
        version = repository.state.versions["root"]
    for name in dict.fromkeys(names):
        click.echo(f"{name}: replaced")
    click.echo(f"root version {version}, issued {changed.issued:%Y-%m-%dT%H:%M:%SZ}")
    click.echo("copy new offline keys to two media, and delete them here")
    return Exit.DONE
