"""An owner's allowance is one, however many hosts, agreements and partners' names draw on it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from engine_material import session_in_threads
from room_material import World, shop
from two_hosts_material import AnotherHost

from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import MatchQuestion
from cleanroom.errors import BudgetError, VaultError
from cleanroom.session import granting, identities

POLICY = Policy("dp", min_match=0, answer_quantum_ms=0)

pytestmark = pytest.mark.slow


@pytest.fixture
def first(tmp_path: Path) -> Iterator[World]:
    made = shop(tmp_path, policy=POLICY)
    yield made
    made.close()


def asked_until_refused(world: World, most: int = 9) -> tuple[int, str]:
    """Sessions that the brand granted, all lost, and why it granted no more."""
    match = MatchQuestion((world.host, "brand"))
    for count in range(most):
        try:
            session_in_threads(world, [("A01", match)])
        except BudgetError as error:
            return count, str(error.facts["scope"])
        for vault in world.vaults.values():
            granting.accept_loss(vault, world.signed.agreement.id)
    return most, ""


def spent(world: World) -> int:
    return world.vaults["brand"].allowances.usage("brand data").nano_rho


def test_hosts_share_what_an_owner_allows(first: World, tmp_path: Path) -> None:
    """Sessions of 0.1: three for each partner, six for all of them together."""
    second = AnotherHost(tmp_path, first, "market", POLICY)
    third = AnotherHost(tmp_path, first, "network", POLICY)
    assert asked_until_refused(first) == (3, "pair")
    assert asked_until_refused(second) == (3, "pair")
    assert spent(first) == POLICY.rho_owner_nano
    assert asked_until_refused(third) == (0, "owner")
    assert spent(first) == POLICY.rho_owner_nano
    for world in (second, third):
        world.close()


def test_a_receipt_of_one_host_makes_room_for_the_other(first: World, tmp_path: Path) -> None:
    second = AnotherHost(tmp_path, first, "market", POLICY)
    match = MatchQuestion(("market", "brand"))
    _, receipts = session_in_threads(second, [("A01", match)])
    held = spent(first)
    second.settle(receipts)
    assert (held, spent(first)) == (POLICY.rho_session_nano, 10_000_000)
    assert asked_until_refused(first) == (3, "pair")
    second.close()


def test_a_new_identity_draws_on_the_same_allowance(first: World, tmp_path: Path) -> None:
    """The vault keeps its identity; somebody who takes it out by force gains nothing either."""
    vault = first.vaults["brand"]
    with pytest.raises(VaultError) as caught:
        identities.create(vault, "brand", datetime.now(UTC))
    assert caught.value.code == "vault.key_exists"
    assert asked_until_refused(first) == (3, "pair")
    with vault.transaction():
        for name in ("identity/self", "pid"):
            vault.secrets.delete(name)
    first.identities["brand"] = identities.create(vault, "brand again", datetime.now(UTC))
    second = AnotherHost(tmp_path, first, "market", POLICY)
    assert asked_until_refused(second) == (3, "pair")
    third = AnotherHost(tmp_path, first, "network", POLICY)
    assert asked_until_refused(third) == (0, "owner")
    for world in (second, third):
        world.close()
