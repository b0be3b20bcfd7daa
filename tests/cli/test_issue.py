"""`door-scanner issue`: a venue's journeys, and what is refused in one line."""

import csv
import json
import shlex
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.sync.house import House

if TYPE_CHECKING:
    from tests.cli.conftest import Command, Done

AT: Final = "2026-12-19T10:00:00+00:00"
SEOUL: Final = ("--timezone", "Asia/Seoul", "--at", "2026-12-01T00:00:00+00:00")
"""Where the venue is, and when it issues."""
HEADER: Final = "kind,event,zone,from,until,admits,name,label"
LINE: Final = "ticket,summer-26,north,2026-12-19,2026-12-19,4,,Standing"


@pytest.fixture
def folder(door_scanner: "Command", tmp_path: Path) -> Path:
    """A venue's key."""
    path = tmp_path / "arena"
    assert door_scanner("issue", "init", path, "--issuer", "Arena Süd").code == 0
    return path


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which commands are called."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def public(folder: Path) -> Path:
    (found,) = folder.glob("own-*.pem")
    return found


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def refused(done: "Done") -> str:
    """Expect one line of refusal, and return it."""
    assert (done.code, done.out) == (2, "")
    (line,) = done.err.splitlines()
    return line.removeprefix("door-scanner: ")


def seen(door_scanner: "Command", folder: Path, *inputs: Path, at: str = AT) -> list[str]:
    options = ("--json", "--trust", public(folder), "--at", at)
    return [reason for _, reason in door_scanner("check", *options, *inputs).told]


# --- journeys ----------------------------------------------------------------------------


def test_the_first_words_say_where_the_keys_lie_and_what_to_do_with_them(
    door_scanner: "Command", tmp_path: Path
) -> None:
    done = door_scanner("issue", "init", tmp_path / "arena")
    assert (done.code, done.err) == (0, "")
    for word in (str(public(tmp_path / "arena")), "publish trust add", "private.pem", "copy"):
        assert word in done.out


def test_the_first_words_fit_a_terminal_and_its_commands_can_be_called_anywhere(
    door_scanner: "Command", here: Path
) -> None:
    lines = door_scanner("issue", "init", "the arena").out.splitlines()
    paths = [line for line in lines if str(here) in line]
    assert max(len(line) for line in lines if line not in paths) <= 80
    begin = next(n for n, line in enumerate(lines) if line.endswith("\\"))
    command = shlex.split(" ".join((lines[begin].removesuffix("\\"), lines[begin + 1])))
    assert command == [
        *("door-scanner", "publish", "trust", "add", "--repo", "DIR", "--keys", "DIR"),
        str(public(here / "the arena")),
    ]
    # A path alone on its line, or behind the blanks of a command.
    assert all(line.strip(" '").startswith(str(here)) for line in paths)


