"""Keys are found on the line where a person sees them, however TOML is written."""

import pytest

from scanner.settings.lines import outline

CAMERA_FPS = {
    "below its section": ("[camera]\nfps = 1", 2),
    "after notes and empty lines": ("# fps = 1\n\n[camera] # fps\n\nfps = 1", 5),
    "dotted": ("\ncamera.fps = 1", 2),
    "dotted with spaces": ("\n\ncamera . fps = 1", 3),
    "quoted": ("[\"camera\"]\n'fps' = 1", 2),
    "quoted with an escape": ('[camera]\n"f\\u0070s" = 1', 2),
    "in braces": ("camera = { number = {}, fps = 1 }", 1),
    "as a section": ("[camera]\n[camera.fps]\nx = 1", 2),
    "as a section of lists": ("[camera]\n[[camera.fps]]\n[[camera.fps]]", 2),
    "by what lies deeper": ("[camera]\n\nfps.x.y = 1", 3),
    "behind long text": ('[camera]\nsource = """\nfps = 1\n\\"""\n"""\nfps = 1', 6),
    "behind long text that ends in quotes": ('[camera]\nsource = """a"""""\nfps = 1', 3),
    "behind long literal text": ("[camera]\nsource = '''\nfps = 1\n\\'''\nfps = 1", 5),
    "behind text with a bracket": ('[camera]\nsource = "[x] = {"\nfps = 1', 3),
    "behind text with a note": ("[camera]\nsource = 'a # b'\nfps = 1", 3),
    "behind a list on many lines": ("[camera]\na = [\n 1, # ]\n [2],\n {fps = 3},\n]\nfps = 1", 7),
    "behind braces in a list": ("[camera]\na = [{x = 1, fps = 2}]\nfps = 1", 3),
    "behind another section": ("[door]\nfps = 1\n[camera]\nfps = 1", 4),
    "behind a time with colons": ("[camera]\na = 2026-01-01T10:00:00.5+01:00\nfps = 1", 3),
}


@pytest.mark.parametrize(("text", "line"), CAMERA_FPS.values(), ids=CAMERA_FPS)
def test_a_key_is_found_on_its_line(text: str, line: int) -> None:
    assert outline(text).lines["camera", "fps"] == line


def test_a_section_is_found_where_it_is_first_named() -> None:
    assert outline("[door]\n[camera]\n[door.x]").lines["door",] == 1


def test_keys_within_values_are_no_keys_of_the_section() -> None:
    found = outline("[camera]\na = [{fps = 1}]\nb = {fps = 2}\n").lines
    assert set(found) == {("camera",), ("camera", "a"), ("camera", "b")}


def test_a_value_with_many_points_is_no_long_key() -> None:
    assert outline("a = [" + "0.1, " * 99 + "]\n[b]\nc = '" + "x." * 99 + "'").overlong == 0


def test_the_line_of_a_key_with_too_many_dots_is_told() -> None:
    assert outline("a = 1\nb" + ".b" * 17 + " = 1").overlong == 2
    assert outline("a = 1\nb" + ".b" * 16 + " = 1").overlong == 0
