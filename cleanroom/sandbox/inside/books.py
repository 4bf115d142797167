"""The counters that the gate goes by. They live in this process and start from the signed ledger,
so swapping files outside changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.price import FREE, Price, total
from cleanroom.trust.ledger import Entry, spent


@dataclass
class Books:
    """What was spent: by this session (against grants), and by all sessions of the agreement."""

    policy: Policy
    allowance: Price
    session: Price = FREE
    lifetime: Price = FREE
    refusals: int = 0
    noisy_match: int | None = None  # from the released overlap; None before it

    @classmethod
    def start(cls, policy: Policy, allowance: Price, earlier: Sequence[Entry]) -> "Books":
        """Books of a new session after ``earlier`` entries."""
        return cls(policy, allowance, lifetime=spent(earlier))

    def charge(self, price: Price) -> None:
        """Book an answer."""
        self.session = total([self.session, price])
        self.lifetime = total([self.lifetime, price])

    def objection(self, price: Price, *, is_match: bool) -> str:
        """Why a question can't be afforded, as a public reason; "" when it can.

        Only released numbers, the policy and counters decide, so the reason gives nothing away.
        """
        match, allowed = self.noisy_match, self.allowance
        after = total([self.session, price])
        if not is_match and match is None:
            return "match_first"
        if not is_match and match is not None and match < self.policy.min_match:
            return "min_match"
        if self.policy.mode == "dp":
            over = after.nano_rho > min(allowed.nano_rho, self.policy.rho_session_nano)
        else:
            over = after.cells > allowed.cells
        if over or after.analyses > allowed.analyses:
            return "budget"
        if self.lifetime.analyses + price.analyses > self.policy.analyses_max:
            return "analyses"
        cells = self.lifetime.cells + price.cells
        limited = self.policy.mode == "threshold" and match is not None
        return "cells" if limited and cells > self.policy.cell_budget(match or 0) else ""
