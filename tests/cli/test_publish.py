"""`door-scanner publish`: an operator's journeys, and what is refused in one line."""

import hashlib
import json
import os
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from scanner.door.rulesets import SHIPPED
from scanner.publish import shc
from scanner.store import Lock
from tests.publish.press import BEGIN, ReadFeed

# Long, and what it goes through is measured by the tests of the rooms.
pytestmark = pytest.mark.no_cover

if TYPE_CHECKING:
    from tests.cli.conftest import Command, Done
    from tests.conftest import Mint

AT: Final = "2026-11-01T10:00:00+00:00"
KOREA: Final = json.loads((SHIPPED / "kr-2022-01-03.json").read_bytes())
CARDS: Final = {"iss": "https://cards.example", "keys": [shc.Issuer("https://cards.example").jwk]}
HEX: Final = "00112233445566778899aabbccddeeff"
COLUMNS: Final = 80
NOBODY: Final = 65534


@dataclass(frozen=True, slots=True)
class Operator:
    """Someone who calls `publish` on one repository at a fixed time."""

    door_scanner: "Command"
    home: Path

    def __call__(self, *words: object, at: str = AT, keys: Path | None = None) -> "Done":
        where = ("--repo", self.repo, "--keys", keys or self.keys, "--at", at)
        return self.door_scanner("publish", *words, *where)

    def done(self, *words: object, at: str = AT) -> str:
        """Call and expect success; return what was printed."""
        ended = self(*words, at=at)
        assert (ended.code, ended.err) == (0, "")
        self.check_width(ended)
        return ended.out

    def refused(self, *words: object, at: str = AT, keys: Path | None = None) -> str:
        """Call and expect one line of refusal; nothing that is public may have changed."""
        before = self.public_files()
        ended = self(*words, at=at, keys=keys)
        assert (ended.code, ended.out) == (2, "")
        (line,) = ended.err.splitlines()
        assert self.public_files() == before
        return line.removeprefix("door-scanner: ")

    @staticmethod
    def check_width(ended: "Done") -> None:
        """Every line fits a terminal, but for one that is a path or an object."""
        for line in ended.out.splitlines():
            is_one_thing = line.startswith("{") or line.strip().startswith("/")
            assert len(line) <= COLUMNS or is_one_thing

    def public_files(self) -> dict[str, bytes]:
        """Return the whole web root."""
        files = (path for path in self.feed.public.rglob("*") if path.is_file())
        return {str(path): path.read_bytes() for path in files}

    def give(self, name: str, content: str | bytes | object) -> Path:
        """Write a file."""
        path = self.home / name
        if isinstance(content, str):
            content = content.encode()
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return path

    @property
    def repo(self) -> Path:
        return self.home / "feed"

    @property
    def keys(self) -> Path:
        return self.home / "keys"

    @property
    def feed(self) -> ReadFeed:
        return ReadFeed(self.repo / "public")


@pytest.fixture
def stranger(door_scanner: "Command", tmp_path: Path) -> Operator:
    """An operator without a repository."""
    return Operator(door_scanner, tmp_path)


@pytest.fixture
def operator(stranger: Operator) -> Operator:
    """An operator with a new feed."""
    stranger.done("init")
    return stranger


# --- journeys ----------------------------------------------------------------------------


def test_the_set_up_sheet_names_the_fingerprint_and_how_to_pin_it(stranger: Operator) -> None:
    sheet = stranger.done("init", "--profile", "venue")
    root = (stranger.repo / "public/metadata/1.root.json").read_bytes()
    fingerprint = hashlib.sha256(root).hexdigest()
    assert f"--sha256 {fingerprint}" in sheet
    for word in ("trust pin 1.root.json", "renew", "status", "rotate-root", str(stranger.keys)):
        assert word in sheet
    assert stranger.feed.check_whole(now=BEGIN).lists == {}
    status = json.loads(stranger.done("status", "--json"))
    assert status["profile"] == "venue"


