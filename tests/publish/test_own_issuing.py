"""The venue issues: orders as people write them, numbers given once, a key that stays."""

import json
import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from scanner.passes import own
from scanner.publish.own import keys, numbers
from scanner.publish.own.orders import COLUMNS, FieldError, Order, read_order
from scanner.publish.own.pictures import Code
from scanner.publish.own.signing import check_size, text_of
from scanner.publish.own.whole import cannot_make, new_folder
from scanner.store import Lock
from scanner.terms import InputError, Kind, NotPermittedError
from scanner.trust import Keyring, read_trust
from scanner.trust.issuer_keys import key_id
from tests.publish.venue import Venue
from tests.store.faults import Fault, struck

SEOUL: Final = ZoneInfo("Asia/Seoul")
TEXTS: Final = {
    "kind": "ticket", "event": "summer-2026-seou", "zone": "gate-008", "from": "2026-12-19",
    "until": "2026-12-19", "admits": "255", "name": "", "label": "",
}  # fmt: skip
# Before all times that a pass can hold, where nothing is over.
NOW: Final = datetime(1970, 1, 1, tzinfo=UTC)
VENUE: Final = Venue()
KEY, KEYRING = keys.SigningKey(VENUE.kid, VENUE.private.sign), VENUE.keyring


def order(**changes: str) -> Order:
    return read_order({**TEXTS, **changes}, zone=SEOUL, now=NOW)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A venue's key."""
    keys.make(tmp_path / "arena", issuer="Arena")
    return tmp_path / "arena"


# --- what a pass says --------------------------------------------------------------------


def test_a_ticket_with_everything_set_fits_a_code_of_version_10_and_says_it(folder: Path) -> None:
    key = keys.load(folder)
    name = numbers.own_list(key.kid)
    check_size(order(), name=name)
    text = text_of(order(), name=name, index=own.MAX_INDEX, key=key)
    assert (len(text), len(Code(text).rows)) == (220, 57)
    (public,) = folder.glob("own-*.pem")
    (trusted,) = read_trust(public.read_bytes()).keys
    verified = own.verify(text.encode(), keyring=Keyring.of((trusted,))).verified
    assert (verified.issuer, verified.kind) == ("Arena", Kind.TICKET)
    assert verified.not_before == datetime(2026, 12, 18, 15, tzinfo=UTC)
    assert verified.not_after == datetime(2026, 12, 19, 14, 59, 59, tzinfo=UTC)
    assert verified.claims == {
        "kind": "ticket", "event": "summer-2026-seou", "zones": ["gate-008"], "admits": 255,
        "list": name, "index": own.MAX_INDEX,
    }  # fmt: skip


def test_a_name_makes_room_for_itself_or_is_refused(folder: Path) -> None:
    key, member = keys.load(folder), {"kind": "membership", "event": "", "zone": "", "from": ""}
    named = order(**member, name="김영희")
    check_size(named, name="abcde")
    text = text_of(named, name="abcde", index=0, key=key)
    (public,) = folder.glob("own-*.pem")
    keyring = Keyring.of(read_trust(public.read_bytes()).keys)
    assert own.verify(text.encode(), keyring=keyring).verified.claims["name"] == "김영희"
    with pytest.raises(FieldError, match="does not fit a QR code of version 10") as refused:
        check_size(order(**member, name="n" * 80), name="abcde")
    assert refused.value.column == "name"


def test_passes_once_issued_are_written_and_read_like_this_for_ever() -> None:
    """Ed25519 signs without chance: one key and one order make one text."""
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    public = private.public_key()
    key = keys.SigningKey(key_id(public), private.sign)
    text = (
        "DP1:RRQT 9P60GO0$+AWKB3UAR098CK+C7FN0POD4WJ1T0OODLI9/E7V50030M20$QEN$D5$C5W58469"
        "%6LQE34E.8DIECQZC646547-CW0ECJPCXYCLDC27B N43UKOUBGTJ96J$9N8JMQLJQ/6F5K5ETC54%CF"
        "NSMS7BPPC8PC*YVHWLNYQNAL MMLXF4%B388H6D+1H3H68XF16K1Q4% R"
    )
    assert text_of(order(name="J"), name="abcde", index=7, key=key) == text
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    keyring = Keyring.of(read_trust(pem).keys)
    assert own.verify(text.encode(), keyring=keyring).verified.claims["name"] == "J"


def test_no_code_is_larger_than_promised() -> None:
    with pytest.raises(ValueError, match="version 11"):
        Code("DP1:" + "A" * 218)


