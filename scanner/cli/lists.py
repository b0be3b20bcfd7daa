"""`door-scanner lists`: what came from a feed, how old it is, and when the next comes."""

import os
import textwrap
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click

from scanner.cli import report
from scanner.cli.control import run_folder
from scanner.cli.folder import lists_of, moment_in
from scanner.cli.named_folder import Use, check_folder
from scanner.cli.options import running_door
from scanner.cli.status import read_status
from scanner.door.kept import generation_in
from scanner.door.listing import age_words
from scanner.door.plan import Lists
from scanner.door.premises import STATE
from scanner.door.rounds import last_offer, last_round
from scanner.door.tally import Exit
from scanner.gate import ListAge, Rung
from scanner.gate.judge import REVOKED, TRUST
from scanner.store.evidence import Machine
from scanner.store.places import Places
from scanner.terms import DeviceError, InputError, NotPermittedError, Reason
from scanner.trust.generation import NAME, Generation

_DIGEST_CHARACTERS: Final = 12
_WIDTH: Final = 79
_INDENT: Final = 11
_NAME_WIDTH: Final = 30
_MISSING: Final = "no list from any feed; "
_FETCH: Final = "fetch one: door-scanner sync"
_PIN: Final = (
    "pin its root (door-scanner trust pin ROOT.json --sha256 HEX), then: door-scanner sync"
)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@running_door
def command(*, as_json: bool, state: Path | None) -> int:
    """Print every list of the feed: age, version, entries, digest.

    Exit 1 if one is stale or expired, 3 if there is none.
    """
    folder = state or STATE
    places = Places.at(folder)
    status = _status(state)
    try:
        told = _from_disk(folder, places=places, status=status)
    except NotPermittedError:
        told = _from_status(places, status=status)
    click.echo(report.as_json(told) if as_json else "\n".join(_screen(told)))
    rungs = {Rung(name) for name in told["rungs"].values()}
    return Exit.FINDING if any(rung.is_old for rung in rungs) else Exit.DONE


def _status(state: Path | None) -> dict[str, Any]:
    try:
        return read_status(run_folder(state))
    except DeviceError:
        return {}


def _from_disk(folder: Path, *, places: Places, status: dict[str, Any]) -> dict[str, Any]:
    if folder != STATE or folder.exists():
        check_folder(folder, use=Use.READING)
    if not os.path.lexists(places.current):
        raise _missing(places)
    try:
        generation = generation_in(places)
    except InputError as error:
        if _is_hidden(places.current / NAME):
            raise NotPermittedError(f"{folder}: may not be read; use sudo") from None
        raise DeviceError(Reason.LIST_MISSING, f"{error}; run: door-scanner sync") from None
    now = _now(folder, status=status)
    ages = _ages(lists_of(folder), issued=generation.issued)
    told = status.get("lists") or {}
    evidence = Machine().look()
    courier = last_round(places, evidence=evidence, now=now)
    offer = last_offer(places)
    return {
        "generation": generation.number,
        "issued": generation.issued.isoformat(timespec="seconds"),
        "accepted_at": generation.accepted_at.isoformat(timespec="seconds"),
        "source": generation.source,
        "age": age_words(generation.issued.isoformat(), now=now),
        "rungs": told.get("rungs") or {age.name: age.rung(now).value for age in ages},
        "courier": None if courier is None else courier.told(),
        "accept": None if offer is None else offer.told(),
        "limits": told.get("limits", []),
        "lists": list(_rows(generation)),
    }


def _from_status(places: Places, *, status: dict[str, Any]) -> dict[str, Any]:
    """Return what everybody may read: less, but the ages are there."""
    told = status.get("lists")
    if not told:
        raise NotPermittedError(f"{places.state}: may not be read, and no door tells; use sudo")
    if told["generation"] is None:
        raise _missing(places)
    now = datetime.fromisoformat(status["updated"])
    offer = last_offer(places)
    return {
        "generation": told["generation"],
        "issued": told["issued"],
        "accepted_at": None,
        "source": told["source"],
        "age": age_words(told["issued"], now=now),
        "rungs": told["rungs"],
        "courier": told["courier"],
        "accept": None if offer is None else offer.told(),
        "limits": told["limits"],
        "lists": [
            {
                "kind": REVOKED,
                "name": name,
                "seq": None,
                "entries": n,
                "bytes": None,
                "sha256": None,
            }
            for name, n in told["entries"].items()
        ],
    }


