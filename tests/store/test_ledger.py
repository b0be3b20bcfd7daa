"""Tickets that open the door once: what is granted, what is told, what is on the disk."""

import hashlib
import hmac
import json
import sqlite3
import stat
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from scanner.gate.admission import Claim, Role
from scanner.rules import Use
from scanner.store import ledger as ledger_module
from scanner.store import ledger_sync
from scanner.store.ledger import Counts, Ledger
from scanner.terms import InputError
from tests.store.ledger_setting import (
    ENDS,
    EVENT,
    KEY,
    NOW,
    ByHand,
    enter,
    leave,
    ledger_at,
    open_below,
    use,
)

IN, OUT = Role.ENTRY, Role.EXIT
GROUP: Final = use(most=4, at_once=2)
FAMILY: Final = use(most=4, at_once=3, reenters=True)
SINGLE: Final = use(reenters=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    opened = ledger_at(path)
    yield opened
    opened.close()


# --- what is granted ---------------------------------------------------------------------

EVENINGS: Final[dict[str, tuple[list[tuple[Role, Use]], list[bool]]]] = {
    "a ticket for one, twice": ([(IN, use()), (IN, use())], [True, False]),
    "two tickets": ([(IN, use("a")), (IN, use("b"))], [True, True]),
    "one ticket at two events": ([(IN, use(event="a")), (IN, use(event="b"))], [True, True]),
    "out, and in again without re-entry": (
        [(IN, use()), (OUT, use()), (IN, use())],
        [True, True, False],
    ),
    "out, and in again with re-entry": (
        [(IN, SINGLE), (IN, SINGLE), (OUT, SINGLE), (IN, SINGLE), (IN, SINGLE)],
        [True, False, True, True, False],
    ),
    "out of what was never entered": ([(OUT, SINGLE), (OUT, SINGLE), (IN, SINGLE)], [True] * 3),
    "out twice lowers nothing below nobody": (
        [(IN, SINGLE), (OUT, SINGLE), (OUT, SINGLE), (IN, SINGLE), (IN, SINGLE)],
        [True, True, True, True, False],
    ),
    "a ticket for four, two at once": ([(IN, GROUP)] * 3, [True, True, False]),
    "three of four, then two more": ([(IN, FAMILY), (IN, FAMILY)], [True, False]),
    "three of four, one more": (
        [(IN, FAMILY), (IN, use(most=4, reenters=True)), (IN, use(most=4, reenters=True))],
        [True, True, False],
    ),
    "more at once than it lets in": ([(IN, use(most=2, at_once=3))], [False]),
    "more leave than came": (
        [(IN, use(most=4, reenters=True)), (OUT, FAMILY), (IN, use(most=4, at_once=4))],
        [True, True, False],
    ),
}


@pytest.mark.parametrize("evening", EVENINGS)
def test_a_ticket_lets_in_as_many_as_it_is_for(evening: str, ledger: Ledger) -> None:
    steps, expected = EVENINGS[evening]
    granted = [ledger.claim(asked, role=role, now=NOW).granted for role, asked in steps]
    assert granted == expected


LET_IN: dict[str, tuple[Use, list[str | None]]] = {
    "one": (use(), [None]),
    "one of four after the other": (use(most=4), ["1 of 4", "2 of 4"]),
    "four at once": (use(most=4, at_once=4), ["4 persons"]),
    "two of four who may come back": (use(most=4, reenters=True), ["1 of 4", "2 of 4"]),
}


@pytest.mark.parametrize("case", LET_IN)
def test_words_say_how_many_come_in(case: str, ledger: Ledger) -> None:
    asked, words = LET_IN[case]
    assert [enter(ledger, asked).words for _ in words] == words


def test_nobody_is_let_in_by_a_ticket_for_nobody(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="one person or more"):
        enter(ledger, use(at_once=0))


def test_a_ticket_of_an_event_that_has_ended_is_not_granted_and_leaves_nothing(
    ledger: Ledger,
) -> None:
    assert enter(ledger, use(), now=ENDS) == Claim(granted=False, words="the event has ended")
    assert leave(ledger, use(), now=ENDS).granted
    assert ledger.counts(EVENT) == Counts(0, 0)


def test_counts_follow_who_comes_and_goes(ledger: Ledger) -> None:
    enter(ledger, use("a", most=4, at_once=4))
    enter(ledger, use("b"))
    enter(ledger, use("b"))
    enter(ledger, use("c", event="another"))
    leave(ledger, use("a", most=4, at_once=3))
    assert ledger.counts(EVENT) == Counts(used=5, inside=2)
    assert ledger.counts("another") == Counts(used=1, inside=1)
    assert ledger.counts("a third") == Counts(used=0, inside=0)


def test_a_ledger_that_is_opened_again_knows_all_tickets(path: Path) -> None:
    for serial in "abc":
        ledger = ledger_at(path)
        assert enter(ledger, use(serial)).granted
        assert [enter(ledger, use(one)).granted for one in "abc"[: "abc".index(serial)]] == [
            False
        ] * "abc".index(serial)
        ledger.close()


# --- words -------------------------------------------------------------------------------

LATER: Final = {
    timedelta(seconds=-90): "used just now",
    timedelta(seconds=59): "used just now",
    timedelta(seconds=60): "used a minute ago",
    timedelta(minutes=12, seconds=59): "used 12 minutes ago",
    timedelta(minutes=119): "used 119 minutes ago",
    timedelta(minutes=120): "used 2 hours ago",
    timedelta(hours=5, minutes=59): "used 5 hours ago",
}


@pytest.mark.parametrize("later", LATER, ids=str)
def test_words_say_when_a_ticket_was_used(later: timedelta, ledger: Ledger) -> None:
    enter(ledger, use())
    assert enter(ledger, use(), now=NOW + later).words == LATER[later]


def test_words_say_how_many_were_let_in_or_are_in(ledger: Ledger) -> None:
    soon = NOW + timedelta(minutes=3)
    assert enter(ledger, GROUP).words == "2 of 4"
    assert leave(ledger, GROUP).words is None
    assert (
        enter(ledger, use(most=4, at_once=3), now=soon).words
        == "2 of 4 used, the last 3 minutes ago"
    )
    assert enter(ledger, use("b", most=2, at_once=3)).words == "for 2, not for 3"
    enter(ledger, use("c", most=4, reenters=True))
    assert enter(ledger, use("c", most=4, at_once=4, reenters=True)).words == "1 of 4 is in"
    enter(ledger, use("c", most=4, reenters=True))
    assert enter(ledger, use("c", most=4, at_once=4, reenters=True)).words == "2 of 4 are in"


def test_when_a_ticket_was_used_is_forgotten_with_the_door_and_after_some_hundred(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "_RECENT", 2)
    ledger = ledger_at(path)
    for serial in "aabc":
        enter(ledger, use(serial))
    assert [enter(ledger, use(one)).words for one in "abc"] == [
        "used earlier",
        "used just now",
        "used just now",
    ]
    ledger.close()
    ledger = ledger_at(path)
    assert enter(ledger, use("c")).words == "used earlier"
    ledger.close()


# --- what is on the disk -----------------------------------------------------------------


def _digest(*words: str) -> bytes:
    return hmac.digest(KEY, json.dumps(words).encode(), hashlib.sha256)[:16]


def _bytes(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


def test_no_serial_and_no_event_is_on_the_disk_and_its_files_are_the_door_s_alone(
    path: Path, ledger: Ledger
) -> None:
    asked = use("ticket:GEHEIM-4711")
    enter(ledger, asked)
    assert {file.name for file in path.parent.iterdir()} == {
        path.name,
        f"{path.name}-wal",
        f"{path.name}-shm",
    }
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
    content = _bytes(path.parent)
    assert _digest("ticket", EVENT, asked.serial) in content
    for told in (asked.serial, "GEHEIM", EVENT, KEY.hex()):
        assert told.encode() not in content
    for plain in (hashlib.sha256(asked.serial.encode()).digest()[:16], KEY):
        assert plain not in content


def test_the_same_ticket_at_another_event_or_door_looks_different(tmp_path: Path) -> None:
    rows = set()
    for number, (event, key) in enumerate([("a", KEY), ("b", KEY), ("a", KEY[::-1])]):
        ledger = Ledger(tmp_path / str(number), key=key, run=ByHand)
        enter(ledger, use(event=event))
        ledger.close()
        found = sqlite3.connect(tmp_path / str(number))
        rows |= set(found.execute("SELECT hash FROM ticket"))
        rows |= set(found.execute("SELECT hash FROM event"))
        found.close()
    assert len(rows) == 6


def test_serials_are_kept_apart_whatever_is_in_them(ledger: Ledger) -> None:
    assert enter(ledger, use("b", event="a")).granted
    for event, serial in (
        ('a", "b', ""),
        ("", 'a", "b'),
        ("ab", ""),
        ("a\0b", ""),
        ("é", "\ud800"),
    ):
        assert enter(ledger, use(serial, event=event)).granted


def test_nothing_tells_when_a_ticket_was_used(tmp_path: Path) -> None:
    contents = []
    for number, when in enumerate((NOW, NOW + timedelta(hours=3))):
        ledger = ledger_at(tmp_path / f"{number}.sqlite")
        enter(ledger, use(), now=when)
        ledger.close()
        found = sqlite3.connect(tmp_path / f"{number}.sqlite")
        contents.append([*found.execute("SELECT * FROM event JOIN ticket ON event = id")])
        found.close()
    assert contents[0] == contents[1]


# --- the end of an event -----------------------------------------------------------------


def test_the_bytes_of_an_event_that_has_ended_are_gone_from_the_files(
    path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "_BATCH", 7)
    monkeypatch.setattr(ledger_sync, "_DROPS_S", 30.0)
    serials = [f"own:1:{number}" for number in range(300)]
    for serial in serials:
        enter(ledger, use(serial))
    enter(ledger, use("own:2:1", event="tomorrow", ends=ENDS + timedelta(days=1)))
    ledger.beside.turn()
    hashes = [_digest("ticket", EVENT, serial) for serial in serials] + [_digest("event", EVENT)]
    before = _bytes(path.parent)
    assert all(one in before for one in hashes)
    ledger.drop_ended(ENDS)
    assert ledger.counts(EVENT) == Counts(0, 0)
    ledger.beside.turn()
    after = _bytes(path.parent)
    assert not [one for one in hashes if one in after]
    assert _digest("ticket", "tomorrow", "own:2:1") in after
    assert not enter(ledger, use("own:2:1", event="tomorrow")).granted
    assert (path.parent / f"{path.name}-wal").stat().st_size == 0
    assert ledger.trouble == ""


def test_a_large_event_is_dropped_over_several_turns_and_claims_are_synced_in_between(
    ledger: Ledger, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "_BATCH", 1)
    monkeypatch.setattr(ledger_sync, "_DROPS_S", 0.0)
    for serial in "abc":
        enter(ledger, use(serial))
    ledger.drop_ended(ENDS)
    monkeypatch.setattr(ledger_module, "MAX_TICKETS", 2)
    with pytest.raises(OSError, match="full"):
        enter(ledger, use("d", event="next"))
    for left in (2, 1, 0, 0):
        ledger.beside.turn()
        found = sqlite3.connect(path)
        assert found.execute("SELECT count(*) FROM ticket").fetchone() == (left,)
        found.close()
    assert path.with_name(f"{path.name}-wal").stat().st_size > 0
    assert enter(ledger, use("d", event="next")).granted
    ledger.beside.turn()
    assert path.with_name(f"{path.name}-wal").stat().st_size == 0


def test_an_event_is_kept_until_the_last_of_its_tickets_ends(ledger: Ledger) -> None:
    enter(ledger, use("a", ends=ENDS + timedelta(seconds=0.5)))
    enter(ledger, use("b", ends=ENDS - timedelta(hours=1)))
    ledger.drop_ended(ENDS)
    ledger.beside.turn()
    assert not enter(ledger, use("a")).granted
    ledger.drop_ended(ENDS + timedelta(seconds=1))
    assert ledger.counts(EVENT) == Counts(0, 0)


def test_what_was_being_dropped_when_the_door_ended_is_dropped_by_the_next(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "_BATCH", 2)
    ledger = ledger_at(path)
    for serial in "abcdefg":
        enter(ledger, use(serial))
    ledger.drop_ended(ENDS)
    ledger.close()
    assert _digest("ticket", EVENT, "g") in _bytes(path.parent)
    ledger = ledger_at(path)
    # The same event once more, by a clock that was set back: its tickets begin anew.
    assert enter(ledger, use("a")).granted
    ledger.beside.turn()
    assert not enter(ledger, use("a")).granted
    assert _digest("ticket", EVENT, "g") not in _bytes(path.parent)
    assert ledger.counts(EVENT) == Counts(1, 1)
    ledger.close()


# --- its size ----------------------------------------------------------------------------


def test_a_ledger_that_is_full_grants_no_new_ticket(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "MAX_TICKETS", 2)
    assert enter(ledger, use("a", most=2)).granted
    assert enter(ledger, use("b", event="another")).granted
    with pytest.raises(OSError, match="full: 2 tickets"):
        enter(ledger, use("c"))
    assert enter(ledger, use("a", most=2)).granted
    ledger.drop_ended(ENDS)
    ledger.beside.turn()
    assert enter(ledger, use("c")).granted


def test_the_log_is_emptied_when_it_is_long(path: Path, ledger: Ledger) -> None:
    log, longest = path.with_name(f"{path.name}-wal"), 0
    for number in range(1200):
        enter(ledger, use(str(number)))
        longest = max(longest, log.stat().st_size)
        ledger.beside.turn()
    assert 4_000_000 < longest < 4_400_000
    assert not enter(ledger, use("0")).granted


# --- opening -----------------------------------------------------------------------------


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _text(path: Path) -> None:
    path.write_bytes(b"used tickets\n" * 1000)


def _cut(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2 // 4096 * 4096)


def _zeros(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(-4096, 2)
        file.write(bytes(4096))


def _odd_page(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(-4096 + 12, 2)
        file.write(b"\xff" * 40)


def _changed(question: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        sql = sqlite3.connect(path, isolation_level=None)
        sql.execute(question)
        sql.close()

    return change


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def _dangling(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


DAMAGED: Final[dict[str, tuple[Callable[[Path], None], str]]] = {
    "an empty file": (_empty, "damaged; move it aside"),
    "a text": (_text, "damaged; move it aside"),
    "half of it": (_cut, "damaged; move it aside"),
    "a page of zeros": (_zeros, "damaged; move it aside"),
    "a page of something else": (_odd_page, "damaged; move it aside"),
    "a ticket that is missing": (_changed("DELETE FROM ticket WHERE used = 2"), "damaged"),
    "a ticket with other counts": (_changed("UPDATE ticket SET used = 0"), "damaged"),
    "an event that is missing": (_changed("DELETE FROM event"), "damaged"),
    "no table": (_changed("DROP TABLE ticket"), "damaged"),
    "no proof of the key": (_changed("DELETE FROM door"), "made with another key"),
    "another kind of journal": (_changed("PRAGMA journal_mode = DELETE"), "damaged"),
    "another program's": (_changed("PRAGMA application_id = 7"), "not a ledger"),
    "a later version": (_changed("PRAGMA user_version = 9"), "of version 9"),
    "a folder": (_folder, "not a file of its own"),
    "a link": (_link, "not a file of its own"),
    "a link to nowhere": (_dangling, "not a file of its own"),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGED)
def test_what_cannot_be_believed_is_one_clear_line_and_stays_as_it_is(
    damage: str, path: Path
) -> None:
    ledger = ledger_at(path)
    for number in range(400):
        enter(ledger, use(str(number), most=2))
    enter(ledger, use("0", most=2))
    ledger.close()
    done, words = DAMAGED[damage]
    done(path)
    before = None if not path.is_file() else path.read_bytes()
    for _ in range(2):
        with pytest.raises(InputError, match=words) as caught:
            ledger_at(path)
        assert str(caught.value).startswith(f"{path}: ")
        assert "\n" not in str(caught.value)
    assert before == (None if not path.is_file() else path.read_bytes())


def test_another_key_does_not_begin_the_tickets_anew(path: Path) -> None:
    ledger_at(path).close()
    with pytest.raises(InputError, match="made with another key; restore hmac-key"):
        Ledger(path, key=KEY[::-1], run=ByHand)


def test_a_file_that_others_may_read_is_the_door_s_alone_again(path: Path) -> None:
    ledger_at(path).close()
    path.chmod(0o644)
    ledger_at(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_a_killed_door_left_of_a_new_ledger_is_no_obstacle(path: Path) -> None:
    path.with_name(f".{path.name}.new").write_bytes(b"half")
    ledger_at(path).close()
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        ledger_at(tmp_path / "nowhere" / "ledger.sqlite")


def test_without_a_thread_there_is_no_ledger(path: Path) -> None:
    def none(_work: Callable[[], None]) -> ByHand:
        raise RuntimeError("can't start new thread")

    with pytest.raises(OSError, match="no thread; restart the door"):
        Ledger(path, key=KEY, run=none)
    assert open_below(path.parent) == []
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_closed_ledger_grants_nothing(path: Path) -> None:
    ledger = ledger_at(path)
    ledger.close()
    with pytest.raises(OSError, match="restart the door"):
        enter(ledger, use())