@pytest.mark.parametrize("ending", ["png", "svg", "txt"])
def test_one_pass_is_made_and_judged_by_its_rules(
    ending: str, door_scanner: "Command", folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / f"pass.{ending}"
    told = ("--event", "summer-26", "--gate", "north", "--admits", 4, *SEOUL)
    dates = ("--from", "2026-12-19", "--until", "2026-12-19T23:00:00+09:00")
    done = door_scanner("issue", "one", folder, *told, *dates, "--out", out)
    assert (done.code, done.err) == (0, "")
    assert out.stat().st_mode & 0o777 == 0o600
    (serial,) = done.out.splitlines()
    if ending == "svg":
        assert out.read_bytes().startswith(b"<?xml")
        return
    options = ("--json", "--show-claims", "--trust", public(folder), "--at", AT)
    (told_of,) = door_scanner("check", *options, out).objects
    assert (told_of["verdict"], told_of["kind"], told_of["issuer"]) == (
        "admit", "ticket", "Arena Süd",
    )  # fmt: skip
    claims = told_of["claims"]
    assert f"own:{claims['list']}:{claims['index']}" == serial
    assert (claims["event"], claims["zones"], claims["admits"]) == ("summer-26", ["north"], 4)
    early, late = "2026-12-18T14:59:59+00:00", "2026-12-19T14:00:01+00:00"
    assert seen(door_scanner, folder, out, at=early) == ["not_yet_valid"]
    assert seen(door_scanner, folder, out, at=late) == ["expired"]


def test_a_batch_is_a_table_with_serials_pictures_and_a_sheet(
    door_scanner: "Command", folder: Path, tmp_path: Path
) -> None:
    table, out = tmp_path / "guests.csv", tmp_path / "out"
    table.write_text(f"order,{HEADER}\nA1,{LINE}\nA2,staff,,,,,,,Crew\n", encoding="utf-8")
    made = ("--out", out, "--png", "--svg", "--pdf", "sheet.pdf")
    done = door_scanner("issue", "batch", folder, table, *made, *SEOUL)
    assert (done.code, done.err) == (0, "")
    assert "2 passes, own:" in done.out
    with (out / "passes.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["order"], row["label"]) for row in rows] == [("A1", "Standing"), ("A2", "Crew")]
    assert seen(door_scanner, folder, *(out / row["file"] for row in rows)) == ["admitted"] * 2
    assert len(list((out / "svg").iterdir())) == 2
    assert (out / "sheet.pdf").read_bytes().startswith(b"%PDF-")
    assert out.stat().st_mode & 0o777 == 0o700


def test_a_pass_that_is_revoked_by_its_serial_is_refused_after_the_next_release(
    door_scanner: "Command", folder: Path, tmp_path: Path
) -> None:
    house, table, out = House(tmp_path / "house"), tmp_path / "guests.csv", tmp_path / "out"
    feed = ("--repo", house.repo, "--keys", house.keys)
    at = ("--at", house.now.isoformat())
    table.write_text(f"{HEADER}\n{LINE}\n{LINE}\n", encoding="utf-8")
    assert door_scanner("issue", "batch", folder, table, "--out", out, *SEOUL).code == 0
    assert door_scanner("publish", "trust", "add", public(folder), *feed, *at).code == 0
    assert door_scanner("publish", "release", *feed, *at).code == 0
    house.bring()
    with (out / "passes.csv").open(encoding="utf-8-sig", newline="") as file:
        good, lost = csv.DictReader(file)
    pictures = (out / good["file"], out / lost["file"])
    door = ("--json", "--state", house.door, "--at", "2026-12-19T05:00:00+09:00")

    def reasons() -> list[str]:
        return [reason for _, reason in door_scanner("check", *door, *pictures).told]

    # The ladder of freshness is not what this is about.
    house.now += timedelta(days=17)
    at = ("--at", house.now.isoformat())
    assert door_scanner("publish", "renew", *feed, *at).code == 0
    house.bring()
    assert reasons() == ["admitted", "admitted"]
    ids = tmp_path / "ids"
    ids.write_text(lost["serial"] + "\n")
    assert door_scanner("publish", "revoke", "--ids", ids, *feed, *at).code == 0
    assert door_scanner("publish", "release", *feed, *at).code == 0
    house.bring()
    assert reasons() == ["admitted", "revoked"]


def test_all_passes_of_a_stolen_key_are_revoked_by_the_line_that_init_printed(
    door_scanner: "Command", tmp_path: Path
) -> None:
    folder, out, revoked = tmp_path / "arena", tmp_path / "pass.txt", tmp_path / "revoked"
    told = door_scanner("issue", "init", folder).out
    revoked.write_text(next(line.strip() for line in told.splitlines() if "  kid:" in line) + "\n")
    door_scanner("issue", "one", folder, "--until", "2026-12-19", *SEOUL, "--out", out)
    options = ("--json", "--trust", public(folder), "--revoked", revoked, "--at", AT)
    assert door_scanner("check", *options, out).told == [(str(out), "revoked")]


def test_a_single_pass_of_a_batch_is_told_as_one(
    door_scanner: "Command", folder: Path, tmp_path: Path
) -> None:
    table = tmp_path / "guests.csv"
    table.write_text(f"{HEADER}\n{LINE}\n", encoding="utf-8")
    out = ("--out", tmp_path / "out", "--list", "vip")
    done = door_scanner("issue", "batch", folder, table, *out, *SEOUL)
    assert done.out.splitlines()[0] == "1 pass, own:vip:0"


@pytest.mark.parametrize("is_watched", [True, False])
def test_who_watches_a_large_batch_sees_how_far_it_is(
    is_watched: bool,  # noqa: FBT001 - one of two cases
    door_scanner: "Command",
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table = tmp_path / "guests.csv"
    table.write_text(f"{HEADER}\n" + f"{LINE}\n" * 101, encoding="utf-8")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: is_watched)
    done = door_scanner("issue", "batch", folder, table, "--out", tmp_path / "out", *SEOUL)
    assert done.code == 0
    assert done.err == ("\r100 of 101 passes\r101 of 101 passes\n" if is_watched else "")


def test_a_list_of_a_name_counts_by_itself(
    door_scanner: "Command", folder: Path, tmp_path: Path
) -> None:
    dates = ("--until", "2026-12-19", *SEOUL)
    serials = [
        door_scanner("issue", "one", folder, *dates, "--list", name, "--out", tmp_path / out).out
        for name, out in (("vip", "1.txt"), ("2026", "2.txt"), ("vip", "3.txt"))
    ]
    assert serials == ["own:vip:0\n", "own:2026:0\n", "own:vip:1\n"]


def test_the_commands_are_told_in_the_order_in_which_they_are_needed(
    door_scanner: "Command",
) -> None:
    told = door_scanner("issue", "--help").out
    assert told.index("  init ") < told.index("  one ") < told.index("  batch ")


# --- what is refused ---------------------------------------------------------------------


def test_nothing_is_written_over(door_scanner: "Command", folder: Path, tmp_path: Path) -> None:
    key = (folder / "private.pem").read_bytes()
    assert "is there already" in refused(door_scanner("issue", "init", folder))
    assert (folder / "private.pem").read_bytes() == key
    out = tmp_path / "pass.png"
    out.write_bytes(b"mine")
    made = ("--until", "2026-12-19", *SEOUL, "--out", out)
    assert "is there already" in refused(door_scanner("issue", "one", folder, *made))
    assert out.read_bytes() == b"mine"


def test_a_pass_is_a_picture_or_a_text(
    door_scanner: "Command", folder: Path, tmp_path: Path
) -> None:
    made = ("--until", "2026-12-19", *SEOUL, "--out")
    assert "name it .png" in refused(door_scanner("issue", "one", folder, *made, "pass.jpg"))
    nowhere = tmp_path / "nowhere" / "pass.png"
    assert "no such folder" in refused(door_scanner("issue", "one", folder, *made, nowhere))


@pytest.mark.parametrize("command", ["one", "batch"])
def test_a_result_that_the_system_does_not_let_be_made_is_named(
    command: str, door_scanner: "Command", folder: Path, tmp_path: Path
) -> None:
    table = tmp_path / "guests.csv"
    table.write_text(f"{HEADER}\n{LINE}\n", encoding="utf-8")
    what = ("--until", "2026-12-19") if command == "one" else (table,)
    for out in (Path("/proc/pass.png"), tmp_path / f"{'n' * 300}.png"):
        done = door_scanner("issue", command, folder, *what, "--out", out, *SEOUL)
        assert refused(done).startswith(f"{out}: cannot be made: ")


def test_without_another_time_what_is_over_now_is_not_issued(
    door_scanner: "Command", folder: Path, tmp_path: Path
) -> None:
    what = ("--timezone", "Asia/Seoul", "--until", "2020-01-01", "--out", tmp_path / "a.txt")
    line = refused(door_scanner("issue", "one", folder, *what))
    assert line == "--until: 2020-01-01 is over; give a day or a time to come"
    assert not (tmp_path / "a.txt").exists()
    then = ("--at", "2019-12-31T00:00:00+09:00")
    assert door_scanner("issue", "one", folder, *what, *then).code == 0


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o660, 0o601])
def test_a_key_that_others_may_read_signs_nothing(
    mode: int, door_scanner: "Command", folder: Path, tmp_path: Path
) -> None:
    (folder / "private.pem").chmod(mode)
    table = tmp_path / "guests.csv"
    table.write_text(f"{HEADER}\n{LINE}\n", encoding="utf-8")
    one = ("issue", "one", folder, "--until", "2026-12-19", *SEOUL, "--out", tmp_path / "a.png")
    for words in (one, ("issue", "batch", folder, table, "--out", tmp_path / "out", *SEOUL)):
        line = refused(door_scanner(*words))
        assert (f"mode {mode:04o}" in line, "chmod 600" in line) == (True, True)
    assert names_in(tmp_path) == ["arena", "guests.csv"]
    assert json.loads((folder / "numbers.json").read_bytes())["next"] == {}


