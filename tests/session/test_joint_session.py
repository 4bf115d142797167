"""Joint sessions with real workers behind their wall."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pyarrow as pa
import pytest
from room_material import (
    PASSPHRASE,
    World,
    no_plan,
    one_part,
    parquet_file,
    shop,
    shop_rows,
)

from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.price import FREE, Price
from cleanroom.disclosure.question import AttributeQuestion, FirstChannelQuestion, MatchQuestion
from cleanroom.errors import CleanroomError
from cleanroom.sandbox.outside.room import SandboxRoom
from cleanroom.session import granting
from cleanroom.session.books import HostBooks
from cleanroom.session.hosting import JointSession
from cleanroom.trust import agreement as agreements
from cleanroom.trust import ledger
from cleanroom.trust.agreement import SignedAgreement
from cleanroom.trust.identity import Identity
from cleanroom.vault.vault import Vault

POLICY = Policy("threshold", min_match=0, people_per_cell=1, refusals_max=2, answer_quantum_ms=0)
MATCH = MatchQuestion(("platform", "brand"))
AGE = AttributeQuestion(("platform",), ("platform.people.a_age",), "brand")
CHANNEL = FirstChannelQuestion("platform", "brand", "2026-01-02", "2026-02-01", "last", 30)
BAD = AttributeQuestion(("platform",), ("platform.people.a_nix",))

pytestmark = pytest.mark.slow


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = shop(tmp_path, policy=POLICY)
    yield made
    made.close()


def refused(act: Callable[..., object], *arguments: object) -> str:
    with pytest.raises(CleanroomError) as caught:
        act(*arguments)
    return caught.value.code


def once(world: World) -> None:
    """One settled session behind the world."""
    with world.session() as session:
        session.open(world.grant, no_plan())
        session.ask("A01", MATCH)
        world.settle(session.close())


def accept_loss(world: World) -> None:
    for owner in world.signed.agreement.data_parties:
        granting.accept_loss(world.vaults[owner], world.signed.agreement.id)


def processes(session: JointSession) -> list[int]:
    room = session.room
    return [room.engine.pid, *(worker.pid for worker in room._ingest.values())]


def running(pids: list[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


# --- as it should be -----------------------------------------------------------------------------


def test_two_parties_from_opening_to_receipt_and_again(world: World) -> None:
    with world.session() as session:
        opened = session.open(world.grant, no_plan())
        pids = processes(session)
        assert opened.level >= 2
        assert set(opened.self_tests) == {"platform", "brand", "engine"}
        first = session.ask_all([("A01", MATCH), ("A03", AGE), ("A04", CHANNEL)])
        assert session.ask("A03", AGE).vectors == first[1].vectors
        receipts = session.close()
    assert running(pids) == []
    assert len(opened.answer_ms) == 4
    together = sum(value or 0 for value in first[0].vectors[0].values[2:])
    assert abs(together - 200) <= 5 * POLICY.sigma + 2.5
    brand = world.vaults["brand"].allowances
    assert brand.usage("brand data") == Price(0, 1000, 200)
    world.settle(receipts)
    assert brand.usage("brand data") == Price(0, 3 + 8 + 4, 3)
    assert brand.open(world.signed.agreement.id) == []

    with world.session() as session:
        session.open(world.grant, no_plan())
        again = session.ask_all([("A01", MATCH), ("A03", AGE), ("A04", CHANNEL)])
        world.settle(session.close())
    assert [release.vectors for release in again] == [release.vectors for release in first]
    assert all(release.replayed and release.price == FREE for release in again)
    assert brand.usage("brand data") == Price(0, 3 + 8 + 4, 3)
    chain = world.books().entries()
    entries = ledger.verify_chain(chain, world.signed.agreement.id, world.signed.genesis)
    assert [entry.bodies for entry in entries] == [1] * len(entries)
    assert len(entries) == 6 + 5


def test_three_parties_and_a_host_without_data(tmp_path: Path) -> None:
    parties = ("platform", "brand", "partner")
    policy = msgspec.structs.replace(POLICY, mode="dp")
    world = shop(tmp_path, parties, policy=policy, neutral_host="host")
    with world.session() as session:
        session.open(world.grant, no_plan())
        release = session.ask("A01", MatchQuestion(parties, "membership"))
        receipts = session.close()
    assert set(receipts) == set(parties)
    world.settle(receipts)
    expected = (100, 0, 100, 100, 0, 100, 100)  # each shares two thirds with the one before
    values = release.vectors[0].values
    assert all(
        value is not None and abs(value - true) <= 5 * policy.sigma
        for value, true in zip(values, expected, strict=True)
    )
    assert not world.vaults["host"].secrets.names("package/")
    assert not world.vaults["host"].secrets.names("state/")
    world.close()


def test_too_many_refusals_end_the_session_with_receipts(world: World) -> None:
    with world.session() as session:
        session.open(world.grant, no_plan())
        session.ask("A01", MATCH)
        assert [session.ask("A03", BAD).reason for _ in range(2)] == ["column"] * 2
        assert refused(session.ask, "A03", AGE) == "sandbox.session_ended"
        assert refused(session.ask, "A03", AGE) == "sandbox.session_ended"
        receipts = session.close()
    world.settle(receipts)
    assert world.vaults["brand"].allowances.usage("brand data") == Price(0, 3, 1)
    last = ledger.read(world.books().entries()[-1])
    assert last.closed == ledger.Closed(Price(0, 3, 1), 2, "refusals")


# --- grants --------------------------------------------------------------------------------------


def test_grants_of_an_earlier_session_open_nothing(world: World) -> None:
    """Bound to one running sandbox; and a try with them costs nobody anything."""
    kept: dict[str, bytes] = {}

    def keeping(owner: str, request: bytes) -> bytes:
        kept[owner] = world.grant(owner, request)
        return kept[owner]

    with world.session() as session:
        session.open(keeping, no_plan())
        world.settle(session.close())
    books, before = world.books(), world.books().head()
    with world.session() as session:
        code = refused(session.open, lambda owner, _request: kept[owner], no_plan())
    assert code == "trust.grant_for_another"
    assert books.head() == before
    once(world)  # and the owners still find their heads in the host's ledger


def test_a_grant_that_is_none_acknowledges_nothing(world: World) -> None:
    """Else the host would begin its next request where the owner has never been, for ever."""
    with world.session() as session:
        session.open(world.grant, no_plan())
        session.close()  # its receipts get lost
    with world.session() as session:
        code = refused(session.open, lambda _owner, _request: b"{}", no_plan())
    assert code == "trust.malformed"
    accept_loss(world)
    once(world)


def test_an_owner_that_refuses_ends_the_opening(world: World) -> None:
    def refuse(owner: str, request: bytes) -> bytes:
        if owner == "brand":
            raise CleanroomError("budget.unsettled")
        return world.grant(owner, request)

    with world.session() as session:
        assert refused(session.open, refuse, no_plan()) == "budget.unsettled"
        pids = processes(session)
    assert running(pids) == []
    assert world.books().entries() == []


def test_a_machine_that_isolates_too_little(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused before any owner is asked."""
    real = SandboxRoom.ready

    def weak(room: SandboxRoom) -> object:
        ingest, engine = real(room)
        test = msgspec.structs.replace(engine.self_test, level=1)
        return ingest, msgspec.structs.replace(engine, self_test=test)

    monkeypatch.setattr(SandboxRoom, "ready", weak)
    with world.session() as session:
        assert refused(session.open, pytest.fail, no_plan()) == "sandbox.isolation"


