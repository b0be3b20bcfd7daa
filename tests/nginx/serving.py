"""A real nginx on the loopback, with the very site that the publisher's README shows."""

import contextlib
import os
import re
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
README: Final = HERE.parents[1] / "scanner" / "publish" / "README.md"
HOST: Final = "127.0.0.1"
_BOUND_S: Final = 10.0
_PREPARE_S: Final = 300

# What belongs to a machine with a name and a certificate; all else is used as it is shown.
_OF_THE_MACHINE: Final = re.compile(
    r"^\s*(listen|server_name|root|ssl_\w+|http2|access_log|error_log)\s[^;]*;", re.MULTILINE
)
_MAIN: Final = """
daemon off;
master_process off;
pid {folder}/pid;
error_log stderr warn;
events {{ worker_connections 512; }}
http {{
    log_format wire '$status $request_length $bytes_sent $uri';
    access_log {log};
    {paths}
    {site}
}}
"""
_PATHS: Final = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@dataclass(frozen=True, slots=True)
class Asked:
    """A line of the log: bytes of the request and of the answer, heads and bodies."""

    status: int
    request_bytes: int
    answer_bytes: int
    path: str


class NoNginxError(Exception):
    """There is none here; the message is one line that says why."""


def unpacked() -> Path:
    """Return the folder of the unpacked packages, or raise `NoNginxError`."""
    done = subprocess.run(
        [HERE / "prepare"], capture_output=True, text=True, check=False, timeout=_PREPARE_S
    )
    if done.returncode == 4:
        raise NoNginxError(done.stderr.strip().splitlines()[-1])
    done.check_returncode()
    return Path(done.stdout.strip())


def site(*, public: Path, port: int) -> str:
    """Return the site of the README, on the loopback and without TLS."""
    found = re.search(r"^```nginx\n(.*?)^```", README.read_text(), re.MULTILINE | re.DOTALL)
    if found is None:
        raise LookupError(f"{README} shows no site")
    own = f"server {{\n    listen {HOST}:{port};\n    root {public};"
    return _OF_THE_MACHINE.sub("", found[1]).replace("server {", own, 1)


class Nginx:
    """One worker that serves a folder, until it is closed."""

    def __init__(self, folder: Path, *, prefix: Path, public: Path, logs: bool = True) -> None:
        folder.mkdir(parents=True)
        self._log = folder / "access.log"
        with socket.create_server((HOST, 0)) as free:
            self.port: int = free.getsockname()[1]
        paths = "\n".join(f"{name}_temp_path {folder}/{name};" for name in _PATHS)
        log = f"{self._log} wire" if logs else "off"
        text = site(public=public, port=self.port)
        (folder / "nginx.conf").write_text(
            _MAIN.format(folder=folder, log=log, paths=paths, site=text)
        )
        libraries = ":".join(
            sorted({str(path.parent) for path in prefix.rglob("*.so.*") if path.is_file()})
        )
        self._words = (folder / "words").open("wb+")
        self._process = subprocess.Popen(
            [prefix / "usr/sbin/nginx", "-p", folder, "-c", folder / "nginx.conf", "-e", "stderr"],
            env={**os.environ, "LD_LIBRARY_PATH": libraries},
            stdout=self._words,
            stderr=self._words,
        )
        self._wait()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/"

    def asked(self) -> list[Asked]:
        """Return what was asked since the last time."""
        lines = self._log.read_text().splitlines()
        os.truncate(self._log, 0)
        found = []
        for line in lines:
            status, request, answer, path = line.split(maxsplit=3)
            found.append(Asked(int(status), int(request), int(answer), path))
        return found

    def close(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(_BOUND_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(_BOUND_S)
        self._words.close()

    def _wait(self) -> None:
        ends = time.monotonic() + _BOUND_S
        while time.monotonic() < ends and self._process.poll() is None:
            with contextlib.suppress(OSError):
                socket.create_connection((HOST, self.port), timeout=1).close()
                return
            time.sleep(0.02)
        self._words.seek(0)
        raise RuntimeError(f"nginx does not start: {self._words.read().decode()}")
