"""`door-scanner issue`: the venue's own passes, on an operator's machine."""

import click

from scanner.cli import issue_batch, issue_one


class InOrder(click.Group):
    """Commands in the order in which a venue needs them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names as they were added."""
        del ctx
        return list(self.commands)


@click.group(cls=InOrder, no_args_is_help=False)
def command() -> None:
    """Issue the venue's own tickets, memberships and staff passes.

    On a machine of the venue, never on a door: FOLDER holds the key that signs
    them. Doors get its public part.
    """


for one in (issue_one.init, issue_one.one, issue_batch.batch):
    command.add_command(one)
