"""Signing an agreement at a party's own desk, with what its vault must keep afterwards."""

import secrets

from cleanroom.errors import TrustError
from cleanroom.session import identities
from cleanroom.trust import drafting, fingerprint
from cleanroom.trust.agreement import SignedAgreement
from cleanroom.trust.grant import STATE_SHARE_BYTES
from cleanroom.trust.identity import ContactCard
from cleanroom.vault.vault import Vault


def unverified(vault: Vault, signed: SignedAgreement) -> list[str]:
    """Other parties whose card this vault does not trust as compared by voice."""
    own = identities.load(vault).card()
    known = {card.fingerprint for card in vault.cards.all() if card.verified}
    return [
        party.name
        for party in signed.agreement.parties
        if party.card != own and fingerprint.fingerprint(party.card) not in known
    ]


def sign(
    vault: Vault,
    signed: SignedAgreement,
    predecessor: SignedAgreement | None = None,
    *,
    accept_unverified: bool = False,
) -> SignedAgreement:
    """Sign, and draw this party's state share if it brings data.

    Raises ``trust.card_unverified`` unless overridden, and what ``drafting.sign`` raises.
    """
    doubtful = unverified(vault, signed)
    if doubtful and not accept_unverified:
        raise TrustError("trust.card_unverified", parties=", ".join(doubtful))
    identity = identities.load(vault)
    done = drafting.sign(signed, identity, predecessor)
    name = identities.party_of(done.agreement, identity)
    share = identities.state_share_name(done.agreement.id)
    if done.agreement.party(name).brings_data and not vault.secrets.has(share):
        vault.secrets.put(share, secrets.token_bytes(STATE_SHARE_BYTES))
    return done


def trust_card(vault: Vault, file: bytes, card: ContactCard, how: str) -> str:
    """Trust a card whose fingerprint was compared with its owner; its fingerprint."""
    name = fingerprint.fingerprint(card)
    vault.cards.put(name, file, verified=True, how=how)
    return name
