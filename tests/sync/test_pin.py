"""Pinning a root: by a digest that a person compares, and never by itself."""

import json
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from scanner.sync.pin import Change, Replacing, digest_of, pin, root_in
from scanner.terms import InputError, NotPermittedError
from tests.sync.house import House


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return House(tmp_path_factory.mktemp("house"))


@pytest.fixture
def root(house: House) -> Path:
    return house.public / "metadata/1.root.json"


def test_a_root_with_the_digest_that_was_given_is_pinned(
    house: House, root: Path, tmp_path: Path
) -> None:
    at = tmp_path / "etc" / "root.json"
    pinned, change = pin(root, sha256=house.root_sha256, at=at, replacing=Replacing.NOT)
    assert change is Change.NEW
    assert at.read_bytes() == root.read_bytes()
    assert stat.S_IMODE(at.stat().st_mode) == 0o644
    assert (pinned.version, pinned.threshold, pinned.keys) == (1, 2, 3)
    assert pinned.sha256 == house.root_sha256


def test_the_same_root_again_changes_nothing(house: House, root: Path, tmp_path: Path) -> None:
    at = tmp_path / "root.json"
    pin(root, sha256=house.root_sha256, at=at, replacing=Replacing.NOT)
    before = at.stat()
    _, change = pin(root, sha256=house.root_sha256, at=at, replacing=Replacing.NOT)
    assert change is Change.SAME
    assert at.stat().st_ino == before.st_ino


TYPED: Final[dict[str, Callable[[str], str]]] = {
    "as it is": str,
    "upper case": str.upper,
    "with colons": lambda digest: ":".join(digest[at : at + 2] for at in range(0, 64, 2)),
    "in groups": lambda digest: " ".join(digest[at : at + 8] for at in range(0, 64, 8)),
    "with a line end": lambda digest: f" {digest}\n",
}


@pytest.mark.parametrize("case", TYPED)
def test_a_digest_is_taken_as_people_write_it(case: str) -> None:
    digest = "0123456789abcdef" * 4
    assert digest_of(TYPED[case](digest)) == digest


@pytest.mark.parametrize("wrong", ["", "abc", "0" * 63, "0" * 65, "g" * 64, "0x" + "0" * 64])
def test_what_is_no_digest_is_said(wrong: str) -> None:
    with pytest.raises(InputError, match="64 hex digits"):
        digest_of(wrong)


def test_a_root_of_another_digest_is_refused_and_the_digests_are_shown(
    house: House, root: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=house.root_sha256) as error:
        pin(root, sha256="0" * 64, at=tmp_path / "root.json", replacing=Replacing.NOT)
    assert "do not pin it" in str(error.value)
    assert not (tmp_path / "root.json").exists()


def test_another_root_takes_the_place_only_when_a_person_says_so(
    house: House, root: Path, tmp_path: Path
) -> None:
    at = tmp_path / "root.json"
    other = House(tmp_path / "other")
    pin(root, sha256=house.root_sha256, at=at, replacing=Replacing.NOT)
    theirs, sha256 = other.public / "metadata/1.root.json", other.root_sha256
    with pytest.raises(InputError, match="--replace"):
        pin(theirs, sha256=sha256, at=at, replacing=Replacing.NOT)
    assert at.read_bytes() == root.read_bytes()
    _, change = pin(theirs, sha256=sha256, at=at, replacing=Replacing.ALLOWED)
    assert change is Change.REPLACED
    assert root_in(at)[1].sha256 == sha256


def _unsigned(content: bytes) -> bytes:
    told = json.loads(content)
    told["signatures"] = told["signatures"][:1]
    return json.dumps(told).encode()


def _twice_signed_by_one(content: bytes) -> bytes:
    told = json.loads(content)
    told["signatures"] = [told["signatures"][0]] * 2
    return json.dumps(told).encode()


def _changed(content: bytes) -> bytes:
    told = json.loads(content)
    told["signed"]["version"] = 7
    return json.dumps(told).encode()


NO_ROOTS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "nothing": lambda _: b"",
    "no JSON": lambda _: b"-----BEGIN CERTIFICATE-----",
    "other JSON": lambda _: b'{"signed": {}, "signatures": []}',
    "signed by one of three": _unsigned,
    "signed by one, twice": _twice_signed_by_one,
    "changed after it was signed": _changed,
    "cut": lambda content: content[:-50],
    "larger than any root": lambda content: content + b" " * 512_000,
}


@pytest.mark.parametrize("case", NO_ROOTS)
def test_what_is_no_root_is_not_pinned_whatever_its_digest(
    case: str, root: Path, tmp_path: Path
) -> None:
    from hashlib import sha256  # noqa: PLC0415 - once

    path = tmp_path / "no-root.json"
    path.write_bytes(NO_ROOTS[case](root.read_bytes()))
    digest = sha256(path.read_bytes()).hexdigest()
    with pytest.raises(InputError, match=r"no-root\.json"):
        pin(path, sha256=digest, at=tmp_path / "root.json", replacing=Replacing.NOT)
    assert not (tmp_path / "root.json").exists()


def test_other_metadata_of_the_feed_is_no_root(house: House, tmp_path: Path) -> None:
    from hashlib import sha256  # noqa: PLC0415 - once

    path = house.public / "metadata/timestamp.json"
    digest = sha256(path.read_bytes()).hexdigest()
    with pytest.raises(InputError, match="no root of a feed"):
        pin(path, sha256=digest, at=tmp_path / "root.json", replacing=Replacing.NOT)


def test_a_place_that_may_not_be_written_says_who_may(
    house: House, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_arguments: object, **_named: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("scanner.sync.pin.replace_file", denied)
    with pytest.raises(NotPermittedError, match="sudo"):
        pin(root, sha256=house.root_sha256, at=tmp_path / "root.json", replacing=Replacing.NOT)


def test_a_damaged_root_that_is_pinned_can_be_replaced(
    house: House, root: Path, tmp_path: Path
) -> None:
    at = tmp_path / "root.json"
    shutil.copy(root, at)
    at.write_bytes(at.read_bytes()[:-9])
    with pytest.raises(InputError, match="--replace"):
        pin(root, sha256=house.root_sha256, at=at, replacing=Replacing.NOT)
    _, change = pin(root, sha256=house.root_sha256, at=at, replacing=Replacing.ALLOWED)
    assert change is Change.REPLACED
