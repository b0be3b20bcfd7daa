"""Makes the real picamera2 run on libcamera's virtual camera, on a machine without one.

`install` waits for picamera2 to be imported, then changes what only a real camera has, all of
it outside the code under test:

- raw modes: the virtual camera has no raw stream, so that its plain formats stand in;
- memory: buffers come from anonymous files instead of the kernel's dma-buf heap, and each is
  described as two planes, which the virtual camera asks for;
- pace: frames come thirty times a second instead of as fast as the processor allows;
- faults: while the file `stall` is in FAULTS no frame arrives; while `gone` is there, none
  arrives and no camera is listed.

Paths are relative to the working directory, which is / for a child of the door.
"""

import importlib.util
import os
import sys
import time
from types import ModuleType
from typing import Any, Final

FAULTS: Final = "run/virtual-camera"
_INTERVAL_S: Final = 1 / 30


class _Heap:
    """In place of the kernel's heap."""

    def __init__(self, handle: Any) -> None:
        self._handle = handle

    def __call__(self) -> "_Heap":
        return self

    def alloc(self, name: str, size: int) -> Any:
        """Allocate a buffer, as a descriptor that its user closes."""
        fd = os.memfd_create(name, os.MFD_CLOEXEC)
        os.ftruncate(fd, size)
        return self._handle(fd)

    def close(self) -> None:
        """Nothing is held."""


class _NoIoctl:
    """In place of `fcntl`: memory of the processor needs no synchronising."""

    @staticmethod
    def ioctl(*_: object) -> int:
        """Succeed."""
        return 0


class _TwoPlanes:
    """In place of `libcamera`: one buffer, split into luma and chroma."""

    def __init__(self, libcamera: Any) -> None:
        plane = libcamera.FrameBuffer.Plane

        class FrameBuffer:
            Plane = plane

            def __new__(cls, planes: list[Any]) -> Any:
                luma, chroma = planes[0], plane()
                whole = luma.length
                chroma.fd = luma.fd
                luma.length = chroma.offset = whole * 2 // 3
                chroma.length = whole - chroma.offset
                return libcamera.FrameBuffer([luma, chroma])

        self.FrameBuffer = FrameBuffer


class _Display(ModuleType):
    """In place of `pykms`, which draws previews that nobody asks for."""

    class PixelFormat:
        """Names looked up while picamera2 is imported."""

        RGB888 = BGR888 = XRGB8888 = XBGR8888 = ABGR8888 = YUV420 = YVU420 = NV12 = ""


def _raw_modes(camera: Any) -> list[dict[str, object]]:
    import libcamera  # noqa: PLC0415 - where picamera2 is, this is

    asked = camera.camera.generate_configuration([libcamera.StreamRole.Viewfinder])
    offered = asked.at(0).formats
    return [
        {"format": str(pixels), "size": (size.width, size.height)}
        for pixels in offered.pixel_formats
        for size in offered.sizes(pixels)
    ]


def _is(fault: str) -> bool:
    return os.path.exists(f"{FAULTS}/{fault}")  # noqa: PTH110 - thirty times a second


def _paced(handle_request: Any) -> Any:
    due_s = 0.0

    def handling(manager: Any, flushid: int | None = None) -> None:
        nonlocal due_s
        if flushid is None:
            now_s = time.monotonic()
            due_s = max(due_s + _INTERVAL_S, now_s)
            time.sleep(due_s - now_s)
            if _is("stall") or _is("gone"):
                return
        handle_request(manager, flushid)

    return handling


def _adapt(picamera2: ModuleType) -> None:
    from picamera2 import picamera2 as core  # noqa: PLC0415 - it is being imported
    from picamera2.allocators import dmaallocator  # noqa: PLC0415
    from picamera2.dma_heap import UniqueFD  # noqa: PLC0415

    camera = picamera2.Picamera2
    listed = camera.global_camera_info
    camera._get_raw_modes = _raw_modes  # noqa: SLF001
    camera.global_camera_info = staticmethod(lambda: [] if _is("gone") else listed())
    manager = core.CameraManager
    manager.handle_request = _paced(manager.handle_request)
    dmaallocator.DmaHeap = _Heap(UniqueFD)
    dmaallocator.fcntl = _NoIoctl
    dmaallocator.libcamera = _TwoPlanes(dmaallocator.libcamera)


class _AfterImport:
    """A finder that finds picamera2 like everybody else, and adapts it once it is loaded."""

    def find_spec(self, name: str, *_: object) -> Any:
        """Find picamera2 once."""
        if name != "picamera2":
            return None
        sys.meta_path.remove(self)
        sys.modules.setdefault("pykms", _Display("pykms"))
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def executing(module: ModuleType) -> None:
                execute(module)
                _adapt(module)

            spec.loader.exec_module = executing  # type: ignore[method-assign]
        return spec


def install() -> None:
    """Adapt picamera2 when it is imported."""
    sys.meta_path.insert(0, _AfterImport())
