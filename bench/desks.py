"""Two parties that have agreed: vaults, identities, a signed agreement and mapping files.

All of it is made before the clock starts, through the functions that the command line calls.
"""

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from files import REGIONS, SEGMENTS

from cleanroom.session import drafts, identities, signing
from cleanroom.session.travel import write_file
from cleanroom.trust.agreement_rules import read_checked
from cleanroom.trust.identity import read_card
from cleanroom.vault.vault import Vault

PARTIES = ("platform", "brand")
RECIPES = {"mail": ("email", "email-basic/1"), "phone": ("phone", "phone-cn11/1")}

# Answers come when they are ready, so that they can be timed, and small samples may ask as many
# cells as large ones. Everything else is what the template says.
_POLICY = b"answer_quantum_ms = 0\npeople_per_cell = 1\n"


@dataclass(frozen=True)
class Desks:
    """The folder of one agreement."""

    folder: Path

    @property
    def agreement(self) -> Path:
        return self.folder / "agreement.json"

    def vault(self, party: str) -> Path:
        return self.folder / party / "vault"

    def passphrase_file(self, party: str) -> Path:
        return self.folder / party / "passphrase.txt"

    def passphrase(self, party: str) -> bytes:
        return self.passphrase_file(party).read_bytes().strip()

    def mapping(self, party: str) -> Path:
        return self.folder / party / "mapping.toml"

    def package(self, party: str) -> Path:
        return self.folder / party / f"{party}.crpkg"

    def open(self, party: str) -> Vault:
        return Vault.open(self.vault(party), self.passphrase(party))


def furnish(folder: Path, kind: str, files: dict[str, Path], min_isolation: int = -1) -> Desks:
    """Everything up to an agreement that both have signed; ``files``: each party's CSV.

    ``min_isolation``: -1 for the template's.
    """
    desks = Desks(folder)
    cards = {}
    for party in PARTIES:
        write_file(desks.passphrase_file(party), secrets.token_urlsafe(24).encode() + b"\n")
        with Vault.create(desks.vault(party), desks.passphrase(party)) as vault:
            cards[party] = identities.create(vault, party, datetime.now(UTC)).card_file()
        write_file(desks.mapping(party), _mapping(party, kind, files[party]))
    signed = read_checked(_proposed(cards, kind, min_isolation))
    for party, other in zip(PARTIES, reversed(PARTIES), strict=True):
        with desks.open(party) as vault:
            signing.trust_card(vault, cards[other], read_card(cards[other]), "benchmark")
            signed = signing.sign(vault, signed)
    write_file(desks.agreement, signed.envelope.to_bytes())
    return desks


def _proposed(cards: dict[str, bytes], kind: str, min_isolation: int) -> bytes:
    name, recipe = RECIPES[kind]
    identifiers = f'[[identifiers]]\nkind = "{name}"\nrecipe = "{recipe}"\ntoken_base = "plain"\n'
    first, second = PARTIES
    begun = drafts.begin(
        drafts.Beginning(
            template="platform-hosts",
            cards=cards,
            dataset=_dataset(first),
            policy=_POLICY,
            mode="threshold",
            title="",
            host="",
            days=0,
            min_isolation=min_isolation,
            identifiers=identifiers.encode(),
            language="en",
        ),
        datetime.now(UTC),
    )
    return drafts.contribute(begun, _dataset(second), _POLICY)[0]


def _dataset(party: str) -> bytes:
    columns = {
        "a_segment": {"type": "category", "domain": SEGMENTS, "missing": False},
        "a_region": {"type": "category", "domain": REGIONS, "missing": False},
    }
    spec = {
        "party": party,
        "name": f"{party} people",
        "start": "2026-01-01",
        "end": "2027-01-01",
        "tables": {"people": columns},
    }
    return json.dumps(spec).encode()


def _mapping(party: str, kind: str, file: Path) -> bytes:
    column = "email" if kind == "mail" else "phone"
    lines = (
        f'dataset = "{party} people"',
        "[people]",
        f"file = {json.dumps(str(file))}",
        f'identifiers = [{{ column = "{column}", kind = "{RECIPES[kind][0]}" }}]',
        'columns.a_segment = "segment"',
        'columns.a_region = "region"',
    )
    return "\n".join(lines).encode() + b"\n"
