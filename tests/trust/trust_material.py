"""Parties, datasets and agreements for the tests of the trust layer. Keys are drawn anew."""

from datetime import UTC, datetime
from functools import cache

import msgspec

from cleanroom.disclosure.catalogue import ColumnSpec, DatasetSpec
from cleanroom.disclosure.policy import Policy
from cleanroom.tables import Type
from cleanroom.trust import agreement as agreements
from cleanroom.trust import drafting
from cleanroom.trust.agreement import Agreement, SignedAgreement
from cleanroom.trust.identity import Identity
from cleanroom.trust.templates import load

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
MADE = "2026-01-05T08:00:00Z"


@cache
def party(name: str) -> Identity:
    """One identity per name and run."""
    return Identity.create(f"{name} Ltd", MADE)


def dataset(owner: str, **columns: ColumnSpec) -> DatasetSpec:
    people = columns or {"a_age_band": ColumnSpec(Type.CATEGORY, ("18-24", "25-34", "35+"))}
    return DatasetSpec(owner, f"{owner}-2025", "2025-01-01", "2026-01-01", {"people": people})


def drafted(template: str = "platform-hosts", mode: str = "dp") -> Agreement:
    """Begun by the platform."""
    chosen = load(template)
    cards = {seat.name: party(seat.name).card() for seat in chosen.parties}
    options = drafting.Options(mode="threshold" if mode == "threshold" else "dp")
    return drafting.draft(chosen, cards, dataset("platform"), now=NOW, options=options)


def proposed(template: str = "platform-hosts", mode: str = "dp") -> Agreement:
    """Complete: every data party has brought its part."""
    agreement = drafted(template, mode)
    for name in agreement.data_parties[1:]:
        policy = load(template).default_policy("threshold" if mode == "threshold" else "dp")
        agreement = drafting.contribute(agreement, name, dataset(name), policy)
    return agreement


def sign_all(agreement: Agreement, before: SignedAgreement | None = None) -> SignedAgreement:
    """Signed by everybody, the first data party first."""
    signed = agreements.wrap(agreement)
    first = agreement.data_parties[0]
    others = [p.name for p in agreement.parties if p.name != first]
    for name in (first, *others):
        signed = drafting.sign(signed, party(name), before)
    return signed


def stricter(policy: Policy, **fields: int) -> Policy:
    return msgspec.structs.replace(policy, **fields)
