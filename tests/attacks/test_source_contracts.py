"""What must stand in one place only stands there: admission, verification, cryptography, clocks."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import scanner

ROOT = Path(scanner.__file__).resolve().parent
SOURCES = {
    path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted(ROOT.rglob("*.py"))
}
# Which answer each guest of the rehearsal should get: compared with, never given.
REHEARSED = "cli/rehearsal.py"
WALL_CLOCKS = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time",
    "time.time_ns", "time.gmtime", "time.localtime",
}  # fmt: skip


def dotted(node: ast.AST) -> str:
    """Write `a.b.c` for an attribute of a name, else nothing."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def places(*wanted: str) -> list[str]:
    """Name the file of every use of one of these dotted names, or of longer ones ending so."""
    return [
        name
        for name, tree in SOURCES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and any(f".{dotted(node)}".endswith(f".{one}") for one in wanted)
    ]


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def outside(room: str, names: list[str]) -> list[str]:
    return [name for name in names if not name.startswith(f"{room}/")]


def test_one_line_of_the_source_says_admitted() -> None:
    for reason in ("ADMITTED", "ADMITTED_MARKED"):
        uses = outside("terms", places(f"Reason.{reason}", f"_R.{reason}"))
        assert [one for one in uses if one != REHEARSED] == ["gate/judge.py"]


def test_no_admission_is_made_from_its_word() -> None:
    """`Reason("admitted")`, `Decision(Verdict.ADMIT, ...)` and the like would be back doors."""
    makers = [
        name
        for name, tree in SOURCES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and dotted(node.func) in {"Decision", "Reason", "Verdict", "terms.Decision"}
        for given in [*node.args, *(keyword.value for keyword in node.keywords)]
        if dotted(given) == "Verdict.ADMIT"
        or (isinstance(given, ast.Constant) and given.value in {"admit", "admitted"})
    ]
    assert makers == []


def test_only_the_judge_calls_the_verifiers() -> None:
    calls = [
        name
        for name, tree in SOURCES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and dotted(node.func) in {"passes.verify", "dcc.verify"}
    ]
    assert outside("passes", calls) == ["gate/judge.py"]
    importers = [
        name
        for name, tree in SOURCES.items()
        for imported in imports(tree)
        if imported.startswith("scanner.passes") and imported.endswith(".verify")
    ]
    assert outside("passes", importers) == []


def test_raw_cryptography_is_touched_where_keys_are_believed_and_where_passes_are_issued() -> None:
    users = {
        name.partition("/")[0]
        for name, tree in SOURCES.items()
        if any("hazmat" in imported for imported in imports(tree))
    }
    assert users == {"trust", "publish"}


def test_the_wall_clock_is_read_at_the_edges_only() -> None:
    readers = {"/".join(name.split("/")[:2]) for name in places(*WALL_CLOCKS)}
    elsewhere = {name for name in readers if not name.startswith(("door/", "cli/"))}
    # Where the machine's clocks are looked at, and where a courier plans its rounds by them.
    assert elsewhere == {"store/evidence.py", "sync/courier.py", "sync/rounds.py"}


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_no_clock_is_imported_by_its_bare_name(name: str) -> None:
    hidden = {"time.time", "time.time_ns", "time.gmtime", "time.localtime"}
    assert hidden.isdisjoint(imports(SOURCES[name]))
