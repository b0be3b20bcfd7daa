"""A feed's repository on the operator's disk: the web root, and the publisher's own memory.

`public/` is what a web server hands out, `work/` what it must not. Every file is replaced as a
whole. The state is written before the few files that make a feed current, and holds them: a
command that is cut off before leaves the old feed whole, and one that is cut off after is
finished by the next command. One command at a time holds the lock.
"""

import contextlib
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Signed

from scanner.publish.arrays import Arrays
from scanner.publish.keys import Keys
from scanner.publish.roles import DELEGATED, SIGNERS, signed_bytes, threshold
from scanner.publish.state import MAX_STATE_BYTES, State, parse_state
from scanner.store import Lock, read_file, replace_file
from scanner.store.durable import sync_folder
from scanner.terms import InputError
from scanner.trust.manifest import PART_BYTES, Blob

MAX_METADATA_BYTES: Final = 5 * 1024 * 1024
TIMESTAMP: Final = "metadata/timestamp.json"
_PUBLIC_MODE: Final = 0o644
_FOLDER_MODE: Final = 0o755
_FOLDERS: Final = {
    "public": _FOLDER_MODE,
    "public/metadata": _FOLDER_MODE,
    "public/targets": _FOLDER_MODE,
    **{f"public/targets/{role}": _FOLDER_MODE for role in DELEGATED},
    "public/parts": _FOLDER_MODE,
    "work": 0o700,
    "work/ids": 0o700,
}


class Repository:
    """An open repository; `now` is the time of the command. Made by `opened` and `created`."""

    def __init__(self, folder: Path, *, keys: Keys, now: datetime, state: State) -> None:
        self.folder = folder
        self.public = folder / "public"
        self.keys = keys
        self.now = now
        self.state = state
        self.arrays = Arrays(folder / "work" / "ids")

    def read(self, path: str) -> bytes:
        """Return a file of the web root; `InputError` when it is not there."""
        return read_file(self.public / path, max_bytes=MAX_METADATA_BYTES)

    def metadata(self, role: str) -> bytes:
        """Return the newest signed metadata of a role."""
        if role == "timestamp":
            return self.state.front[TIMESTAMP].encode()
        return self.read(metadata_path(role, version=self.state.versions[role]))

    def put(self, path: str, content: bytes) -> None:
        """Put a file into the web root that nothing names yet."""
        target = self.public / path
        with contextlib.suppress(OSError):
            if target.read_bytes() == content:
                return
        replace_file(target, content, mode=_PUBLIC_MODE)

    def put_blob(self, pieces: Iterable[bytes]) -> Blob:
        """Put bytes into the web root, in parts, and return how they are named."""
        whole, parts, size = hashlib.sha256(), [], 0
        for part in _parts(pieces):
            whole.update(part)
            size += len(part)
            parts.append(hashlib.sha256(part).hexdigest())
            self.put(f"parts/{parts[-1]}", part)
        return Blob(size, whole.hexdigest(), tuple(parts))

    def signers(self, role: str) -> list[CryptoSigner]:
        """Return the signers of a role whose keys are here; `InputError` when they are too few."""
        named = {name: self.state.keyids[name] for name in SIGNERS[role]}
        found = [self.keys.signer(name, keyid=keyid) for name, keyid in named.items()]
        signers = [signer for signer in found if signer is not None]
        if len(signers) < threshold(role):
            wanted = " and ".join(f"{name}.pem" for name in [*named][: threshold(role)])
            raise InputError(f"{role} is signed with {wanted}; name their folder with --keys")
        return signers

    def may_sign(self, role: str) -> bool:
        """Say whether the keys of a role are here."""
        try:
            return bool(self.signers(role))
        except InputError:
            return False

    def next_version(self, role: str) -> int:
        """Return the version that the next metadata of a role has."""
        return self.state.versions.get(role, 0) + 1

    def sign(self, role: str, payload: Signed, *, signers: Sequence[CryptoSigner] = ()) -> bytes:
        """Sign a role's metadata and put it into the web root; the snapshot names it later."""
        content = signed_bytes(payload, signers or self.signers(role))
        if role not in ("root", "timestamp"):
            self.put(metadata_path(role, version=payload.version), content)
        self.state.versions[role] = payload.version
        return content

    def put_front(self, path: str, content: bytes) -> None:
        """Let a file become current with the commit, and no sooner."""
        self.state.front.pop(path, None)
        self.state.front[path] = content.decode()

    def commit(self) -> None:
        """Remember the state, and then put the files in place that make it the current feed."""
        replace_file(_state_path(self.folder), self.state.to_bytes(), mode=0o600)
        self.finish()

    def finish(self) -> None:
        """Put in place what makes the feed current; also what a cut command had left to do."""
        for path, text in self.state.front.items():
            with contextlib.suppress(OSError):
                if (self.public / path).read_bytes() == text.encode():
                    continue
            replace_file(self.public / path, text.encode(), mode=_PUBLIC_MODE)
        for name, keyid in self.state.keyids.items():
            self.keys.install_next(name, keyid=keyid)
        self.arrays.keep_only(self.state.arrays)


def _parts(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Cut bytes into parts of 1 MiB, the last one shorter."""
    held = bytearray()
    for piece in pieces:
        held += piece
        while len(held) > PART_BYTES:
            yield bytes(held[:PART_BYTES])
            del held[:PART_BYTES]
    yield bytes(held)


def metadata_path(role: str, *, version: int) -> str:
    """Return where a role's metadata lies in the web root."""
    return TIMESTAMP if role == "timestamp" else f"metadata/{version}.{role}.json"


@contextlib.contextmanager
def opened(folder: Path, *, keys: Keys, now: datetime) -> Iterator[Repository]:
    """Open a repository for one command; a command that was cut off before is finished first."""
    if not _state_path(folder).is_file():
        raise InputError(f"{folder}: no repository; make one: door-scanner publish init")
    with _locked(folder):
        state = parse_state(read_file(_state_path(folder), max_bytes=MAX_STATE_BYTES))
        repository = Repository(folder, keys=keys, now=now, state=state)
        repository.finish()
        yield repository


@contextlib.contextmanager
def created(folder: Path, *, keys: Keys, now: datetime, state: State) -> Iterator[Repository]:
    """Make the folders of a new repository; `InputError` where there is one already."""
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(_FOLDER_MODE)
    for name, mode in _FOLDERS.items():
        (folder / name).mkdir(exist_ok=True)
        # The mask of an operator must not keep the web server out.
        (folder / name).chmod(mode)
        sync_folder((folder / name).parent)
    with _locked(folder):
        if _state_path(folder).exists():
            raise InputError(f"{folder}: a repository is there already")
        yield Repository(folder, keys=keys, now=now, state=state)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    lock = Lock(folder / "work")
    if not lock.take():
        raise InputError(
            f"{folder}: another publish command works on it (process {lock.holder()}); wait for it"
        )
    try:
        yield
    finally:
        lock.give_back()


def _state_path(folder: Path) -> Path:
    return folder / "work" / "state.json"
