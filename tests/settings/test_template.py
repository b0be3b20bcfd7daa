"""The shipped settings file says every key, its default and what it may be."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from scanner.settings import Settings, load
from scanner.settings.schema import SECTIONS, keys_of
from scanner.settings.template import template
from scanner.settings.together import clashes

CONFIG = Path(__file__).resolve().parents[2] / "config"
SHIPPED = CONFIG / "scanner.toml"
KEYS = {key.path: key for section in SECTIONS for key in keys_of(section).values()}


def test_the_shipped_file_is_the_one_that_the_schema_gives() -> None:
    assert SHIPPED.read_text() == template()


def test_the_shipped_file_changes_no_default() -> None:
    assert load(SHIPPED) == Settings()


def test_the_shipped_file_is_written_by_running_the_room() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "scanner.settings"], capture_output=True, check=True, timeout=30
    )
    assert made.stdout == SHIPPED.read_bytes()


def test_every_key_stands_in_the_shipped_file_uncommented() -> None:
    document = tomllib.loads(template())
    assert KEYS.keys() == {f"{one}.{name}" for one, keys in document.items() for name in keys}


def test_every_line_fits_a_terminal() -> None:
    assert max(map(len, template().splitlines())) <= 80
    assert template().isascii()


@pytest.mark.parametrize("path", KEYS)
def test_every_key_says_what_it_does_and_what_it_may_be(path: str) -> None:
    key = KEYS[path]
    section = template().partition(f"\n[{key.section}]\n")[2]
    above = section.partition(f"\n{key.name} = ")[0].rpartition("\n\n")[2]
    said = " ".join(line.removeprefix("# ") for line in above.strip().splitlines())
    assert said == f"{key.kind.help} {key.kind.allowed}; default {key.written_default}"
    assert key.kind.help.endswith(".")


@pytest.mark.parametrize("path", KEYS)
def test_every_default_is_one_that_its_key_may_have(path: str) -> None:
    key = KEYS[path]
    assert key.kind.take(tomllib.loads(f"x = {key.written_default}")["x"]) == key.default


def test_the_defaults_go_together() -> None:
    assert list(clashes(Settings())) == []


def test_sections_and_settings_have_the_same_names() -> None:
    assert tuple(SECTIONS) == Settings.__match_args__


def test_the_page_beside_it_lists_every_key() -> None:
    rows = [
        f"| `{key.path}` | `{key.written_default}` | {key.kind.allowed} |" for key in KEYS.values()
    ]
    page = (CONFIG / "README.md").read_text()
    assert [line for line in page.splitlines() if line.startswith("| `")] == rows
