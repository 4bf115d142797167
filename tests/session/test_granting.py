"""The owner's desk: what it grants, once, and what it refuses. No sandbox runs here."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from engine_material import (
    PROVED,
    Papers,
    ThreadEngine,
    prepare,
    request_of,
    session_in_threads,
)
from room_material import World, shop

from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.price import Price
from cleanroom.disclosure.question import AttributeQuestion, MatchQuestion
from cleanroom.errors import CleanroomError
from cleanroom.sandbox.inside import opening
from cleanroom.session import granting
from cleanroom.trust.grant import OpeningRequest, sign_request
from cleanroom.trust.hpke import SealingKey
from cleanroom.trust.receipt import read_receipt, sign_receipt
from cleanroom.vault.chain import Head

POLICY = Policy("dp", min_match=0, answer_quantum_ms=0)
MATCH = MatchQuestion(("platform", "brand"))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = shop(tmp_path, policy=POLICY)
    yield made
    made.close()


def refused(act: Any, *arguments: Any, **named: Any) -> str:
    with pytest.raises(CleanroomError) as caught:
        act(*arguments, **named)
    return caught.value.code


def request_file(world: World, owner: str = "brand", **changes: Any) -> bytes:
    """An opening request for one owner that nobody has seen yet."""
    papers = _papers_without_grants(world)
    request: OpeningRequest = msgspec.structs.replace(
        request_of(papers, owner, world.books()), **changes
    )
    return sign_request(request, world.identities[world.host].signing).to_bytes()


def _papers_without_grants(world: World) -> Papers:
    world.books().start()
    owners = world.signed.agreement.data_parties
    keys = {owner: SealingKey.generate() for owner in owners}
    return Papers(world, SealingKey.generate(), Ed25519PrivateKey.generate(), keys)


def used(world: World, owner: str = "brand") -> Price:
    return world.vaults[owner].allowances.usage(f"{owner} data")


# --- granting ------------------------------------------------------------------------------------


def test_the_same_request_gets_the_same_bytes_and_is_charged_once(world: World) -> None:
    request = request_file(world)
    first = world.grant("brand", request)
    assert [world.grant("brand", request) for _ in range(3)] == [first] * 3
    assert used(world).nano_rho == POLICY.rho_session_nano
    later = datetime.now(UTC) + timedelta(minutes=30)
    assert granting.grant(world.vaults["brand"], world.signed, request, later) == first


def test_without_a_plan_a_session_is_paid_for(world: World) -> None:
    world.grant("brand", request_file(world))
    assert used(world) == Price(100_000_000, 1000, 200)


def test_a_plan_is_what_is_paid_for(world: World) -> None:
    plan = Price(30_000_000, 11, 3)
    request = request_file(world, plan_sha256="ab" * 32, plan_price=plan)
    world.grant("brand", request)
    assert used(world) == plan


def test_an_owner_may_grant_less(world: World) -> None:
    allowed = Price(10_000_000, 3, 1)
    request = request_file(world)
    granting.grant(world.vaults["brand"], world.signed, request, datetime.now(UTC), allowed)
    assert used(world) == allowed


@pytest.mark.parametrize("nano", [100_000_001, 2**52])
def test_more_than_a_session_may_cost(world: World, nano: int) -> None:
    request = request_file(world, plan_sha256="ab" * 32, plan_price=Price(nano, 1, 1))
    assert refused(world.grant, "brand", request) == "budget.allowance"
    assert used(world) == Price(0, 0, 0)


def test_partners_and_periods_have_their_limits(world: World) -> None:
    """0.30 towards one partner: three whole sessions that were lost, and no fourth."""
    for _ in range(3):
        world.grant("brand", request_file(world))
        granting.accept_loss(world.vaults["brand"], world.signed.agreement.id)
    assert refused(world.grant, "brand", request_file(world)) == "budget.allowance"
    assert used(world).nano_rho == 300_000_000


def test_one_unsettled_opening_at_a_time(world: World) -> None:
    world.grant("brand", request_file(world))
    assert refused(world.grant, "brand", request_file(world)) == "budget.opening_missing"
    assert granting.accept_loss(world.vaults["brand"], world.signed.agreement.id) == 1
    world.grant("brand", request_file(world))


def test_an_opening_in_the_ledger_is_unsettled_until_its_receipt(world: World) -> None:
    books = world.books()
    papers = prepare(world, books=books)
    with ThreadEngine(papers, books) as engine:
        engine.open()
        engine.ask("A01", MATCH)
    assert refused(world.grant, "brand", request_file(world)) == "budget.unsettled"
    granting.accept_loss(world.vaults["brand"], world.signed.agreement.id)
    world.grant("brand", request_file(world))


# --- refusing ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"agreement_id": "00" * 16}, "trust.request_for_another"),
        ({"agreement_hash": "00" * 32}, "trust.request_for_another"),
        ({"owner": "platform"}, "trust.request_for_another"),
        ({"host": "brand"}, "trust.request_for_another"),
        ({"package_id": "00" * 16}, "trust.package_unknown"),
        ({"manifest_sha256": "00" * 32}, "trust.package_unknown"),
        ({"created": "2099-01-01T00:00:00Z"}, "trust.clock"),
        ({"since": "00" * 32}, "trust.fork"),
        ({"since_seq": 1}, "trust.fork"),
        ({"entries": ("{}",)}, "trust.malformed"),
        ({"ingest_self_test": msgspec.structs.replace(PROVED, level=1)}, "sandbox.isolation"),
        ({"engine_self_test": msgspec.structs.replace(PROVED, level=0)}, "sandbox.isolation"),
    ],
)
def test_requests_that_are_refused(world: World, changes: dict[str, Any], code: str) -> None:
    assert refused(world.grant, "brand", request_file(world, **changes)) == code
    assert used(world) == Price(0, 0, 0)


def test_a_request_that_the_host_did_not_sign(world: World) -> None:
    request = request_of(_papers_without_grants(world), "brand", world.books())
    forged = sign_request(request, world.identities["brand"].signing).to_bytes()
    assert refused(world.grant, "brand", forged) == "trust.signature"


def test_an_agreement_that_has_ended(world: World) -> None:
    request = request_file(world)
    late = datetime.now(UTC) + timedelta(days=31)
    act = granting.grant
    assert refused(act, world.vaults["brand"], world.signed, request, late) == (
        "trust.agreement_expired"
    )


def test_who_is_no_party(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "stranger"
    folder.mkdir()
    stranger = shop(folder)
    act, request = granting.grant, request_file(world)
    code = refused(act, stranger.vaults["brand"], world.signed, request, datetime.now(UTC))
    assert code == "trust.not_a_party"
    stranger.close()


def test_a_ledger_that_lost_what_the_owner_has_seen(world: World) -> None:
    """An older copy of the host's vault: the owner's own head is not in it."""
    _, receipts = session_in_threads(world, [("A01", MATCH)])
    world.settle(receipts)
    genesis = world.signed.genesis
    for kept in (0, 2):
        old = world.books().since(Head(0, genesis))[:kept]
        forgotten = request_file(world, since=genesis, since_seq=0, entries=old)
        assert refused(world.grant, "brand", forgotten) == "trust.fork"
    world.grant("brand", request_file(world))


def test_a_ledger_with_other_entries(world: World) -> None:
    """As many, but not those: a host that ran the same session twice from one copy."""
    _, receipts = session_in_threads(world, [("A01", MATCH)])
    world.settle(receipts)
    head = world.books().head()
    other = request_file(world, since="ab" * 32, since_seq=head.seq, entries=())
    assert refused(world.grant, "brand", other) == "trust.fork"


def test_a_vault_that_forgot_what_it_granted(world: World) -> None:
    """The owner's own vault was put back: the ledger shows a grant that it does not know."""
    session_in_threads(world, [("A01", MATCH)])
    vault = world.vaults["brand"]
    with vault.transaction():
        for table in ("grant_partners", "grants", "heads"):
            vault._database.write(f"DELETE FROM {table}")
    assert refused(world.grant, "brand", request_file(world)) == "budget.restored"


