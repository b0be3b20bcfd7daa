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
    assert commands(calls)[-1] == "pytest -m not machine tests/trust -k revoked"


def test_the_tools_are_installed_with_hashes_once(run: Run, calls: Path) -> None:
    run("tests/run")
    installations = [line for line in calls.read_text().splitlines() if "pip install" in line]
    assert installations[-1].endswith("tests/requirements.txt")
    assert "--require-hashes" in installations[-1]
    calls.write_text("")
    run("tests/run")
    assert "pip install" not in calls.read_text()


@pytest.fixture
def tier(checkout: Path) -> Callable[..., None]:
    """Put a tier into the copy, whose preparation says something and ends with a code."""

    def put(name: str, *, words: str, code: int) -> None:
        path = checkout / "tests" / name / "prepare"
        path.parent.mkdir()
        path.write_text(
            f'#!/bin/sh\necho "{name} prepares" >>"$CALLS"\necho "{words}" >&2\nexit {code}\n'
        )
        path.chmod(0o755)

    return put


def test_what_tests_need_is_built_before_them(
    run: Run, calls: Path, tier: Callable[..., None]
) -> None:
    tier("camera", words="built", code=0)
    tier("service", words="built", code=0)
    tier("machine", words="built", code=0)
    answer = run("tests/run")
    assert "ok      camera tier (" in answer.stdout
    assert "ok      service tier (" in answer.stdout
    *_, camera, service, last = commands(calls)
    assert (camera, service) == ("camera prepares", "service prepares")
    assert last.startswith("pytest -m not machine ")


def test_a_tier_that_cannot_run_says_why_in_one_line_and_stops_nothing(
    run: Run, calls: Path, tier: Callable[..., None]
) -> None:
    tier("service", words="noise\nonly root can boot one (remedy: sudo ./tests/run)", code=4)
    answer = run("tests/run")
    assert answer.returncode == 0
    assert (
        "not run service tier: only root can boot one (remedy: sudo ./tests/run)\n" in answer.stdout
    )
    assert "noise" not in answer.stdout
    assert commands(calls)[-1].startswith("pytest ")


@pytest.mark.parametrize(
    ("arguments", "is_built"),
    [
        (["tests/service"], True),
        (["tests/service/test_boot.py", "-x"], True),
        (["tests"], True),
        (["tests/trust"], False),
        (["-k", "revoked"], False),
    ],
)
def test_a_tier_that_is_not_asked_for_is_not_built(
    run: Run, calls: Path, tier: Callable[..., None], arguments: list[str], *, is_built: bool
) -> None:
    tier("service", words="built", code=0)
    run("tests/run", *arguments)
    assert ("service prepares" in commands(calls)) == is_built


def test_all_runs_the_emulated_machine_too(
    run: Run, calls: Path, tier: Callable[..., None]
) -> None:
    tier("machine", words="built", code=0)
    answer = run("tests/run", "--all")
    assert "ok      machine tier (" in answer.stdout
    assert commands(calls)[-1].startswith("pytest --cov=")


def test_a_slow_tier_runs_when_it_is_named(
    run: Run, calls: Path, tier: Callable[..., None]
) -> None:
    tier("machine", words="built", code=0)
    run("tests/run", "tests/machine", "-x")
    assert commands(calls)[-2:] == ["machine prepares", "pytest tests/machine -x"]


def test_bench_runs_the_benchmarks_alone(run: Run, calls: Path) -> None:
    run("tests/run", "--bench", "verify")
    assert commands(calls) == []
    assert calls.read_text().splitlines()[-1] == "python tests/bench/run.py verify"


def test_ci_does_nothing_but_call_it() -> None:
    lines = (SOURCE / ".ci" / "run").read_text().splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert lines[1:] == ['exec "$(dirname "${BASH_SOURCE[0]}")/../tests/run" "$@"']
