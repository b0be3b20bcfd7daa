"""A script crosses a process border whole, or is refused with one line."""

import json
import subprocess
import sys
from typing import Any

import pytest

from scanner.sight.scenes.script import Carrier, Guest, Script
from scanner.terms import InputError

GUESTS = (
    Guest(name="Maja", payloads=(b"HC1:ONE",), showings=2),
    Guest(name="zwei Pässe", payloads=(bytes(range(256)), b"\xff"), carrier=Carrier.PAPER),
)
SCRIPT = Script(guests=GUESTS, seed=7, fps=30, width=640, height=480, paced=False)


def test_a_script_reads_back_as_it_was_written() -> None:
    assert Script.from_bytes(SCRIPT.to_bytes()) == SCRIPT


def test_a_script_needs_nothing_but_the_standard_library() -> None:
    code = (
        "import sys; import scanner.sight.scenes.timeline; "
        "sys.exit(bool({'numpy', 'cv2', 'segno'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def changed(**fields: Any) -> bytes:
    return json.dumps({**json.loads(SCRIPT.to_bytes()), **fields}).encode()


def with_guest(**fields: Any) -> bytes:
    guest = {"name": "x", "payloads": ["QUI="], "carrier": "phone", "showings": 1}
    return changed(guests=[{**guest, **fields}])


BROKEN = {
    "nothing": b"",
    "not JSON": b"\x80\x04]",
    "not an object": b"[]",
    "a number": b"5",
    "deeply nested": b"[" * 100_000,
    "no guests key": b"{}",
    "no guest": changed(guests=[]),
    "guests are a number": changed(guests=3),
    "a guest without fields": changed(guests=[{}]),
    "too many guests": changed(guests=json.loads(SCRIPT.to_bytes())["guests"] * 501),
    "a rate of text": changed(fps="15"),
    "a rate of 0": changed(fps=0),
    "a rate of true": changed(fps=True),
    "a picture as large as a wall": changed(width=100_000),
    "a picture higher than wide": changed(width=480, height=640),
    "an unknown carrier": with_guest(carrier="tattoo"),
    "a payload that is not base64": with_guest(payloads=["*"]),
    "an empty payload": with_guest(payloads=[""]),
    "a payload beyond every code": with_guest(payloads=["QUFB" * 1000]),
    "no payload": with_guest(payloads=[]),
    "three hands": with_guest(payloads=["QUI="] * 3),
    "no showing": with_guest(showings=0),
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_script_is_refused_in_one_line(data: bytes) -> None:
    with pytest.raises(InputError) as refused:
        Script.from_bytes(data)
    assert "\n" not in str(refused.value)
    assert "script" in str(refused.value)
