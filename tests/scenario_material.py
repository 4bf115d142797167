"""Scenario A through the real sealing desk, opened in this process to look at true numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from cleanroom.report.document import Item
from cleanroom.sandbox.inside import database, matching, parts
from cleanroom.sandbox.inside.database import Connection
from cleanroom.session import drafts, granting, identities, reporting, sealing, signing
from cleanroom.session.books import HostBooks
from cleanroom.session.hosting import JointSession, Limits
from cleanroom.trust import layout, package
from cleanroom.trust.agreement import SignedAgreement
from cleanroom.trust.agreement_rules import read_checked
from cleanroom.vault.header import Argon2
from cleanroom.vault.vault import Vault

FAST = Argon2(1, 1, 8)
PASSPHRASE = b"sample"
PARTIES = ("platform", "brand")


@dataclass
class Scenario:
    """Vaults, the accepted agreement and the packages of both parties."""

    signed: SignedAgreement
    vaults: Mapping[str, Vault]
    packages: Mapping[str, Path]

    def close(self) -> None:
        for vault in self.vaults.values():
            vault.close()


def make(folder: Path, samples: Path, brand_mapping: str = "mapping.toml") -> Scenario:
    """Identities, agreement and packages from the shipped samples."""
    now = datetime.now(UTC)
    vaults = {p: Vault.create(folder / f"{p}.vault", PASSPHRASE, FAST) for p in PARTIES}
    cards = {p: identities.create(vaults[p], p, now).card_file() for p in PARTIES}
    begun = drafts.begin(
        drafts.Beginning(
            template="platform-hosts",
            cards=cards,
            dataset=(samples / "platform" / "dataset.json").read_bytes(),
            policy=b"answer_quantum_ms = 0\n",
            mode="threshold",
            title="",
            host="",
            days=0,
            min_isolation=0,
            identifiers=(samples / "identifiers.toml").read_bytes(),
            language="en",
        ),
        now,
    )
    dataset = (samples / "brand" / "dataset.json").read_bytes()
    proposed, _ = drafts.contribute(begun, dataset, b"answer_quantum_ms = 0\n")
    signed = read_checked(proposed)
    for vault in vaults.values():
        signed = signing.sign(vault, signed, accept_unverified=True)
    packages = {}
    for party in PARTIES:
        mapping = samples / party / (brand_mapping if party == "brand" else "mapping.toml")
        packages[party] = folder / f"{party}.crpkg"
        sealing.seal(vaults[party], signed, mapping, packages[party], lambda *_: None)
    return Scenario(signed, vaults, packages)


def open_here(scenario: Scenario) -> Connection:
    """All packages decrypted, matched and in a database of this process."""
    agreement = scenario.signed.agreement
    catalogue = agreement.catalogue()
    connection = database.connect(2048, 2)
    rows = [_party(connection, scenario, i, p) for i, p in enumerate(catalogue.parties)]
    links = matching.link(connection, catalogue, rows)
    matching.create_persons(connection, catalogue, rows, links)
    return connection


def _party(
    connection: Connection, scenario: Scenario, index: int, party: str
) -> matching.PartyRows:
    agreement = scenario.signed.agreement
    dataset = agreement.catalogue().dataset(party)
    arrays = _tables(scenario, party)
    people = dict(arrays["people"])
    count = len(people["pid_hi"])
    ids = people["pid_hi"]
    people = {n: v for n, v in people.items() if not n.startswith("pid_")}
    tokens = {i.kind: arrays[layout.IDS + i.kind] for i in agreement.identifiers}
    for name, columns in layout.in_pipe(dataset, agreement.identifiers):
        if name == "people" or name.startswith(layout.IDS):
            continue
        database.create_table(connection, f"{name}_{index}", columns)
        values = [arrays[name][column.name] for column in columns]
        database.insert(connection, f"{name}_{index}", columns, values)
    return matching.PartyRows(count, ids, people, tokens)


def _tables(scenario: Scenario, party: str) -> dict[str, dict[str, np.ndarray]]:
    """Every table of a package as arrays by column."""
    agreement = scenario.signed.agreement
    stored = dict(layout.in_package(agreement.catalogue().dataset(party), agreement.identifiers))
    found: dict[str, list[list[np.ndarray]]] = {name: [] for name in stored}
    with scenario.packages[party].open("rb") as file:
        _, manifest = package.read_envelope(file)
        key = scenario.vaults[party].secrets.get(granting.package_name(manifest.package_id))
        for number, part in enumerate(manifest.parts):
            sealed = package.read_part(file, manifest, number)
            plain = parts.decrypt(sealed, manifest, number, key)
            found[part.table].append(parts.arrays(plain, stored[part.table]))
    return {
        name: {
            column.name: np.concatenate([batch[i] for batch in batches])
            if batches
            else np.zeros(0, column.storage)
            for i, column in enumerate(stored[name])
        }
        for name, batches in found.items()
    }


def run_demo_plan(scenario: Scenario, plan: bytes) -> list[Item]:
    """A joint session with real workers on both packages; what it released."""
    signed, vaults = scenario.signed, scenario.vaults
    checked = reporting.load_plan(plan, signed.agreement)
    books = HostBooks(vaults["platform"], signed)
    identity = identities.load(vaults["platform"])

    def grant(owner: str, request: bytes) -> bytes:
        return granting.grant(vaults[owner], signed, request, datetime.now(UTC))

    limits = Limits(memory_mb=1024)
    packages = dict(scenario.packages)
    with JointSession(books, identity, signed, packages, lambda *_: None, limits) as session:
        session.open(grant, checked.planned_cost())
        items = reporting.run_plan(session, checked, signed.agreement).items
        session.close()
    return items