def _is_hidden(path: Path) -> bool:
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC))
    except OSError as error:
        return isinstance(error, PermissionError)
    return False


def _missing(places: Places) -> DeviceError:
    """Return what to say where no feed was ever believed, by how far the set-up got."""
    remedy = _FETCH if places.pinned_root.exists() else _PIN
    return DeviceError(Reason.LIST_MISSING, _MISSING + remedy)


def _now(folder: Path, *, status: dict[str, Any]) -> datetime:
    """Return the running door's time, else what one on this folder would believe."""
    if status:
        return datetime.fromisoformat(status["updated"])
    return moment_in(folder).wall


def _ages(lists: Lists, *, issued: datetime) -> tuple[ListAge, ListAge]:
    return ListAge(TRUST, issued, lists.trust), ListAge(REVOKED, issued, lists.revoked)


def _rows(generation: Generation) -> Iterator[dict[str, Any]]:
    for name, one in sorted(generation.lists.items()):
        size = sum(file.size for file in one.files)
        yield {
            "kind": REVOKED, "name": name, "seq": one.seq, "entries": one.entries, "bytes": size,
            "sha256": one.sha256,
        }  # fmt: skip
    typed = {} if generation.typed is None else {"typed lines": generation.typed}
    files = ((TRUST, generation.trust), ("rules", generation.rules), (REVOKED, typed))
    for kind, stored in files:
        for name, file in sorted(stored.items()):
            yield {
                "kind": kind, "name": name, "seq": None, "entries": None, "bytes": file.size,
                "sha256": file.sha256,
            }  # fmt: skip


def _screen(told: dict[str, Any]) -> Iterator[str]:
    yield _row("feed", told["source"])
    yield _row("issued", f"{_minute(told['issued'])}, {told['age']}")
    yield _row("generation", f"{told['generation']}{_accepted(told)}")
    yield _row("next round", _next_round(told["courier"]))
    refused = _refusal(told["accept"])
    if refused and not any(refused in limit for limit in told["limits"]):
        yield _row("last offer", refused)
    for limit in told["limits"]:
        yield _row("limit", limit)
    yield ""
    yield f"{'LIST':<{_NAME_WIDTH}} {'RUNG':<8} {'VERSION':>8} {'ENTRIES':>13}  DIGEST"
    for one in told["lists"]:
        name = report.printable(f"{one['kind']}/{one['name']}")
        if len(name) > _NAME_WIDTH:
            yield name
            name = ""
        rung = told["rungs"].get(one["kind"], "-")
        digest = (one["sha256"] or "-")[:_DIGEST_CHARACTERS]
        seq, entries = _number(one["seq"]), _number(one["entries"])
        yield f"{name:<{_NAME_WIDTH}} {rung:<8} {seq:>8} {entries:>13}  {digest}"


def _accepted(told: dict[str, Any]) -> str:
    """Say when it was accepted; a door whose clock is in doubt may believe less than the feed."""
    accepted = told["accepted_at"]
    if accepted is None:
        return ""
    if datetime.fromisoformat(accepted) < datetime.fromisoformat(told["issued"]):
        return ", accepted while the clock was not trusted"
    return f", accepted {_minute(accepted)}"


def _refusal(offer: dict[str, Any] | None) -> str:
    """Say why the last offer was not believed; nothing if it was, or if there was none."""
    if offer is None or offer["outcome"] not in ("refused", "failed"):
        return ""
    return ": ".join(filter(None, (offer["outcome"], offer["cause"], offer["detail"])))


def _next_round(courier: dict[str, Any] | None) -> str:
    if courier is None:
        return "not known; look at: systemctl status door-scanner-sync"
    outcome = courier["outcome"].replace("_", " ")
    last = ": ".join(filter(None, (outcome, courier["cause"], courier["detail"])))
    when = "not known" if courier["next"] is None else _minute(courier["next"])
    return f"{when}; the last one: {last}"


def _row(name: str, words: str) -> str:
    return textwrap.fill(
        report.printable(words),
        _WIDTH,
        initial_indent=f"{name:<{_INDENT}}",
        subsequent_indent=" " * _INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _minute(told: str) -> str:
    return f"{told[:16].replace('T', ' ')} UTC"


def _number(told: int | None) -> str:
    return "-" if told is None else f"{told:,}"
