"""`door-scanner read`: what codes hold, without any judgement."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from tests.cli.conftest import Command

TEXT = "caf\u00e9 \u2615".encode()
BINARY = b"\xff\xfe\x00\x80"
EVIL = "\x1b[31m\x9b2J\u202e".encode()


def test_each_picture_is_one_object_with_its_payloads(
    door_scanner: "Command", draw: Callable[..., Path]
) -> None:
    path = draw(TEXT, BINARY)
    done = door_scanner("read", "--json", path)
    assert (done.code, done.err) == (0, "")
    (shown,) = done.objects
    assert list(shown) == ["input", "payloads", "timing_ms"]
    assert shown["input"] == str(path)
    assert shown["timing_ms"]["read"] > 0
    payloads = {base64.b64decode(one["base64"]): one for one in shown["payloads"]}
    assert set(payloads) == {TEXT, BINARY}
    assert all(list(one) == ["text", "base64", "corners"] for one in payloads.values())
    assert payloads[TEXT]["text"] == TEXT.decode()
    assert payloads[BINARY]["text"] is None
    (left, top), *_, (_, bottom) = payloads[TEXT]["corners"]
    assert 0 <= left < payloads[BINARY]["corners"][0][0]
    assert 0 <= top < bottom


def test_without_json_a_line_is_a_payload(
    door_scanner: "Command", draw: Callable[..., Path]
) -> None:
    done = door_scanner("read", draw(TEXT, name="1.png"), draw(BINARY, name="2.png"))
    assert done.out.splitlines() == [TEXT.decode(), repr(BINARY)]


def test_pictures_that_hold_nothing_or_cannot_be_read_do_not_end_the_rest(
    door_scanner: "Command", draw: Callable[..., Path], tmp_path: Path
) -> None:
    empty = tmp_path / "empty.png"
    cv2.imwrite(str(empty), np.full((200, 300), 200, np.uint8))
    text = tmp_path / "text.txt"
    text.write_text("HC1:")
    good = draw(TEXT)
    assert door_scanner("read", good, empty).code == 1
    done = door_scanner("read", "--json", tmp_path, empty, tmp_path / "missing", text, good)
    assert done.code == 3
    assert [len(one["payloads"]) for one in done.objects] == [0, 0, 0, 0, 1]
    errors = [str(one.get("error")) for one in done.objects]
    assert "a folder" in errors[0]
    assert errors[1] == "None"
    assert errors[2] == "no such file; check the path"
    assert "not a picture" in errors[3]
    assert errors[4] == "None"


def test_a_code_cannot_steer_the_terminal(
    door_scanner: "Command", draw: Callable[..., Path]
) -> None:
    path = draw(EVIL)
    for options in ([], ["--json"]):
        done = door_scanner("read", *options, path)
        assert done.code == 0
        assert "31m" in done.out
        assert not {"\x1b", "\x9b", "\u202e"} & set(done.out)
    (shown,) = done.objects
    assert shown["payloads"][0]["text"].encode() == EVIL
