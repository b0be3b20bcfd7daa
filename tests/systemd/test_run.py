"""What `./tests/run` promises: every check and every test, and pytest has the last word."""

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Run = Callable[..., CompletedProcess[str]]

SOURCE = Path(__file__).resolve().parents[2]
CHECKS = ("ruff", "mypy", "lint-imports", "shellcheck")


def commands(calls: Path) -> list[str]:
    return [line for line in calls.read_text().splitlines() if not line.startswith("python ")]


def test_all_checks_run_and_pytest_closes(run: Run, calls: Path) -> None:
    answer = run("tests/run")
    assert answer.returncode == 0
    assert [line.split()[0] for line in commands(calls)] == ["ruff", *CHECKS, "pytest"]
    assert answer.stdout.splitlines()[-1].startswith("pytest ")


def test_the_pure_rooms_are_covered_whole_by_branch(run: Run, calls: Path) -> None:
    run("tests/run")
    for room in ("terms", "trust", "passes", "rules", "gate"):
        assert f"--cov=scanner.{room} " in commands(calls)[-1]
    assert "--cov-branch --cov-fail-under=100 " in commands(calls)[-1]


@pytest.mark.parametrize("failing", [*CHECKS, "pytest"])
def test_one_failure_stops_nothing_and_is_told(run: Run, calls: Path, failing: str) -> None:
    answer = run("tests/run", FAILING=failing)
    assert answer.returncode == 1
    assert len(commands(calls)) == 6
    assert ("Failed checks: " in answer.stdout) == (failing != "pytest")


def test_arguments_go_to_pytest(run: Run, calls: Path) -> None:
    run("tests/run", "tests/trust", "-k", "revoked")
    assert commands(calls)[-1] == "pytest tests/trust -k revoked"


def test_the_tools_are_installed_with_hashes_once(run: Run, calls: Path) -> None:
    run("tests/run")
    installations = [line for line in calls.read_text().splitlines() if "pip install" in line]
    assert installations[-1].endswith("tests/requirements.txt")
    assert "--require-hashes" in installations[-1]
    calls.write_text("")
    run("tests/run")
    assert "pip install" not in calls.read_text()


def test_bench_runs_the_benchmarks_alone(run: Run, calls: Path) -> None:
    run("tests/run", "--bench", "verify")
    assert commands(calls) == []
    assert calls.read_text().splitlines()[-1] == "python tests/bench/run.py verify"


def test_ci_does_nothing_but_call_it() -> None:
    lines = (SOURCE / ".ci" / "run").read_text().splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert lines[1:] == ['exec "$(dirname "${BASH_SOURCE[0]}")/../tests/run" "$@"']
