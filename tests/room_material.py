"""A whole small world for tests: parties with vaults, an accepted agreement, sealed packages.

Packages are written here from arrays, by the format's description and without the sealing desk, so
that tests of the sandbox can put anything into them.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from cryptography.cobblestone import Cobblestone256Encryptor

from cleanroom.disclosure.catalogue import ColumnSpec, DatasetSpec, Identifier
from cleanroom.disclosure.policy import Policy, merge
from cleanroom.session import granting, identities
from cleanroom.session.books import HostBooks
from cleanroom.session.hosting import JointSession, Limits, PlannedCost
from cleanroom.tables import Type
from cleanroom.trust import agreement as agreements
from cleanroom.trust import drafting, layout, package
from cleanroom.trust.agreement import Agreement, AllowedAnalysis, DataProtection, SignedAgreement
from cleanroom.trust.agreement import Party as AgreedParty
from cleanroom.trust.identity import Identity
from cleanroom.trust.instants import timestamp
from cleanroom.vault.header import Argon2
from cleanroom.vault.vault import Vault

PASSPHRASE = b"correct horse"
FAST = Argon2(1, 1, 8)
ALL = ("A01", "A03", "A04")
Role = Literal["platform", "brand", "host"]
EMAIL = Identifier("email", "email-basic/1", "plain")
PHONE = Identifier("phone", "phone-cn11/1", "plain")
AGES = ColumnSpec(Type.CATEGORY, ("young", "middle", "old"))


@dataclass
class Rows:
    """One party's rows: people columns, tokens by kind as (person, hi, lo), and event tables."""

    people: int
    columns: dict[str, np.ndarray] = field(default_factory=dict)
    tokens: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]] = field(default_factory=dict)
    events: dict[str, dict[str, np.ndarray]] = field(default_factory=dict)


def tokens_of(people: Sequence[int], names: Sequence[int]) -> tuple[np.ndarray, ...]:
    """Tokens that are equal where names are equal."""
    rng = np.random.default_rng(7)
    table = rng.integers(1, 2**63, (max([*names, 0]) + 1, 2), dtype=np.uint64)
    chosen = table[np.asarray(names, dtype=np.int64)]
    return np.asarray(people, "<u4"), chosen[:, 0].copy(), chosen[:, 1].copy()


def dataset(party: str, tables: Mapping[str, Mapping[str, ColumnSpec]]) -> DatasetSpec:
    """A dataset of 2026."""
    return DatasetSpec(
        party, f"{party} data", "2026-01-01", "2027-01-01", {n: dict(t) for n, t in tables.items()}
    )


Alter = Callable[[str, pa.Table], Sequence[bytes]]
Restate = Callable[[package.Manifest], package.Manifest]


def one_part(_name: str, table: pa.Table) -> Sequence[bytes]:
    """An honest table's parts: one, or none when it is empty."""
    return [parquet_file(table)] if table.num_rows else []


def write_package(
    path: Path,
    agreement: SignedAgreement,
    party: str,
    rows: Rows,
    key: bytes,
    identity: Identity,
    *,
    alter: Alter = one_part,
    restate: Restate = lambda manifest: manifest,
) -> package.Manifest:
    """Seal rows into a package file. ``alter`` makes the plaintexts of a table's parts and
    ``restate`` the manifest that is signed: both for packages that no desk would make.
    """
    spec = agreement.agreement.catalogue().dataset(party)
    package_id = secrets.token_hex(16)
    rng = np.random.default_rng(3)
    pids = rng.integers(0, 2**63, (rows.people, 2), dtype=np.uint64)
    parts, tables, data = [], [], []
    for name, columns in layout.in_package(spec, agreement.agreement.identifiers):
        if name == "people":
            arrays = {"pid_hi": pids[:, 0], "pid_lo": pids[:, 1], **rows.columns}
        elif name.startswith(layout.IDS):
            kind = name.removeprefix(layout.IDS)
            empty = tokens_of([], [])
            arrays = dict(zip(("person", "hi", "lo"), rows.tokens.get(kind, empty), strict=True))
        else:
            arrays = rows.events[name]
        count = len(next(iter(arrays.values())))
        tables.append(package.PackedTable(name, columns, package.band(count)))
        for index, plain in enumerate(alter(name, arrow(arrays, columns))):
            sealed = encrypt_part(plain, key, package_id, name, index)
            parts.append(package.Part(name, index, len(sealed), package.codec.sha256_hex(sealed)))
            data.append(sealed)
    manifest = package.Manifest(
        v=2,
        package_id=package_id,
        agreement_id=agreement.agreement.id,
        agreement_hash=agreement.hash,
        owner=party,
        dataset=spec.name,
        start=spec.start,
        end=spec.end,
        created=timestamp(datetime.now(UTC)),
        suite=package.SUITE,
        tables=tuple(tables),
        parts=tuple(parts),
        profile=(),
    )
    manifest = restate(manifest)
    sealed_manifest = package.sign_manifest(manifest, identity.signing)
    path.write_bytes(package.MAGIC + b"".join(data) + package.trailer(sealed_manifest))
    return manifest


