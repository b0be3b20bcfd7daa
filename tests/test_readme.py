"""README.md says what the program does: commands, reasons and promises are compared with it."""

import ast
import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from scanner.cli.main import cli
from scanner.terms import Reason

TOP = Path(__file__).resolve().parents[1]
README = (TOP / "README.md").read_text(encoding="utf-8")
HELP = re.findall(r"\$ door-scanner ?(\w*) --help\n(.*?)\n```", README, re.DOTALL)
PROMISES = re.findall(r"^\| (P\d+) \| .* \| (.*) \|$", README, re.MULTILINE)


@pytest.mark.parametrize(("name", "shown"), HELP, ids=[name or "all" for name, _ in HELP])
def test_the_help_in_the_readme_is_the_help_of_the_program(name: str, shown: str) -> None:
    arguments = [name, "--help"] if name else ["--help"]
    printed = CliRunner().invoke(cli, arguments, prog_name="door-scanner").output
    assert printed.rstrip() == shown


def test_the_readme_names_every_command() -> None:
    shown = dict(HELP)
    assert {"", "check", "run"} <= set(shown)
    listed = re.findall(r"^  (\w+) ", shown[""].partition("Commands:")[2], re.MULTILINE)
    assert listed == cli.list_commands(click.Context(cli))


def test_the_readme_lists_every_reason_and_no_other() -> None:
    table = README.partition("## Reasons")[2].partition("## Commands")[0]
    listed = set(re.findall(r"`([a-z_]+)`", table))
    assert listed == {reason.value for reason in Reason}


def test_promises_are_numbered_without_gaps() -> None:
    assert [number for number, _ in PROMISES] == [f"P{n}" for n in range(1, len(PROMISES) + 1)]
    assert len(PROMISES) > 10


@pytest.mark.parametrize(("number", "proof"), PROMISES, ids=[number for number, _ in PROMISES])
def test_every_promise_names_a_test_that_exists(number: str, proof: str) -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", proof)
    assert named, f"{number} names no test"
    for file, function in named:
        tree = ast.parse((TOP / file).read_text(encoding="utf-8"))
        functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert function in functions, f"{number}: {file} has no {function}"


def test_the_top_level_is_the_fixed_layout() -> None:
    fixed = {"pyproject.toml", "README.md", "LICENSE", "scanner", "systemd", "config", "tests"}
    built = {"door_scanner.egg-info", "build", "dist"}
    visible = {entry.name for entry in TOP.iterdir() if not entry.name.startswith(".")}
    assert visible - built == fixed
