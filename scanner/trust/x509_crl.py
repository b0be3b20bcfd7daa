"""X.509 certificate revocation lists (RFC 5280 section 5): whose certificates no longer count.

Promises the issuer and serial number of every certificate on one DER list, or on several in PEM;
the issuer by its name as it is compared, however this list happens to write it (section 7.1).
Who names the file vouches for it: its signature is not checked, for the authority may be known
at another door only. Refused is every list that does not mean what it says at first sight: a
delta, a list of other authorities' certificates, anything else that is marked as critical.
"""

import re
from collections.abc import Iterator
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from scanner.terms import InputError
from scanner.trust.anchors import folded_name
from scanner.trust.keyring import CertificateId
from scanner.trust.revocation import RevocationList

# The largest list of a country signing authority seen has 100 kB.
MAX_CRL_BYTES: Final = 4 * 1024 * 1024
_BEGINS: Final = b"-----BEGIN"
_BLOCK: Final = re.compile(rb"-----BEGIN X509 CRL-----.*?-----END X509 CRL-----", re.DOTALL)
_UNREADABLE: Final = (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension)


def read_x509_crl(content: bytes) -> RevocationList:
    """Read one DER list or several in PEM; raise `InputError` if any cannot be used."""
    if len(content) > MAX_CRL_BYTES:
        raise InputError(f"a certificate revocation list of more than {MAX_CRL_BYTES >> 20} MiB")
    certificates: set[CertificateId] = set()
    for crl in _lists(content):
        try:
            certificates.update(_revoked(crl))
        except _UNREADABLE:
            raise InputError("a certificate revocation list with a broken entry") from None
    return RevocationList(certificates=frozenset(certificates))


def _lists(content: bytes) -> Iterator[x509.CertificateRevocationList]:
    blocks = _BLOCK.findall(content)
    if len(blocks) != content.count(_BEGINS):
        raise InputError("PEM that holds something else than X509 CRL blocks")
    try:
        if blocks:
            yield from map(x509.load_pem_x509_crl, blocks)
        else:
            yield x509.load_der_x509_crl(content)
    except _UNREADABLE:
        raise InputError("no readable X.509 CRL; give it whole, as PEM or DER") from None


def _revoked(crl: x509.CertificateRevocationList) -> Iterator[CertificateId]:
    if any(map(_changes_meaning, crl.extensions)):
        raise InputError("a delta or indirect CRL; give the full list of one authority")
    issuer = folded_name(crl.issuer)
    for entry in crl:
        if any(extension.critical for extension in entry.extensions):
            raise InputError("an indirect CRL; give the full list of one authority")
        yield issuer, entry.serial_number


def _changes_meaning(extension: x509.Extension[x509.ExtensionType]) -> bool:
    value = extension.value
    if isinstance(value, x509.IssuingDistributionPoint):
        return value.indirect_crl
    return extension.critical