def arrow(arrays: Mapping[str, np.ndarray], columns: Sequence[package.PackedColumn]) -> pa.Table:
    """Columns as they are stored."""
    return pa.table({c.name: np.asarray(arrays[c.name], c.storage) for c in columns})


def parquet_file(table: pa.Table) -> bytes:
    """One part's plaintext."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue().to_pybytes()


def encrypt_part(plain: bytes, key: bytes, package_id: str, table: str, index: int) -> bytes:
    """One part's ciphertext."""
    encryptor = Cobblestone256Encryptor(key, package.part_context(package_id, table, index))
    return encryptor.update(plain) + encryptor.finalize()


class World:
    """Parties, their vaults, one accepted agreement and a package each."""

    def __init__(
        self,
        folder: Path,
        datasets: Mapping[str, DatasetSpec],
        rows: Mapping[str, Rows],
        policy: Policy | None = None,
        identifiers: tuple[Identifier, ...] = (EMAIL,),
        min_isolation: int = 2,
        neutral_host: str = "",
    ) -> None:
        """``neutral_host``: name of one more party that hosts and brings no data."""
        self.folder = folder
        now = datetime.now(UTC)
        self.vaults: dict[str, Vault] = {}
        self.identities: dict[str, Identity] = {}
        for name in [*datasets, *([neutral_host] if neutral_host else [])]:
            self.vaults[name] = Vault.create(folder / f"{name}.vault", PASSPHRASE, FAST)
            self.identities[name] = identities.create(self.vaults[name], name, now)
        self.host = neutral_host or next(iter(datasets))
        self.signed = self._agree(datasets, policy, identifiers, min_isolation, now)
        self.packages: dict[str, Path] = {}
        for name, own in rows.items():
            self.seal(name, own)

    def _agree(
        self,
        datasets: Mapping[str, DatasetSpec],
        policy: Policy | None,
        identifiers: tuple[Identifier, ...],
        min_isolation: int,
        now: datetime,
    ) -> SignedAgreement:
        wishes = policy or Policy("threshold", min_match=0, answer_quantum_ms=0)
        agreement = Agreement(
            v=1,
            id=secrets.token_hex(16),
            version=1,
            predecessor="",
            origin="",
            title="Test",
            template="platform-hosts" if self.host in datasets else "neutral-host",
            purposes=("test",),
            created=timestamp(now),
            not_before=timestamp(now - timedelta(days=1)),
            expires=timestamp(now + timedelta(days=30)),
            time_zone="Asia/Shanghai",
            currency="CNY",
            host=self.host,
            parties=tuple(
                AgreedParty(n, self._role(n, datasets), i.card(), n in datasets)
                for n, i in self.identities.items()
            ),
            identifiers=identifiers,
            datasets=tuple(datasets.values()),
            policies=dict.fromkeys(datasets, wishes),
            effective=merge([wishes]),
            analyses=tuple(AllowedAnalysis(a, tuple(datasets)) for a in ALL),
            min_isolation=min_isolation,
            session_hours=8,
            data_protection=DataProtection(),
        )
        signed = agreements.wrap(agreement)
        for name, identity in self.identities.items():
            signed = drafting.sign(signed, identity)
            share = identities.state_share_name(agreement.id)
            if name in datasets:
                self.vaults[name].secrets.put(share, secrets.token_bytes(32))
        return signed

    def _role(self, name: str, datasets: Mapping[str, DatasetSpec]) -> Role:
        if name not in datasets:
            return "host"
        return "platform" if name == next(iter(datasets)) else "brand"

    def seal(
        self,
        party: str,
        rows: Rows,
        *,
        alter: Alter = one_part,
        restate: Restate = lambda manifest: manifest,
    ) -> None:
        """(Re-)seal a party's rows."""
        path = self.folder / f"{party}-{secrets.token_hex(4)}.crpkg"
        key = secrets.token_bytes(32)
        own = self.identities[party]
        manifest = write_package(
            path, self.signed, party, rows, key, own, alter=alter, restate=restate
        )
        store = self.vaults[party].secrets
        store.put(granting.package_name(manifest.package_id), key)
        digest = package.codec.sha256_hex(package.codec.encode(manifest))
        store.put(granting.manifest_name(manifest.package_id), digest.encode())
        self.packages[party] = path

    def grant(self, owner: str, request: bytes) -> bytes:
        """The owner's answer, in the same room."""
        return granting.grant(self.vaults[owner], self.signed, request, datetime.now(UTC))

    def books(self) -> HostBooks:
        """The host's books."""
        return HostBooks(self.vaults[self.host], self.signed)

    def session(self, books: HostBooks | None = None) -> JointSession:
        """A joint session that is not yet open."""
        books = books or self.books()
        return JointSession(
            books,
            self.identities[self.host],
            self.signed,
            self.packages,
            lambda *_: None,
            Limits(memory_mb=1024),
        )

    def settle(self, receipts: Mapping[str, bytes]) -> None:
        """Every owner takes its receipt."""
        for owner, file in receipts.items():
            granting.import_receipt(self.vaults[owner], self.signed, file)

    def close(self) -> None:
        """Close the vaults."""
        for vault in self.vaults.values():
            vault.close()


