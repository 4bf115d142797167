"""Rooms for sessions: vaults, an accepted agreement and packages, made without the commands.

The commands that make these are tested by themselves; here everything is made quickly, with a fast
KDF, and with rows that the tests know.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import desk
import msgspec
import numpy as np
from room_material import FAST, Rows, tokens_of, write_package

from cleanroom.disclosure.catalogue import ColumnSpec, DatasetSpec
from cleanroom.session import drafts, granting, identities, signing
from cleanroom.tables import Type
from cleanroom.trust import codec, package
from cleanroom.trust.agreement import SignedAgreement
from cleanroom.trust.agreement_rules import read_checked
from cleanroom.trust.identity import read_card
from cleanroom.vault.vault import Vault

DATA_PARTIES = ("platform", "brand")
MATCHED = 2000  # so threshold mode has 40 cells to spend
CITIES = tuple(f"city {number}" for number in range(60))
PEOPLE = {
    "platform": {
        "a_age": ColumnSpec(Type.CATEGORY, ("young", "middle", "old")),
        "a_city": ColumnSpec(Type.CATEGORY, CITIES),
    },
    "brand": {"a_member": ColumnSpec(Type.CATEGORY, ("silver", "gold"))},
}
IDENTIFIERS = b"""[[identifiers]]
kind = "email"
recipe = "email-basic/1"
token_base = "plain"
"""
OVERLAP = '[[analysis]]\nid = "A01"\n'
PROFILE = '[[analysis]]\nid = "A03"\nparty = "platform"\ncolumn = "{column}"\nversus = "brand"\n'
PLAN = OVERLAP + PROFILE.format(column="a_age")


@dataclass(frozen=True)
class Room:
    """A folder with everybody's vault and passphrase file; ``parties[0]`` does not have to host."""

    folder: Path
    host: str
    parties: tuple[str, ...]

    def vault(self, party: str) -> Path:
        """The folder of a party's vault."""
        return self.folder / f"{party}.vault"

    def secret(self, party: str) -> Path:
        """The party's passphrase file."""
        return self.folder / f"{party}.pass"

    def card(self, party: str) -> Path:
        """The party's contact card."""
        return self.folder / f"{party}.card.json"

    def package(self, party: str) -> Path:
        """The party's sealed data."""
        return self.folder / f"{party}.crpkg"

    @property
    def agreement(self) -> Path:
        """The agreement file."""
        return self.folder / "agreement.json"

    @property
    def signed(self) -> SignedAgreement:
        """The agreement as it is in the file."""
        return read_checked(self.agreement.read_bytes())

    def open(self, party: str) -> Vault:
        """A party's vault, opened here."""
        return Vault.open(self.vault(party), desk.passphrase(party))

    def of(self, party: str) -> tuple[object, ...]:
        """The options that open a party's vault under the agreement."""
        return (
            *("--vault", self.vault(party)),
            *("--agreement", self.agreement),
            *("--passphrase-file", self.secret(party)),
        )

    def session(self, *here: str, plan: str = PLAN, out: str = "out") -> tuple[object, ...]:
        """The arguments of ``session run``, with the vaults of ``here`` in the room."""
        file = self.folder / "plan.toml"
        file.write_text(plan, "utf-8")
        packages = [("--package", self.package(party)) for party in DATA_PARTIES]
        vaults = [("--vault-of", f"{party}={self.vault(party)}") for party in here]
        passes = [("--passphrase-file", f"{party}={self.secret(party)}") for party in here]
        return (
            *("session", "run", *self.of(self.host), "--plan", file, "--out", self.folder / out),
            *(word for pair in [*packages, *vaults, *passes] for word in pair),
            *("--memory-mb", 512),
        )


@dataclass(frozen=True)
class Terms:
    """What is agreed beyond the data."""

    template: str = "platform-hosts"
    mode: str = "threshold"
    policy: str = "answer_quantum_ms = 0\nmin_match = 0\n"
    isolation: int = 0
    now: datetime | None = None


def build(folder: Path, *, sealed: bool = True, **terms: Any) -> Room:
    """Parties with vaults that trust each other, an accepted agreement, and a package each.

    ``terms``: see ``Terms``.
    """
    agreed = Terms(**terms)
    neutral = agreed.template == "neutral-host"
    parties = (*DATA_PARTIES, *(["host"] if neutral else []))
    room = Room(folder, "host" if neutral else "platform", parties)
    for party in parties:
        _create(room, party, agreed.now or datetime.now(UTC))
    for party in parties:
        with room.open(party) as vault:
            for other in set(parties) - {party}:
                file = room.card(other).read_bytes()
                signing.trust_card(vault, file, read_card(file), "compared")
    agree(room, agreed)
    if sealed:
        for party in DATA_PARTIES:
            seal(room, party)
    return room


def _create(room: Room, party: str, now: datetime) -> None:
    desk.secret_file(room.secret(party), party)
    with Vault.create(room.vault(party), desk.passphrase(party), FAST) as vault:
        card = identities.create(vault, f"Company {party}", now).card_file()
    room.card(party).write_bytes(card)


def dataset(party: str) -> DatasetSpec:
    """What a party brings."""
    return DatasetSpec(
        party, f"{party} data", "2026-01-01", "2027-01-01", {"people": PEOPLE[party]}
    )


def agree(room: Room, terms: Terms | None = None) -> Room:
    """Write the agreement's file: all parties sign."""
    terms = terms or Terms()
    described = {party: msgspec.json.encode(dataset(party)) for party in DATA_PARTIES}
    begun = drafts.begin(
        drafts.Beginning(
            template=terms.template,
            cards={party: room.card(party).read_bytes() for party in room.parties},
            dataset=described["platform"],
            policy=terms.policy.encode(),
            mode=terms.mode,
            title="",
            host="",
            days=30,
            min_isolation=terms.isolation,
            identifiers=IDENTIFIERS,
            language="en",
        ),
        terms.now or datetime.now(UTC),
    )
    proposed, _ = drafts.contribute(begun, described["brand"], terms.policy.encode())
    signed = read_checked(proposed)
    for party in room.parties:
        with room.open(party) as vault:
            signed = signing.sign(vault, signed)
    room.agreement.write_bytes(signed.envelope.to_bytes())
    return room


def rows(party: str) -> Rows:
    """The platform's people 0 to 2999 and the brand's 1000 to 3499: 2000 in common."""
    names = np.arange(3000) if party == "platform" else np.arange(1000, 3500)
    count = len(names)
    columns = {
        name: (np.arange(count) % len(spec.domain) + 1).astype(np.uint8)
        for name, spec in PEOPLE[party].items()
    }
    return Rows(count, columns, {"email": tokens_of(np.arange(count), names)})


def seal(room: Room, party: str, path: Path | None = None) -> Path:
    """Write a party's package and keep its key in the party's vault."""
    path = path or room.package(party)
    key = secrets.token_bytes(package.KEY_BYTES)
    with room.open(party) as vault:
        identity = identities.load(vault)
        manifest = write_package(path, room.signed, party, rows(party), key, identity)
        vault.secrets.put(granting.package_name(manifest.package_id), key)
        digest = codec.sha256_hex(codec.encode(manifest))
        vault.secrets.put(granting.manifest_name(manifest.package_id), digest.encode())
    return path
