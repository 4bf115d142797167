"""A made-up population at real desks: an agreement and sealed packages."""

from datetime import UTC, datetime
from pathlib import Path

from scenario_material import FAST, PASSPHRASE, Scenario

from cleanroom.session import drafts, identities, sealing, signing
from cleanroom.trust.agreement_rules import read_checked
from cleanroom.vault.vault import Vault

_POLICY = b"answer_quantum_ms = 0\n"


def seal(
    folder: Path, samples: Path, parties: tuple[str, ...]
) -> tuple[Scenario, dict[str, object]]:
    """Identities, agreement and packages from a folder of ``cleanroom sample``; what sealing found
    in each party's files."""
    now = datetime.now(UTC)
    vaults = {p: Vault.create(folder / f"{p}.vault", PASSPHRASE, FAST) for p in parties}
    cards = {p: identities.create(vaults[p], p, now).card_file() for p in parties}
    first, *others = parties
    draft = drafts.begin(
        drafts.Beginning(
            template="three-party" if len(parties) > 2 else "platform-hosts",
            cards=cards,
            dataset=(samples / first / "dataset.json").read_bytes(),
            policy=_POLICY,
            mode="threshold",
            title="",
            host="",
            days=0,
            min_isolation=0,
            identifiers=(samples / "identifiers.toml").read_bytes(),
            language="zh_CN",
        ),
        now,
    )
    for other in others:
        dataset = (samples / other / "dataset.json").read_bytes()
        draft, _ = drafts.contribute(draft, dataset, _POLICY)
    signed = read_checked(draft)
    for vault in vaults.values():
        signed = signing.sign(vault, signed, accept_unverified=True)
    packages, found = {}, {}
    for party in parties:
        packages[party] = folder / f"{party}.crpkg"
        mapping = samples / party / "mapping.toml"
        made = sealing.seal(vaults[party], signed, mapping, packages[party], lambda *_: None)
        found[party] = made.findings
    return Scenario(signed, vaults, packages), found