def test_revoked_ids_are_in_the_feed_after_a_release_and_out_of_it_after_another(
    operator: Operator,
) -> None:
    mixture = f"dcc-uci:{HEX}\n# a remark\nticket:abc\nkid:2Rk3X8HntrI=\nshc-rid:k:r.5\n"
    ids = operator.give("ids", mixture)
    told = operator.done("revoke", "--ids", ids)
    assert told.startswith("list main: 2 of 2 ids are new\nlines: 2 of 2 are new\n")
    assert operator.feed.check_whole(now=BEGIN).lists == {}
    assert "waiting for a release: main, 2 in, 0 out" in operator.done("status")

    told = operator.done("release", "--min-wait-s", 600)
    assert told.startswith("list main: seq 1, 2 entries, new base\n")
    manifest = operator.feed.check_whole(now=BEGIN)
    assert (manifest.min_wait_s, manifest.lists["main"].entries) == (600, 2)
    assert operator.feed.lines(now=BEGIN) == ["kid:2Rk3X8HntrI=", "shc-rid:k:r.5"]

    told = operator.done("reinstate", "--ids", operator.give("some", "ticket:abc\nshc-rid:k:r.5\n"))
    assert "list main: 1 id leaves\nlines: 1 leaves\n" in told
    operator.done("release")
    manifest = operator.feed.check_whole(now=BEGIN)
    assert (manifest.min_wait_s, manifest.lists["main"].entries) == (600, 1)
    assert operator.feed.lines(now=BEGIN) == ["kid:2Rk3X8HntrI="]


def test_ids_with_a_month_go_into_a_list_of_that_month(operator: Operator) -> None:
    ids = operator.give("ids", f"dcc-uci:{HEX}\n")
    operator.done("revoke", "--ids", ids, "--list", "dcc", "--until", "2026-12")
    operator.done("release")
    assert [*operator.feed.check_whole(now=BEGIN).lists] == ["dcc-2026-12"]
    told = operator.done("release", at="2027-01-01T00:00:00+00:00")
    assert "list dcc-2026-12: left the feed" in told


def test_a_whole_list_leaves_when_the_curator_lets_it_go(operator: Operator) -> None:
    operator.done("revoke", "--ids", operator.give("ids", "ticket:abc\n"), "--list", "event")
    operator.done("release")
    operator.done("reinstate", "--drop-list", "event")
    assert "list event: left the feed" in operator.done("release")


def test_out_of_one_list_means_no_other_list_and_no_line(operator: Operator) -> None:
    ids = operator.give("ids", f"dcc-uci:{HEX}\nkid:2Rk3X8HntrI=\n")
    operator.done("revoke", "--ids", ids)
    operator.done("revoke", "--ids", ids, "--list", "other")
    operator.done("release")
    told = operator.done("reinstate", "--ids", ids, "--list", "other")
    assert told.startswith("list other: 1 id leaves\nsigned; ")
    operator.done("release")
    lists = operator.feed.check_whole(now=BEGIN).lists
    assert {name: one.entries for name, one in lists.items()} == {"main": 1, "other": 0}
    assert operator.feed.lines(now=BEGIN) == ["kid:2Rk3X8HntrI="]
    again = operator.done("reinstate", "--ids", ids, "--list", "other")
    assert again == "nothing leaves: none of these is revoked there\n"


def test_trust_and_rules_are_signed_and_come_and_go(operator: Operator, mint: "Mint") -> None:
    der = operator.give("at.der", mint.issuer.certificate_der)
    rules = operator.give("kr-2022-01-03.json", KOREA)
    jwks = operator.give("cards.jwks", CARDS)
    operator.done("trust", "add", der, jwks)
    operator.done("rules", "add", rules)
    assert "trust/at.der" not in operator.feed.verified(now=BEGIN).targets
    operator.done("release")
    assert operator.feed.target("trust/at.der", now=BEGIN) == mint.issuer.certificate_der
    assert operator.feed.target("rules/kr-2022-01-03.json", now=BEGIN) == rules.read_bytes()
    status = json.loads(operator.done("status", "--json"))
    assert status["trust"] == ["at.der", "cards.jwks", "withdrawn.json"]
    operator.done("trust", "remove", "at.der")
    operator.done("rules", "remove", "kr-2022-01-03.json")
    operator.done("release")
    targets = operator.feed.verified(now=BEGIN).targets
    assert {path for path in targets if not path.startswith("revoked/")} == {
        "trust/cards.jwks",
        "trust/withdrawn.json",
    }


