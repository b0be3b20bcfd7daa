"""Reads a settings file: `Settings`, or everything that is wrong with it, each in one line.

Missing keys take their defaults. Nothing else escapes than `SettingsError`: no FIFO hangs
it, no file is too large, too deep or too odd.
"""

import os
import stat
import tomllib
from typing import Any, Final

from scanner.settings.checking import check
from scanner.settings.lines import outline
from scanner.settings.problems import MOST_PROBLEMS, Problem, SettingsError
from scanner.settings.schema import Settings
from scanner.settings.syntax import explain

MOST_BYTES: Final = 256 * 1024
"""Some fifty times the file with every key; it is read whole into memory."""

_BACKUP: Final = "/opt/door-scanner/current/config/scanner.toml"


def load(path: str | os.PathLike[str]) -> Settings:
    """Return the settings in a TOML file; raise `SettingsError` with all that is wrong."""
    name = os.fspath(path)
    # Lines end as TOML ends them, so that both readers of the text count the same.
    text = _text(name).replace("\r\n", "\n")
    walked = outline(text)
    if walked.overlong:
        words = "a key with too many dots; settings have one, like camera.fps"
        raise SettingsError(name, (Problem(walked.overlong, "", words),))
    try:
        document: dict[str, Any] = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        problem = explain(error, text=text, opened=walked.unclosed)
        raise SettingsError(name, (problem,)) from None
    settings, found = check(document)
    if not found:
        return settings
    problems = sorted(
        (Problem(walked.lines.get(one.path, 0), one.key, one.words) for one in found),
        key=lambda problem: (problem.line == 0, problem.line),
    )
    if len(problems) > MOST_PROBLEMS:
        more = f"{len(problems) - MOST_PROBLEMS:,} more problems; mend those above first"
        problems[MOST_PROBLEMS:] = [Problem(0, "", more)]
    raise SettingsError(name, tuple(problems))


def _text(path: str) -> str:
    content = _content(path)
    try:
        # A byte order mark, as editors of other systems write it, does no harm.
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        words = "not UTF-8 text; save the file as UTF-8"
    raise SettingsError(path, (Problem(line, "", words),))


def _content(path: str) -> bytes:
    try:
        # Opened without waiting, then looked at: nothing can change in between.
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            mode = os.fstat(fd).st_mode
            if not stat.S_ISREG(mode):
                what = "a folder" if stat.S_ISDIR(mode) else "not a regular file"
                raise _unreadable(path, f"{what}; name the settings file itself")
            with os.fdopen(fd, "rb", closefd=False) as file:
                content = file.read(MOST_BYTES + 1)
        finally:
            os.close(fd)
    except (OSError, ValueError) as error:
        raise _unreadable(path, _failure(error)) from None
    if len(content) > MOST_BYTES:
        words = f"larger than {MOST_BYTES:,} bytes; that is no settings file"
        raise _unreadable(path, words)
    return content


def _failure(error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return f"no such file; check the path, or copy {_BACKUP}"
    if isinstance(error, PermissionError):
        return "may not be read; it belongs to root:root with mode 0644"
    # Python's words about a zero byte differ from version to version.
    why = error.strerror if isinstance(error, OSError) else "a zero byte in its name"
    return f"cannot be read: {why}; check the path"


def _unreadable(path: str, words: str) -> SettingsError:
    return SettingsError(path, (Problem(0, "", words),))