ONE: dict[str, tuple[tuple[object, ...], str]] = {
    "no such kind": (("--kind", "vip"), "--kind: 'vip' is none of ticket, membership, staff"),
    "a ticket without an end": ((), "--until: every ticket ends one day"),
    "a day without a time zone": (("--until", "2026-12-19"), "--until: 2026-12-19 is a day"),
    "no such day": (("--until", "2026-02-30", *SEOUL), "--until: '2026-02-30' is no time"),
    "a time without an offset": (("--until", "2026-12-19T18:00:00"), "--until: '2026-12-19T18"),
    "an end before the beginning": (
        ("--from", "2026-12-20", "--until", "2026-12-19", *SEOUL), "--until: ends before",
    ),
    "no such gate": (("--until", "2026-12-19", *SEOUL, "--gate", "A,B"), "--gate: 'A,B' is no id"),
    "nobody": (("--until", "2026-12-19", *SEOUL, "--admits", "0"), "--admits: '0' is no number"),
    "a name that does not fit": (
        ("--until", "2026-12-19", *SEOUL, "--event", "summer-2026-seou", "--name", "n" * 40),
        "--name: does not fit a QR code of version 10 at level Q (bytes over: 27); shorten",
    ),
    "an end that is over": (
        ("--until", "2020-01-01", *SEOUL),
        "--until: 2020-01-01 is over; give a day or a time to come",
    ),
    "a time without a day": (("--at", "18:00"), "--at 18:00: write a time with its offset, as"),
    "no such time zone": (("--timezone", "Asia/Soul"), "--timezone Asia/Soul: no such time zone"),
    "a time zone that is a path": (("--timezone", "../etc"), "--timezone ../etc: no such"),
    "a list that is none": (("--list", "a b"), "--list 'a b'"),
}  # fmt: skip


