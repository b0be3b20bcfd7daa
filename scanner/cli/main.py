"""The command `door-scanner`: finds the subcommand, and gives every error one line."""

import importlib
import os
import resource
import sys
import warnings
from typing import Final, NoReturn

import click

from scanner import __version__
from scanner.cli.report import printable
from scanner.door.tally import Exit
from scanner.terms import DeviceError, InputError, NotPermittedError, Reason

_STDERR: Final = 2

# Modules are imported only when their command is called: `check` of one text must not
# pay for the loop, nor the door for what prints tables.
_COMMANDS: Final = {
    "demo": "Guests walk up to a rehearsal door; needs no camera and no pins.",
    "check": "Judge passes in pictures, text files or standard input.",
    "explain": "Tell every step of judging a pass.",
    "read": "Print what the QR codes in pictures hold.",
    "formats": "What is verified, what is not, and which keys each needs.",
    "issue": "Make the venue's own passes: tickets, memberships, staff.",
    "run": "Run the door: camera, reader, judge, lights.",
    "status": "The state of the running door on one screen.",
    "lists": "What the door believes of a feed: age, version, entries, source.",
    "clock": "What time the door believes, and why; confirm it.",
    "log": "The last decisions of the running door, from its memory.",
    "signals": "Play every signal through the running door.",
    "trust": "Pin the root of a feed, by its fingerprint.",
    "sync": "Fetch news of a feed, from a server or a USB stick.",
    "accept": "Verify what was fetched, and believe it.",
    "feed": "Look through a feed as an inspector would.",
    "publish": "Make and sign a feed: keys, revoked ids, releases.",
}


class Commands(click.Group):
    """The subcommands, imported on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order a newcomer needs them."""
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"scanner.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing any."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=Commands, context_settings={"terminal_width": 80}, invoke_without_command=True)
@click.version_option(__version__, prog_name="door-scanner", message="%(prog)s %(version)s")
@click.pass_context
def cli(context: click.Context) -> int | None:
    """Read a QR pass, verify it at the door itself, answer with light and tone.

    Without a command: the state of the running door.
    """
    if context.invoked_subcommand is not None:
        return None
    status = importlib.import_module("scanner.cli.status").command
    code: int = context.invoke(status, as_json=False, watch=False, state=None)
    return code


def main() -> NoReturn:
    """Run the command line and exit with the code of the table above."""
    _prepare()
    try:
        code = cli.main(prog_name="door-scanner", standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "door-scanner"
        _fail(f"{_sentence(error.format_message())}; see {command} --help", code=Exit.USAGE)
    except click.ClickException as error:
        _fail(_sentence(error.format_message()), code=Exit.USAGE)
    except NotPermittedError as error:
        _fail(str(error), code=Exit.NOT_PERMITTED)
    except InputError as error:
        # Settings tell all their problems at once.
        _fail(*getattr(error, "lines", (str(error),)), code=Exit.USAGE)
    except DeviceError as error:
        _fail(error.detail if error.reason is Reason.INTERNAL else str(error), code=Exit.FAULT)
    except BrokenPipeError:
        # Whoever read our output has gone; nothing is left to say to them.
        _let_go_of_output()
        sys.exit(0)
    except OSError as error:
        _let_go_of_output()
        _fail(_trouble(error), code=_code_of(error))
    except (click.Abort, KeyboardInterrupt):
        sys.exit(Exit.INTERRUPTED)
    sys.exit(code if isinstance(code, int) else 0)


def _trouble(error: OSError) -> str:
    """Say what the system refused, and the remedy."""
    if isinstance(error, PermissionError):
        what = f"{error.filename}: " if error.filename else ""
        return f"{what}may not be read or written; use sudo, or check its owner and mode"
    return f"{error.strerror or error}; free disk space, memory or open files and try again"


def _code_of(error: OSError) -> int:
    return Exit.NOT_PERMITTED if isinstance(error, PermissionError) else Exit.FAULT


def _prepare() -> None:
    """Make the process one that leaks nothing: to a core file, a stray descriptor, a screen."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # A standard stream that was closed would be taken for the next file that is opened.
    while (fd := os.open(os.devnull, os.O_RDWR)) <= _STDERR:
        os.set_inheritable(fd, True)  # noqa: FBT003 - the standard library's signature
    os.close(fd)
    warnings.simplefilter("ignore")


def _let_go_of_output() -> None:
    """Keep the interpreter from flushing once more at its end, with a traceback."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _sentence(message: str) -> str:
    return " ".join(message.split()).rstrip(".")


def _fail(*messages: str, code: int) -> NoReturn:
    for message in messages:
        click.echo(f"door-scanner: {printable(message)}", err=True)
    sys.exit(code)
