"""What is tried in one process of the system's Python, with the real picamera2.

Each function prints one line of JSON.
"""

import inspect
import json
import os
import sys
import time
from importlib import import_module, util
from pathlib import Path
from typing import Any

from scanner.sight.picamera import PiCamera
from scanner.sight.spec import PicameraSpec
from scanner.terms import DeviceError

CYCLES = 10
ADAPTED = import_module("virtual_camera")
FAKE = Path(__file__).resolve().parents[1] / "sight" / "fake_camera" / "picamera2.py"


def _descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def open_again_and_again() -> None:
    """Open and close one camera: descriptors after each time, and seconds in all."""
    ADAPTED.install()
    open_after = []
    start_s = time.monotonic()
    for _ in range(CYCLES):
        camera = PiCamera(PicameraSpec())
        next(camera.frames())
        camera.close()
        open_after.append(_descriptors())
    print(json.dumps({"descriptors": open_after, "seconds": time.monotonic() - start_s}))


def open_twice() -> None:
    """Open a camera that is open: what is said of it."""
    ADAPTED.install()
    camera = PiCamera(PicameraSpec())
    try:
        PiCamera(PicameraSpec())
    except DeviceError as error:
        print(json.dumps(error.detail))
    camera.close()
    sys.stdout.flush()
    os._exit(0)


def compare_with_the_fake() -> None:
    """Compare the fake of the quick tests: what it has and the real class has not."""
    ADAPTED.install()
    import picamera2  # noqa: PLC0415 - adapted first

    spec = util.spec_from_file_location("fake_picamera2", FAKE)
    assert spec is not None
    assert spec.loader is not None
    fake = util.module_from_spec(spec)
    spec.loader.exec_module(fake)
    compared, foreign = _compare(fake.Picamera2, picamera2.Picamera2)
    print(json.dumps({"compared": compared, "foreign": foreign}))


def _compare(fake: Any, real: Any) -> tuple[list[str], list[str]]:
    compared, foreign = [], []
    for name, method in inspect.getmembers(fake, inspect.isfunction):
        if name.startswith("_") and name != "__init__":
            continue
        compared.append(name)
        theirs = inspect.signature(getattr(real, name, lambda: None)).parameters
        ours = inspect.signature(method).parameters
        foreign += [f"{name}({one})" for one in ours if one not in theirs]
        if not hasattr(real, name):
            foreign.append(name)
    for name in ("camera_controls", "camera_properties"):
        compared.append(name)
        if not isinstance(inspect.getattr_static(real, name, None), property):
            foreign.append(name)
    return compared, foreign
