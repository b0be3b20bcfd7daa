"""`door-scanner run` by settings and options: what comes first, and what does not start."""

from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from scanner.store import Lock

if TYPE_CHECKING:
    from tests.cli.conftest import Command
    from tests.conftest import Mint

AT: Final = "2026-06-01T12:00:00+00:00"


def _lines(err: str) -> list[str]:
    assert "Traceback" not in err
    lines = err.splitlines()
    assert all(line.startswith("door-scanner: ") for line in lines)
    return [line.removeprefix("door-scanner: ") for line in lines]


@pytest.fixture
def venue(tmp_path: Path) -> Callable[..., Path]:
    """Write the settings of a venue: a line a key, by section."""

    def write(**sections: dict[str, object]) -> Path:
        path = tmp_path / "scanner.toml"
        lines = []
        for section, keys in sections.items():
            lines.append(f"[{section}]")
            lines.extend(f"{key} = {value}" for key, value in keys.items())
        path.write_text("\n".join(lines))
        return path

    return write


@pytest.fixture
def pictures(draw: Callable[..., Path], mint: "Mint", tmp_path: Path) -> Path:
    """A folder with one picture of a valid pass."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    draw(mint.valid).rename(folder / "1.png")
    return folder


@pytest.fixture
def others(draw: Callable[..., Path], tmp_path: Path) -> Path:
    """A folder with one picture of a code that is no pass."""
    folder = tmp_path / "others"
    folder.mkdir()
    draw(b"https://example.org/menu").rename(folder / "1.png")
    return folder


@pytest.fixture
def revoked(mint: "Mint", tmp_path: Path) -> Path:
    """A file that revokes all passes of the issuer's key."""
    path = tmp_path / "revoked.txt"
    path.write_text(f"kid:{b64encode(mint.issuer.kid).decode()}\n")
    return path


def _quoted(*values: object) -> str:
    return "[" + ", ".join(f'"{value}"' for value in values) + "]"


def _told(done: Any) -> list[str]:
    return [event["reason"] for event in done.objects if event["event"] == "decision"]


# --- what does not start -----------------------------------------------------------------


def test_settings_tell_all_their_problems_a_line_each(
    door_scanner: "Command", venue: Callable[..., Path]
) -> None:
    path = venue(
        door={"rulez": '["genuine-only"]'},
        camera={"fps": 4000, "focus": '"near"'},
        signals={"green_pin": 5},
    )
    done = door_scanner("run", "--config", path)
    lines = _lines(done.err)
    assert (done.code, done.out) == (2, "")
    assert len(lines) == 4
    for line, (number, key) in zip(
        lines,
        [(2, "door.rulez"), (4, "camera.fps"), (5, "camera.focus"), (7, "signals.green_pin")],
        strict=True,
    ):
        assert line.startswith(f"{path}:{number}: {key}: ")


def test_settings_that_are_not_there_name_the_remedy(
    door_scanner: "Command", tmp_path: Path
) -> None:
    done = door_scanner("run", "--config", tmp_path / "nowhere.toml")
    (line,) = _lines(done.err)
    assert line.startswith(f"{tmp_path}/nowhere.toml: no such file; check the path")
    assert done.code == 2


def test_settings_with_an_unknown_rule_set_do_not_start(
    door_scanner: "Command", venue: Callable[..., Path], pictures: Path
) -> None:
    path = venue(
        door={"rules": '["nonsense"]', "trust": _quoted(pictures)},
        camera={"source": f'"frames:{pictures}"'},
        signals={"output": '"none"'},
    )
    done = door_scanner("run", "--config", path, "--once")
    (line,) = _lines(done.err)
    assert "nonsense" in line
    assert done.code == 2