def test_status_alarms_at_half_of_any_time_and_renew_ends_that(operator: Operator) -> None:
    assert operator("status", "--quiet", at="2026-11-04T21:59:59+00:00").out == ""
    later = "2026-11-04T22:00:00+00:00"
    ended = operator("status", at=later)
    assert (ended.code, ended.out.count("ALARM")) == (1, 1)
    quiet = operator("status", "--quiet", at=later)
    assert quiet.out == "timestamp  version 1      holds 3.5 days      ALARM: sign it anew\n"
    assert operator("status", "--json", at=later).objects[0]["alarm"]
    assert operator.done("renew", at=later) == "issued 2026-11-04T22:00:00Z\n"
    assert operator("status", at=later).code == 0
    gone = operator("status", at="2026-11-20T22:00:00+00:00")
    assert "timestamp  version 2      EXPIRED" in gone.out


def test_roles_are_renewed_by_name_before_their_time(operator: Operator) -> None:
    told = operator.done("renew", "--role", "root", "--role", "rules")
    assert told.splitlines()[:2] == ["root: signed anew", "rules: signed anew"]
    feed = operator.feed.verified(now=BEGIN)
    assert (feed.root_version, feed.versions["rules"]) == (2, 2)


def test_keys_are_replaced_by_name(operator: Operator) -> None:
    before = operator.feed.chain()
    told = operator.done("rotate-root", "--replace", "curator", "--replace", "timestamp")
    assert told.startswith("curator: replaced\ntimestamp: replaced\nroot version 2, ")
    assert operator.feed.verified(now=BEGIN, before=before).root_version == 2


# --- imports -----------------------------------------------------------------------------

BATCH: Final[dict[str, Any]] = {
    "country": "AT",
    "expires": "2026-12-24T10:00:00Z",
    "kid": "2Rk3X8HntrI=",
    "hashType": "UCI",
    "entries": [{"hash": b64encode(bytes.fromhex(HEX)).decode()}],
}


def test_an_import_shows_what_changes_and_does_it_only_when_told(operator: Operator) -> None:
    batch = operator.give("batch.json", BATCH)
    ended = operator("import", "dcc-batches", batch)
    operator.check_width(ended)
    assert (ended.code, ended.err) == (1, "")
    assert ended.out == (
        "list dcc-2026-12: 1 added, 0 removed, 0 unchanged\n"
        f"  + dcc-uci:{HEX}\n"
        "nothing is changed yet; with --yes it will be\n"
    )
    assert "no list changed" in operator.done("release")
    operator.done("import", "dcc-batches", batch, "--yes")
    operator.done("release")
    assert operator.feed.check_whole(now=BEGIN).lists["dcc-2026-12"].entries == 1
    assert operator.done("import", "dcc-batches", batch) == "nothing to change\n"


def test_an_import_takes_the_curators_key_only_where_something_leaves(operator: Operator) -> None:
    (operator.keys / "curator.pem").rename(operator.home / "curator.pem")
    operator.done("import", "pretix", operator.give("a", ["a", "b"]), "--yes")
    operator.done("release")
    fewer = operator.give("b", ["b"])
    assert operator("import", "pretix", fewer).code == 1
    ended = operator("import", "pretix", fewer, "--yes")
    assert ended.code == 2
    assert "trust is signed with curator.pem" in ended.err
    assert "no list changed" in operator.done("release")
    (operator.home / "curator.pem").rename(operator.keys / "curator.pem")
    operator.done("import", "pretix", fewer, "--yes")
    operator.done("release")
    assert operator.feed.check_whole(now=BEGIN).lists["pretix"].entries == 1


