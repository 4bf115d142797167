"""Signing an agreement at a party's own desk, with what its vault must keep afterwards."""

import secrets

from cleanroom.errors import TrustError
from cleanroom.session import identities
from cleanroom.trust import drafting, fingerprint
from cleanroom.trust.agreement import Agreement, SignedAgreement
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
    with vault.transaction():
        if done.agreement.party(name).brings_data and not vault.secrets.has(share):
            vault.secrets.put(share, secrets.token_bytes(STATE_SHARE_BYTES))
        remember_version(vault, done.agreement)
    return done


def _version_name(agreement: Agreement) -> str:
    return f"version/{agreement.id}"


def remember_version(vault: Vault, agreement: Agreement) -> None:
    """Keep the highest version that this vault signed. Raises ``trust.superseded`` for an older."""
    refuse_older(vault, agreement)
    vault.secrets.put(_version_name(agreement), str(agreement.version).encode(), replace=True)


def refuse_older(vault: Vault, agreement: Agreement) -> None:
    """A version older than the last one signed here is no longer in force.

    Raises ``trust.superseded``.
    """
    name = _version_name(agreement)
    if vault.secrets.has(name) and agreement.version < int(vault.secrets.get(name)):
        raise TrustError("trust.superseded", version=agreement.version)


def trust_card(vault: Vault, file: bytes, card: ContactCard, how: str) -> str:
    """Trust a card whose fingerprint was compared with its owner; its fingerprint."""
    name = fingerprint.fingerprint(card)
    vault.cards.put(name, file, verified=True, how=how)
    return name
