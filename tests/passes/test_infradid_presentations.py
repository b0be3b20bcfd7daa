"""A presentation is its holder's own, for a minute, and all that is in it is."""

from datetime import UTC, datetime
from typing import Any

import pytest

from scanner.passes import infradid
from scanner.passes.infradid import MAX_CREDENTIALS
from scanner.publish.infradid import Signer
from scanner.terms import Kind, Reason, Refused
from scanner.trust import Keyring
from scanner.trust.dids import read_dids

ISSUER, REGISTRY, STRANGER = Signer.es256k(), Signer.es256(), Signer.es256k()
HOLDER, NEIGHBOUR, THIEF = Signer.es256k(), Signer.es256(), Signer.es256k()
KEYRING = Keyring.of(read_dids(f"{ISSUER.did}\n{REGISTRY.did}".encode()).keys)
NOW_S = 1_700_000_000
NOW = datetime.fromtimestamp(NOW_S, UTC)


def credential(
    kind: str = "VaccinationCredential",
    *,
    signer: Signer = ISSUER,
    holder: str = HOLDER.did,
    **claims: Any,
) -> str:
    claims = {"nbf": NOW_S - 1000, "jti": f"urn:{kind}"} | claims
    return signer.credential(kind, subject={}, holder=holder, **claims)


NAME = credential("PersonCredential", signer=REGISTRY, nbf=NOW_S - 5000)
DOSE = credential()
VALID = HOLDER.presentation([NAME, DOSE], at_s=NOW_S)


def refused(text: str, *, keyring: Keyring = KEYRING) -> Refused:
    with pytest.raises(Refused) as caught:
        infradid.verify(text.encode(), keyring=keyring)
    return caught.value


def presented(**changes: Any) -> str:
    """Sign a presentation with other claims; those that are None are left out."""
    vp = {"type": ["VerifiablePresentation"], "verifiableCredential": [DOSE]}
    told = {"vp": vp, "iss": HOLDER.did, "nbf": NOW_S, "exp": NOW_S + 60, **changes}
    return HOLDER.sign({name: value for name, value in told.items() if value is not None})


def test_a_presentation_is_all_its_credentials_for_a_minute() -> None:
    genuine = infradid.verify(VALID.encode(), keyring=KEYRING)
    verified = genuine.verified
    assert genuine.is_presented
    assert (verified.not_before, verified.not_after) == (NOW, NOW.replace(second=20, minute=14))
    assert verified.issued_at == datetime.fromtimestamp(NOW_S - 5000, UTC)
    assert verified.ids == ("vc-id:urn:PersonCredential", "vc-id:urn:VaccinationCredential")
    assert [one["jti"] for one in verified.claims["credentials"]] == [
        "urn:PersonCredential", "urn:VaccinationCredential",
    ]  # fmt: skip
    assert verified.claims["holder"] == HOLDER.did
    assert verified.claims["presented"] is True


def test_what_speaks_of_health_stands_for_the_whole() -> None:
    genuine = infradid.verify(VALID.encode(), keyring=KEYRING)
    assert genuine.verified.kind is Kind.VACCINATION
    assert (genuine.verified.issuer, genuine.key.issuer) == (ISSUER.did, ISSUER.did)
    named = HOLDER.presentation([NAME], at_s=NOW_S)
    genuine = infradid.verify(named.encode(), keyring=KEYRING)
    assert genuine.verified.kind is None
    assert genuine.verified.issuer == REGISTRY.did


def test_the_narrowest_dates_bind() -> None:
    early = credential(nbf=NOW_S + 10, exp=NOW_S + 20)
    text = HOLDER.presentation([NAME, early], at_s=NOW_S)
    verified = infradid.verify(text.encode(), keyring=KEYRING).verified
    assert verified.not_before == datetime.fromtimestamp(NOW_S + 10, UTC)
    assert verified.not_after == datetime.fromtimestamp(NOW_S + 20, UTC)


def test_a_credential_that_hides_its_date_hides_that_of_the_whole() -> None:
    text = HOLDER.presentation([NAME, credential(nbf=None)], at_s=NOW_S)
    assert infradid.verify(text.encode(), keyring=KEYRING).verified.issued_at is None


@pytest.mark.parametrize("holder", [HOLDER, NEIGHBOUR], ids=["ES256K", "ES256"])
def test_a_holder_may_have_a_key_on_either_curve(holder: Signer) -> None:
    text = holder.presentation([credential(holder=holder.did)], at_s=NOW_S)
    assert infradid.verify(text.encode(), keyring=KEYRING).is_presented


@pytest.mark.parametrize("lifetime_s", [60, 60.0, 0.5, 1])
def test_it_may_live_for_a_minute(lifetime_s: float) -> None:
    text = HOLDER.presentation([DOSE], at_s=NOW_S + 0.5, lifetime_s=lifetime_s)
    assert infradid.verify(text.encode(), keyring=KEYRING).is_presented


