"""Files that TOML's reader refuses: one line with the place and the remedy."""

from collections.abc import Callable

import pytest

Complaints = Callable[[str | bytes], list[str]]

WRONG: dict[str, tuple[str | bytes, str, str]] = {
    "a key twice": ("[camera]\nfps = 15\nfps = 20", "3: this key stands twice", "keep one"),
    "a key twice, once dotted": (
        "camera.fps = 15\n[camera]\nfps = 20",
        "2: this section stands twice",
        "keep one",
    ),
    "a key twice in braces": (
        "camera = {fps = 15, fps = 20}",
        "1: this key stands twice",
        "keep one",
    ),
    "a section twice": ("[door]\n[camera]\n[door]", "3: this section stands twice", "keep one"),
    "a section after braces": ("door = {}\n[door]", "2: this section stands twice", "keep one"),
    "a value without quotes": (
        "[camera]\n\nsource = picamera2",
        "3: no value that TOML knows",
        'write text in quotes, like "auto"',
    ),
    "no value": (
        "[camera]\nfps =",
        "2: no value that TOML knows",
        'write text in quotes, like "auto"',
    ),
    "True as Python writes it": (
        "[camera]\nfps = True",
        "2: no value that TOML knows",
        'write text in quotes, like "auto"',
    ),
    "a unit behind a number": (
        "[camera]\nfps = 15 fps",
        "2: more than one value",
        "one key a line, text in quotes, # before notes",
    ),
    "a leading zero": (
        "[camera]\nnumber = 01",
        "2: more than one value",
        "one key a line, text in quotes, # before notes",
    ),
    "a note without #": (
        "the camera of the door",
        "1: a line without =",
        "write key = value, and # before notes",
    ),
    "a colon for =": (
        "[camera]\nfps: 15",
        "2: a line without =",
        "write key = value, and # before notes",
    ),
    "a note in //": ("// camera", "1: neither key = value nor [section]", "put # before notes"),
    "a key without a name before =": (
        "[camera]\n= 15",
        "2: neither key = value nor [section]",
        "put # before notes",
    ),
    "an empty section": ("[]", "1: no name of a key", "write key = value, and # before notes"),
    "a section that is not closed": (
        "[camera\nfps = 15",
        "1: a section without its ]",
        "write it like [camera]",
    ),
    "text that is not closed": (
        '[camera]\nsource = "picamera2\nfps = 15',
        "2: text without its closing quote",
        "close it",
    ),
    "text in single quotes that is not closed": (
        "[camera]\nsource = 'picamera2\nfps = 15",
        "2: text without its closing quote",
        "close it",
    ),
    "long text that is not closed": (
        '[camera]\nsource = """picamera2\nfps = 15\n',
        "2: text without its closing quote",
        "close it",
    ),
    "a list that is not closed": (
        '[door]\nrules = ["a"\n[camera]',
        "3: a list without its ]",
        "close it",
    ),
    "braces that are not closed": ("camera = {fps = 15", "1: a { without its }", "close it"),
    "a path of Windows": (
        '[door]\nevents = "C:\\Users"',
        "2: a \\ within text",
        "write it twice, or put the text in 'single quotes'",
    ),
    "a lone backslash": (
        '[door]\nevents = "C:\\door"',
        "2: a \\ within text",
        "write it twice, or put the text in 'single quotes'",
    ),
    "a day that is not": (
        "[camera]\nfps = 2026-02-30",
        "2: no such day or time",
        "write text in quotes",
    ),
    "a zero byte": (
        "[camera]\nfps = 15 # \0",
        "2: a character that cannot be printed",
        "remove it",
    ),
    "a tab in a name": (
        '[camera]\nsource = "a\x07"',
        "2: a character that cannot be printed",
        "remove it",
    ),
    "lines that end like those of an old Mac": (
        "[camera]\rfps = 15",
        "1: more than one value",
        "one key a line, text in quotes, # before notes",
    ),
    "brackets without end": (
        "a = " + "[" * 9999,
        " brackets within brackets, too deep",
        "settings have one level",
    ),
    "braces without end": (
        "a = " + "{a = " * 9999,
        " brackets within brackets, too deep",
        "settings have one level",
    ),
    "dots without end": (
        "[door]\na" + ".a" * 99999 + " = 1",
        "2: a key with too many dots",
        "settings have one, like camera.fps",
    ),
    "dots without end in a header": (
        "[a" + ".a" * 99999 + "]",
        "1: a key with too many dots",
        "settings have one, like camera.fps",
    ),
    "digits without end": (
        "[camera]\nfps = " + "9" * 9999,
        " a number with too many digits",
        "shorten it",
    ),
    "another alphabet": (
        b'[camera]\nsource = "caf\xe9"',
        "2: not UTF-8 text",
        "save the file as UTF-8",
    ),
    "two bytes a letter": (
        "[camera]".encode("utf-16"),
        "1: not UTF-8 text",
        "save the file as UTF-8",
    ),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0", "1: not UTF-8 text", "save the file as UTF-8"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_toml_refuses_is_one_line_with_place_and_remedy(
    wrong: str, complaints: Complaints
) -> None:
    text, what, remedy = WRONG[wrong]
    assert complaints(text) == [f"scanner.toml:{what}; {remedy}"]
