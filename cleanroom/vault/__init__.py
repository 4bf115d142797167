"""One party's vault: keys, cards, ledgers, allowances and receipts, encrypted on its own disk."""

from cleanroom.vault.allowances import VAULT_LIMITS, Allowances, Limits
from cleanroom.vault.backup import backup, restore
from cleanroom.vault.chain import Head, follow, follow_all, genesis
from cleanroom.vault.datasets import Period
from cleanroom.vault.grants import Charge, Granted
from cleanroom.vault.header import RECOMMENDED, Argon2
from cleanroom.vault.ledger import Entry, Ledger
from cleanroom.vault.receipts import Receipt
from cleanroom.vault.releases import Answer, Releases
from cleanroom.vault.vault import Vault, change_passphrase

__all__ = [
    "RECOMMENDED",
    "VAULT_LIMITS",
    "Allowances",
    "Answer",
    "Argon2",
    "Charge",
    "Entry",
    "Granted",
    "Head",
    "Ledger",
    "Limits",
    "Period",
    "Receipt",
    "Releases",
    "Vault",
    "backup",
    "change_passphrase",
    "follow",
    "follow_all",
    "genesis",
    "restore",
]
