"""The rehearsal of `demo`: who comes, with which code, and what the door must answer.

The scene is set at the minute when Korea's pass servers fell over, 13 December 2021,
11:40 in Seoul. The issuers' keys are made for one run and never leave its memory.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo

from scanner.gate import Belief
from scanner.publish import content
from scanner.publish.dcc import Issuer, tampered
from scanner.publish.rehearsal import rehearsal
from scanner.publish.shc import in_parts
from scanner.rules import NO_INFECTION, Family, Finding, RuleSet, Shown, family_of
from scanner.rules.files import read_rule_set
from scanner.sight.scenes.script import Carrier, Guest
from scanner.terms import PassFormat, Reason
from scanner.trust import Keyring, RevocationList, read_trust

OUTAGE: Final = datetime(2021, 12, 13, 11, 40, tzinfo=timezone(timedelta(hours=9)))
_YEAR: Final = timedelta(days=365)
_DAY: Final = timedelta(days=1)
_POSTER: Final = "https://example.org/menu"
_OTHER_FORMATS: Final = {
    PassFormat.SHC: "SMART Health Card",
    PassFormat.NZCP: "NZ COVID Pass",
    PassFormat.VDSNC: "ICAO VDS-NC",
    PassFormat.INFRADID: "did:infra credential",
    PassFormat.PRETIX: "pretix ticket",
}
_SESSION_CODE: Final = "003|1f6c2b9a40d7e85c"


@dataclass(frozen=True, slots=True)
class Role:
    """One guest and the reasons expected, one for each time the code is held up."""

    guest: Guest
    expected: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Cast:
    """All guests in order, and what the rehearsal door believes."""

    roles: tuple[Role, ...]
    belief: Belief


def cast(rule_sets: Iterable[RuleSet]) -> Cast:
    """Make issuers, sign every guest's pass, and tell the door whom to trust."""
    home = Issuer.es256(country="AT", not_before=OUTAGE - _YEAR, not_after=OUTAGE + _YEAR)
    away = Issuer.ps256(country="PT", not_before=OUTAGE - _YEAR, not_after=OUTAGE + _YEAR)
    stranger = Issuer.es256(country="AT", not_before=OUTAGE - _YEAR, not_after=OUTAGE + _YEAR)
    withdrawn = Issuer.es256(country="AT", not_before=OUTAGE - _YEAR, not_after=OUTAGE + _YEAR)
    others = rehearsal(at=OUTAGE)
    keys = [
        key for issuer in (home, away, withdrawn) for key in read_trust(issuer.certificate_der).keys
    ]
    belief = Belief(
        keyring=Keyring.of([*keys, *others.keys], anchors=others.anchors),
        revoked=RevocationList(kids=frozenset({withdrawn.kid})),
        rule_sets=tuple(rule_sets),
    )
    roles = _roles(home=home, away=away, stranger=stranger, withdrawn=withdrawn)
    return Cast((*roles, *_others(others.texts)), belief)


def _others(texts: Mapping[PassFormat, str]) -> Iterator[Role]:
    """Give the guests who bring a pass of another format."""
    for form, name in _OTHER_FORMATS.items():
        yield _role(name, texts[form], Carrier.PHONE, Reason.ADMITTED)
    parts = tuple(part.encode() for part in in_parts(texts[PassFormat.SHC], count=2))
    yield Role(
        Guest(name="a card in two parts", payloads=parts, carrier=Carrier.PHONE),
        (Reason.ADMITTED,),
    )
    own = texts[PassFormat.OWN]
    yield _role("the venue's own ticket", own, Carrier.PHONE, Reason.ADMITTED, Reason.ALREADY_USED)


@dataclass(frozen=True, slots=True)
class House:
    """The rule set of the rehearsal: health passes by one, tickets by another."""

    health: RuleSet
    tickets: RuleSet
    name: str = "rehearsal"
    version: str = "1"
    title: str = "no infection; and each ticket once"
    family: Family = Family.ANY

    def find(self, shown: Shown) -> Finding:
        """Ask the rule set that speaks of such passes."""
        is_ticket = family_of(shown.passes[-1]) is Family.ENTITLEMENT
        return (self.tickets if is_ticket else self.health).find(shown)


