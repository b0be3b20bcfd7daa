"""What an NZ COVID Pass says, in the terms of rules: a name, a birthday, and nothing of doses.

It stands for a vaccination or an exemption without telling which. The event has no day, so that
rule sets which count days from it, or doses, do not take it.
"""

from scanner.rules.claims import HealthEvent, Holder, Known
from scanner.terms import Kind, Pass

_COVID_19 = "840539006"  # SNOMED CT, as in a DCC


def read(verified: Pass) -> Known:
    """Return the holder, and the one event that such a pass stands for."""
    subject = verified.claims["vc"]["credentialSubject"]
    names = f"{subject['givenName']} {subject.get('familyName', '')}"
    return Known(
        holder=Holder(tuple(names.casefold().split()), subject["dob"]),
        events=(HealthEvent(kind=Kind.VACCINATION, disease=_COVID_19),),
    )
