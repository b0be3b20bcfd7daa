"""`door-scanner publish`: make, sign and look after a feed, on an operator's machine."""

import click

from scanner.cli import (
    publish_feed,
    publish_files,
    publish_import,
    publish_lists,
    publish_rotation,
    publish_status,
)


class InOrder(click.Group):
    """Commands in the order in which an operator needs them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names as they were added."""
        del ctx
        return list(self.commands)


@click.group(cls=InOrder, no_args_is_help=False)
def command() -> None:
    """Make, sign and look after the feed that doors fetch.

    All of it is static files: serve REPO/public with any web server, or carry it
    to the doors on a stick. Changes wait until `release` puts them into the feed.
    """


for one in (
    publish_feed.init,
    publish_files.trust,
    publish_files.rules,
    publish_lists.revoke,
    publish_lists.reinstate,
    publish_import.imports,
    publish_feed.release,
    publish_feed.renew,
    publish_status.status,
    publish_rotation.rotate_root,
):
    command.add_command(one)
