"""door-scanner: a QR pass is read, verified and answered at the door itself."""

__version__ = "0.1.0"
