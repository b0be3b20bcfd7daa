"""Whatever bytes a settings file holds: settings, or one line a problem; never anything else."""

import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from scanner.settings import Settings, SettingsError, load
from scanner.settings.schema import SECTIONS, keys_of
from scanner.settings.template import template

NAMES = [name for section in SECTIONS for name in keys_of(section)]
PIECES = [
    *SECTIONS, *NAMES, *"[]{}=.,#'\"\\\n \r\t\0", '"""', "'''", "[[", "]]", "\r\n", " = ", "\n[",
    "true", "nan", "-inf", "0x1f", "1e999", "1_000", "15", '"auto"', '""', "2026-01-01", "10:00:00",
    "2026-01-01T00:00:00+23:59", "\\u0000", "\\U0010ffff", "\ufeff", "\x1b", "ä",
]  # fmt: skip
VALUES = st.recursive(
    st.sampled_from(PIECES) | st.integers().map(str) | st.floats().map(str)
    | st.text(string.printable, max_size=9).map(lambda text: f"'{text}'"),
    lambda inner: st.lists(inner, max_size=4).map(lambda some: f"[{', '.join(some)}]"),
    max_leaves=6,
)  # fmt: skip
KEYED = st.lists(
    st.tuples(
        st.sampled_from([*SECTIONS, "dor"]), st.sampled_from([*NAMES, "fsp", "'a b'"]), VALUES
    ),
    max_size=6,
).map(lambda rows: "\n".join(f"{section}.{name} = {value}" for section, name, value in rows))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("settings") / "scanner.toml"


def is_answered(path: Path, content: bytes) -> bool:
    """Load it: settings that could be written down and loaded again, or sound complaints."""
    path.write_bytes(content)
    try:
        found = load(path)
    except SettingsError as error:
        lines = str(error).split("\n")
        return len(lines) == len(error.problems) > 0 and all(
            0 <= problem.line <= content.count(b"\n") + 1 and problem.words and line.isprintable()
            for problem, line in zip(error.problems, lines, strict=True)
        )
    path.write_text(_written(found), encoding="utf-8")
    return load(path) == found


def _written(settings: Settings) -> str:
    return "\n".join(
        f"{key.path} = {key.kind.written(getattr(getattr(settings, section), name))}"
        for section in SECTIONS
        for name, key in keys_of(section).items()
    )


@given(content=st.binary(max_size=200))
def test_any_bytes(content: bytes, place: Path) -> None:
    assert is_answered(place, content)


@effort(max_examples=600)
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=25))
def test_any_row_of_the_pieces_that_toml_is_made_of(pieces: list[str], place: Path) -> None:
    assert is_answered(place, "".join(pieces).encode())


@effort(max_examples=600)
@given(text=KEYED)
def test_any_values_of_any_keys(text: str, place: Path) -> None:
    assert is_answered(place, text.encode())


@effort(max_examples=300)
@given(data=st.data())
def test_the_shipped_file_with_some_of_it_replaced(data: st.DataObject, place: Path) -> None:
    text = template()
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 30)))
    changed = text[:start] + data.draw(st.sampled_from(PIECES)) + text[end:]
    assert is_answered(place, changed.encode())
