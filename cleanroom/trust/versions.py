"""Later versions of an agreement: they name the version before and only tighten its limits.

A new version carries everything else word for word. Ledger, counters and budgets go by the
agreement's id, which stays, so they go on. The matching secret is left out until the first data
party signs (``signing.py``).
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from cleanroom.disclosure.policy import MERGE, Policy, merge
from cleanroom.errors import TrustError
from cleanroom.trust.agreement import Agreement, SignedAgreement
from cleanroom.trust.agreement_rules import check
from cleanroom.trust.instants import timestamp

# What a later version may change; everything else stays word for word.
_MAY_CHANGE = {
    "version",
    "predecessor",
    "origin",
    "created",
    "policies",
    "effective",
    "matching_secret",
}


def tighten(signed: SignedAgreement, party: str, policy: Policy, *, now: datetime) -> Agreement:
    """The next version of an accepted agreement, with stricter wishes of one data party.

    Raises ``trust.agreement_draft``, ``trust.agreement_unsigned``, ``trust.unknown_party``,
    ``trust.no_data_party``, ``trust.not_tighter``.
    """
    agreement = signed.agreement
    if signed.state == "draft":
        raise TrustError("trust.agreement_draft")
    if signed.missing:
        raise TrustError("trust.agreement_unsigned", missing=", ".join(signed.missing))
    if not agreement.party(party).brings_data:
        raise TrustError("trust.no_data_party", party=party)
    wishes = {**agreement.policies, party: policy}
    _check_tighter(agreement, wishes)
    return check(
        msgspec.structs.replace(
            agreement,
            version=agreement.version + 1,
            predecessor=signed.hash,
            origin=signed.genesis,
            created=timestamp(now),
            policies=wishes,
            effective=merge([wishes[name] for name in agreement.data_parties]),
            matching_secret=(),
        )
    )


def check_successor(predecessor: SignedAgreement | None, agreement: Agreement) -> None:
    """A later version names the accepted one before it and only tightens its limits.

    Raises ``trust.predecessor``, ``trust.not_tighter``.
    """
    if predecessor is None or predecessor.state != "accepted":
        raise TrustError("trust.predecessor")
    before = predecessor.agreement
    named = (agreement.predecessor, agreement.origin, agreement.version)
    if named != (predecessor.hash, predecessor.genesis, before.version + 1):
        raise TrustError("trust.predecessor")
    for field in agreement.__struct_fields__:
        if field not in _MAY_CHANGE and getattr(agreement, field) != getattr(before, field):
            raise TrustError("trust.not_tighter", field=field)
    _check_tighter(before, agreement.policies)


def _check_tighter(before: Agreement, wishes: Mapping[str, Policy]) -> None:
    """No wish is looser than before, and at least one is stricter. Raises ``trust.not_tighter``."""
    if dict(wishes) == before.policies:
        raise TrustError("trust.not_tighter", field="policies")
    for name, old in before.policies.items():
        new = wishes[name]
        for field, rule in MERGE.items():
            values = (getattr(old, field), getattr(new, field))
            if values[0] != values[1] and (field == "mode" or rule(values) != values[1]):
                raise TrustError("trust.not_tighter", field=field)
