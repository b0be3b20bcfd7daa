"""The typed revocation ids are those that the member states' own apps compute."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.passes import cose, verify
from scanner.trust import Key, Keyring

if TYPE_CHECKING:
    from tests.conftest import Mint


class Credulous(Key):
    """A key that takes every signature: the issuer's own is not public."""

    def check(self, message: bytes, *, signature: bytes) -> None:
        """Return."""


def test_the_ids_of_a_pass_are_those_of_the_vectors(conformance: Path, mint: "Mint") -> None:
    folder = conformance / "passes" / "dcc-revocation-hash"
    vectors = json.loads((folder / "vectors.json").read_text(encoding="utf-8"))
    assert vectors
    for vector in vectors:
        raw = vector["barcodeData"].encode()
        kid = cose.parse(mint.unwire(raw)).kid or b""
        key = Credulous(kid, mint.key.algorithm, mint.key.public)
        assert verify(raw, keyring=Keyring.of((key,))).verified.ids == (
            f"dcc-signature:{vector['expSIGNATURE']}",
            f"dcc-uci:{vector['expUCI']}",
            f"dcc-countryuci:{vector['expCOUNTRYCODEUCI']}",
        )
