"""Bytes that survive, and bytes that come in: files, a lock, who this door is.

This room knows nothing of what the bytes mean.
"""

from scanner.store.durable import append_line, publish_file, replace_file
from scanner.store.files import files_at, read_file
from scanner.store.identity import Identity, identity_in
from scanner.store.lock import Lock

__all__ = [
    "Identity",
    "Lock",
    "append_line",
    "files_at",
    "identity_in",
    "publish_file",
    "read_file",
    "replace_file",
]
