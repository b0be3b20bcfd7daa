"""What a verifier hands over: the pass and the key whose signature held."""

from dataclasses import dataclass

from scanner.terms import Pass
from scanner.trust import Key


@dataclass(frozen=True, slots=True)
class Genuine:
    """A verified pass; dates, purpose and revocation of its key are the judge's to weigh.

    `key_is_named` is false where the signed bytes do not say which certificate of a key is
    meant: then all of them must allow the pass. `detail` mentions what is odd about a
    genuine pass without making it fail. `is_presented` says that its holder signed it for this
    very minute, so that its dates are meant to the second.
    """

    verified: Pass
    key: Key
    detail: str | None = None
    key_is_named: bool = True
    is_presented: bool = False