def test_keys_of_others_are_shown_before_they_replace_those_in_the_feed(
    operator: Operator, mint: "Mint"
) -> None:
    jwk = {"kty": "EC", "x5c": [b64encode(mint.issuer.certificate_der).decode()]}
    kid = b64encode(mint.issuer.kid).decode()
    document = {"verificationMethod": [{"id": f"did:web:x#{kid}", "publicKeyJwk": jwk}]}
    did = operator.give("did.json", document)
    ended = operator("import", "gdhcn", did)
    assert ended.code == 1
    assert ended.out.startswith(f"trust/gdhcn.json: 1 added, 0 removed\n  + {kid} AT\n")
    operator.done("import", "gdhcn", did, "--yes")
    operator.done("release")
    assert json.loads(operator.feed.target("trust/gdhcn.json", now=BEGIN)).keys() == {kid}
    assert operator.done("import", "gdhcn", did) == "nothing to change\n"
    snapshot = operator.give(
        "vci.json",
        {"issuerInfo": [{"issuer": {"iss": "https://a"}, "keys": [{"kty": "EC", "kid": "k"}]}]},
    )
    operator.done("import", "vci", snapshot, "--yes")
    operator.done("release")
    assert operator.feed.target("trust/vci-snapshot.json", now=BEGIN) == snapshot.read_bytes()


def test_csv_takes_two_columns_or_one_with_its_type(operator: Operator) -> None:
    operator.done("import", "csv", operator.give("a.csv", "type,id\nticket,a\n"), "--yes")
    one = operator.give("b.csv", "b\n")
    operator.done("import", "csv", one, "--type", "ticket", "--add-only", "--yes")
    operator.done("release")
    assert operator.feed.check_whole(now=BEGIN).lists["csv"].entries == 2


def test_long_entries_are_shown_within_a_line_and_cannot_steer_a_terminal(
    operator: Operator,
) -> None:
    ended = operator("import", "pretix", operator.give("a", ["x" * 500, "kid\u202eyou"]))
    operator.check_width(ended)
    assert ended.code == 2
    assert "\u202e" not in ended.err
    ended = operator("import", "pretix", operator.give("a", ["x" * 500]))
    operator.check_width(ended)
    assert ended.code == 1


# --- refused in one line -----------------------------------------------------------------

Words = Callable[[Operator], tuple[object, ...]]

