"""One good pass of every format beside the DCC, and whom a door must trust to let them in.

For rehearsals and tests: keys are made in memory for one run, people are invented.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from scanner.publish import content, infradid, nzcp, pretix, shc, vdsnc
from scanner.publish.own.keys import SigningKey
from scanner.publish.own.orders import Order
from scanner.publish.own.signing import text_of
from scanner.terms import Kind, PassFormat
from scanner.trust import Anchor, Binding, Key, TrustFile, read_trust
from scanner.trust.dids import read_dids
from scanner.trust.issuer_keys import key_id

_CARDS_ISSUER: Final = "https://cards.example/issuer"
_LIST: Final = "rehearsal"
_TOKEN: Final = UUID("60a4f54d-4e30-4332-be33-ad78b1eafa4b")
_DOSE_DAYS: Final = 60


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The text of one pass for each format, and the keys and anchors behind them."""

    texts: Mapping[PassFormat, str]
    keys: tuple[Key, ...]
    anchors: tuple[Anchor, ...]


def rehearsal(*, at: datetime) -> Rehearsal:
    """Make issuers and passes that are good at a time, a day before and a day after it."""
    made = {
        PassFormat.SHC: _card(at),
        PassFormat.NZCP: _covid_pass(at),
        PassFormat.VDSNC: _visible_seal(at),
        PassFormat.INFRADID: _credential(at),
        PassFormat.PRETIX: _pretix(at),
        PassFormat.OWN: _own(at),
    }
    files = [trust for _, trust in made.values()]
    return Rehearsal(
        texts={form: text for form, (text, _) in made.items()},
        keys=tuple(key for file in files for key in file.keys),
        anchors=tuple(anchor for file in files for anchor in file.anchors),
    )


def _card(at: datetime) -> tuple[str, TrustFile]:
    issuer = shc.Issuer(_CARDS_ISSUER)
    told = [shc.patient(content.INVENTED[0]), shc.immunization(_dose_day(at))]
    text = issuer.issue(told, issued_at=at - timedelta(days=30))
    return text, read_trust(issuer.jwks(), binding=Binding(issuer=_CARDS_ISSUER))


def _covid_pass(at: datetime) -> tuple[str, TrustFile]:
    issuer, person = nzcp.Issuer(), content.INVENTED[1]
    subject = {
        "givenName": person.given,
        "familyName": person.family,
        "dob": person.born.isoformat(),
    }
    begins, ends = _span(at)
    text = issuer.issue(subject, token=_TOKEN, not_before=begins, expires_at=ends)
    return text, read_trust(issuer.did_document())


def _visible_seal(at: datetime) -> tuple[str, TrustFile]:
    begins, ends = _span(at)
    authority = vdsnc.Authority(begins=begins, ends=ends)
    signer = vdsnc.Signer(authority, begins=begins, ends=ends)
    person = content.INVENTED[2]
    dose = {"dvc": _dose_day(at).isoformat(), "seq": 2, "ctr": signer.letters, "adm": "Clinic"}
    message = {
        "uvci": "R000000001",
        "pid": {"n": f"{person.family}  {person.given}", "dob": person.born.isoformat()},
        "ve": [{"des": "XM68M6", "nam": "Comirnaty", "dis": "RA01", "vd": [dose]}],
    }
    der = authority.certificate().public_bytes(Encoding.DER)
    return signer.issue(message, form="icao.vacc"), read_trust(der)


def _credential(at: datetime) -> tuple[str, TrustFile]:
    issuer, holder, person = (
        infradid.Signer.es256k(),
        infradid.Signer.es256k(),
        content.INVENTED[3],
    )
    subject = {
        "name": f"{person.given} {person.family}",
        "birthDate": person.born.isoformat(),
        "vaccine": "Comirnaty",
        "dose": 2,
        "doses": 2,
        "date": _dose_day(at).isoformat(),
    }
    begins, ends = (int(when.timestamp()) for when in _span(at))
    text = issuer.credential(
        "VaccinationCredential", subject=subject, holder=holder.did, nbf=begins, exp=ends
    )
    return text, read_dids(issuer.did.encode())


def _pretix(at: datetime) -> tuple[str, TrustFile]:
    issuer = pretix.Issuer()
    begins, ends = (int(when.timestamp()) for when in _span(at))
    text = issuer.issue("rehearsal", item=1, valid_from=begins, valid_until=ends)
    binding = Binding(formats=frozenset({PassFormat.PRETIX}))
    return text, read_trust(issuer.public_pem, binding=binding)


def _own(at: datetime) -> tuple[str, TrustFile]:
    private = Ed25519PrivateKey.generate()
    public = private.public_key()
    begins, ends = _span(at)
    order = Order(
        kind=Kind.TICKET,
        event="rehearsal",
        zones=(),
        not_before=begins,
        not_after=ends,
        admits=1,
        name=None,
        label="rehearsal",
    )
    key = SigningKey(key_id(public), private.sign)
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    binding = Binding(formats=frozenset({PassFormat.OWN}))
    return text_of(order, name=_LIST, index=0, key=key), read_trust(pem, binding=binding)


def _span(at: datetime) -> tuple[datetime, datetime]:
    return at - timedelta(days=90), at + timedelta(days=90)


def _dose_day(at: datetime) -> date:
    return at.date() - timedelta(days=_DOSE_DAYS)
