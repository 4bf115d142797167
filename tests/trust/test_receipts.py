"""A receipt refunds only with the closing statement of the very session that was granted."""

import msgspec
import pytest
from ledger_material import (
    AGREEMENT,
    COST,
    GENESIS,
    GRANTS,
    KEYS,
    SESSION,
    TWO_SESSIONS,
    answered,
    chain,
    closed,
    opened,
    public,
    receipt,
)

from cleanroom.disclosure.price import Price
from cleanroom.errors import CleanroomError
from cleanroom.trust import ledger
from cleanroom.trust.receipt import Receipt, read_receipt, settled, sign_receipt

GOOD = chain(TWO_SESSIONS)
CHEAP = Price(0, 0, 0)


def settle(
    found: Receipt,
    key: str = "first",
    grant: str = GRANTS["platform"],
    **known: object,
) -> tuple[Price, str, int]:
    memory = {"agreement_id": AGREEMENT, "since": GENESIS, "since_seq": 0, **known}
    return settled(found, public(key), grant, **memory)  # type: ignore[arg-type]


def refused(code: str) -> "pytest.RaisesExc[CleanroomError]":
    return pytest.raises(CleanroomError, match=rf"\[{code}\]")


def test_a_closed_session_is_settled() -> None:
    spent, head, seq = settle(receipt(GOOD))
    assert (spent, head, seq) == (COST, ledger.entry_hash(GOOD[-1]), 5)
    assert settle(receipt(GOOD, "second"), "second")[0] == CHEAP
    assert settle(receipt(GOOD, owner="brand"), grant=GRANTS["brand"])[0] == COST


def test_only_with_the_closing_statement() -> None:
    with refused("trust.receipt_open"):
        settle(receipt(GOOD[:2]))
    with refused("trust.receipt_open"):
        settle(receipt([]))
    with refused("trust.receipt_open"):
        settle(receipt(GOOD, "unheard"))


def test_the_statement_must_say_what_the_answers_cost() -> None:
    for price in (CHEAP, Price(9_999_999, 3), Price(10_000_000, 2), Price(10_000_000, 3, 0)):
        with refused("trust.ledger_broken"):
            settle(receipt(chain([*SESSION[:2], ("first", "closed", closed(price))])))


def test_only_the_granted_session_key_and_grant() -> None:
    with refused("trust.receipt_for_another"):
        settle(receipt(GOOD), key="second")
    with refused("trust.receipt_for_another"):
        settle(receipt(GOOD), grant=GRANTS["brand"])
    with refused("trust.receipt_for_another"):
        settle(receipt(GOOD, owner="partner"))


def test_only_the_ledger_that_the_owner_knows() -> None:
    """Claims of the receipt about its own start are worth nothing."""
    for known in (
        {"agreement_id": "00" * 16},
        {"since": "00" * 32},
        {"since_seq": 1},
    ):
        with refused("trust.receipt_for_another"):
            settle(receipt(GOOD), **known)
    late = msgspec.structs.replace(
        receipt(GOOD[3:], "second"), since=ledger.entry_hash(GOOD[2]), since_seq=3
    )
    with refused("trust.receipt_for_another"):
        settle(late, "second")
    assert settle(late, "second", since=late.since, since_seq=3)[2] == 5


def test_a_foreign_chain_is_refused() -> None:
    with refused("trust.ledger_broken"):
        settle(receipt(chain(TWO_SESSIONS, prev="99" * 32)))


def test_answers_cannot_be_dropped_by_reopening() -> None:
    """The host keeps the opening, drops the answer, opens again and closes by itself."""
    forged = [SESSION[0], ("first", "opened", opened("thief")), ("first", "closed", closed(CHEAP))]
    with refused("trust.ledger_broken"):
        settle(receipt(chain(forged, {2: "thief", 3: "thief"})))
    bare = [SESSION[0], ("first", "closed", closed(CHEAP))]
    with refused("trust.ledger_broken"):
        settle(receipt(chain(bare, {2: "thief"})))


def test_a_session_that_asked_nothing_costs_nothing() -> None:
    steps = [SESSION[0], ("first", "closed", closed(CHEAP))]
    assert settle(receipt(chain(steps)))[0] == CHEAP


def test_refused_questions_cost_what_they_say() -> None:
    free = answered(CHEAP, "refused")
    steps = [SESSION[0], ("first", "answered", free), ("first", "closed", closed(CHEAP, 1))]
    assert settle(receipt(chain(steps)))[0] == CHEAP


def test_the_host_signs_receipts() -> None:
    found = receipt(GOOD)
    data = sign_receipt(found, KEYS["first"]).to_bytes()
    host = bytes.fromhex(public("first"))
    assert read_receipt(data, host) == read_receipt(data) == found
    with refused("trust.signature"):
        read_receipt(data, bytes.fromhex(public("thief")))


@pytest.mark.parametrize(
    "fields",
    [{"v": 2}, {"session_id": "../x"}, {"agreement_id": ""}, {"since_seq": -1}, {"owner": "\x1b"}],
)
def test_malformed_receipts(fields: dict[str, object]) -> None:
    found = msgspec.structs.replace(receipt(GOOD), **fields)
    with refused("trust.malformed"):
        read_receipt(sign_receipt(found, KEYS["first"]).to_bytes())
