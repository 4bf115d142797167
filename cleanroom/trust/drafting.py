"""The life of an agreement, as pure functions: draft, contribute, sign, merge, tighten.

draft       the first party to write brings template, cards, its dataset and its policy
contribute  each other data party adds its own; the last one completes the effective policy
sign        the first data party first: it draws the matching secret; then all others, in any
            order and in parallel (``merge_files`` puts copies together): ``signing.py``
tighten     a new version with stricter limits, which everybody signs again: ``versions.py``
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from cleanroom.disclosure.catalogue import DatasetSpec, Identifier
from cleanroom.disclosure.policy import Policy, merge
from cleanroom.errors import TrustError
from cleanroom.trust.agreement import Agreement, AllowedAnalysis, DataProtection, Party
from cleanroom.trust.agreement_rules import check
from cleanroom.trust.identity import ContactCard
from cleanroom.trust.instants import timestamp
from cleanroom.trust.signing import merge_files as merge_files
from cleanroom.trust.signing import sign as sign
from cleanroom.trust.templates import Mode, Template
from cleanroom.trust.versions import tighten as tighten


@dataclass(frozen=True)
class Options:
    """Choices beyond the template; what is empty is taken from it. ``days`` in force from
    ``not_before``, which is the moment of drafting when None."""

    mode: Mode = "dp"
    language: str = "en"
    purposes: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    analyses: tuple[AllowedAnalysis, ...] = ()
    not_before: datetime | None = None
    days: int = 0
    time_zone: str = ""
    currency: str = ""
    min_isolation: int | None = None
    session_hours: int = 0
    data_protection: DataProtection | None = None


def draft(
    template: Template,
    cards: Mapping[str, ContactCard],
    dataset: DatasetSpec,
    policy: Policy | None = None,
    *,
    now: datetime,
    title: str = "",
    host: str = "",
    options: Options | None = None,
) -> Agreement:
    """An agreement with one party's dataset and policy; the other data parties contribute theirs.

    ``cards``: contact card by name of the template's parties. ``policy`` None: the template's
    default. Raises ``trust.cards`` and what ``contribute`` raises.
    """
    chosen = options or Options()
    seats = [seat.name for seat in template.parties]
    if sorted(seats) != sorted(cards):
        raise TrustError("trust.cards", template=template.name, parties=", ".join(seats))
    start = chosen.not_before or now
    record = DataProtection(relationship=template.relationship.say(chosen.language))
    isolation = chosen.min_isolation
    begun = Agreement(
        v=1,
        id=secrets.token_hex(16),
        version=1,
        predecessor="",
        origin="",
        title=title or template.title.say(chosen.language),
        template=template.name,
        purposes=chosen.purposes or tuple(p.say(chosen.language) for p in template.purposes),
        created=timestamp(now),
        not_before=timestamp(start),
        expires=timestamp(start + timedelta(days=chosen.days or template.days)),
        time_zone=chosen.time_zone or template.time_zone,
        currency=chosen.currency or template.currency,
        host=host or template.host,
        parties=tuple(
            Party(seat.name, seat.role, cards[seat.name], seat.brings_data)
            for seat in template.parties
        ),
        identifiers=chosen.identifiers or template.default_identifiers(chosen.mode),
        datasets=(),
        policies={},
        effective=None,
        analyses=chosen.analyses or template.analyses,
        min_isolation=template.min_isolation if isolation is None else isolation,
        session_hours=chosen.session_hours or template.session_hours,
        data_protection=chosen.data_protection or record,
    )
    wishes = policy or template.default_policy(chosen.mode)
    return contribute(begun, dataset.party, dataset, wishes)


def contribute(agreement: Agreement, party: str, dataset: DatasetSpec, policy: Policy) -> Agreement:
    """The draft with one more party's dataset and policy; with the last one it is *proposed*.

    Raises ``trust.unknown_party``, ``trust.no_data_party``, ``trust.contributed`` and what
    ``agreement_rules.check`` raises.
    """
    if not agreement.party(party).brings_data or dataset.party != party:
        raise TrustError("trust.no_data_party", party=party)
    if party in agreement.policies:
        raise TrustError("trust.contributed", party=party)
    given = {d.party: d for d in (*agreement.datasets, dataset)}
    wishes = {**agreement.policies, party: policy}
    order = agreement.data_parties
    complete = set(wishes) == set(order)
    return check(
        msgspec.structs.replace(
            agreement,
            datasets=tuple(given[name] for name in order if name in given),
            policies=wishes,
            effective=merge([wishes[name] for name in order]) if complete else None,
        )
    )
