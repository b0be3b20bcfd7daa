"""A state folder as a person names it: is it there, may it be read, which settings are its own."""

from pathlib import Path
from typing import Final

from scanner.cli.named_folder import Use, check_folder
from scanner.door.believing import Believing
from scanner.door.furnish import lists_at
from scanner.door.kept import kept_time
from scanner.door.plan import Lists
from scanner.door.premises import STATE
from scanner.gate import Belief
from scanner.settings import Settings, SettingsError, load
from scanner.store.evidence import Machine
from scanner.store.places import Places
from scanner.terms import InputError, Moment

SETTINGS: Final = Path("/etc/door-scanner/scanner.toml")


def opened_for_reading(state: Path) -> Path:
    """Return a state folder that may be read; `InputError` or `NotPermittedError` if not."""
    check_folder(state, use=Use.READING)
    return state


def lists_of(state: Path) -> Lists:
    """Return the lists of a state folder; those of the installed door age by its settings."""
    return lists_at(state, venue=_venue() if state == STATE else None)


def believed_in(state: Path, *, local: Belief) -> Believing:
    """Open what a state folder believes beside `local`; `InputError` where it is damaged.

    Without a generation, `local` alone is believed, with the ages of a door that never synced
    if a root is pinned.
    """
    believing = Believing(lists_of(state), local=local)
    if believing.trouble and believing.opened is None:
        raise InputError(f"--state {state}: {believing.trouble}")
    return believing


def moment_in(state: Path) -> Moment:
    """Return the time as a door on this folder would believe it."""
    return kept_time(Places.at(state), machine=Machine()).reckoning.moment


def _venue() -> Settings | None:
    try:
        return load(SETTINGS)
    except SettingsError:
        # Told by the door itself; what is asked here stands at the defaults.
        return None