def no_plan() -> PlannedCost:
    """A session without a plan."""
    return PlannedCost()


def replaced(world: World, **changes: object) -> Agreement:
    """The world's agreement with other fields, for attacks."""
    return msgspec.structs.replace(world.signed.agreement, **changes)


DAY = 86400
START = 20454 * DAY  # 2026-01-01 in seconds since 1970
SHOP_TABLES: dict[str, dict[str, dict[str, ColumnSpec]]] = {
    "platform": {
        "people": {"a_age": AGES},
        "exposures": {
            "ts": ColumnSpec(Type.DATETIME, missing=False),
            "channel": ColumnSpec(Type.CATEGORY, ("feed", "search"), missing=False),
        },
    },
    "brand": {
        "people": {},
        "conversions": {
            "ts": ColumnSpec(Type.DATETIME),
            "paid": ColumnSpec(Type.MONEY, cap=100_00),
        },
    },
    "partner": {"people": {"is_fan": ColumnSpec(Type.BOOL, missing=False)}},
}


def shop_datasets(parties: Sequence[str] = ("platform", "brand")) -> dict[str, DatasetSpec]:
    """What each party of a small shop brings."""
    return {party: dataset(party, SHOP_TABLES[party]) for party in parties}


def shop_rows(parties: Sequence[str] = ("platform", "brand"), scale: int = 300) -> dict[str, Rows]:
    """``scale`` people of each party, each party sharing two thirds with the one before."""
    everybody = {
        "platform": Rows(
            scale,
            {"a_age": np.arange(scale) % 4},
            events={
                "exposures": {
                    "person": np.arange(scale),
                    "ts": START + DAY * (np.arange(scale) % 5),
                    "channel": 1 + np.arange(scale) % 2,
                }
            },
        ),
        "brand": Rows(
            scale,
            events={
                "conversions": {
                    "person": np.arange(scale),
                    "ts": START + DAY * (np.arange(scale) % 9),
                    "paid": 100 * (np.arange(scale) % 200),
                }
            },
        ),
        "partner": Rows(scale, {"is_fan": 1 + np.arange(scale) % 2}),
    }
    for place, party in enumerate(parties):
        names = range(place * scale // 3, place * scale // 3 + scale)
        everybody[party].tokens["email"] = tokens_of(range(scale), names)
    return {party: everybody[party] for party in parties}


def shop(folder: Path, parties: Sequence[str] = ("platform", "brand"), **options: Any) -> World:
    """The whole small shop."""
    return World(folder, shop_datasets(parties), shop_rows(parties), **options)
