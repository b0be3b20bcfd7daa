"""A table of faults: each injected into an installed door of its own, and measured.

    python -m tests.service.faults [NAME...]

Prints a table in Markdown; asserts nothing but that the door came back where it should. The
names are those of the functions in `faults_of_parts`, `faults_of_places`, `faults_of_people`.
"""

import sys
from collections.abc import Callable, Iterator
from types import ModuleType

from tests.service import faults_of_parts, faults_of_people, faults_of_places
from tests.service.fault import Row, Watch
from tests.service.house import House, house

HEAD = (
    "| fault | light | reason | status line | seen after | back after | |",
    "|---|---|---|---|---:|---:|---|",
)
Fault = Callable[[Watch], None]


def faults() -> dict[str, Fault]:
    """Return every fault by its name, in the order of the table."""
    return {
        name: fault
        for module in (faults_of_parts, faults_of_places, faults_of_people)
        for name, fault in _of(module)
    }


def measured(fault: Fault, *, at: House) -> Row:
    """Inject one fault into a door of its own."""
    with at.open() as system:
        watch = Watch(system)
        fault(watch)
    return watch.row


def line(fault: Fault, *, row: Row) -> str:
    """Write one line of the table."""
    cells = (
        (fault.__doc__ or "").strip().rstrip("."),
        row.light,
        row.reason,
        row.line.replace("|", "\\|"),
        _seconds(row.seen_s),
        _seconds(row.back_s),
        row.remark,
    )
    return f"| {' | '.join(cells)} |"


def main(names: list[str]) -> int:
    """Print the table, or the lines of some faults."""
    known = faults()
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"no fault {unknown[0]!r}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    failed = False
    with house() as at:
        print(*HEAD, sep="\n", flush=True)
        for name in names or known:
            try:
                print(line(known[name], row=measured(known[name], at=at)), flush=True)
            except AssertionError as error:
                failed = True
                print(f"{name}: {error}", file=sys.stderr, flush=True)
    return 1 if failed else 0


def _of(module: ModuleType) -> Iterator[tuple[str, Fault]]:
    for name, thing in vars(module).items():
        if getattr(thing, "__module__", "") == module.__name__ and not name.startswith("_"):
            yield name, thing


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f} s"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