# --- the host's ledger ---------------------------------------------------------------------------


def test_an_older_copy_of_the_hosts_vault_is_a_fork(tmp_path: Path) -> None:
    """Put back after a session: the owners remember what it has forgotten, and the answers that
    the newer ledger names are not lost by the attempt.
    """
    world = shop(tmp_path, policy=POLICY, neutral_host="host")
    vault = world.vaults["host"]
    vault.close()
    shutil.copytree(vault.folder, tmp_path / "copy")
    world.vaults["host"] = Vault.open(vault.folder, PASSPHRASE)
    once(world)
    newer = world.books().entries()
    world.vaults["host"].close()
    shutil.copy(vault.folder / "vault.db", tmp_path / "newer.db")
    shutil.copy(tmp_path / "copy" / "vault.db", vault.folder / "vault.db")
    world.vaults["host"] = Vault.open(vault.folder, PASSPHRASE)
    with world.session() as session:
        assert refused(session.open, world.grant, no_plan()) == "trust.fork"
    world.vaults["host"].close()
    shutil.copy(tmp_path / "newer.db", vault.folder / "vault.db")
    world.vaults["host"] = Vault.open(vault.folder, PASSPHRASE)
    assert world.books().entries() == newer
    once(world)
    world.close()


@pytest.mark.parametrize("which", ["roster", "answer"])
@pytest.mark.parametrize("act", ["delete", "alter", "empty"])
def test_a_missing_blob_stops_the_opening_before_anybody_is_asked(
    world: World, act: str, which: str
) -> None:
    once(world)
    entries = [ledger.read(entry) for entry in world.books().entries()]
    roster, answer = ledger.blobs(entries)
    blob = world.vaults["platform"].folder / "blobs" / (roster if which == "roster" else answer)
    if act == "delete":
        blob.unlink()
    else:
        data = blob.read_bytes()
        blob.write_bytes(data[:-1] + bytes([data[-1] ^ 1]) if act == "alter" else b"")
    with world.session() as session:
        code = refused(session.open, pytest.fail, no_plan())
    assert code == ("vault.blob_missing" if act == "delete" else "vault.blob_damaged")
    assert world.vaults["brand"].allowances.open(world.signed.agreement.id) == []


