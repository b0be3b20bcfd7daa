"""Public conformance data becomes parameters; where it is absent one line says so."""

import json
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest

from scanner.sight.pictures import PictureReader

CHECKOUT: Final = Path(__file__).resolve().parents[2]


def _folder() -> Path:
    named = os.environ.get("DOOR_SCANNER_CONFORMANCE")
    return Path(named) if named else CHECKOUT.parent / "shared" / "data"


FOLDER: Final = _folder()
DGC: Final = FOLDER / "passes" / "dgc-testdata"
QUALITY: Final = FOLDER / "passes" / "dcc-quality-assurance"


def _dgc_cases() -> dict[str, Any]:
    return {
        path.relative_to(DGC).with_suffix("").as_posix(): path
        for path in sorted(DGC.rglob("*.json"))
    }


def _quality_images() -> dict[str, Any]:
    listed = QUALITY / "expected.json"
    expected = json.loads(listed.read_text(encoding="utf-8")) if listed.is_file() else {}
    return {name: (QUALITY / name, facts["signature"]) for name, facts in expected.items()}


def _pictures(folder: str) -> dict[str, Any]:
    found = (FOLDER / "images" / folder).glob("*.*")
    return {path.name: path for path in sorted(found) if path.suffix != ".txt"}


# The parameter that a test asks for, and where its values come from.
_PARAMETERS: Final[dict[str, Callable[[], dict[str, Any]]]] = {
    "dgc_case": _dgc_cases,
    "quality_image": _quality_images,
    "certificate_picture": partial(_pictures, "dcc-png"),
    "hostile_picture": partial(_pictures, "hostile"),
    "empty_picture": partial(_pictures, "negatives"),
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give every case of the public data to the tests that ask for it."""
    for name, cases in _PARAMETERS.items():
        if name not in metafunc.fixturenames:
            continue
        found = cases()
        if found:
            metafunc.parametrize(name, found.values(), ids=found.keys())
        else:
            why = f"no conformance data at {FOLDER}; set DOOR_SCANNER_CONFORMANCE"
            absent = pytest.param(None, marks=pytest.mark.skip(reason=why), id="absent")
            metafunc.parametrize(name, [absent])


@pytest.fixture(scope="session")
def reader() -> Iterator[PictureReader]:
    """The real reader process, one for all pictures."""
    with PictureReader() as reader:
        yield reader
