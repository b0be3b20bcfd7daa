"""`door-scanner clock`: what time the door believes, and why; `confirm` takes a person's word."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from scanner.cli import report
from scanner.cli.control import ask, run_folder, understood
from scanner.cli.named_folder import Use, check_folder
from scanner.cli.options import running_door
from scanner.cli.status import read_status
from scanner.door.kept import KeptTime, kept_time
from scanner.door.premises import STATE, step_down
from scanner.door.tally import Exit
from scanner.gate.marks import Source
from scanner.gate.timekeeping import binding, confirmed
from scanner.process.wire import Message
from scanner.store import Lock, replace_file
from scanner.store.evidence import Machine
from scanner.store.marks import MARK
from scanner.store.places import Places
from scanner.terms import DeviceError, InputError, NotPermittedError, Reason


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@running_door
@click.pass_context
def command(context: click.Context, *, as_json: bool, state: Path | None) -> int:
    """Print what time the door believes, and why; exit 1 if the clock is not trusted."""
    if context.invoked_subcommand is not None:
        context.obj = state
        return Exit.DONE
    told = _told(state)
    click.echo(report.as_json(told) if as_json else _screen(told))
    return Exit.DONE if told["trusted"] else Exit.FINDING


@command.command(short_help="Say that the machine's clock is right.")
@click.option(
    "--below-the-feed",
    is_flag=True,
    help="Also where the feed in force says that it is later: the feed is wrong.",
)
@running_door
@click.pass_obj
def confirm(outer: Path | None, *, state: Path | None, below_the_feed: bool) -> int:
    """Say that the machine's clock is right: the door believes it from now on.

    Look at it first, in UTC: date -u. Needs root.

    A feed that was signed with a stolen key, or by a clock that ran ahead, may have told this
    door that it is years later, so that every feed and pass has expired. --below-the-feed says
    that this feed is wrong; ask the operator first. What it says of time is then ignored. If the
    next feed is refused as older: door-scanner accept --begin-anew.
    """
    state = state or outer
    question: Message = {"clock": "confirm"}
    if below_the_feed:
        question["below_the_feed"] = True
    try:
        told = ask(run_folder(state), question)
    except DeviceError as gone:
        if gone.detail.startswith("the door refused: "):
            raise InputError(gone.detail.removeprefix("the door refused: ")) from None
        _confirm_alone(state or STATE, gone=gone, below_the_feed=below_the_feed)
    else:
        with understood():
            # Another version might have taken note of something else.
            json.dumps(told["clock"]["trusted"])
    click.echo(f"The door believes its machine's clock: {_minute(datetime.now(tz=UTC))}.")
    return Exit.DONE


def _confirm_alone(state: Path, *, gone: DeviceError, below_the_feed: bool) -> None:
    """Write the mark of a door that does not run."""
    if not state.is_dir():
        raise gone
    step_down(state)
    lock = Lock(state)
    try:
        if not lock.take():
            words = f"process {lock.holder()} holds {state} and does not answer; try again"
            raise DeviceError(Reason.INTERNAL, words)
        kept = kept_time(Places.at(state), machine=Machine())
        mark = confirmed(kept.evidence, floor=kept.floor, below_the_feed=below_the_feed)
        replace_file(state / MARK, mark.to_json(), mode=0o600)
    except PermissionError:
        raise NotPermittedError(f"{state}: may not be written; use sudo") from None
    finally:
        lock.give_back()


def _told(state: Path | None) -> dict[str, Any]:
    """Return what the running door says, and what its folder and the machine say beside."""
    try:
        status = read_status(run_folder(state))
    except DeviceError as gone:
        _check_readable(state or STATE, gone=gone)
        status = {}
    kept = kept_time(Places.at(state or STATE), machine=Machine())
    clock: dict[str, Any] = status.get("clock") or {}
    reckoning, mark = kept.reckoning, kept.mark
    return {
        "running": bool(clock),
        "machine": kept.evidence.wall.isoformat(timespec="seconds"),
        "believed": status["updated"] if clock else _stamp(reckoning.moment.wall),
        "trusted": clock.get("trusted", reckoning.moment.trusted),
        "source": clock.get("source", reckoning.source.value),
        "why": clock.get("why", reckoning.why),
        "floor": clock.get("floor", _stamp(binding(kept.floor, mark=mark))),
        "synchronised_by": _source(kept),
        "mark": None if mark is None else {"wall": _stamp(mark.wall), "trusted": mark.trusted},
    }


def _check_readable(state: Path, *, gone: DeviceError) -> None:
    """Raise what is in the way of asking the folder, where no door runs."""
    try:
        check_folder(state, use=Use.READING)
    except NotPermittedError:
        raise
    except InputError:
        raise gone from None


def _screen(told: dict[str, Any]) -> str:
    mark = told["mark"]
    rows = (
        ("machine", _minute(datetime.fromisoformat(told["machine"]))),
        ("believed", _minute(datetime.fromisoformat(told["believed"]))),
        ("trusted", f"yes, by {_who(told)}" if told["trusted"] else f"NO: {told['why']}"),
        ("kept by", told["synchronised_by"] or "no time server, no battery clock"),
        ("floor", "none" if told["floor"] is None else _minute(_time(told["floor"]))),
        ("mark", "none, or not readable" if mark is None else _minute(_time(mark["wall"]))),
    )
    lines = [f"{name:<11}{report.printable(str(words))}" for name, words in rows]
    if not told["trusted"]:
        lines.append(f"{'':<11}-> Is the machine's time right? Then: door-scanner clock confirm")
    return "\n".join(lines)


def _who(told: dict[str, Any]) -> str:
    source: str = told["source"]
    return "a person" if source == Source.PERSON.value else source


def _source(kept: KeptTime) -> str | None:
    by = kept.evidence.synchronised_by
    return None if by is None else by.value


def _time(told: str) -> datetime:
    return datetime.fromisoformat(told)


def _minute(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _stamp(when: datetime) -> str:
    return when.isoformat(timespec="seconds")