# --- receipts ------------------------------------------------------------------------------------


def test_a_receipt_gives_back_what_was_not_spent_once(world: World) -> None:
    (release,), receipts = session_in_threads(world, [("A01", MATCH)])
    assert release is not None
    before = used(world)
    assert before == Price(100_000_000, 1000, 200)
    for _ in range(2):
        spent = granting.import_receipt(world.vaults["brand"], world.signed, receipts["brand"])
        assert spent == release.price == Price(10_000_000, 3, 1)
        assert used(world) == release.price


def test_a_receipt_of_another_owner(world: World) -> None:
    _, receipts = session_in_threads(world, [("A01", MATCH)])
    act = granting.import_receipt
    code = refused(act, world.vaults["brand"], world.signed, receipts["platform"])
    assert code == "budget.unknown"
    assert used(world).nano_rho == 100_000_000


def test_a_receipt_before_the_end(world: World) -> None:
    """Without the closing statement nothing is refunded: the host may still be asking."""
    books = world.books()
    papers = prepare(world, books=books)
    with ThreadEngine(papers, books) as engine:
        engine.open()
        engine.ask("A01", MATCH)
        early = engine.receipts()
    act = granting.import_receipt
    assert refused(act, world.vaults["brand"], world.signed, early["brand"]) == (
        "trust.receipt_open"
    )
    assert used(world).nano_rho == 100_000_000


