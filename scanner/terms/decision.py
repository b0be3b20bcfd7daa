"""The door's answer to one code."""

from dataclasses import dataclass

from scanner.terms.verdict import Reason, Verdict
from scanner.terms.verified import Pass, PassFormat


@dataclass(frozen=True, slots=True)
class Decision:
    """Verdict and reason, with what is known of the pass.

    `format` is known from the prefix even when the pass fails; `verified` only
    after its signature held; `rule` names rule set, version and rule; `repeats` is
    the first answer's reason when the same answer is given again. `is_spent` says that a ticket
    was used up by it: the answer is never given again.
    """

    verdict: Verdict
    reason: Reason
    format: PassFormat | None = None
    key_id: str | None = None
    verified: Pass | None = None
    rule: str | None = None
    detail: str | None = None
    repeats: Reason | None = None
    is_spent: bool = False
