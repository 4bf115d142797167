"""The whole product in one go, on the sample data: two desks, one joint session, one report.

Everything is done the way the parties would do it, through the same functions as the commands;
only both desks are on this computer.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cleanroom import resources
from cleanroom.errors import InputError
from cleanroom.report.verify import Verdict, verify
from cleanroom.sandbox.outside.room import Report
from cleanroom.session import drafts, identities, joint, sealing, signing
from cleanroom.session.hosting import Limits
from cleanroom.session.travel import write_file
from cleanroom.trust import fingerprint
from cleanroom.trust.agreement_rules import read_checked
from cleanroom.trust.identity import read_card
from cleanroom.vault.vault import Vault

PARTIES = ("platform", "brand")
STEPS = ("identities", "agreement", "seal", "session", "verify")  # told as they begin
_NAMES = {"platform": "Sample Market 示例商城", "brand": "Sample Soda 示例汽水"}

Tell = Callable[[str], None]


@dataclass
class Demo:
    """What the demo leaves: the session's result, and what the verifier says of its report."""

    done: joint.Done
    verdict: Verdict
    fingerprint: str


@dataclass(frozen=True)
class _Desk:
    """One party's side of the demo folder."""

    folder: Path
    party: str

    @property
    def vault(self) -> Path:
        return self.folder / self.party / "vault"

    @property
    def card(self) -> Path:
        return self.folder / self.party / "card.json"

    @property
    def package(self) -> Path:
        return self.folder / self.party / f"{self.party}.crpkg"

    @property
    def passphrase_file(self) -> Path:
        return self.folder / self.party / "passphrase.txt"

    def passphrase(self) -> bytes:
        return self.passphrase_file.read_bytes().strip()

    def open(self) -> Vault:
        return Vault.open(self.vault, self.passphrase())

    def sample(self, name: str) -> Path:
        return resources.find("samples", "scenario_a", self.party, name)


def run(folder: Path, tell: Tell, progress: Report) -> Demo:
    """Run the demo in a new folder. Raises ``input.demo_exists`` and any error of a step."""
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise InputError("input.demo_exists", folder=folder.name)
    desks = {party: _Desk(folder, party) for party in PARTIES}
    tell("identities")
    for desk in desks.values():
        _create(desk)
    for desk in desks.values():
        _trust_others(desk, desks)
    tell("agreement")
    agreement = folder / "agreement.json"
    write_file(agreement, _agree(desks))
    tell("seal")
    for desk in desks.values():
        with desk.open() as vault:
            signed = read_checked(agreement.read_bytes())
            sealing.seal(vault, signed, desk.sample("mapping.toml"), desk.package, progress)
    tell("session")
    host, other = desks["platform"], desks["brand"]
    passphrases = {"": host.passphrase(), "brand": other.passphrase()}
    done = joint.run(
        joint.Room(
            vault=host.vault,
            agreement=agreement.read_bytes(),
            packages=[desk.package for desk in desks.values()],
            plan=resources.find("plans", "demo.toml").read_bytes(),
            out=folder / "session",
            vaults={"brand": other.vault},
            passphrase=passphrases.__getitem__,
            wait_seconds=0,
            limits=Limits(memory_mb=1024),
        ),
        progress,
    )
    tell("verify")
    shown = fingerprint.fingerprint(read_card(host.card.read_bytes()))
    return Demo(done, verify(done.report, shown), shown)


def _create(desk: _Desk) -> None:
    """A vault with an identity; its passphrase is drawn at random and left beside it."""
    write_file(desk.passphrase_file, secrets.token_urlsafe(24).encode() + b"\n")
    desk.passphrase_file.chmod(0o600)
    with Vault.create(desk.vault, desk.passphrase()) as vault:
        own = identities.create(vault, _NAMES[desk.party], datetime.now(UTC))
    write_file(desk.card, own.card_file())


def _trust_others(desk: _Desk, desks: dict[str, _Desk]) -> None:
    with desk.open() as vault:
        for other in desks.values():
            if other is not desk:
                file = other.card.read_bytes()
                signing.trust_card(vault, file, read_card(file), "demo: both desks are here")


def _agree(desks: dict[str, _Desk]) -> bytes:
    """Draft, accept, sign, sign."""
    first, second = (desks[party] for party in PARTIES)
    identifiers = resources.find("samples", "scenario_a", "identifiers.toml").read_bytes()
    begun = drafts.begin(
        drafts.Beginning(
            template="platform-hosts",
            cards={party: desk.card.read_bytes() for party, desk in desks.items()},
            dataset=first.sample("dataset.json").read_bytes(),
            policy=None,
            mode="threshold",
            title="Audience overlap and new customers 人群重合与新客分析",
            host="",
            days=0,
            min_isolation=-1,
            identifiers=identifiers,
            language="en",
        ),
        datetime.now(UTC),
    )
    proposed, _ = drafts.contribute(begun, second.sample("dataset.json").read_bytes(), None)
    signed = read_checked(proposed)
    for desk in desks.values():
        with desk.open() as vault:
            signed = signing.sign(vault, signed)
    return signed.envelope.to_bytes()