def test_what_is_too_long_is_told_by_its_longest_part() -> None:
    for changes, column in (({}, "zone"), ({"zone": ""}, "event")):
        with pytest.raises(FieldError) as refused:
            check_size(order(**changes), name="l" * 40)
        assert refused.value.column == column


@given(
    texts=st.fixed_dictionaries({
        "kind": st.sampled_from(["ticket", "membership", "staff"]),
        "event": st.from_regex(r"[A-Za-z0-9._-]{0,16}", fullmatch=True),
        "zone": st.from_regex(r"[A-Za-z0-9._-]{0,8}", fullmatch=True),
        "admits": st.integers(1, 255).map(str),
    }),
    index=st.integers(0, own.MAX_INDEX),
    begins_s=st.integers(0, 4_260_000_000),
)  # fmt: skip
def test_every_ticket_of_the_promised_sizes_fits_and_is_read_as_written(
    texts: dict[str, str], index: int, begins_s: int
) -> None:
    start = datetime.fromtimestamp(begins_s, UTC)
    ends = start + timedelta(hours=1)
    made = order(**texts, **{"from": start.isoformat(), "until": ends.isoformat()})
    check_size(made, name="abcde")
    text = text_of(made, name="abcde", index=index, key=KEY)
    assert len(text) <= 221
    verified = own.verify(text.encode(), keyring=KEYRING).verified
    claims, zone = verified.claims, texts["zone"]
    assert (claims["event"], claims["zones"]) == (texts["event"] or None, [zone] if zone else None)
    assert (claims["admits"], claims["index"]) == (int(texts["admits"]), index)
    assert (verified.not_before, verified.not_after) == (start, ends)


WRONG: dict[str, tuple[dict[str, str], str, str]] = {
    "no kind": ({"kind": ""}, "kind", "none of"),
    "a kind in capitals": ({"kind": "Ticket"}, "kind", "none of"),
    "an event with a blank": ({"event": "a b"}, "event", "no id"),
    "an event too long": ({"event": "e" * 65}, "event", "no id"),
    "zones with a comma": ({"zone": "a,b"}, "zone", "no id"),
    "seventeen zones": ({"zone": " ".join("abcdefghijklmnopq")}, "zone", "17 zones"),
    "a begin in words": ({"from": "tomorrow"}, "from", "no time"),
    "a day of another order": ({"until": "19.12.2026"}, "until", "no time"),
    "the 30th of February": ({"until": "2026-02-30"}, "until", "no time"),
    "a time without offset": ({"until": "2026-12-19 18:00"}, "until", "no time"),
    "the year 1969": ({"from": "1969-12-31"}, "from", "1970 to 2105"),
    "the year 2106": ({"until": "2106-01-02"}, "until", "1970 to 2105"),
    "the year 0": ({"until": "0000-01-01"}, "until", "no time"),
    "the first year": ({"from": "0001-01-01"}, "from", "no time"),
    "the last day of all": ({"until": "9999-12-31"}, "until", "no time"),
    "a ticket without an end": ({"until": ""}, "until", "ends one day"),
    "a membership without an end": ({"kind": "membership", "until": ""}, "until", "ends one day"),
    "an end before the begin": ({"from": "2026-12-20"}, "until", "before it begins"),
    "nobody": ({"admits": "0"}, "admits", "from 1 to"),
    "ten thousand": ({"admits": "10000"}, "admits", "from 1 to"),
    "more digits than a number has": ({"admits": "9" * 5000}, "admits", "from 1 to"),
    "half a person": ({"admits": "1.5"}, "admits", "from 1 to"),
    "Arabic digits": ({"admits": "٣"}, "admits", "from 1 to"),
    "a name of two lines": ({"name": "A\nB"}, "name", "one line"),
    "a name too long": ({"name": "n" * 81}, "name", "one line"),
    "a label too long": ({"label": "l" * 201}, "label", "at most 200"),
    "a label that steers": ({"label": "a\x1b[2J"}, "label", "at most 200"),
}


