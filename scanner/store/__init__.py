"""Bytes that survive, and bytes that come in: files, read with bounds.

This room knows nothing of what the bytes mean.
"""

from scanner.store.files import files_at, read_file

__all__ = ["files_at", "read_file"]
