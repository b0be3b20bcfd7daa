"""A power cut at any moment: every state of a disk that a writer may leave, and a reader of it.

A child runs the real code under strace. Its file operations are replayed on a model: files with
their writes, folders with their names. A write is safe once its file was synced after it, a name
once its folder was. At every moment of the run whatever is not safe may be there or not, in any
combination; a write may be there by half. All combinations of up to 12, else each alone missing,
each pair, each alone there, and some at random with a fixed seed.

Harder than a disk with a journal, which keeps the order of names: what holds here holds there.
An operation that the model does not know fails the test; it would be silently safe.
"""

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.store.disks import (
    Disk,
    Names,
    Operation,
    Recording,
    Sync,
    Tree,
    Truncate,
    Write,
    put,
)

__all__ = ["BEGIN", "Recording", "Tree", "UnknownOperationError", "put", "record"]

_AT_CWD: Final = "AT_FDCWD"
_LONGEST_BYTES: Final = 8 * 1024 * 1024
_LINE: Final = re.compile(r"(?:\d+ +)?(\w+)\((.*)\) += (-?\w+)(?: .*)?")
_TEXT: Final = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')
_BEGIN: Final = "/a-power-cut-may-come-from-here"

# They read, or move no byte and no name.
_HARMLESS: Final = frozenset({
    "read", "pread64", "readv", "preadv", "lseek", "fstat", "stat", "lstat", "newfstatat", "statx",
    "statfs", "fstatfs", "access", "faccessat", "faccessat2", "readlink", "readlinkat", "getcwd",
    "getdents64", "getdents", "flock", "fadvise64", "ioctl", "chdir", "fchdir", "poll", "ppoll",
    "pselect6", "select", "epoll_create1", "epoll_ctl", "epoll_wait", "pipe", "pipe2", "execve",
    "chmod", "fchmod", "fchmodat", "fchown", "chown", "utimensat", "inotify_init1", "eventfd2",
    "getxattr", "lgetxattr", "fgetxattr", "listxattr", "llistxattr", "flistxattr", "signalfd4",
})  # fmt: skip


class UnknownOperationError(AssertionError):
    """The writer did something that the model cannot judge."""


def record(command: Sequence[str], *, root: Path, log: Path, strace: str) -> Recording:
    """Run a command under strace and return what it did below `root`.

    It is watched from the moment on at which it looks for the path in `BEGIN`.
    """
    start = Disk.of(root)
    watch = [strace, "-f", "-xx", "-s", str(_LONGEST_BYTES), "-o", str(log)]
    classes = ["-e", "trace=%file,%desc,sync,dup,dup2,dup3,fork,vfork,clone,clone3"]
    ended = subprocess.run(
        [*watch, *classes, *command], capture_output=True, text=True, timeout=120, check=False
    )
    if ended.returncode:
        raise AssertionError(ended.stderr)
    reader = _Reader(root, disk=start.copy())
    for line in log.read_text().splitlines():
        reader.read(line)
    assert reader.begun, "the child never said that it begins"
    return Recording(start, tuple(reader.operations), reader.made)


BEGIN: Final = f"import os; os.path.exists({_BEGIN!r})\n"
"""What the child says before the code that is watched."""


