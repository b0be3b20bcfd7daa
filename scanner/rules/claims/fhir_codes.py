"""Codes about COVID-19 in FHIR resources: vaccines (CVX), tests (LOINC), results (SNOMED CT).

Source: value sets of the SMART Health Cards Vaccination and Testing IG 1.0. Tests for
antibodies are not in the tables: they find no virus.
"""

from typing import Final

from scanner.rules.claims import Result, TestType

CVX: Final = "http://hl7.org/fhir/sid/cvx"
LOINC: Final = "http://loinc.org"
SNOMED: Final = "http://snomed.info/sct"


def _codes(text: str) -> list[str]:
    return text.split()


# Vaccines that the EU knows go by its product code, as in a DCC, the others by their CVX code.
PRODUCTS: Final = {
    **{code: f"cvx:{code}" for code in map(str, (213, 225, 226, *range(500, 522)))},
    **dict.fromkeys(_codes("207 221 227 228 229 230 311 312"), "EU/1/20/1507"),
    **dict.fromkeys(_codes("208 217 218 219 300 301 302 308 309 310"), "EU/1/20/1528"),
    **dict.fromkeys(_codes("211 313"), "EU/1/21/1618"),
    "210": "EU/1/21/1529",
    "212": "EU/1/20/1525",
}

METHODS: Final = {
    **dict.fromkeys(
        _codes(
            "94307-6 94308-4 94309-2 94310-0 94314-2 94315-9 94316-7 94500-6 94502-2 94533-7"
            " 94534-5 94559-2 94565-9 94639-2 94640-0 94641-8 94647-5 94756-4 94757-2 94758-0"
            " 94759-8 94760-6 94845-5 95406-5 95409-9 95425-5 95608-6 95823-1 95824-9 96091-4"
            " 96120-1 96121-9 96122-7 96123-5 96448-6 96763-8 96765-3 96797-6 96957-6 96958-4"
            " 96986-5 97098-8 98131-6 98132-4 98493-0 98494-8"
        ),
        TestType.NAAT,
    ),
    **dict.fromkeys(_codes("94558-4 95209-3 96119-3 97097-0"), TestType.ANTIGEN),
}

RESULTS: Final = {
    **dict.fromkeys(_codes("260415000 260385009 131194007"), Result.NEGATIVE),
    **dict.fromkeys(_codes("260373001 10828004 11214006 720735008"), Result.POSITIVE),
}