def test_a_receipt_that_leaves_entries_out(world: World) -> None:
    """One answer less in the chain would be one answer refunded."""
    books = world.books()
    papers = prepare(world, books=books)
    with ThreadEngine(papers, books) as engine:
        engine.open()
        engine.ask("A01", MATCH)
        engine.close()
        whole = engine.receipts()["brand"]
    receipt = read_receipt(whole, None)
    shorter = msgspec.structs.replace(receipt, entries=(receipt.entries[0], receipt.entries[2]))
    forged = sign_receipt(shorter, world.identities[world.host].signing).to_bytes()
    act = granting.import_receipt
    assert refused(act, world.vaults["brand"], world.signed, forged) == "trust.ledger_broken"
    assert used(world).nano_rho == 100_000_000


def test_a_receipt_that_the_host_did_not_sign(world: World) -> None:
    _, receipts = session_in_threads(world, [("A01", MATCH)])
    receipt = read_receipt(receipts["brand"], None)
    forged = sign_receipt(receipt, world.identities["brand"].signing).to_bytes()
    act = granting.import_receipt
    assert refused(act, world.vaults["brand"], world.signed, forged) == "trust.signature"


def test_a_settled_vault_grants_again(world: World) -> None:
    for _ in range(3):
        _, receipts = session_in_threads(world, [("A01", MATCH)])
        world.settle(receipts)
    assert used(world) == Price(10_000_000, 3, 1)  # the second and third were replays


# --- the least of what all allow -----------------------------------------------------------------


def test_the_engine_goes_by_the_smallest_grant(world: World) -> None:
    """The brand pays for one question, the platform for a whole session."""
    books = world.books()

    def grant(owner: str, request: bytes) -> bytes:
        allowed = Price(10_000_000, 1000, 5) if owner == "brand" else None
        vault = world.vaults[owner]
        return granting.grant(vault, world.signed, request, datetime.now(UTC), allowed)

    papers = prepare(world, books=books, grant=grant)
    both = [papers.verified(owner) for owner in ("platform", "brand")]
    assert opening.allowance(both) == Price(10_000_000, 1000, 5)
    other = AttributeQuestion(("platform",), ("platform.people.a_age",))
    with ThreadEngine(papers, books) as engine:
        engine.open()
        first, refusal = engine.ask("A01", MATCH), engine.ask("A03", other)
        engine.close()
    assert first is not None
    assert refusal is not None
    assert first.price == Price(10_000_000, 3, 1)
    assert refusal.reason == "budget"
    world.settle(engine.receipts())
    assert used(world, "platform") == used(world, "brand") == Price(10_000_000, 3, 1)
