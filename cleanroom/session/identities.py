"""A party's own identity and the keys that never leave its vault."""

import secrets
from datetime import datetime

from cleanroom.errors import TrustError
from cleanroom.trust.agreement import Agreement
from cleanroom.trust.identity import Identity
from cleanroom.trust.instants import timestamp
from cleanroom.vault.vault import Vault

_IDENTITY = "identity/self"
_PID_KEY = "pid"
PID_KEY_BYTES = 32


def create(vault: Vault, name: str, now: datetime) -> Identity:
    """Make the vault's identity and its pid key. Raises ``input.label``, ``vault.key_exists``."""
    identity = Identity.create(name, timestamp(now))
    with vault.transaction():
        vault.secrets.put(_IDENTITY, identity.to_bytes())
        vault.secrets.put(_PID_KEY, secrets.token_bytes(PID_KEY_BYTES))
    return identity


def load(vault: Vault) -> Identity:
    """The vault's identity. Raises ``vault.no_key``."""
    return Identity.from_bytes(vault.secrets.get(_IDENTITY))


def pid_key(vault: Vault) -> bytes:
    """The key that turns raw ids into pids, the same for every seal."""
    return vault.secrets.get(_PID_KEY)


def party_of(agreement: Agreement, identity: Identity) -> str:
    """The name under which an identity takes part. Raises ``trust.not_a_party``."""
    key = identity.card().signing_key
    for party in agreement.parties:
        if party.card.signing_key == key:
            return party.name
    raise TrustError("trust.not_a_party")


def state_share_name(agreement_id: str) -> str:
    """Where the vault keeps its state share of an agreement."""
    return f"state/{agreement_id}"
