"""A pass whose signature held. Born only in `scanner.passes`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from scanner.terms.verdict import Kind

Claims = Mapping[str, Any]


class PassFormat(Enum):
    """Wire formats, as named in JSON."""

    DCC = "dcc"
    SHC = "shc"
    NZCP = "nzcp"
    VDSNC = "vdsnc"
    INFRADID = "infradid"
    PRETIX = "pretix"
    OWN = "own"

    # By identity, as they are compared: an enum's own hash is slow, and asked for each pass.
    __hash__ = object.__hash__


@dataclass(frozen=True, slots=True)
class Pass:
    """A genuine pass: every field comes from bytes that a trusted key signed.

    `key_id` is the key identifier as printed (base64 for a DCC), `ids` the typed
    revocation ids (`dcc-uci:...`), `issued_at`, `not_before` and `not_after` aware
    datetimes where the pass carries them, `claims` the format's own content.
    """

    format: PassFormat
    kind: Kind | None
    issuer: str | None
    key_id: str
    list_ids: Callable[[], tuple[str, ...]] = field(repr=False, compare=False)
    issued_at: datetime | None
    not_before: datetime | None
    not_after: datetime | None
    claims: Claims

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the typed revocation ids; they are worked out when a list asks for them."""
        return self.list_ids()