REFUSED: Final[dict[str, tuple[Words, str]]] = {
    "a line that is no id": (
        lambda o: ("revoke", "--ids", o.give("ids", f"dcc-uci:{HEX}\nshoe:1\n")),
        "line 2: 'shoe:1' is no typed id",
    ),
    "a file that is not UTF-8": (
        lambda o: ("revoke", "--ids", o.give("ids", b"ticket:\xff\n")),
        "line 1: not a text file",
    ),
    "an empty file of ids": (lambda o: ("revoke", "--ids", o.give("ids", "#\n")), "no ids in it"),
    "no file of ids": (lambda o: ("revoke", "--ids", o.home / "none"), "No such file"),
    "a folder of ids": (lambda o: ("revoke", "--ids", o.home), "directory"),
    "a list with a capital": (
        lambda o: ("revoke", "--ids", o.give("ids", "ticket:a\n"), "--list", "Main"),
        "Main: a list is called by",
    ),
    "a month that is none": (
        lambda o: ("revoke", "--ids", o.give("ids", "ticket:a\n"), "--until", "2026-13"),
        "a month is YYYY-MM",
    ),
    "a month that is over": (
        lambda o: ("revoke", "--ids", o.give("ids", "ticket:a\n"), "--until", "2026-10"),
        "that month is over",
    ),
    "nothing to reinstate": (lambda _: ("reinstate",), "either --ids FILE or --drop-list"),
    "a list that is not there": (lambda _: ("reinstate", "--drop-list", "x"), "x: no such list"),
    "a private key for trust": (
        lambda o: ("trust", "add", o.keys / "root-1.pem"),
        "a PRIVATE KEY in it",
    ),
    "a private JWK for trust": (
        lambda o: ("trust", "add", o.give("j", {"keys": [{"kty": "EC", "d": "s"}]})),
        "a PRIVATE KEY in it",
    ),
    "trust that is none": (lambda o: ("trust", "add", o.give("t", "hello")), "not a trust file"),
    "trust under a name that is not plain": (
        lambda o: ("trust", "add", o.give("AT.der", "x")),
        "rename the file",
    ),
    "trust under the curator's own name": (
        lambda o: ("trust", "add", o.give("withdrawn.json", {})),
        "not withdrawn.json",
    ),
    "trust that is not there": (lambda _: ("trust", "remove", "x"), "x: not in the feed"),
    "trust that is too large": (
        lambda o: ("trust", "add", o.give("t", bytes(4 * 1024 * 1024 + 1))),
        "larger than 4,194,304 bytes",
    ),
    "the file that says what may leave": (
        lambda _: ("trust", "remove", "withdrawn.json"),
        "withdrawn.json: doors need it",
    ),
    "an id out of a list that is not there": (
        lambda o: ("reinstate", "--ids", o.give("ids", "ticket:a\n"), "--list", "x"),
        "x: no such list",
    ),
    "an import into a list that no door would take": (
        lambda o: ("import", "pretix", o.give("a", ["a"]), "--list", "A B", "--yes"),
        "A B: a list is called by",
    ),
    "an import whose month makes a name too long": (
        lambda o: ("import", "dcc-batches", o.give("b", BATCH), "--list", "a" * 60, "--yes"),
        "a list is called by 1 to 48 of a-z",
    ),
    "rules that are no JSON": (lambda o: ("rules", "add", o.give("r", "{")), "no JSON"),
    "rules that are no rule set": (
        lambda o: ("rules", "add", o.give("r.json", {"name": "r", "version": "1"})),
        "no rule set",
    ),
    "rules in a file of another name": (
        lambda o: ("rules", "add", o.give("kr.json", KOREA)),
        "doors look for it as kr-2022-01-03.json; rename the file",
    ),
    "a JWKS of nobody": (
        lambda o: ("trust", "add", o.give("cards.jwks", {"keys": CARDS["keys"]})),
        'or give it an "iss"',
    ),
    "two files of one name": (
        lambda o: ("rules", "add", *[o.give("kr-2022-01-03.json", KOREA)] * 2),
        "two of the files have the same name",
    ),
    "a second repository": (lambda _: ("init",), "a repository is there already"),
    "a time without an offset": (
        lambda _: ("status", "--at", "2026-11-01T10:00:00"),
        "write a time with its offset",
    ),
    "a time after the end of all calendars": (
        lambda _: ("status", "--at", "9999-12-31T23:59:59-12:00"),
        "write a time with its offset",
    ),
    "a time that leaves no room for a signature": (
        lambda _: ("status", "--at", "9999-12-31T23:59:59Z"),
        "give a year from 2000",
    ),
    "a batch that is none": (
        lambda o: ("import", "dcc-batches", o.give("b", {}), "--yes"),
        "hashType is no text",
    ),
    "a batch that expires after the end of all calendars": (
        lambda o: (
            "import",
            "dcc-batches",
            o.give("b", {**BATCH, "expires": "9999-12-31T23:59:59-12:00"}),
        ),
        "expires is no RFC 3339 time",
    ),
    "two snapshots": (
        lambda o: ("import", "vci", o.give("a", {}), o.give("b", [])),
        "one file at a time",
    ),
}