def house() -> House:
    """Make the rule set of the rehearsal."""
    told = {
        "format": "door-scanner rules 1",
        "kind": "ticket",
        "name": "rehearsal-tickets",
        "version": "1",
        "title": "each ticket once",
        "timezone": "Asia/Seoul",
        "event": {"id": "rehearsal", "ends": (OUTAGE + _DAY).isoformat()},
        "kinds": ["ticket"],
        "once": True,
        "reentry": "never",
        "admissions": "each",
    }
    content = json.dumps(told).encode()
    return House(NO_INFECTION, read_rule_set(content, name="rehearsal", zone_of=ZoneInfo))


def _roles(*, home: Issuer, away: Issuer, stranger: Issuer, withdrawn: Issuer) -> tuple[Role, ...]:
    people = content.INVENTED
    maja, korbinian, clemence, dragan, eleni, fionnuala, bogna, calogero = people
    paper, phone = Carrier.PAPER, Carrier.PHONE
    good = _vaccinated(home, maja)
    return (
        _role("vaccinated, on a phone", good, phone, Reason.ADMITTED),
        _role("recovered, on paper", _recovered(away, korbinian), paper, Reason.ADMITTED),
        _role("tested negative", _tested(home, clemence), phone, Reason.ADMITTED),
        _role("tested positive", _tested(home, dragan, positive=True), phone, Reason.RULE_NOT_MET),
        _role(
            "pass has expired",
            _vaccinated(home, eleni, ends=OUTAGE - _DAY),
            paper,
            Reason.EXPIRED,
        ),
        _role(
            "pass not valid yet",
            _vaccinated(home, fionnuala, starts=OUTAGE + _DAY),
            phone,
            Reason.NOT_YET_VALID,
        ),
        _role(
            "year of birth changed", tampered(_vaccinated(home, bogna)), phone, Reason.BAD_SIGNATURE
        ),
        _role(
            "signed by nobody known", _vaccinated(stranger, dragan), phone, Reason.UNKNOWN_ISSUER
        ),
        _role("issuer's key revoked", _vaccinated(withdrawn, calogero), paper, Reason.REVOKED),
        _role("a poster's link", _POSTER, Carrier.POSTER, Reason.NOT_A_PASS),
        _role("KI-PASS session code", _SESSION_CODE, phone, Reason.ONLINE_ONLY),
        _role(
            "same code, shown twice",
            _vaccinated(away, clemence),
            phone,
            Reason.ADMITTED,
            Reason.REPEATED,
        ),
        Role(
            Guest(
                name="two passes at once",
                payloads=(_tested(home, bogna).encode(), _recovered(home, eleni).encode()),
                carrier=phone,
            ),
            (Reason.TWO_PASSES,),
        ),
    )


def _role(name: str, text: str, carrier: Carrier, *expected: Reason) -> Role:
    guest = Guest(name=name, payloads=(text.encode(),), carrier=carrier, showings=len(expected))
    return Role(guest, expected)


def _vaccinated(
    issuer: Issuer,
    person: content.Person,
    *,
    starts: datetime | None = None,
    ends: datetime = OUTAGE + _YEAR,
) -> str:
    given = content.vaccination(person, country=issuer.country, given_on=date(2021, 7, 6))
    return issuer.issue(given, issued_at=OUTAGE - 90 * _DAY, expires_at=ends, not_before=starts)


def _recovered(issuer: Issuer, person: content.Person) -> str:
    past = content.recovery(person, country=issuer.country, positive_on=date(2021, 10, 1))
    return issuer.issue(past, issued_at=OUTAGE - 60 * _DAY, expires_at=OUTAGE + _YEAR)


def _tested(issuer: Issuer, person: content.Person, *, positive: bool = False) -> str:
    outcome = content.Outcome.DETECTED if positive else content.Outcome.NOT_DETECTED
    taken = content.test(
        person, country=issuer.country, result=outcome, sampled_at=OUTAGE - timedelta(hours=20)
    )
    return issuer.issue(taken, issued_at=OUTAGE - timedelta(hours=18), expires_at=OUTAGE + _YEAR)
