"""What an NZ COVID Pass says, in the terms of rules."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from scanner.passes import nzcp
from scanner.publish.nzcp import Issuer
from scanner.rules.claims import HealthEvent, Holder, Known, known_of
from scanner.terms import Kind
from scanner.trust import Keyring, read_trust

BEGINS: Final = datetime(2026, 5, 1, tzinfo=UTC)
ENDS: Final = datetime(2026, 12, 1, tzinfo=UTC)
ISSUER: Final = Issuer()
KEYRING: Final = Keyring.of(read_trust(ISSUER.did_document()).keys)


def known(**subject: str) -> Known:
    text = ISSUER.issue(subject, token=UUID(int=1), not_before=BEGINS, expires_at=ENDS)
    return known_of(nzcp.verify(text.encode(), keyring=KEYRING).verified)


def test_a_pass_names_its_holder_and_one_event_without_a_day() -> None:
    told = known(givenName="Ana Mere", familyName="TE RANGI", dob="1990-02-03")
    assert told.holder == Holder(("ana", "mere", "te", "rangi"), "1990-02-03")
    assert told.events == (HealthEvent(kind=Kind.VACCINATION, disease="840539006"),)
    assert told.entitlement is None


def test_a_holder_may_have_one_name_only() -> None:
    assert known(givenName="Ana", dob="1990-02-03").holder == Holder(("ana",), "1990-02-03")
