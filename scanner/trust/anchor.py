"""An authority whose signature vouches for the certificates that passes carry (a CSCA)."""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509


@dataclass(frozen=True, slots=True)
class Anchor:
    """A self-signed CA certificate; `der` is all of it, `subject` its name, as DER."""

    certificate: x509.Certificate
    der: bytes
    subject: bytes
    country: str | None
    not_before: datetime
    not_after: datetime