def test_one_vault_one_session(world: World) -> None:
    code = refused(Vault.open, world.vaults["platform"].folder, PASSPHRASE)
    assert code == "vault.busy"


def test_only_the_host_opens(world: World) -> None:
    """Another party's identity, an agreement that is not signed by all, or has ended."""
    agreement, keys = world.signed.agreement, list(world.identities.values())

    def start(identity: Identity, signed: SignedAgreement) -> JointSession:
        return JointSession(world.books(), identity, signed, world.packages, lambda *_: None)

    def signed_by(count: int, **changes: object) -> SignedAgreement:
        body = agreements.codec.encode(msgspec.structs.replace(agreement, **changes))
        signing = [identity.signing for identity in keys[:count]]
        sealed = agreements.envelope.sign(agreements.AGREEMENT_TYPE, body, signing)
        return agreements.read(sealed.to_bytes())

    assert refused(start, world.identities["brand"], world.signed) == "trust.not_the_host"
    assert refused(start, keys[0], signed_by(1)) == "trust.agreement_unsigned"
    ended = {"not_before": "2001-01-01T00:00:00Z", "expires": "2001-01-02T00:00:00Z"}
    assert refused(start, keys[0], signed_by(2, **ended)) == "trust.agreement_expired"
    other = signed_by(2, title="Another")
    assert refused(start, keys[0], other) == "trust.package_for_another"


# --- packages ------------------------------------------------------------------------------------


