"""Attack 12, the owner's allowance: processes race for it, an older copy of the vault is put back,
hosts and partners' names multiply, the same request is granted twice. Each figure counts grants
beyond what the allowance holds, on the product's own vault.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from attack_ledger import trusting
from attack_table import FOLDERS, HERE, Row, Size, replaced
from engine_material import prepare, session_in_threads
from room_material import FAST, PASSPHRASE, World, shop
from two_hosts_material import AnotherHost
from vault_material import PASSPHRASE as VAULT_PASSPHRASE

from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.price import FREE, Price
from cleanroom.disclosure.question import MatchQuestion
from cleanroom.errors import BudgetError
from cleanroom.session import granting, identities
from cleanroom.vault.allowances import Allowances
from cleanroom.vault.vault import Vault

NAME = "12 allowance"
POLICY = Policy("dp", min_match=0, answer_quantum_ms=0)
RACERS, REQUESTS, EACH, LIMIT = 6, 10, 30_000_000, 600_000_000

RACER = """
import sys; sys.path[:0] = {folders!r}
from pathlib import Path
from vault_material import charge_of, raw_key
from cleanroom.errors import BudgetError
from cleanroom.vault import database, header
from cleanroom.vault.allowances import Allowances
folder, name, careless = Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "careless"
desk = Allowances(database.Database.open(folder / "vault.db", header.VaultKey(raw_key(folder))))
if careless:  # a desk that looks at the meter before it pays, and pays without looking again
    used = desk.usage("crm").nano_rho
    def check(charge, limits):
        global used
        if used + charge.allowance.nano_rho > limits.owner:
            raise BudgetError("budget.allowance", scope="owner", asked="", left="", limit="")
        used += charge.allowance.nano_rho
    desk._check_limits = check
print("ready", flush=True); sys.stdin.readline()
won = 0
for number in range({requests}):
    partner = (f"p{{number % 5}}",)
    try:
        desk.charge(charge_of(f"{{name}}-{{number}}", {each}, partners=partner), b"grant")
        won += 1
    except BudgetError:
        break
print(won)
"""


def raced(manner: str) -> int:
    """Six processes past the vault's lock, each with 10 requests of 0.03; 20 fit."""
    folders = [str(HERE.parents[2]), *(str(HERE.parents[1] / name) for name in FOLDERS)]
    code = RACER.format(folders=folders, requests=REQUESTS, each=EACH)
    with tempfile.TemporaryDirectory() as folder:
        vault = Path(folder) / "brand"
        Vault.create(vault, VAULT_PASSPHRASE, FAST).close()
        racers = [
            subprocess.Popen(
                [sys.executable, "-c", code, str(vault), str(number), manner],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for number in range(RACERS)
        ]
        for racer in racers:
            assert racer.stdout is not None
            assert racer.stdout.readline() == "ready\n"
        won = sum(int(racer.communicate("go\n")[0]) for racer in racers)
    return max(0, won - LIMIT // EACH)


@contextmanager
def shop_of() -> Iterator[tuple[World, Path]]:
    """A world in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        world = shop(Path(folder), policy=POLICY)
        yield world, Path(folder)
        world.close()


def sessions(world: World, most: int = 4) -> int:
    """Sessions of 0.1 that owners grant, of which no receipt comes back."""
    match = MatchQuestion((world.host, "brand"))
    for count in range(most):
        try:
            session_in_threads(world, [("A01", match)])
        except BudgetError:
            return count
        for vault in world.vaults.values():
            granting.accept_loss(vault, world.signed.agreement.id)
    return most


def many_hosts() -> int:
    """Three agreements, each hosted by a partner under another name; the allowance holds six."""
    with shop_of() as (world, folder):
        others = [AnotherHost(folder, world, name, POLICY) for name in ("market", "network")]
        granted = sum(sessions(each) for each in (world, *others))
        for other in others:
            other.close()
    return max(0, granted - LIMIT // POLICY.rho_session_nano)


def put_back() -> int:
    """The brand's vault as it was before its first grant."""
    with shop_of() as (world, folder):
        path, copy = world.vaults["brand"].folder, folder / "copy"
        world.vaults["brand"].close()
        shutil.copytree(path, copy)
        world.vaults["brand"] = Vault.open(path, PASSPHRASE)
        session_in_threads(world, [("A01", MatchQuestion(("platform", "brand")))])
        world.vaults["brand"].close()
        shutil.rmtree(path)
        shutil.copytree(copy, path)
        world.vaults["brand"] = Vault.open(path, PASSPHRASE)
        granting.accept_loss(world.vaults["platform"], world.signed.agreement.id)
        with suppress(BudgetError):
            prepare(world)
            return 1
    return 0


def granted_twice() -> int:
    """One request, shown to the desk twice: grants that differ, less what was charged for."""
    with shop_of() as (world, _):
        files: list[bytes] = []

        def grant(owner: str, request: bytes) -> bytes:
            if owner == "brand":
                files.extend(world.grant(owner, request) for _ in range(2))
                return files[-1]
            return world.grant(owner, request)

        with suppress(BudgetError):
            prepare(world, grant=grant)
        charged = world.vaults["brand"].allowances.usage("brand data").nano_rho
        return len(set(files)) - charged // POLICY.rho_session_nano


def new_identity() -> int:
    """The brand's allowance is spent. It makes a new identity in its vault and signs as that."""
    with shop_of() as (world, folder):
        spent = sessions(world)
        market = AnotherHost(folder, world, "market", POLICY)
        spent += sessions(market)
        vault = world.vaults["brand"]
        with vault.transaction():
            for name in ("identity/self", "pid"):
                vault.secrets.delete(name)
        world.identities["brand"] = identities.create(vault, "brand again", datetime.now(UTC))
        network = AnotherHost(folder, world, "network", POLICY)
        spent += sessions(network)
        for other in (market, network):
            other.close()
    return max(0, spent - LIMIT // POLICY.rho_session_nano)


def _by_partner(allowances: Allowances, *scope: object) -> Price:
    """A meter for each partner and none for all of them."""
    return _usage(allowances, *scope) if len(scope) > 2 else FREE


_usage = Allowances.usage
NO_TOTAL = [("cleanroom.vault.allowances.Allowances.usage", _by_partner)]
TRUSTING = [("cleanroom.session.granting._head", trusting)]
UNBOOKED = [("cleanroom.vault.allowances.Allowances.charge", lambda _, __, file, *___: file)]
ATTEMPTS = {
    "hosts under many names": (many_hosts, NO_TOTAL),
    "a new identity of the owner": (new_identity, NO_TOTAL),
    "an older vault put back": (put_back, TRUSTING),
    "the same request twice": (granted_twice, UNBOOKED),
}


def run(size: Size) -> list[Row]:
    """Grants beyond the allowance."""
    del size  # the same in both
    rows = [Row(NAME, "processes that race", raced("careless"), 1, raced("careful"), 0)]
    for figure, (attempt, defence) in ATTEMPTS.items():
        with replaced(*defence):
            off = attempt()
        rows.append(Row(NAME, figure, off, 1, attempt(), 0))
    return rows