class _Reader:
    """Turns the lines of strace into operations."""

    def __init__(self, root: Path, *, disk: Disk) -> None:
        self.operations: list[Operation] = []
        self.begun = False
        self.made = Disk(folders={})
        self._root = str(root)
        self._disk = disk
        self._next = 1_000_000
        # An open file: its number (None outside of the folder), where it is, appending.
        self._open: dict[int, list[int | None]] = {}
        self._paths: dict[int, str] = {}

    def read(self, line: str) -> None:
        """Take one line."""
        if "+++" in line or "---" in line:
            return
        found = _LINE.fullmatch(line)
        if found is None:
            raise UnknownOperationError(f"not understood: {line[:300]}")
        name, rest, result = found.groups()
        texts = [self._text(one) for one in _TEXT.finditer(rest)]
        arguments = [one.strip() for one in _TEXT.sub('"', rest).split(",")]
        if texts and texts[0] == _BEGIN.encode():
            self.begun = True
        # What came before may have opened what is used now.
        if result.startswith("-") or (not self.begun and name not in {"openat", "open", "close"}):
            return
        self._take(name, arguments, [os.fsdecode(one) for one in texts], texts, int(result, 0))

    def _text(self, found: re.Match[str]) -> bytes:
        if found[2]:
            raise UnknownOperationError("a text too long for the recording")
        return bytes.fromhex(found[1].replace("\\x", ""))

    def _take(  # noqa: C901, PLR0912, PLR0915 - one table of system calls
        self, name: str, args: list[str], paths: list[str], texts: list[bytes], result: int
    ) -> None:
        match name:
            case "open":
                self._opened(self._place(_AT_CWD, paths[0]), flags=args[1], fd=result)
            case "openat":
                self._opened(self._place(args[0], paths[0]), flags=args[2], fd=result)
            case "close":
                self._open.pop(int(args[0]), None)
            case "dup" | "dup2" | "dup3":
                self._open[result] = self._open.get(int(args[0]), [None, 0, 0])
            case "fcntl":
                if "F_DUPFD" in args[1]:
                    self._open[result] = self._open.get(int(args[0]), [None, 0, 0])
            case "write":
                self._written(int(args[0]), texts[0][:result], at=None)
            case "pwrite64":
                self._written(int(args[0]), texts[0][:result], at=int(args[3]))
            case "ftruncate":
                if (inode := self._inode(int(args[0]))) is not None:
                    self._do(Truncate(inode, int(args[1])))
            case "fsync" | "fdatasync":
                if (inode := self._inode(int(args[0]))) is not None:
                    self._do(Sync(inode))
            case "sync" | "syncfs":
                self._do(Sync(None))
            case "lseek":
                if (state := self._open.get(int(args[0]))) is not None:
                    state[1] = result
            case "mkdir":
                self._made(self._place(_AT_CWD, paths[0]))
            case "mkdirat":
                self._made(self._place(args[0], paths[0]))
            case "rename":
                self._renamed(self._place(_AT_CWD, paths[0]), self._place(_AT_CWD, paths[1]))
            case "renameat" | "renameat2":
                self._renamed(self._place(args[0], paths[0]), self._place(args[2], paths[1]))
            case "unlink" | "rmdir":
                self._gone(self._place(_AT_CWD, paths[0]))
            case "unlinkat":
                self._gone(self._place(args[0], paths[0]))
            case "link":
                self._linked(self._place(_AT_CWD, paths[0]), self._place(_AT_CWD, paths[1]))
            case "linkat":
                self._linked(self._place(args[0], paths[0]), self._place(args[2], paths[1]))
            case "symlink":
                self._pointed(self._place(_AT_CWD, paths[1]), target=paths[0])
            case "symlinkat":
                self._pointed(self._place(args[1], paths[1]), target=paths[0])
            case "mmap":
                self._mapped(args)
            case _ if name not in _HARMLESS:
                raise UnknownOperationError(f"{name}({', '.join(args)[:200]})")

    def _place(self, folder: str, path: str) -> tuple[int, str] | None:
        """Return the folder and the name that a path means, or None outside of what is watched."""
        if not path.startswith("/"):
            if folder == _AT_CWD:
                return None
            inode = self._inode(int(folder))
            if inode is None:
                return None
            where, _, name = path.rpartition("/")
            found = self._disk.find(where, folder=inode)
            return None if found is None else (found, name)
        if not path.startswith(self._root + "/"):
            return (0, "") if path == self._root else None
        where, _, name = path.removeprefix(self._root).rstrip("/").rpartition("/")
        found = self._disk.find(where)
        return None if found is None else (found, name)

    def _at(self, place: tuple[int, str]) -> int | None:
        folder, name = place
        return folder if not name else self._disk.folders[folder].get(name)

    def _opened(self, place: tuple[int, str] | None, *, flags: str, fd: int) -> None:
        writes = "O_WRONLY" in flags or "O_RDWR" in flags
        if place is None:
            if writes and self.begun and "O_CREAT" in flags:
                raise UnknownOperationError("a file is written elsewhere")
            self._open[fd] = [None, 0, 0]
            return
        inode = self._at(place)
        if inode is not None and inode in self._disk.links:
            inode = self._disk.find(self._disk.links[inode], folder=place[0])
        if inode in self._disk.folders:
            self._open[fd] = [inode, 0, 0]
            return
        if inode is None:
            inode = self._new()
            self._disk.files[inode] = self.made.files[inode] = b""
            self._do(Names(place[0], ((place[1], inode),)))
        if "O_TRUNC" in flags and self._disk.files[inode]:
            self._do(Truncate(inode, 0))
        self._open[fd] = [inode, 0, int("O_APPEND" in flags)]

    def _written(self, fd: int, data: bytes, *, at: int | None) -> None:
        state = self._open.get(fd)
        if state is None or state[0] is None:
            return
        inode, position, appends = state
        assert inode is not None
        assert position is not None
        offset = at if at is not None else len(self._disk.files[inode]) if appends else position
        self._do(Write(inode, offset, data))
        if at is None:
            state[1] = offset + len(data)

    def _made(self, place: tuple[int, str] | None) -> None:
        if place is not None:
            inode = self._new()
            self._disk.folders[inode] = {}
            self.made.folders[inode] = {}
            self._do(Names(place[0], ((place[1], inode),)))

    def _renamed(self, old: tuple[int, str] | None, new: tuple[int, str] | None) -> None:
        if old is None and new is None:
            return
        if old is None or new is None or old[0] != new[0]:
            raise UnknownOperationError("a rename from one folder to another")
        self._do(Names(old[0], ((old[1], None), (new[1], self._at(old)))))

    def _gone(self, place: tuple[int, str] | None) -> None:
        if place is not None:
            self._do(Names(place[0], ((place[1], None),)))

    def _linked(self, old: tuple[int, str] | None, new: tuple[int, str] | None) -> None:
        if old is None and new is None:
            return
        if old is None or new is None:
            raise UnknownOperationError("a link from elsewhere")
        self._do(Names(new[0], ((new[1], self._at(old)),)))

    def _pointed(self, place: tuple[int, str] | None, *, target: str) -> None:
        if place is not None:
            inode = self._new()
            self._disk.links[inode] = self.made.links[inode] = target
            self._do(Names(place[0], ((place[1], inode),)))

    def _mapped(self, args: list[str]) -> None:
        if "MAP_SHARED" in args[3] and "PROT_WRITE" in args[2] and self._inode(int(args[4])):
            raise UnknownOperationError("a file written through memory")

    def _inode(self, fd: int) -> int | None:
        state = self._open.get(fd)
        return None if state is None else state[0]

    def _new(self) -> int:
        self._next += 1
        return self._next

    def _do(self, one: Operation) -> None:
        self._disk.apply(one)
        self.operations.append(one)