NOT_STARTED: dict[str, tuple[list[str], str]] = {
    "no camera": ([], "no camera: name one (--camera frames:PATH) or settings (--config)"),
    "no camera but a state folder": (["--state", "state"], "no camera: name one"),
    "gpio without rules": (
        ["--camera", "frames:.", "--signals", "gpio"],
        "--signals gpio: name the rule set of this door (--rules NAME)",
    ),
    "gpio on a camera of a Raspberry Pi without rules": (
        ["--camera", "picamera2", "--signals", "gpio"],
        "--signals gpio: name the rule set of this door",
    ),
    "a camera of a Raspberry Pi with an unknown option": (
        ["--camera", "picamera2?zoom=2"],
        "'zoom=2'",
    ),
    "one frame of a camera of a Raspberry Pi": (
        ["--camera", "picamera2", "--once"],
        "--once goes with frames:",
    ),
}


@pytest.mark.parametrize("case", NOT_STARTED)
def test_what_is_not_enough_for_a_door_is_one_line(
    case: str, door_scanner: "Command", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    options, words = NOT_STARTED[case]
    done = door_scanner("run", *options)
    (line,) = _lines(done.err)
    assert words in line
    assert (done.code, done.out) == (2, "")
    assert list(tmp_path.iterdir()) == []


def test_a_second_door_on_a_state_folder_is_refused(
    door_scanner: "Command", pictures: Path, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    state.mkdir()
    lock = Lock(state)
    assert lock.take()
    try:
        done = door_scanner("run", "--camera", f"frames:{pictures}", "--once", "--state", state)
    finally:
        lock.give_back()
    (line,) = _lines(done.err)
    assert line.endswith(f"runs on {state}; stop it first: systemctl stop door-scanner")
    assert (done.code, done.out) == (2, "")


# --- settings, and options before them ---------------------------------------------------


@pytest.fixture
def settings(venue: Callable[..., Path], pictures: Path, trust: Path) -> Path:
    """A venue that shows the pictures of a valid pass, and trusts its issuer."""
    return venue(
        door={"rules": '["genuine-only"]', "trust": _quoted(trust), "revoked": "[]"},
        camera={"source": f'"frames:{pictures}?hold=2"'},
        signals={"output": '"none"'},
    )


def test_the_settings_of_a_venue_are_a_door(
    process: "Command", settings: Path, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    done = process(
        "run", "--config", settings, "--once", "--at", AT, "--events", "-", "--state", state
    )
    assert _told(done) == ["admitted"]
    assert done.code == 0
    assert {path.name for path in state.iterdir()} == {
        "counts", "door-id", "hmac-key", "lock", "run",
    }  # fmt: skip


# What is given on the command line, and what is decided then.
FIRST: dict[str, tuple[Callable[[Path], list[object]], list[str]]] = {
    "--camera": (lambda tmp: ["--camera", f"frames:{tmp}/others?hold=2"], ["not_a_pass"]),
    "--trust": (lambda tmp: ["--trust", tmp / "empty"], ["list_missing", "list_missing"]),
    "--rules": (lambda _: ["--rules", "no-infection"], ["admitted"]),
    "--revoked": (lambda tmp: ["--revoked", tmp / "revoked.txt"], ["revoked"]),
}


@pytest.mark.usefixtures("others", "revoked")
@pytest.mark.parametrize("option", FIRST)
def test_options_come_before_settings(
    option: str, process: "Command", settings: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    give, told = FIRST[option]
    given = give(tmp_path)
    done = process("run", "--config", settings, *given, "--once", "--at", AT, "--events", "-")
    assert _told(done) == told


def test_signals_of_an_option_come_before_those_of_the_settings(
    process: "Command", venue: Callable[..., Path], pictures: Path, trust: Path
) -> None:
    """The default output is gpio, which this machine need not have."""
    path = venue(
        door={"rules": '["genuine-only"]', "trust": _quoted(trust), "revoked": "[]"},
        camera={"source": f'"frames:{pictures}?hold=2"'},
    )
    told = process("run", "--config", path, "--signals", "terminal", "--once", "--at", AT)
    assert "ACCEPT" in told.out.upper()
    assert "pins_lost" not in told.out + told.err
    assert told.code == 0