MALFORMED: dict[str, dict[str, Any]] = {
    "no beginning": {"nbf": None},
    "no end": {"exp": None},
    "no dates, but a time of issue": {"nbf": None, "exp": None, "iat": NOW_S},
    "a life of more than a minute": {"exp": NOW_S + 60.001},
    "a life of a day": {"exp": NOW_S + 86_400},
    "an end before its beginning": {"exp": NOW_S - 1},
    "no life at all": {"exp": NOW_S},
    "a date that is a text": {"exp": f"{NOW_S + 60}"},
    "no content": {"vp": {}},
    "a content that is a list": {"vp": [DOSE]},
    "no credentials": {"vp": {"verifiableCredential": []}},
    "a credential that is no list": {"vp": {"verifiableCredential": DOSE}},
    "a credential that is an object": {"vp": {"verifiableCredential": [{"type": "x"}]}},
    "a credential that is no token": {"vp": {"verifiableCredential": [DOSE, "x"]}},
    "one twice": {"vp": {"verifiableCredential": [DOSE, DOSE]}},
    "one twice, signed anew": {"vp": {"verifiableCredential": [DOSE, credential()]}},
    "a presentation in it": {"vp": {"verifiableCredential": [VALID]}},
    "a credential beside it": {"vc": {"type": "VaccinationCredential"}},
    "no holder": {"iss": None},
    "a holder of another method": {"iss": "did:web:example.org"},
    "a holder whose key only a server knows": {"iss": "did:infra:01:hu23nfowuehx"},
    "a holder with a wrong checksum": {
        "iss": HOLDER.did[:-1] + ("1" if HOLDER.did[-1] != "1" else "2")
    },
}


@pytest.mark.parametrize("changes", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_no_presentation_is_malformed(changes: dict[str, Any]) -> None:
    assert refused(presented(**changes)).reason is Reason.MALFORMED


def test_no_more_credentials_are_read_than_anybody_has() -> None:
    several = [credential(jti=f"urn:{number}") for number in range(MAX_CREDENTIALS + 1)]
    text = HOLDER.presentation(several[1:], at_s=NOW_S)
    assert len(infradid.verify(text.encode(), keyring=KEYRING).verified.ids) == MAX_CREDENTIALS
    assert refused(HOLDER.presentation(several, at_s=NOW_S)).reason is Reason.TOO_LARGE


def test_a_stolen_credential_is_of_no_use_to_a_stranger() -> None:
    caught = refused(THIEF.presentation([DOSE], at_s=NOW_S))
    assert (caught.reason, caught.detail) == (
        Reason.BAD_SIGNATURE, "presented by another than the holder",
    )  # fmt: skip


def test_a_stolen_credential_among_own_ones_is_of_no_use_either() -> None:
    own = credential("PersonCredential", holder=THIEF.did)
    assert refused(THIEF.presentation([own, DOSE], at_s=NOW_S)).reason is Reason.BAD_SIGNATURE
    assert refused(THIEF.presentation([DOSE, own], at_s=NOW_S)).reason is Reason.BAD_SIGNATURE


def test_a_credential_of_nobody_cannot_be_presented() -> None:
    nobody = ISSUER.sign({"vc": {"type": "VaccinationCredential"}, "iss": ISSUER.did})
    infradid.verify(nobody.encode(), keyring=KEYRING)
    assert refused(HOLDER.presentation([nobody], at_s=NOW_S)).reason is Reason.BAD_SIGNATURE


def test_a_credential_out_of_a_presentation_is_a_static_pass() -> None:
    """Why a venue may ask for presentations: this is what a screenshot of one gives away."""
    (_, dose) = infradid.verify(VALID.encode(), keyring=KEYRING).verified.claims["credentials"]
    alone = infradid.verify(DOSE.encode(), keyring=KEYRING)
    assert alone.verified.claims["credentials"] == [dose]
    assert not alone.is_presented


def test_a_presentation_that_another_signed_has_a_bad_signature() -> None:
    text = THIEF.sign(
        {"vp": {"verifiableCredential": [DOSE]}, "iss": HOLDER.did, "nbf": NOW_S, "exp": NOW_S + 60}
    )
    assert refused(text).reason is Reason.BAD_SIGNATURE


def test_a_credential_that_a_stranger_signed_in_an_issuers_name_has_a_bad_signature() -> None:
    vc = {"type": "VaccinationCredential"}
    forged = STRANGER.sign({"vc": vc, "sub": HOLDER.did, "iss": ISSUER.did})
    caught = refused(HOLDER.presentation([NAME, forged], at_s=NOW_S))
    assert (caught.reason, caught.key_id) == (Reason.BAD_SIGNATURE, ISSUER.did)


def test_a_credential_of_an_issuer_who_is_not_listed_is_unknown() -> None:
    foreign = credential(signer=STRANGER)
    caught = refused(HOLDER.presentation([NAME, foreign], at_s=NOW_S))
    assert (caught.reason, caught.key_id) == (Reason.UNKNOWN_ISSUER, STRANGER.did)


def test_a_holder_cannot_vouch_for_himself() -> None:
    own = credential(signer=HOLDER)
    assert refused(HOLDER.presentation([own], at_s=NOW_S)).reason is Reason.UNKNOWN_ISSUER


def test_an_algorithm_that_is_not_the_holders_is_refused() -> None:
    claims = {
        "vp": {"verifiableCredential": [DOSE]},
        "iss": HOLDER.did,
        "nbf": NOW_S,
        "exp": NOW_S + 60,
    }
    assert refused(HOLDER.sign(claims, alg="ES256")).reason is Reason.WRONG_ALGORITHM
