"""The tables of ``vault.db``. Hashes are lower-case hex, amounts whole numbers, times Unix seconds.

An entry of a ledger and its answer are one row, so that charge and answer cannot come apart.
What was written to a ledger stays: triggers refuse changes that a mistake in the code could make.
What is left of an allowance is always the sum over ``grants``; no second counter can disagree.
"""

APPLICATION = 0x44435256  # "DCRV" in the file header, beneath the encryption
VERSION = 1

STATEMENTS = (
    """CREATE TABLE meta (
        name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT""",
    """CREATE TABLE secrets (
        name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT""",
    """CREATE TABLE cards (
        fingerprint TEXT PRIMARY KEY, file BLOB NOT NULL, verified INTEGER NOT NULL,
        how TEXT NOT NULL, at INTEGER NOT NULL) STRICT""",
    """CREATE TABLE ledgers (
        agreement TEXT PRIMARY KEY, genesis TEXT NOT NULL) STRICT""",
    """CREATE TABLE entries (
        agreement TEXT NOT NULL REFERENCES ledgers, seq INTEGER NOT NULL,
        hash TEXT NOT NULL, prev TEXT NOT NULL, body BLOB NOT NULL,
        nano_rho INTEGER NOT NULL, cells INTEGER NOT NULL, analyses INTEGER NOT NULL,
        replay_key TEXT, blob TEXT,
        PRIMARY KEY (agreement, seq),
        UNIQUE (agreement, hash), UNIQUE (agreement, replay_key)) STRICT""",
    """CREATE TRIGGER entries_keep BEFORE UPDATE ON entries
        BEGIN SELECT RAISE(ABORT, 'a ledger entry is never changed'); END""",
    """CREATE TRIGGER entries_stay BEFORE DELETE ON entries
        BEGIN SELECT RAISE(ABORT, 'a ledger entry is never deleted'); END""",
    """CREATE TABLE heads (
        agreement TEXT NOT NULL, party TEXT NOT NULL, seq INTEGER NOT NULL, hash TEXT NOT NULL,
        PRIMARY KEY (agreement, party)) STRICT""",
    """CREATE TABLE datasets (
        name TEXT PRIMARY KEY, people TEXT NOT NULL, declaration BLOB) STRICT""",
    """CREATE TABLE grants (
        request TEXT PRIMARY KEY, grant_hash TEXT NOT NULL UNIQUE, agreement TEXT NOT NULL,
        dataset TEXT NOT NULL REFERENCES datasets, mode TEXT NOT NULL,
        period_start TEXT NOT NULL, period_end TEXT NOT NULL,
        nano_rho INTEGER NOT NULL, cells INTEGER NOT NULL, analyses INTEGER NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('open', 'settled', 'lost')),
        spent_nano_rho INTEGER NOT NULL, spent_cells INTEGER NOT NULL,
        spent_analyses INTEGER NOT NULL,
        file BLOB NOT NULL, at INTEGER NOT NULL) STRICT""",
    """CREATE INDEX grants_of_agreement ON grants (agreement, status)""",
    """CREATE TABLE grant_partners (
        request TEXT NOT NULL REFERENCES grants, partner TEXT NOT NULL,
        PRIMARY KEY (request, partner)) STRICT""",
    """CREATE TABLE receipts (
        hash TEXT PRIMARY KEY, agreement TEXT NOT NULL, file BLOB NOT NULL,
        at INTEGER NOT NULL) STRICT""",
    """CREATE INDEX receipts_of_agreement ON receipts (agreement)""",
)
