"""Memory of a door at rest, all its processes.

PSS counts a page shared by several processes once, split among them: their sum is what
the door takes. The sum of RSS counts such pages several times, and is the strict figure.
Rival: one Python process with OpenCV, pyzbar, cbor2 and cryptography that decoded a frame.
"""

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.bench import setting
from tests.bench.figures import Figure, at_most

_BOUND_MB = 150
_SETTLE_S = 2.0
_RIVAL = """
import cbor2, cryptography.x509, cv2, sys
from cryptography.hazmat.primitives.asymmetric import ec
from pyzbar import pyzbar
pyzbar.decode(cv2.imread(sys.argv[1], cv2.IMREAD_GRAYSCALE))
print(open("/proc/self/smaps_rollup").read())
"""


def bench() -> Iterator[Figure]:
    """Weigh a door that has seen its last frame and waits."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        trust = folder / "dsc.der"
        trust.write_bytes(setting.es256().certificate_der)
        hall = setting.hall(folder / "hall", pictures=8)
        with setting.door(f"frames:{hall}?hold=15", trust=trust) as door:
            door.await_state("ready")
            _await_rest(door)
            sizes = {trade: _megabytes(pid) for trade, pid in door.family().items()}
        rival = _rival(hall / "000.pgm")
    for trade, size in sizes.items():
        yield Figure(trade, _both(size))
    for kind in ("Rss", "Pss"):
        total = sum(size[kind] for size in sizes.values())
        yield at_most(f"sum of {kind.upper()}", total, bound=_BOUND_MB, unit="MB")
    yield Figure("one process: OpenCV, pyzbar, crypto", _both(rival))


def _both(size: Mapping[str, float]) -> str:
    return f"RSS {size['Rss']:.1f}, PSS {size['Pss']:.1f} MB"


def _await_rest(door: setting.RunningDoor) -> None:
    """Wait until no process of the door has used CPU for a while."""
    before: list[int] = []
    while (now := [_ticks(pid) for pid in door.family().values()]) != before:
        before = now
        time.sleep(_SETTLE_S)


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _megabytes(pid: int) -> dict[str, float]:
    return _parse(Path(f"/proc/{pid}/smaps_rollup").read_text())


def _parse(rollup: str) -> dict[str, float]:
    """Take Rss and Pss out of a roll-up, in units of 10^6 bytes."""
    found = re.findall(r"^(Rss|Pss):\s+(\d+) kB", rollup, re.MULTILINE)
    return {kind: int(kilobytes) * 1024 / 1e6 for kind, kilobytes in found}


def _rival(picture: Path) -> dict[str, float]:
    words = [sys.executable, "-c", _RIVAL, str(picture)]
    return _parse(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
