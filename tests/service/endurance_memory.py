"""What each process of an installed door takes: memory and descriptors."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tests.service.container import Container

TRADES: Final = ("door", "eye", "reader", "keeper")
_KB: Final = re.compile(r"^(\w+): +(\d+) kB$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Weight:
    """Megabytes of 10^6 bytes, and open descriptors.

    RSS counts pages that are shared in every process, PSS splits them, USS leaves them out.
    """

    rss_mb: float
    pss_mb: float
    uss_mb: float
    descriptors: int

    @property
    def line(self) -> str:
        """Return it in words."""
        return (
            f"RSS {self.rss_mb:.1f}, PSS {self.pss_mb:.1f}, USS {self.uss_mb:.1f} MB, "
            f"{self.descriptors} descriptors"
        )


def weighed(system: Container) -> dict[str, Weight]:
    """Weigh every process of a door."""
    pids = {"door": {system.show("MainPID")}}
    pids |= {trade: system.children(f"scanner.{room}.{trade}_child") for trade, room in _ROOMS}
    return {trade: _weight(system, pid=pid) for trade, (pid,) in _there(pids).items()}


def together(weights: Mapping[str, Weight]) -> Weight:
    """Add the processes up."""
    each = weights.values()
    return Weight(
        sum(one.rss_mb for one in each),
        sum(one.pss_mb for one in each),
        sum(one.uss_mb for one in each),
        sum(one.descriptors for one in each),
    )


_ROOMS: Final = (("eye", "sight"), ("reader", "sight"), ("keeper", "signals"))


def _there(pids: Mapping[str, set[str]]) -> dict[str, set[str]]:
    return {trade: found for trade, found in pids.items() if found}


def _weight(system: Container, *, pid: str) -> Weight:
    told = {name: int(kb) * 1024 / 1e6 for name, kb in _KB.findall(_rollup(system, pid=pid))}
    descriptors = len(list((system.files / "proc" / pid / "fd").iterdir()))
    uss_mb = told["Private_Clean"] + told["Private_Dirty"]
    return Weight(told["Rss"], told["Pss"], uss_mb, descriptors)


def _rollup(system: Container, *, pid: str) -> str:
    return system.read(f"/proc/{pid}/smaps_rollup")
