"""A door that asks nobody, and tells nobody who came."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from tests.conftest import Mint
    from tests.journeys.conftest import Album

CHECKOUT: Final = Path(__file__).resolve().parents[2]
AT: Final = "2026-06-01T12:00:00+00:00"


def _without_network() -> bool:
    """Say whether this machine lets us take the network away from a process."""
    tried = subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False)
    return tried.returncode == 0


def _run(album: "Album", trusting: tuple[str, ...], *, before: tuple[str, ...] = ()) -> Any:
    return subprocess.run(
        [
            *before, sys.executable, "-m", "scanner", "run", "--camera", f"frames:{album.folder}",
            "--once", "--at", AT, "--events", str(album.folder / "events"), *trusting,
        ],
        capture_output=True, text=True, timeout=60, check=False, cwd=CHECKOUT,
        env={**os.environ, "TMPDIR": str(album.folder.parent)},
    )  # fmt: skip


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    else:
        yield str(value)


def test_a_door_without_any_network_gives_the_same_answer(
    album: "Album", trusting: tuple[str, ...], mint: "Mint"
) -> None:
    if not _without_network():
        pytest.skip("this machine does not let a process give up its network (unshare -rn)")
    album.show((mint.valid, 3), frames=3)
    connected = _run(album, trusting)
    alone = _run(album, trusting, before=("unshare", "-rn"))
    assert alone.returncode == connected.returncode == 0, alone.stderr
    assert alone.stdout == connected.stdout
    assert "accept  admitted: vaccination" in alone.stdout


def test_nothing_that_a_pass_says_of_a_person_is_told_or_kept(
    album: "Album", trusting: tuple[str, ...], mint: "Mint", expired: bytes
) -> None:
    album.show((mint.valid, 3), frames=3)
    album.show((expired, 3), frames=3)
    pictures = set(album.folder.parent.rglob("*"))
    done = _run(album, trusting)
    assert done.returncode == 1, done.stderr
    events = album.folder / "events"
    assert set(album.folder.parent.rglob("*")) - pictures == {events}
    told = done.stdout + done.stderr + events.read_text()
    assert told.count("admitted") > 1
    claims = mint.claims()[-260][1]
    person = {"nam": claims["nam"], "dob": claims["dob"], "ci": claims["v"][0]["ci"]}
    said = [text for text in _texts(person) if len(text) > 3]
    assert len(said) > 4
    assert [text for text in said if text in told] == []
    assert mint.valid.decode()[4:40] not in told
