"""The real eye, with the virtual camera where the Raspberry Pi has one."""

from importlib import import_module

from scanner.sight.eye_child import main

import_module("virtual_camera").install()
__all__ = ["main"]