@pytest.mark.parametrize(("words", "told"), ONE.values(), ids=ONE.keys())
def test_what_cannot_be_in_a_pass_is_told_by_its_option(
    words: tuple[object, ...], told: str, door_scanner: "Command", folder: Path, tmp_path: Path
) -> None:
    done = door_scanner("issue", "one", folder, *words, "--out", tmp_path / "a.png")
    assert told in refused(done)
    assert not (tmp_path / "a.png").exists()
    assert json.loads((folder / "numbers.json").read_bytes())["next"] == {}


BATCH: dict[str, tuple[tuple[object, ...], str]] = {
    "a result that is there": (("--out", "."), "is there already"),
    "a result in no folder": (("--out", "nowhere/out"), "no such folder"),
    "a sheet that is a path": (("--out", "out", "--pdf", "../sheet.pdf"), "--pdf ../sheet.pdf"),
    "a sheet that is no PDF": (("--out", "out", "--pdf", "sheet.doc"), "--pdf sheet.doc"),
    "a hidden sheet": (("--out", "out", "--pdf", ".pdf"), "--pdf .pdf"),
    "a font without a sheet": (("--out", "out", "--font", "x.ttf"), "--font"),
    "a font that is none": (("--out", "out", "--pdf", "s.pdf", "--font", "guests.csv"), "TrueType"),
    "a font that is not there": (("--out", "out", "--pdf", "s.pdf", "--font", "x.ttf"), "--font x"),
}  # fmt: skip


@pytest.mark.parametrize(("words", "told"), BATCH.values(), ids=BATCH.keys())
def test_a_result_that_cannot_be_made_is_told_before_a_number_is_given(
    words: tuple[object, ...], told: str, door_scanner: "Command", folder: Path, here: Path
) -> None:
    Path("guests.csv").write_text(f"{HEADER}\n{LINE}\n", encoding="utf-8")
    done = door_scanner("issue", "batch", folder, "guests.csv", *words, *SEOUL)
    assert told in refused(done)
    assert names_in(here) == ["arena", "guests.csv"]
    assert json.loads((folder / "numbers.json").read_bytes())["next"] == {}


def test_korean_letters_without_a_font_are_told(
    door_scanner: "Command", folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scanner.publish.own.fonts._USUAL", ())
    table = tmp_path / "guests.csv"
    table.write_text(f"{HEADER}\n{LINE.replace('Standing', '한강 축제')}\n", encoding="utf-8")
    made = ("--out", tmp_path / "out", "--pdf", "sheet.pdf", *SEOUL)
    done = door_scanner("issue", "batch", folder, table, *made)
    assert done.code == 0
    (line,) = done.err.splitlines()
    assert "--font" in line


def test_a_folder_without_a_key_is_named(door_scanner: "Command", tmp_path: Path) -> None:
    one = ("--until", "2026-12-19", *SEOUL, "--out", tmp_path / "a.png")
    line = refused(door_scanner("issue", "one", tmp_path / "nowhere", *one))
    assert "private.pem: no such file" in line
