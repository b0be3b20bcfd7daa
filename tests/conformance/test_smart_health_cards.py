"""SMART Health Cards: examples of the specification, and what its developers' tools refuse.

A card of the tools is admitted unless the errors expected there are about its JWS, its
signature, its header, trailing characters or revocation; what else is refused stands here with
its reason. Errors about QR versions, segments and part sizes are for issuers, not for doors.
"""

import itertools
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import pytest

from scanner.gate import Belief, judge
from scanner.passes import joined, part_of
from scanner.publish.shc import numeric
from scanner.rules import GENUINE_ONLY
from scanner.sight.pictures import PictureReader
from scanner.terms import InputError, Moment, Reason
from scanner.trust import Binding, Keyring, RevocationList, read_revocations, read_trust

ISS: Final = "https://spec.smarthealth.cards/examples/issuer"
# The examples were issued in June 2023; the tools are tested upstream at the end of May 2022.
OF_EXAMPLES: Final = datetime(2023, 7, 1, tzinfo=UTC)
OF_TOOLS: Final = datetime(2022, 5, 31, tzinfo=UTC)
FORBIDDEN: Final = re.compile(
    "JWS|SIGNATURE_FORMAT|INVALID_NUMERIC_QR_HEADER|TRAILING_CHARACTERS|REVOCATION"
)

# What is refused although no such error is expected, each with its reason.
EXCEPTIONS: Final = {
    "00-d-jws-issuer-not-valid-with-smart-key.txt": (
        Reason.ISSUER_MISMATCH, "the key is good, and another issuer's; no test upstream",
    ),
    "00-d-jws-jws_too_long.txt": (
        Reason.ISSUER_MISMATCH, "a draft of 2021: another issuer, no nbf; no test upstream",
    ),
    "00-d-jws-no_deflate.txt": (
        Reason.MALFORMED, "zip must be DEF; no test upstream",
    ),
    "00-g-qr-code-#-too_many_qr_segment.png": (
        Reason.MALFORMED, "the third segment writes letters behind the digits",
    ),
    "00-g-qr-code-#-corrupted.png": (
        Reason.NO_CODE, "no reader finds a code in it",
    ),
}  # fmt: skip
# Why the others are refused.
REASONS: Final = {
    "00-d-jws-der-signature-r-neg.txt": Reason.BAD_SIGNATURE,
    "00-d-jws-der-signature.txt": Reason.BAD_SIGNATURE,
    "00-d-jws-invalid-signature.txt": Reason.BAD_SIGNATURE,
    "00-d-jws-no_jws_header_alg.txt": Reason.MALFORMED,
    "00-d-jws-trailing_chars.txt": Reason.MALFORMED,
    "00-d-jws-wrong_jws_header_kid.txt": Reason.UNKNOWN_ISSUER,
    "00-f-qr-code-numeric-value-#-trailing_chars.txt": Reason.NOT_A_PASS,
    "00-f-qr-code-numeric-value-#-wrong_qr_header.txt": Reason.NOT_A_PASS,
}


@pytest.fixture(scope="module")
def suite(conformance: Path) -> Path:
    return conformance / "passes" / "smart-health-cards"


def keyring_of(well_known: Path, *, issuer: str) -> Keyring:
    content = (well_known / "jwks.json").read_bytes()
    return Keyring.of(read_trust(content, binding=Binding(issuer=issuer)).keys)


@pytest.fixture(scope="module")
def belief(suite: Path) -> Belief:
    well_known = suite / "issuer" / ".well-known"
    (listed,) = (well_known / "crl").glob("*.json")
    revoked = read_revocations(listed.read_bytes())
    return Belief(keyring_of(well_known, issuer=ISS), revoked, (GENUINE_ONLY,))


def reason(raws: Sequence[bytes], *, at: datetime, belief: Belief) -> Reason:
    """Give the verdict's reason on one code, or on the parts of one card."""
    parts = [part for part in map(part_of, raws) if part]
    raw = joined(parts) if parts else raws[0]
    return judge(raw, belief=belief, moment=Moment(at, trusted=True)).reason


