"""Where things lie: on an installed device, or all of them below one folder.

One table, so that the door, the courier and whoever accepts find the same files.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Places:
    """Folders and files that several processes share.

    `state` is what the door believes and keeps, `courier` what was fetched from outside,
    `inbox` what of it is offered to the door, `pinned_root` the root that a person pinned,
    `run` what the door tells, `accepted` what was last accepted, for anybody to read.
    """

    state: Path
    courier: Path
    inbox: Path
    pinned_root: Path
    run: Path
    accepted: Path

    @classmethod
    def installed(cls) -> "Places":
        """Return the places of a device."""
        courier = Path("/var/lib/door-courier")
        return cls(
            state=Path("/var/lib/door-scanner"),
            courier=courier,
            inbox=courier / "inbox",
            pinned_root=Path("/etc/door-scanner/root.json"),
            run=Path("/run/door-scanner"),
            accepted=Path("/run/door-accept/accepted.json"),
        )

    @classmethod
    def at(cls, folder: Path) -> "Places":
        """Return the places of a door that lives in one folder; the installed one by its own."""
        installed = cls.installed()
        if folder == installed.state:
            return installed
        return cls(
            state=folder,
            courier=folder / "courier",
            inbox=folder / "courier" / "inbox",
            pinned_root=folder / "root.json",
            run=folder / "run",
            accepted=folder / "run" / "accepted.json",
        )

    @property
    def generations(self) -> Path:
        """Return the folder of all generations of belief."""
        return self.state / "generations"

    @property
    def current(self) -> Path:
        """Return the link to the generation in force."""
        return self.state / "current"

    @property
    def courier_record(self) -> Path:
        """Return the file in which the courier says how its last round went."""
        return self.courier / "courier.json"
