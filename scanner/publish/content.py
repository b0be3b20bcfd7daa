"""Contents of EU DCC passes after schema 1.3.0, for invented people.

Promises maps that `Issuer.issue` signs as they are: names in both spellings, date of
birth, one event. Codes are those of the EU value sets. Everyone here is invented.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from hashlib import sha256
from typing import Any, Final
from unicodedata import combining, normalize

Content = dict[str, Any]

SCHEMA_VERSION: Final = "1.3.0"
COVID_19: Final = "840539006"  # SNOMED CT: the disease targeted
_UVCI_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/:"  # checked by Luhn mod 38
_OPAQUE_CHARACTERS: Final = 26  # as long as the unique strings of most issuing countries
_LETTERS_OF: Final = {"Ä": "AE", "Ö": "OE", "Ü": "UE", "Æ": "AE", "Ø": "OE", "Å": "AA", "ß": "SS"}
_RECOVERY_BEGINS: Final = timedelta(days=11)  # a recovery counts from the 11th day after the test
_RECOVERY_ENDS: Final = timedelta(days=180)  # and until the 180th


class Outcome(Enum):
    """Whether a test found the virus (SNOMED CT)."""

    DETECTED = "260373001"
    NOT_DETECTED = "260415000"


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who does not exist."""

    family: str
    given: str
    born: date


@dataclass(frozen=True, slots=True)
class Vaccine:
    """Value set codes: prophylaxis type, product and maker."""

    prophylaxis: str
    product: str
    maker: str


COMIRNATY: Final = Vaccine("1119349007", "EU/1/20/1528", "ORG-100030215")
JANSSEN: Final = Vaccine("1119305005", "EU/1/20/1525", "ORG-100001417")

INVENTED: Final = (
    Person("Lindqvist-Øster", "Maja Elin", date(1984, 3, 17)),
    Person("Grünwälder", "Korbinian", date(1971, 11, 2)),
    Person("Vasseur", "Clémence Odile", date(1996, 6, 30)),
    Person("Kovačević", "Dragan", date(1959, 1, 25)),
    Person("Papastathopoulos", "Eleni", date(2001, 9, 8)),
    Person("O'Meara", "Fionnuala", date(1990, 12, 12)),
    Person("Szczepańska", "Bogna", date(1978, 4, 4)),
    Person("Torregrossa", "Calogero", date(1966, 8, 21)),
)


def vaccination(
    person: Person,
    *,
    country: str,
    given_on: date,
    dose: tuple[int, int] = (2, 2),
    vaccine: Vaccine = COMIRNATY,
) -> Content:
    """Make a vaccination certificate; `dose` is (number of this dose, doses of the course)."""
    number, course = dose
    entry = {
        **_event(person, country=country, seed=f"v{given_on}{number}"),
        "vp": vaccine.prophylaxis,
        "mp": vaccine.product,
        "ma": vaccine.maker,
        "dn": number,
        "sd": course,
        "dt": given_on.isoformat(),
    }
    return {**_holder(person), "v": [entry]}


def test(person: Person, *, country: str, result: Outcome, sampled_at: datetime) -> Content:
    """Make a test certificate (NAAT); `sampled_at` is aware."""
    entry = {
        **_event(person, country=country, seed=f"t{sampled_at.isoformat()}"),
        "tt": "LP6464-4",
        "nm": "Rehearsal RT-PCR",
        "sc": sampled_at.isoformat(timespec="seconds"),
        "tr": result.value,
        "tc": "Test centre at the corner",
    }
    return {**_holder(person), "t": [entry]}


def recovery(person: Person, *, country: str, positive_on: date) -> Content:
    """Make a recovery certificate, valid from day 11 to day 180 after the first positive test."""
    entry = {
        **_event(person, country=country, seed=f"r{positive_on}"),
        "fr": positive_on.isoformat(),
        "df": (positive_on + _RECOVERY_BEGINS).isoformat(),
        "du": (positive_on + _RECOVERY_ENDS).isoformat(),
    }
    return {**_holder(person), "r": [entry]}


def uvci(*, country: str, opaque: str) -> str:
    """Make a unique certificate identifier (version 01) with its check character."""
    body = f"URN:UVCI:01:{country}:{opaque}"
    return f"{body}#{_check_character(body)}"


def transliterated(name: str) -> str:
    """Spell a name as a machine readable travel document does (ICAO 9303 part 3)."""
    wide = "".join(_LETTERS_OF.get(letter, letter) for letter in name.replace("ß", "SS").upper())
    plain = "".join(letter for letter in normalize("NFD", wide) if not combining(letter))
    kept = plain.replace("'", "").replace(" ", "<").replace("-", "<")
    return "".join(letter for letter in kept if letter == "<" or "A" <= letter <= "Z")


def _holder(person: Person) -> Content:
    return {
        "ver": SCHEMA_VERSION,
        "nam": {
            "fn": person.family,
            "fnt": transliterated(person.family),
            "gn": person.given,
            "gnt": transliterated(person.given),
        },
        "dob": person.born.isoformat(),
    }


def _event(person: Person, *, country: str, seed: str) -> Content:
    """Give the fields that every event has; the identifier depends on nothing but the event."""
    digest = sha256(f"{person}{country}{seed}".encode()).hexdigest().upper()
    return {
        "tg": COVID_19,
        "co": country,
        "is": f"Ministry of Health, {country}",
        "ci": uvci(country=country, opaque=digest[:_OPAQUE_CHARACTERS]),
    }


def _check_character(body: str) -> str:
    """Luhn mod N over the characters of the alphabet, from the right (DCC guidelines, annex 2)."""
    size = len(_UVCI_ALPHABET)
    total = 0
    for place, character in enumerate(reversed(body)):
        addend = _UVCI_ALPHABET.index(character) * (2 if place % 2 == 0 else 1)
        total += addend // size + addend % size
    return _UVCI_ALPHABET[(size - total % size) % size]
