"""Runs inside the machine: takes commands from the tests, one JSON object a line each way.

{"id", "argv", "input", "timeout_s"} is answered by {"id", "code", "out", "err"}, in the order in
which commands end; `code` is null when one took too long and was killed.
"""

import json
import os
import signal
import subprocess
import threading
import time
from typing import Any, Final

PORT: Final = "/dev/virtio-ports/tests"
_sending = threading.Lock()


def main() -> None:
    """Serve for ever; a port that has no reader yet reads as empty."""
    port = os.open(PORT, os.O_RDWR)
    pending = b""
    _send(port, {"id": 0, "code": 0, "out": "", "err": ""})
    while True:
        chunk = os.read(port, 65536)
        if not chunk:
            time.sleep(0.1)
            continue
        *lines, pending = (pending + chunk).split(b"\n")
        for line in lines:
            request = json.loads(line)
            threading.Thread(target=_serve, args=(port, request), daemon=True).start()


def _serve(port: int, request: dict[str, Any]) -> None:
    _send(port, {"id": request["id"], **_outcome(request)})


def _outcome(request: dict[str, Any]) -> dict[str, Any]:
    try:
        # A group of its own, so that what a command started ends with it.
        process = subprocess.Popen(
            request["argv"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )
    except OSError as error:
        return {"code": 127, "out": "", "err": str(error)}
    try:
        out, err = process.communicate(request["input"], timeout=request["timeout_s"])
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        return {"code": None, "out": out, "err": err}
    return {"code": process.returncode, "out": out, "err": err}


def _send(port: int, answer: dict[str, Any]) -> None:
    with _sending:
        line = json.dumps(answer).encode() + b"\n"
        while line:
            line = line[os.write(port, line) :]


main()
