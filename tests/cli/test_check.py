"""`door-scanner check`: its JSON, its exit codes, its inputs."""

import base64
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from scanner.publish.wrapping import Wrapping
from scanner.sight.scenes.still import still

if TYPE_CHECKING:
    from tests.cli.conftest import Command
    from tests.conftest import Mint

MEMBERS = [
    "input", "verdict", "reason", "format", "kind", "issuer", "kid", "rule", "detail", "timing_ms",
]  # fmt: skip
HERE = Path(__file__).resolve()
Judging = tuple[str, ...]


def _saved(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


# --- the object --------------------------------------------------------------------------


def test_an_admission_is_the_object_of_the_interface(
    door_scanner: "Command", judging: Judging, mint: "Mint", tmp_path: Path
) -> None:
    path = _saved(tmp_path / "pass.txt", mint.valid)
    done = door_scanner("check", *judging, path)
    assert (done.code, done.err) == (0, "")
    (shown,) = done.objects
    timing_ms = shown.pop("timing_ms")
    assert list(timing_ms) == ["read", "verify", "judge"]
    assert timing_ms["read"] is None
    assert timing_ms["verify"] > 0
    assert timing_ms["judge"] > 0
    assert list(shown.items()) == [
        ("input", str(path)),
        ("verdict", "admit"),
        ("reason", "admitted"),
        ("format", "dcc"),
        ("kind", "vaccination"),
        ("issuer", "AT"),
        ("kid", base64.b64encode(mint.issuer.kid).decode()),
        ("rule", None),
        ("detail", None),
    ]


def test_a_picture_tells_how_long_it_was_read(
    door_scanner: "Command", judging: Judging, mint: "Mint", draw: Callable[..., Path]
) -> None:
    (shown,) = door_scanner("check", *judging, draw(mint.valid)).objects
    assert list(shown) == MEMBERS
    assert shown["timing_ms"]["read"] > 0


def test_a_refused_rule_is_named_with_set_and_version(
    door_scanner: "Command", judging: Judging, mint: "Mint"
) -> None:
    positive = {**mint.test, "t": [{**mint.test["t"][0], "tr": "260373001"}]}
    raw = mint.strike(mint.claims(positive))
    done = door_scanner("check", *judging, "--rules", "no-infection", "-", stdin=raw)
    (shown,) = done.objects
    assert (shown["verdict"], shown["reason"]) == ("refuse", "rule_not_met")
    assert (shown["kind"], shown["rule"]) == ("test", "no-infection/1/negative-test")
    assert done.code == 1
    assert door_scanner("check", *judging, "-", stdin=raw).code == 0


def test_what_is_not_known_is_null(door_scanner: "Command", judging: Judging) -> None:
    (shown,) = door_scanner("check", *judging, "-", stdin=b"https://example.org/menu").objects
    assert list(shown) == MEMBERS
    assert shown["timing_ms"].pop("verify") >= 0
    assert shown == {
        **dict.fromkeys(MEMBERS),
        "input": "-:1",
        "verdict": "ignore",
        "reason": "not_a_pass",
        "timing_ms": {"read": None, "judge": None},
    }


def test_a_pass_of_an_unknown_issuer_names_the_key_it_claims(
    door_scanner: "Command", judging: Judging, strange_mint: "Mint"
) -> None:
    (shown,) = door_scanner("check", *judging, "-", stdin=strange_mint.valid).objects
    assert (shown["verdict"], shown["reason"]) == ("refuse", "unknown_issuer")
    assert shown["kid"] == base64.b64encode(strange_mint.issuer.kid).decode()
    assert (shown["kind"], shown["issuer"]) == (None, None)


def test_claims_are_shown_when_asked_for_only(
    door_scanner: "Command", judging: Judging, mint: "Mint"
) -> None:
    plain = door_scanner("check", *judging, "-", stdin=mint.valid)
    assert mint.person.given not in plain.out
    (shown,) = door_scanner("check", *judging, "--show-claims", "-", stdin=mint.valid).objects
    assert list(shown) == [*MEMBERS, "claims"]
    assert shown["claims"]["nam"]["gn"] == mint.person.given


def test_without_json_a_line_is_for_a_person(
    door_scanner: "Command", trust: Path, mint: "Mint", expired: bytes
) -> None:
    options = ("--trust", trust, "--at", "2026-06-01T12:00:00Z")
    done = door_scanner("check", *options, "-", stdin=mint.valid + b"\n" + expired)
    first, second = done.out.splitlines()
    assert first.split() == ["ADMIT", "admitted", "-:1", "(dcc", "vaccination", "AT)"]
    assert second.startswith("REFUSE  expired         -:2  (dcc vaccination AT; valid until")


# --- exit codes --------------------------------------------------------------------------

STDIN_CASES: dict[str, tuple[list[str], int]] = {
    "every one admitted": (["valid", "valid"], 0),
    "one refused": (["valid", "expired"], 1),
    "a poster": (["poster"], 1),
    "a code that needs a server": (["online"], 1),
    "nothing on standard input": ([], 0),
}


@pytest.mark.parametrize("case", STDIN_CASES)
def test_the_exit_code_follows_the_worst_verdict(
    case: str, door_scanner: "Command", judging: Judging, mint: "Mint", expired: bytes
) -> None:
    names, code = STDIN_CASES[case]
    raws = {"valid": mint.valid, "expired": expired, "poster": b"x", "online": b"003|abc"}
    stdin = b"\n".join(raws[name] for name in names)
    assert door_scanner("check", *judging, "-", stdin=stdin).code == code


def test_an_unreadable_input_is_a_fault_and_the_rest_go_on(
    door_scanner: "Command", judging: Judging, mint: "Mint", expired: bytes, tmp_path: Path
) -> None:
    inputs = [
        _saved(tmp_path / "1.txt", expired),
        tmp_path / "missing.png",
        _saved(tmp_path / "3.txt", mint.valid),
    ]
    done = door_scanner("check", *judging, *inputs)
    assert done.code == 3
    names = [str(path) for path in inputs]
    assert done.told == list(zip(names, ["expired", "internal", "admitted"], strict=True))
    assert done.objects[1]["verdict"] == "fault"
    assert done.objects[1]["detail"] == "no such file; check the path"


def test_without_any_trust_the_scanner_cannot_know(door_scanner: "Command", mint: "Mint") -> None:
    done = door_scanner("check", "--json", "-", stdin=mint.valid)
    assert [one["reason"] for one in done.objects] == ["list_missing"]
    assert done.code == 3


BAD_INPUTS: dict[str, tuple[bytes | None, str, str]] = {
    "an empty file": (b"", "empty.png", "empty"),
    "an empty text": (b"", "empty.txt", "empty"),
    "a corrupt picture": (b"\x89PNG\r\n\x1a\n" + b"\x00" * 99, "corrupt.png", "damaged"),
    "a text named as a picture": (b"HC1:", "text.png", "not a picture"),
    "a folder": (None, "folder", "a folder"),
    "neither picture nor text": (b"\x7fELF\x00\xff\xfe", "program", "neither a picture nor a text"),
}


@pytest.mark.parametrize("case", BAD_INPUTS)
def test_a_bad_input_is_one_line_that_says_why(
    case: str, door_scanner: "Command", judging: Judging, tmp_path: Path
) -> None:
    content, name, words = BAD_INPUTS[case]
    path = tmp_path / name
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    done = door_scanner("check", *judging, path)
    (shown,) = done.objects
    assert (shown["input"], shown["verdict"], shown["reason"]) == (str(path), "fault", "internal")
    assert words in shown["detail"]
    assert str(path) not in shown["detail"]
    assert done.code == 3


# --- payloads ----------------------------------------------------------------------------


def test_a_text_file_ends_with_one_line_end_or_none(
    door_scanner: "Command", judging: Judging, mint: "Mint", tmp_path: Path
) -> None:
    inputs = [
        _saved(tmp_path / f"{number}.txt", mint.valid + end)
        for number, end in enumerate([b"", b"\n", b"\r\n"])
    ]
    done = door_scanner("check", *judging, *inputs)
    assert [reason for _, reason in done.told] == ["admitted"] * 3


LINES: dict[str, tuple[bytes, list[tuple[str, str]]]] = {
    "LF": (b"%v\n%e\n", [("-:1", "admitted"), ("-:2", "expired")]),
    "CRLF": (b"%v\r\n%e\r\n", [("-:1", "admitted"), ("-:2", "expired")]),
    "no line end at the end": (b"%v\n%e", [("-:1", "admitted"), ("-:2", "expired")]),
    "a blank line": (b"\n%v\n", [("-:1", "no_code"), ("-:2", "admitted")]),
    "a blank CRLF line": (b"\r\n%v\r\n", [("-:1", "no_code"), ("-:2", "admitted")]),
    "a space before": (b" %v\n", [("-:1", "not_a_pass")]),
    "a space after": (b"%v \n", [("-:1", "malformed")]),
    "a tab after": (b"%v\t\n", [("-:1", "malformed")]),
    "two CRs before the LF": (b"%v\r\r\n", [("-:1", "malformed")]),
    "a zero byte": (b"\x00%v\n", [("-:1", "not_a_pass")]),
    "bytes that are no text": (b"\xff\xfe\n%v", [("-:1", "not_a_pass"), ("-:2", "admitted")]),
}


@pytest.mark.parametrize("case", LINES)
def test_each_line_of_standard_input_is_one_payload(
    case: str, door_scanner: "Command", judging: Judging, mint: "Mint", expired: bytes
) -> None:
    lines, told = LINES[case]
    stdin = lines.replace(b"%v", mint.valid).replace(b"%e", expired)
    assert door_scanner("check", *judging, "-", stdin=stdin).told == told


@pytest.mark.parametrize(
    ("prefix", "reason"), [(b"HC1:", "too_large"), (b"X", "not_a_pass")], ids=["a pass", "a text"]
)
def test_a_line_of_10_mb_is_one_answer_and_the_next_is_judged(
    prefix: bytes, reason: str, door_scanner: "Command", judging: Judging, mint: "Mint"
) -> None:
    stdin = prefix + b"A" * 10_000_000 + b"\n" + mint.valid
    done = door_scanner("check", *judging, "-", stdin=stdin)
    assert done.told == [("-:1", reason), ("-:2", "admitted")]
    assert len(done.out) < 2000


@pytest.mark.parametrize("extra", [-1, 0, 1])
def test_a_line_as_long_as_what_is_kept_does_not_swallow_the_next(
    extra: int, door_scanner: "Command", judging: Judging, mint: "Mint"
) -> None:
    line = b"HC1:" + b"A" * (64 * 1024 - 4 + extra)
    done = door_scanner("check", *judging, "-", stdin=line + b"\n" + mint.valid)
    assert done.told == [("-:1", "too_large"), ("-:2", "admitted")]


def test_a_file_of_10_mb_is_one_answer(
    door_scanner: "Command", judging: Judging, tmp_path: Path
) -> None:
    path = _saved(tmp_path / "large.txt", b"HC1:" + b"A" * 10_000_000)
    done = door_scanner("check", *judging, path)
    assert done.told == [(str(path), "too_large")]
    assert done.code == 1


def test_standard_input_may_stand_between_files(
    door_scanner: "Command", judging: Judging, mint: "Mint", tmp_path: Path
) -> None:
    path = _saved(tmp_path / "pass.txt", mint.valid)
    done = door_scanner("check", *judging, path, "-", path, stdin=b"x\ny\n")
    assert [name for name, _ in done.told] == [str(path), "-:1", "-:2", str(path)]


def test_two_thousand_lines_are_judged_in_one_process(
    door_scanner: "Command", judging: Judging, mint: "Mint", expired: bytes
) -> None:
    stdin = (mint.valid + b"\n" + expired + b"\n") * 1000
    started_s = time.monotonic()
    done = door_scanner("check", *judging, "-", stdin=stdin)
    assert time.monotonic() - started_s < 5
    assert done.told == [
        (f"-:{line}", "admitted" if line % 2 else "expired") for line in range(1, 2001)
    ]


# --- pictures ----------------------------------------------------------------------------


def test_a_picture_with_two_codes_is_two_objects(
    door_scanner: "Command",
    judging: Judging,
    mint: "Mint",
    expired: bytes,
    draw: Callable[..., Path],
) -> None:
    path = draw(mint.valid, expired)
    done = door_scanner("check", *judging, path)
    assert sorted(done.told) == [(str(path), "admitted"), (str(path), "expired")]


def test_many_pictures_are_read_by_one_process_whatever_lies_between(
    door_scanner: "Command",
    judging: Judging,
    mint: "Mint",
    draw: Callable[..., Path],
    tmp_path: Path,
) -> None:
    photo = tmp_path / "photo.jpg"
    cv2.imwrite(str(photo), still(mint.valid, seed=1))
    empty = tmp_path / "empty.png"
    cv2.imwrite(str(empty), np.full((200, 300), 200, np.uint8))
    corrupt = _saved(tmp_path / "corrupt.png", photo.read_bytes()[:2000])
    drawn = draw(mint.valid)
    named_oddly = _saved(tmp_path / "scan", drawn.read_bytes())
    done = door_scanner("check", *judging, photo, empty, corrupt, drawn, named_oddly)
    first, second, _, *last = [reason for _, reason in done.told]
    assert [first, second, *last] == ["admitted", "no_code", "admitted", "admitted"]
    nothing = done.objects[1]
    assert (nothing["verdict"], nothing["reason"]) == ("ignore", "no_code")
    assert nothing["timing_ms"]["verify"] is None
    assert nothing["timing_ms"]["read"] > 0


def test_a_picture_without_a_code_exits_with_1(
    door_scanner: "Command", judging: Judging, tmp_path: Path
) -> None:
    path = tmp_path / "empty.png"
    cv2.imwrite(str(path), np.full((200, 300), 200, np.uint8))
    assert door_scanner("check", *judging, path).code == 1


# --- what it costs and what it must not do -----------------------------------------------


def test_checking_a_text_imports_no_decoder_and_no_tables(
    trust: Path, mint: "Mint", tmp_path: Path
) -> None:
    path = _saved(tmp_path / "pass.txt", mint.valid)
    program = (
        "import sys\n"
        "from scanner.cli.main import main\n"
        "try:\n"
        "    main()\n"
        "finally:\n"
        "    print(*sorted({m.partition('.')[0] for m in sys.modules}), file=sys.stderr)\n"
    )
    ended = subprocess.run(
        [
            *(sys.executable, "-c", program, "check", "--json", "--trust", str(trust)),
            *("--at", "2026-06-01T12:00:00Z", str(path)),
        ],
        capture_output=True,
        text=True,
        timeout=30,
        cwd=HERE.parents[2],
        check=False,
    )
    assert json.loads(ended.stdout)["verdict"] == "admit"
    loaded = set(ended.stderr.split())
    assert "cryptography" in loaded
    assert not loaded & {"numpy", "cv2", "rich", "zxingcpp", "pyzbar", "segno"}


# Introducers of escape sequences (also the one-character C1 form), bell, zero, right-to-left.
STEERING = {"\x1b", "\x9b", "\x07", "\x00", "\u202e"}


@pytest.mark.parametrize("options", [(), ("--show-claims",), ("--json", "--show-claims")], ids=str)
def test_a_pass_cannot_steer_the_terminal(
    options: tuple[str, ...], door_scanner: "Command", trust: Path, mint: "Mint"
) -> None:
    evil = "\x1b[31m\x1b]0;owned\x07\x9b2J\u202e\x00"
    person = {**mint.vaccination, "nam": {"fn": evil, "fnt": "X"}}
    raw = mint.strike(mint.claims(person, iss=evil))
    settings = ("--trust", trust, "--at", "2026-06-01T12:00:00Z")
    for command in ("check", "explain"):
        done = door_scanner(command, *settings, *options, "-", stdin=raw)
        assert done.code == 0
        assert not STEERING & set(done.out)


def test_the_name_of_an_input_cannot_steer_the_terminal(
    door_scanner: "Command", judging: Judging, tmp_path: Path
) -> None:
    path = _saved(tmp_path / "\x1b[31m\x9b2J.txt", b"x")
    for options in (judging, judging[1:]):
        done = door_scanner("check", *options, path)
        assert "\x1b" not in done.out
        assert "\x9b" not in done.out


def test_a_date_at_the_calendars_edge_is_a_decision(
    door_scanner: "Command", judging: Judging, mint: "Mint"
) -> None:
    """Passes that never expire carry the last second of the year 9999."""
    last = 253_402_300_799
    done = door_scanner("check", *judging, "-", stdin=mint.strike(mint.claims(exp=last)))
    assert done.told == [("-:1", "admitted")]


def test_a_pass_in_another_wrapping_is_the_same_pass(
    door_scanner: "Command", judging: Judging, mint: "Mint"
) -> None:
    raw = mint.issuer.issue(
        mint.vaccination,
        issued_at=mint.issued,
        expires_at=mint.expires,
        wrapping=Wrapping(prefix="LT1:"),
    )
    assert door_scanner("check", *judging, "-", stdin=raw.encode()).told == [("-:1", "admitted")]