def test_files_that_are_not_the_packages(world: World, tmp_path: Path) -> None:
    """Before anything is started."""
    honest = dict(world.packages)
    brand = honest["brand"].read_bytes()
    cases = {
        "cut": (brand[:-20], "trust.package_truncated"),
        "half": (brand[: len(brand) // 2], "trust.package_truncated"),
        "empty": (b"", "trust.not_a_package"),
        "other": (b"PAR1" + brand[4:], "trust.not_a_package"),
        "swapped": (honest["platform"].read_bytes(), "trust.signature"),
        "more": (brand + b"x", "trust.package_truncated"),
    }
    for name, (data, code) in cases.items():
        world.packages["brand"] = tmp_path / f"{name}.crpkg"
        world.packages["brand"].write_bytes(data)
        assert refused(world.session) == code, name
    world.packages["brand"] = tmp_path / "nowhere.crpkg"
    assert refused(world.session) == "trust.package_missing"


def test_a_part_that_was_flipped_is_refused_by_its_worker(world: World) -> None:
    once(world)
    before = world.books().entries()
    data = bytearray(world.packages["brand"].read_bytes())
    data[200] ^= 1
    world.packages["brand"].write_bytes(data)
    with world.session() as session:
        assert refused(session.open, world.grant, no_plan()) == "trust.package_damaged"
        assert session.receipts() == {}  # not those of the session before
    assert world.books().entries() == before


def bomb(name: str, honest: pa.Table) -> list[bytes]:
    """Seventeen million people in a few thousand bytes."""
    if name != "people":
        return list(one_part(name, honest))
    rows = (1 << 24) + 1
    zeros = {
        column: pa.array([0], honest.schema.field(column).type) for column in honest.column_names
    }
    many = pa.table(
        {name: pa.chunked_array([pa.repeat(value[0], rows)]) for name, value in zeros.items()}
    )
    return [parquet_file(many)]


def not_numbers(name: str, honest: pa.Table) -> list[bytes]:
    """NaN where codes should be."""
    if name == "people":
        column = pa.array([float("nan")] * honest.num_rows)
        honest = honest.set_column(honest.column_names.index("a_age"), "a_age", column)
    return list(one_part(name, honest))


@pytest.mark.parametrize("alter", [bomb, not_numbers])
def test_hostile_packages_of_an_honest_owner(world: World, alter: object) -> None:
    """Granted by its owner, refused by its worker; the other party is not harmed."""
    world.seal("platform", shop_rows()["platform"], alter=alter)  # type: ignore[arg-type]
    with world.session() as session:
        assert refused(session.open, world.grant, no_plan()) == "trust.package_content"
        pids = processes(session) if session._room and session._room._engine else []
    assert running(pids) == []
    assert world.books().entries() == []


# --- workers that die ----------------------------------------------------------------------------


def test_the_engine_is_killed_in_the_middle(world: World) -> None:
    with world.session() as session:
        session.open(world.grant, no_plan())
        first = session.ask("A01", MATCH)
        os.kill(session.room.engine.pid, signal.SIGKILL)
        assert refused(session.ask, "A03", AGE) == "sandbox.killed"
        assert session.receipts() == {}
    chain = world.books().entries()
    entries = ledger.verify_chain(chain, world.signed.agreement.id, world.signed.genesis)
    assert [entry.answered is not None for entry in entries] == [False, True]
    with world.session() as session:  # without its receipt the opening stays unsettled
        assert refused(session.open, world.grant, no_plan()) == "budget.unsettled"
    accept_loss(world)
    with world.session() as session:
        session.open(world.grant, no_plan())
        again = session.ask("A01", MATCH)
        world.settle(session.close())
    assert again.vectors == first.vectors
    assert again.price == FREE


def test_an_ingest_worker_is_killed(world: World) -> None:
    def kill_first(owner: str, request: bytes) -> bytes:
        if owner == "platform":
            os.kill(session.room._ingest["brand"].pid, signal.SIGKILL)
        return world.grant(owner, request)

    with world.session() as session:
        assert refused(session.open, kill_first, no_plan()) == "sandbox.killed"
    assert world.books().entries() == []


class InterruptedBooks(HostBooks):
    """Ctrl-C while an answer is being stored."""

    def store(self, entry: bytes, blob: bytes) -> None:
        super().store(entry, blob)
        if ledger.read(entry).answered is not None and not self.__dict__.get("once"):
            self.__dict__["once"] = True
            raise KeyboardInterrupt


def test_ctrl_c_leaves_a_closing_statement(world: World) -> None:
    """The answer that was under way is in the ledger, the session closed, the rest refunded."""
    books = InterruptedBooks(world.vaults["platform"], world.signed)
    session = world.session(books)
    session.open(world.grant, no_plan())
    with pytest.raises(KeyboardInterrupt), session:
        session.ask("A01", MATCH)
    receipts = session.receipts()
    assert set(receipts) == {"platform", "brand"}
    world.settle(receipts)
    assert world.vaults["brand"].allowances.usage("brand data") == Price(0, 3, 1)
    last = ledger.read(world.books().entries()[-1])
    assert last.closed == ledger.Closed(Price(0, 3, 1), 0, "interrupted")
