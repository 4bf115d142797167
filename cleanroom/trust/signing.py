"""Signing an agreement, and putting copies that were signed in parallel together.

The first data party signs first: it draws the matching secret and seals it to the data parties, and
everybody's signature covers that. The secret is sealed to the bytes of one version, so in a later
version the first data party seals *the same* secret again: tokens, and so the persons of the
agreement, stay the same. Whoever signs a later version must have the version before at hand; that
it only tightens, and that the secret is the old one, is checked at each desk.
"""

import secrets

import msgspec

from cleanroom.errors import TrustError
from cleanroom.trust import agreement as agreements
from cleanroom.trust import envelope
from cleanroom.trust.agreement import (
    SECRET_BYTES,
    Agreement,
    SignedAgreement,
    open_matching_secret,
    with_matching_secret,
)
from cleanroom.trust.agreement_rules import check
from cleanroom.trust.identity import Identity
from cleanroom.trust.versions import check_successor


def sign(
    signed: SignedAgreement, identity: Identity, predecessor: SignedAgreement | None = None
) -> SignedAgreement:
    """The agreement with one more signature; signing twice changes nothing.

    ``predecessor`` is needed from version 2 on. That the party's own contribution is unchanged is
    for the caller to show.
    Raises ``trust.agreement_draft``, ``trust.not_a_party``, ``trust.card_changed``,
    ``trust.first_party_signs_first``, ``trust.not_for_you``, ``trust.predecessor``,
    ``trust.not_tighter``, ``trust.secret_changed`` and what ``agreement_rules.check`` raises.
    """
    agreement = check(signed.agreement)
    if agreement.effective is None:
        raise TrustError("trust.agreement_draft")
    name = _own_name(agreement, identity)
    if agreement.version > 1:
        check_successor(predecessor, agreement)
    if name in signed.signed_by:
        return signed
    first = agreement.data_parties[0]
    if name == first:
        signed = _with_secret(signed, identity, predecessor)
    elif first not in signed.signed_by or not agreement.matching_secret:
        raise TrustError("trust.first_party_signs_first", party=first)
    elif name in agreement.data_parties:
        _check_secret(agreement, name, identity, predecessor)
    return _with_envelope(signed, envelope.countersign(signed.envelope, identity.signing))


def _own_name(agreement: Agreement, identity: Identity) -> str:
    """The party that an identity is, by its signing key; the whole card must be the agreed one."""
    card = identity.card()
    for party in agreement.parties:
        if party.card.signing_key == card.signing_key:
            if party.card != card:
                raise TrustError("trust.card_changed", party=party.name)
            return party.name
    raise TrustError("trust.not_a_party")


def _with_secret(
    signed: SignedAgreement, identity: Identity, predecessor: SignedAgreement | None
) -> SignedAgreement:
    """The first data party draws the secret, or seals the one of the version before again.

    A secret that is already there was drawn by somebody else, and signatures that are already
    there are for other bytes.
    """
    agreement = signed.agreement
    first = agreement.data_parties[0]
    if agreement.matching_secret or signed.signed_by:
        raise TrustError("trust.first_party_signs_first", party=first)
    if predecessor is None or agreement.version == 1:
        secret = secrets.token_bytes(SECRET_BYTES)
    else:
        secret = open_matching_secret(predecessor.agreement, first, identity.sealing)
    return agreements.wrap(with_matching_secret(agreement, secret))


def _check_secret(
    agreement: Agreement, name: str, identity: Identity, predecessor: SignedAgreement | None
) -> None:
    """A data party opens its copy before it signs; over versions the secret stays the same."""
    secret = open_matching_secret(agreement, name, identity.sealing)
    if predecessor is None or agreement.version == 1:
        return
    if secret != open_matching_secret(predecessor.agreement, name, identity.sealing):
        raise TrustError("trust.secret_changed")


def _with_envelope(signed: SignedAgreement, sealed: envelope.Envelope) -> SignedAgreement:
    return agreements.read(sealed.to_bytes()) if sealed != signed.envelope else signed


def merge_files(one: SignedAgreement, other: SignedAgreement) -> SignedAgreement:
    """Two copies of one agreement, signed by different parties, as one file.

    Only signatures of parties that verify are kept, in the order of the parties.
    Raises ``trust.different_agreements``.
    """
    if one.body != other.body:
        raise TrustError("trust.different_agreements")
    keys = [party.card.signing for party in one.agreement.parties]
    found = [
        envelope.valid_signature(one.envelope, key) or envelope.valid_signature(other.envelope, key)
        for key in keys
    ]
    signatures = tuple(signature for signature in found if signature is not None)
    sealed = msgspec.structs.replace(one.envelope, signatures=signatures)
    return agreements.read(sealed.to_bytes())
