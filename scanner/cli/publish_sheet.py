"""The set-up sheet that `publish init` prints: what to keep, where, and what to do with it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

_EVERY_SIX_HOURS: Final = "7 */6 * * *"
_EVERY_MORNING: Final = "3 7 * * *"


def sheet(repo: Path, *, keys: Path, root_sha256: str) -> Iterator[str]:
    """Yield the lines of the sheet."""
    command = "door-scanner publish"
    yield "The feed is made. Print this sheet and keep it with the offline keys."
    yield ""
    yield "Fingerprint of the root (SHA-256 of public/metadata/1.root.json):"
    yield f"  {root_sha256}"
    yield ""
    yield "Pin it at each door, the fingerprint taken from this sheet, not from the web:"
    yield "  sudo door-scanner trust pin 1.root.json \\"
    yield f"    --sha256 {root_sha256}"
    yield ""
    yield "Keys, made in:"
    yield f"  {keys.absolute()}"
    yield "  root-1 root-2 root-3         two of three sign the root: three places offline"
    yield "  curator                      signs trust and rules: offline, with the curator"
    yield "  revoked snapshot timestamp   stay on this machine, for release and renew"
    yield "  Copy each offline key to two media, try the copies, and delete them here."
    yield ""
    yield "Serve this folder with any web server, and nothing beside it:"
    yield f"  {repo.absolute() / 'public'}"
    yield ""
    yield "Signatures expire. Two lines for cron: sign anew, and a mail at half of a time:"
    yield f"  {_EVERY_SIX_HOURS} {command} renew --repo DIR --keys DIR >/dev/null"
    yield f"  {_EVERY_MORNING} {command} status --quiet --repo DIR"
    yield ""
    yield "A key is lost or stolen: put a new one in its place, with two root keys at hand:"
    yield f"  {command} rotate-root --replace KEY --repo DIR --keys DIR"
    yield "  One root key or the curator's: replace it. The online machine: replace all"
    yield "  three of its keys, from a clean machine, and go through the revoked lists."
    yield "  Two root keys lost: make a new feed; every door must pin its root."
