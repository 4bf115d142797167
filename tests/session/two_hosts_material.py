"""One brand with one dataset under several agreements, each with a host of its own."""

from datetime import UTC, datetime
from pathlib import Path

from room_material import EMAIL, FAST, PASSPHRASE, World, shop_datasets, shop_rows

from cleanroom.disclosure.policy import Policy
from cleanroom.session import identities
from cleanroom.vault.vault import Vault


class AnotherHost(World):
    """A second agreement of a world's brand, with the same vault and dataset. ``name``: of the
    platform that hosts this one; it brings the same tables.
    """

    def __init__(self, folder: Path, first: World, name: str, policy: Policy) -> None:
        now = datetime.now(UTC)
        vault = Vault.create(folder / f"{name}.vault", PASSPHRASE, FAST)
        self.folder, self.host, self.packages = folder, name, {}
        self.vaults = {name: vault, "brand": first.vaults["brand"]}
        self.identities = {
            name: identities.create(vault, name, now),
            "brand": first.identities["brand"],
        }
        platform, brand = shop_datasets().values()
        own = type(platform)(name, f"{name} data", platform.start, platform.end, platform.tables)
        self.signed = self._agree({name: own, "brand": brand}, policy, (EMAIL,), 2, now)
        rows = shop_rows()
        self.seal(name, rows["platform"])
        self.seal("brand", rows["brand"])

    def close(self) -> None:
        """The brand's vault belongs to the first world."""
        self.vaults[self.host].close()