@pytest.mark.parametrize(("changes", "column", "words"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_told_with_its_column(
    changes: dict[str, str], column: str, words: str
) -> None:
    with pytest.raises(FieldError, match=words) as refused:
        order(**changes)
    assert refused.value.column == column
    assert "\n" not in str(refused.value)


def test_what_is_over_is_not_issued() -> None:
    last = datetime(2026, 12, 19, 14, 59, 59, tzinfo=UTC)
    texts = {**TEXTS, "from": ""}
    assert read_order(texts, zone=SEOUL, now=last).not_after == last
    with pytest.raises(FieldError, match=r"^until: 2026-12-19 is over; give a day or a time to"):
        read_order(texts, zone=SEOUL, now=last + timedelta(seconds=1))
    endless = {**texts, "kind": "staff", "until": ""}
    assert read_order(endless, zone=SEOUL, now=last + timedelta(days=1)).not_after is None


def test_blanks_around_and_names_in_parts_are_put_right() -> None:
    made = order(
        kind=" staff ", event="", zone=" a   b a ", admits="", name=" 김영희 ",
        label="two \n lines", until="", **{"from": ""},
    )  # fmt: skip
    assert (made.kind, made.zones, made.admits, made.name, made.label) == (
        Kind.STAFF, ("a", "b"), 1, "김영희", "two lines",
    )  # fmt: skip
    assert (made.not_before, made.not_after) == (None, None)


def test_a_day_is_as_long_as_it_is_where_it_is() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    for day, hours in (("2026-03-29", 23), ("2026-10-25", 25), ("2026-12-19", 24)):
        made = read_order({**TEXTS, "from": day, "until": day}, zone=berlin, now=NOW)
        assert made.not_before is not None
        assert made.not_after is not None
        length = made.not_after.astimezone(UTC) - made.not_before.astimezone(UTC)
        assert length == timedelta(hours=hours, seconds=-1)


def test_a_time_needs_no_zone_and_fractions_of_a_second_are_dropped() -> None:
    times = {"from": "2026-12-19T18:00:00.9+09:00", "until": "2026-12-19T09:00:00Z"}
    made = read_order({**TEXTS, **times}, zone=None, now=NOW)
    assert made.not_before == made.not_after == datetime(2026, 12, 19, 9, tzinfo=UTC)


@given(st.dictionaries(st.sampled_from(COLUMNS), st.text(max_size=30)))
def test_any_texts_are_an_order_or_told(texts: dict[str, str]) -> None:
    for zone in (SEOUL, None):
        try:
            made = read_order({**TEXTS, **texts}, zone=zone, now=NOW)
        except FieldError:
            continue
        text = text_of(made, name="abcde", index=0, key=KEY)
        assert own.verify(text.encode(), keyring=KEYRING).verified.kind is made.kind


# --- the key -----------------------------------------------------------------------------


def test_a_new_key_is_its_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        public = keys.make(tmp_path / "arena", issuer=None)
    finally:
        os.umask(before)
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for path in (tmp_path / "arena", *(tmp_path / "arena").iterdir())
    }
    assert modes == {
        "arena": 0o700, "private.pem": 0o600, "numbers.json": 0o600, public.name: 0o644,
    }  # fmt: skip
    (key,) = read_trust(public.read_bytes()).keys
    assert (key.issuer, key.kid) == (None, keys.load(tmp_path / "arena").kid)
    assert [path.name for path in tmp_path.iterdir()] == ["arena"]


def test_an_empty_folder_becomes_the_keys_folder_and_a_full_one_does_not(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    keys.make(empty, issuer=None)
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "nowhere")
    file = tmp_path / "file"
    file.touch()
    for taken in (empty, tmp_path, link, file):
        with pytest.raises(InputError, match="is there already"):
            keys.make(taken, issuer=None)


@pytest.mark.parametrize("name", ["", " ", "two\nlines", "n" * 101, " blank"])
def test_an_issuer_is_a_name_on_one_line(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--issuer"):
        keys.make(tmp_path / "arena", issuer=name)
    assert not (tmp_path / "arena").exists()


def test_a_file_that_is_no_key_of_ours_is_named(folder: Path) -> None:
    p256 = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    for content in (b"", b"hello", p256):
        (folder / "private.pem").write_bytes(content)
        with pytest.raises(InputError, match="no Ed25519 private key"):
            keys.load(folder)


def test_a_folder_that_is_taken_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    target = tmp_path / "out"

    def make() -> None:
        with new_folder(target) as made:
            (made / "mine").touch()
            target.mkdir()
            (target / "theirs").touch()

    with pytest.raises(InputError, match="is there already"):
        make()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_folder_that_the_system_does_not_let_be_made_is_named(tmp_path: Path) -> None:
    long = tmp_path / ("n" * 300)
    for target, words in ((long, "too long"), (Path("/proc/out"), "No such file")):
        with pytest.raises(InputError, match=f"^{target}: cannot be made: .*{words}"):
            keys.make(target, issuer=None)
    assert not list(tmp_path.iterdir())


def test_whoever_may_not_make_a_folder_is_told_apart() -> None:
    denied = PermissionError(13, "Permission denied")
    for error, is_denied in ((denied, True), (OSError(28, "No space left on device"), False)):
        told = cannot_make(Path("/out"), error=error)
        assert str(told).startswith(f"/out: cannot be made: {error.strerror}")
        assert isinstance(told, NotPermittedError) is is_denied


# --- numbers -----------------------------------------------------------------------------


def test_numbers_follow_each_other_on_every_list_by_itself(folder: Path) -> None:
    taken = [numbers.reserve(folder, name=name, count=n) for name, n in
             (("a", 1), ("b", 1000), ("a", 5), ("b", 1), ("a", 1))]  # fmt: skip
    assert taken == [0, 0, 1, 1000, 6]


def test_a_list_ends_and_then_another_is_named(folder: Path) -> None:
    assert numbers.reserve(folder, name="a", count=own.MAX_INDEX) == 0
    with pytest.raises(InputError, match="no numbers are left"):
        numbers.reserve(folder, name="a", count=2)
    assert numbers.reserve(folder, name="a", count=1) == own.MAX_INDEX
    with pytest.raises(InputError, match="--list"):
        numbers.reserve(folder, name="a", count=1)


DAMAGED: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut off": lambda content: content[:-9],
    "another file": lambda _: b"{}",
    "of another version": lambda content: content.replace(b"numbers 1", b"numbers 2"),
    "a number below nought": lambda _: _told({"a": -1}),
    "a number as text": lambda _: _told({"a": "1"}),
    "numbers as a list": lambda _: _told([1]),
    "a list twice": lambda _: _told({"a": 1}).replace(b'"a": 1', b'"a": 5, "a": 1'),
}


def _told(following: object) -> bytes:
    return json.dumps({"format": "door-scanner issued numbers 1", "next": following}).encode()


@pytest.mark.parametrize("damage", DAMAGED.values(), ids=DAMAGED.keys())
def test_without_its_numbers_a_key_gives_none(
    damage: Callable[[bytes], bytes], folder: Path
) -> None:
    path = folder / "numbers.json"
    content = damage(path.read_bytes())
    path.write_bytes(content)
    with pytest.raises(InputError, match="given twice"):
        numbers.reserve(folder, name="a", count=1)
    assert path.read_bytes() == content
    path.unlink()
    with pytest.raises(InputError, match="no such file"):
        numbers.reserve(folder, name="a", count=1)


def test_a_list_has_room_for_ten_thousand_names(folder: Path) -> None:
    full = {f"l{number}": 1 for number in range(numbers.MAX_LISTS)}
    (folder / "numbers.json").write_bytes(_told(full))
    with pytest.raises(InputError, match="list new: no numbers"):
        numbers.reserve(folder, name="new", count=1)
    assert numbers.reserve(folder, name="l7", count=1) == 1


@pytest.mark.parametrize("name", ["", ".a", "a b", "a:b", "a/b", "l" * 65, "목록"])
def test_a_name_that_could_not_be_revoked_is_no_list(name: str) -> None:
    with pytest.raises(InputError, match="--list"):
        numbers.check_list(name)


def test_whoever_holds_the_folder_is_waited_for_and_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numbers, "_PATIENCE_S", 0.05)
    lock = Lock(folder)
    assert lock.take()
    with pytest.raises(InputError, match=f"process {os.getpid()} is issuing"):
        numbers.reserve(folder, name="a", count=1)
    lock.give_back()
    assert numbers.reserve(folder, name="a", count=1) == 0


def _reserved(folder: Path) -> str:
    return str(numbers.reserve(folder, name="a", count=1))


def test_a_number_is_never_given_twice_however_a_command_ends(folder: Path) -> None:
    steps = struck(lambda: _reserved(folder)).steps
    assert steps > 5
    given = {0}
    for fault in Fault:
        for at in range(1, steps + 1):
            ended = struck(lambda: _reserved(folder), fault=fault, at=at)
            if ended.said.isdigit():
                assert int(ended.said) not in given
                given.add(int(ended.said))
            after = numbers.reserve(folder, name="a", count=1)
            assert after not in given
            given.add(after)


def test_two_at_once_get_different_numbers(folder: Path) -> None:
    pipes = []
    for _ in range(4):
        reading, writing = os.pipe()
        if os.fork() == 0:
            got = [str(numbers.reserve(folder, name="a", count=3)) for _ in range(10)]
            os.write(writing, " ".join(got).encode())
            os._exit(0)
        os.close(writing)
        pipes.append(reading)
    told = []
    for reading in pipes:
        with os.fdopen(reading) as pipe:
            told += [int(one) for one in pipe.read().split()]
        os.wait()
    assert sorted(told) == list(range(0, 120, 3))
