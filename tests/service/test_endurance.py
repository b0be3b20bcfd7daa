"""A thousand guests through an installed door: all answered, nothing grows, nothing is kept."""

import json
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service import guests
from tests.service.container import UNIT, Container
from tests.service.endurance import GUESTS, SETTLED, Walk, walk
from tests.service.endurance_memory import together
from tests.service.endurance_search import Needles, searched

# A leak of one descriptor or object a guest would be larger: 800 guests pass in between, and
# 1.3 kB of each would stay. An allocator that keeps a page here and there stays below.
GROWTH_LIMIT_MB = 1.0
MEMORY_LIMIT_MB = 200.0
STATE = "/var/lib/door-scanner"


@pytest.fixture(scope="module")
def passed(
    installed: tuple[Path, ...], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Container, Walk]]:
    """A door that all the guests have passed."""
    system = Container(tmp_path_factory.mktemp("endurance"), layers=installed)
    try:
        system.boot()
        yield system, walk(system)
    finally:
        system.remove()


def test_every_guest_is_admitted_and_every_frame_is_seen(passed: tuple[Container, Walk]) -> None:
    _, done = passed
    print(f"{done.frames} frames in {done.took_s:.0f} s")
    assert done.status["decisions"] == {"admit.admitted": GUESTS}
    assert done.status["camera"]["frames"] == done.frames
    assert (done.status["camera"]["starts"], done.status["reader"]["starts"]) == (1, 1)
    assert done.status["faults"] == []


def test_no_process_grows(passed: tuple[Container, Walk]) -> None:
    _, done = passed
    grown = done.growth_mb()
    print({trade: f"{megabytes:+.2f} MB" for trade, megabytes in grown.items()})
    assert set(grown) == {"door", "eye", "reader"}
    assert all(megabytes <= GROWTH_LIMIT_MB for megabytes in grown.values()), done.weights
    settled, last = done.weights[SETTLED], done.weights[1.0]
    # The eye may have been met with a picture open; a leak would be one a frame.
    for trade, one in last.items():
        assert one.descriptors <= settled[trade].descriptors + 1, trade


def test_all_processes_together_stay_small(passed: tuple[Container, Walk]) -> None:
    _, done = passed
    print(together(done.weights[1.0]).line)
    assert together(done.weights[1.0]).rss_mb <= MEMORY_LIMIT_MB


def test_nothing_of_any_pass_is_kept_but_counts_by_the_quarter_hour(
    passed: tuple[Container, Walk],
) -> None:
    system, done = passed
    found, total = searched(system, needles=done.needles)
    system.run("systemctl", "stop", UNIT)
    later, _ = searched(system, needles=done.needles)
    print(f"{len(done.needles)} pieces searched for in {total / 1e6:.1f} MB")
    assert found | later == {}

    kept = system.run("find", STATE, "-type", "f", "-printf", "%P\\n").stdout.split()
    (month,) = (name for name in kept if name.startswith("counts/"))
    assert set(kept) - {month} <= {"accept.lock", "clock.json", "door-id", "hmac-key", "lock"}
    counted: Counter[str] = Counter()
    for line in system.read(f"{STATE}/{month}").splitlines():
        told = json.loads(line)
        assert set(told) == {"quarter", "counts"}
        assert told["quarter"][14:] in {f"{minute}:00+00:00" for minute in ("00", "15", "30", "45")}
        counted.update(told["counts"])
    assert counted["admit.admitted"] >= GUESTS


def test_the_search_finds_a_piece_wherever_it_is_left(off: Container) -> None:
    off.boot()
    (guest,) = guests.guests(1, by=guests.issuer())
    family, _, given, _, born, unique = guest.fields
    in_base64 = b64encode(guest.text.encode()).decode()
    left = {
        f"{STATE}/left": f"family: {family.lower()}",
        "/etc/left": given,
        "/var/tmp/left": "\0" * 5000 + born,  # noqa: S108 - it is what is searched
        "/tmp/left": guest.text[101:125],  # noqa: S108
        "/dev/shm/left": in_base64[333:357],  # noqa: S108
        "/run/left": json.dumps({"id": f"URN:UVCI:01:AT:{unique}#0"}),
    }
    needles = Needles([guest])
    assert searched(off, needles=needles)[0] == {}
    for path, text in left.items():
        off.write(path, text)
    # So long that the journal's own file has it compressed.
    off.run("logger", "-t", "left", "long " * 200 + guest.text[:300])
    found, _ = searched(off, needles=needles)
    assert set(left) | {"journal"} <= set(found)
    assert {name.lower() for name in found[f"{STATE}/left"]} == {family.lower()}