def drawn(svg: str) -> bytes:
    """Draw a code of horizontal strokes, four pixels a module."""
    (path,) = re.findall(r'stroke="#000000" d="([^"]+)"', svg)
    (side,) = re.findall(r'viewBox="0 0 (\d+) ', svg)
    picture = np.full((int(side), int(side)), 255, np.uint8)
    x = y = 0
    for move, first, second, width in re.findall(r"([Mm])(\d+) (\d+)(?:\.5)?|h(\d+)", path):
        if move == "M":
            x, y = int(first), int(second)
        elif move == "m":
            x += int(first)
        else:
            picture[y, x : x + int(width)] = 0
            x += int(width)
    _, png = cv2.imencode(".png", np.kron(picture, np.ones((4, 4), np.uint8)))
    return png.tobytes()


def stages(
    folder: Path, *, example: str, reader: PictureReader
) -> Iterator[tuple[str, list[bytes]]]:
    """Give an example as JWS, as file, as digits and as code: each the raw texts of one card."""
    for path in folder.glob(f"example-{example}-d-*"):
        yield path.name, [numeric(path.read_bytes().strip()).encode()]
    for path in folder.glob(f"example-{example}-e-*"):
        (jws,) = json.loads(path.read_bytes())["verifiableCredential"]
        yield path.name, [numeric(jws.encode()).encode()]
    digits = sorted(folder.glob(f"example-{example}-f-*"))
    if digits:
        yield "f", [path.read_bytes().strip() for path in digits]
    pictures = [drawn(path.read_text()) for path in sorted(folder.glob(f"example-{example}-g-*"))]
    if pictures:
        yield "g", [code.raw for png in pictures for code in reader.read_picture(png).codes]


@pytest.mark.parametrize(("example", "parts"), [("00", 1), ("01", 1), ("02", 3)])
def test_an_example_is_admitted_at_every_stage_and_in_every_order(
    example: str, parts: int, suite: Path, belief: Belief, reader: PictureReader
) -> None:
    found = dict(stages(suite / "examples", example=example, reader=reader))
    assert [len(raws) for raws in found.values()] == [1, 1, parts, parts]
    for raws in found.values():
        for order in itertools.permutations(raws):
            assert reason(order, at=OF_EXAMPLES, belief=belief) is Reason.ADMITTED


def test_the_last_example_is_revoked_by_its_time_and_expired(
    suite: Path, belief: Belief, reader: PictureReader
) -> None:
    found = dict(stages(suite / "examples", example="03", reader=reader))
    if not found:
        pytest.skip("the suite here holds no example 03")
    late, unlisted = datetime(2026, 1, 1, tzinfo=UTC), replace(belief, revoked=RevocationList())
    for raws in found.values():
        answers = [
            reason(raws, at=at, belief=believed)
            for believed in (belief, unlisted)
            for at in (OF_EXAMPLES, late)
        ]
        assert answers == [Reason.REVOKED, Reason.REVOKED, Reason.ADMITTED, Reason.EXPIRED]


def test_the_lists_of_the_issuer_are_read_in_full(belief: Belief) -> None:
    assert len(belief.keyring) == 2
    assert (len(belief.revoked.ids), len(belief.revoked.timed)) == (2, 2)
    assert set(belief.revoked.timed.values()) == {1687450765}


def payloads(path: Path, *, reader: PictureReader) -> list[bytes]:
    content = path.read_bytes()
    if path.suffix != ".txt":
        return [code.raw for code in reader.read_picture(content).codes]
    # A JWS in a file is shown as a code would write it; nothing is taken from its ends.
    is_jws = "-d-jws-" in path.name
    return [digits_of(content) if is_jws else content]


def digits_of(content: bytes) -> bytes:
    try:
        return numeric(content).encode()
    except KeyError:
        # Blanks are no letters of a JWS, and no pair of digits can write them.
        return b"shc:/" + content