@pytest.mark.parametrize("wrong", REFUSED)
def test_what_cannot_be_done_is_said_in_one_line(wrong: str, operator: Operator) -> None:
    words, expected = REFUSED[wrong]
    called = words(operator)
    at = () if "--at" not in called else called[called.index("--at") + 1 :]
    called = called[: called.index("--at")] if at else called
    assert expected in operator.refused(*called, at=str(at[0]) if at else AT)


def test_without_a_repository_every_command_says_how_to_make_one(stranger: Operator) -> None:
    for words in (("release",), ("renew",), ("status",), ("trust", "remove", "x")):
        assert stranger.refused(*words).endswith("make one: door-scanner publish init")


def test_keys_inside_of_the_repository_are_refused_by_every_command(operator: Operator) -> None:
    link = operator.home / "link"
    link.symlink_to(operator.repo / "work")
    for keys in (operator.repo / "keys", operator.home, link):
        for words in (("release",), ("status",), ("rotate-root", "--replace", "curator")):
            assert "one in the other" in operator.refused(*words, keys=keys)


def test_a_folder_of_keys_that_is_none_is_named(operator: Operator) -> None:
    missing, file = operator.home / "nowhere", operator.give("file", "x")
    assert operator.refused("release", keys=missing) == f"{missing}: no such folder; check the path"
    assert operator.refused("release", keys=file) == f"{file}: not a folder; check the path"


def test_a_feed_is_not_made_in_what_is_no_folder(
    stranger: Operator, door_scanner: "Command"
) -> None:
    file = stranger.give("file", "x")
    for repo, keys in ((file, stranger.keys), (stranger.repo, file), (file / "x", stranger.keys)):
        ended = door_scanner("publish", "init", "--repo", repo, "--keys", keys)
        assert (ended.code, ended.out) == (2, "")
        (line,) = ended.err.splitlines()
        assert str(file) in line


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_what_belongs_to_others_is_named_with_exit_4(operator: Operator, tmp_path: Path) -> None:
    for folder in (*tmp_path.parents[:3], tmp_path):
        folder.chmod(0o755)
    os.seteuid(NOBODY)
    try:
        ended = operator("release")
    finally:
        os.seteuid(0)
    assert (ended.code, ended.out) == (4, "")
    assert "work/state.json: may not be read or written; check its owner" in ended.err


@pytest.mark.parametrize("group", ["publish", "publish trust", "publish import", "trust", "feed"])
def test_a_command_that_is_left_out_is_one_line(group: str, door_scanner: "Command") -> None:
    ended = door_scanner(*group.split())
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == f"door-scanner: Missing command; see door-scanner {group} --help\n"


@pytest.mark.parametrize("group", ["publish", "publish import", "trust", "clock", "feed"])
def test_no_line_of_a_list_of_commands_is_cut(group: str, door_scanner: "Command") -> None:
    listed = door_scanner(*group.split(), "--help").out.partition("Commands:\n")[2]
    assert listed
    assert "..." not in listed


def test_a_second_command_is_locked_out_while_one_works(operator: Operator) -> None:
    lock = Lock(operator.repo / "work")
    assert lock.take()
    assert "another publish command works on it" in operator.refused("release")
    lock.give_back()
    operator.done("release")


def test_a_missing_offline_key_is_named_with_where_to_look(operator: Operator) -> None:
    (operator.keys / "curator.pem").unlink()
    rules = operator.give("kr-2022-01-03.json", KOREA)
    line = operator.refused("rules", "add", rules)
    assert line == "rules is signed with curator.pem; name their folder with --keys"


@pytest.mark.parametrize(
    "command",
    ["", "init", "trust", "trust add", "rules", "revoke", "reinstate", "import", "import csv",
     "import dcc-batches", "release", "renew", "status", "rotate-root"],
)  # fmt: skip
def test_help_fits_a_terminal(command: str, door_scanner: "Command") -> None:
    ended = door_scanner("publish", *command.split(), "--help")
    assert ended.code == 0
    assert max(map(len, ended.out.splitlines())) <= COLUMNS