def cards_of_tools(folder: Path) -> dict[str, list[Path]]:
    """Group the parts of one card under a name without their numbers."""
    cards: defaultdict[str, list[Path]] = defaultdict(list)
    for path in sorted((*folder.glob("*.txt"), *folder.glob("*.png"), *folder.glob("*.jpg"))):
        name = path.name.removeprefix("test-example-")
        cards[re.sub(r"(?<=value|-code)-\d+-", "-#-", name)].append(path)
    return cards


def is_forbidden(codes: Any) -> bool:
    errors = codes[0]["errors"] if isinstance(codes, list) else []
    return isinstance(errors, list) and any(FORBIDDEN.search(error) for error in errors)


def test_every_card_of_the_tools_is_answered_as_expected(
    suite: Path, belief: Belief, reader: PictureReader
) -> None:
    folder = suite / "dev-tools"
    codes = json.loads((folder / "expected-codes.json").read_bytes())
    expected, answered = {}, {}
    for name, paths in cards_of_tools(folder).items():
        raws = [raw for path in paths for raw in payloads(path, reader=reader)]
        answered[name] = reason(raws, at=OF_TOOLS, belief=belief) if raws else Reason.NO_CODE
        forbidden = {is_forbidden(codes[path.name]) for path in paths}
        if name in EXCEPTIONS:
            expected[name] = EXCEPTIONS[name][0]
            assert forbidden == {False}
        else:
            expected[name] = REASONS[name] if forbidden == {True} else Reason.ADMITTED
    assert answered == expected
    assert set(EXCEPTIONS) | set(REASONS) <= set(answered)
    assert len(answered) == 23
    assert sum(one is Reason.ADMITTED for one in answered.values()) == 10


BAD_LISTS: Final[dict[str, str]] = {
    "duplicate-rid": "stands twice",
    "invalid-method": "'invalid-method', not by rid",
    "non-base64url-rid": "'base64==', which is no base64url",
}


@pytest.mark.parametrize(("name", "why"), BAD_LISTS.items(), ids=BAD_LISTS.keys())
def test_a_bad_list_of_the_tools_is_refused_and_its_card_not_judged(
    name: str, why: str, suite: Path
) -> None:
    well_known = suite / "dev-tools" / "badcrl" / name / ".well-known"
    (listed,) = (well_known / "crl").glob("*.json")
    with pytest.raises(InputError, match=re.escape(why)):
        read_revocations(listed.read_bytes())


@pytest.mark.parametrize("name", BAD_LISTS)
def test_beside_its_bad_list_a_card_of_the_tools_is_good(name: str, suite: Path) -> None:
    folder = suite / "dev-tools" / "badcrl" / name
    issuer = f"https://raw.githubusercontent.com/smart-on-fhir/health-cards-dev-tools/main/testdata/badcrl/{name}"
    (path,) = folder.glob("jws-*.txt")
    raw = digits_of(path.read_bytes())
    ring = keyring_of(folder / ".well-known", issuer=issuer)
    belief = Belief(ring, RevocationList(), (GENUINE_ONLY,))
    assert reason([raw], at=OF_TOOLS, belief=belief) is Reason.ADMITTED


KEYS: Final[dict[str, str | None]] = {
    "valid_key.json": None,
    "valid_keys.json": None,
    "issuer.jwks.public.not.smart.json": None,
    "wrong_kid_key.json": "its kid is not the thumbprint",
    "wrong_kty_key.json": "its kty is not EC",
    "wrong_use_key.json": "its use is not sig",
    "wrong_alg_key.json": "its alg is not ES256",
    "wrong_curve_key.json": "its crv is not P-256",
    "test-issuers.json": "a directory of issuers without their keys",
}


@pytest.mark.parametrize(("name", "why"), KEYS.items(), ids=KEYS.keys())
def test_a_key_of_the_tools_is_taken_or_refused(name: str, why: str | None, suite: Path) -> None:
    content = (suite / "dev-tools" / "keys" / name).read_bytes()
    if why is None:
        assert read_trust(content, binding=Binding(issuer=ISS)).keys
    else:
        with pytest.raises(InputError, match=why):
            read_trust(content, binding=Binding(issuer=ISS))
