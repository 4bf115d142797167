"""Attack 12, the host: it keeps books of its own that forget or take back what it likes, kills
itself at a moment of its choice, sets the clock and shows papers twice. Owners and engine are the
product; each figure counts what the host gains: draws of one question beyond the one that was paid
for, answers after the end, or refunds.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

import msgspec
from attack_table import Row, Size, replaced
from engine_material import Papers, ThreadEngine, hand_grant, prepare
from room_material import World, shop

from cleanroom import wire
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.price import Price
from cleanroom.disclosure.question import MatchQuestion
from cleanroom.disclosure.release import Vector
from cleanroom.errors import CleanroomError
from cleanroom.sandbox import messages
from cleanroom.sandbox.inside.room import Room
from cleanroom.session import granting
from cleanroom.session.books import HostBooks
from cleanroom.trust import codec, ledger
from cleanroom.trust.agreement import SignedAgreement
from cleanroom.trust.grant import OpeningRequest
from cleanroom.trust.hpke import SealingKey
from cleanroom.trust.receipt import Receipt, read_receipt, sign_receipt
from cleanroom.vault.chain import Head
from cleanroom.vault.vault import Vault

NAME = "12 ledger"
POLICY = Policy("dp", min_match=0, answer_quantum_ms=0)
MATCH = MatchQuestion(("platform", "brand"))
Drawn = set[tuple[Vector, ...]]


class Killed(BaseException):
    """The host has killed itself."""


@dataclass
class HostileBooks:
    """What a host shows of the ledger. ``die``: at which commit of an answer, and whether before or
    after it was stored.
    """

    world: World
    chain: list[bytes] = field(default_factory=list)
    kept: dict[str, bytes] = field(default_factory=dict)
    die: str = ""

    def start(self) -> None:
        """Nothing is checked."""

    def entries(self) -> list[bytes]:
        return list(self.chain)

    def blobs(self) -> Iterator[bytes]:
        for name in ledger.blobs([ledger.read(entry) for entry in self.chain]):
            yield self.kept[name]

    def store(self, entry: bytes, blob: bytes) -> None:
        answers = ledger.read(entry).answered is not None
        if answers and self.die == "before":
            raise Killed
        self.chain.append(entry)
        if blob:
            self.kept[codec.sha256_hex(blob)] = blob
        if answers and self.die == "after":
            raise Killed

    def head(self) -> Head:
        genesis = self.world.signed.genesis
        return Head(len(self.chain), ledger.entry_hash(self.chain[-1]) if self.chain else genesis)

    def acknowledged(self, _owner: str) -> Head:
        return Head(0, self.world.signed.genesis)

    def acknowledge(self, _owner: str, _head: Head) -> None:
        """Forgotten at once."""

    def since(self, head: Head) -> tuple[str, ...]:
        return tuple(entry.decode() for entry in self.chain[head.seq :])

    def refusals_since(self, _head: Head) -> int:
        return 0

    @property
    def _id(self) -> str:
        return self.world.signed.agreement.id

    receipt = HostBooks.receipt

    def copy(self) -> "HostileBooks":
        """An older state, to be put back later."""
        return replace(self, chain=list(self.chain), kept=dict(self.kept), die="")


@contextmanager
def scene() -> Iterator[tuple[World, HostileBooks]]:
    """A world with an honest brand and a host that is not."""
    with tempfile.TemporaryDirectory() as folder:
        world = shop(Path(folder), policy=POLICY)
        yield world, HostileBooks(world)
        world.close()


def asked(papers: Papers, books: HostileBooks, **options: object) -> Drawn:
    """What a session answers; nothing when it is refused or the host dies."""
    seen: Drawn = set()
    with suppress(CleanroomError, Killed), ThreadEngine(papers, books, **options) as engine:
        engine.open()
        release = engine.ask("A01", MATCH)
        if release is not None and release.vectors:
            seen.add(release.vectors)
        engine.close()
    return seen


def again(world: World, books: HostileBooks, **options: object) -> Drawn:
    """Another session, for which the owners gave up waiting for their receipts."""
    for vault in world.vaults.values():
        granting.accept_loss(vault, world.signed.agreement.id)
    with suppress(CleanroomError):
        return asked(prepare(world, books=books), books, **options)
    return set()


def beyond_one(seen: Drawn) -> int:
    """Draws that nobody paid for."""
    return max(0, len(seen) - 1)


# --- what the host tries -------------------------------------------------------------------------


def killed_before_it_was_stored() -> int:
    """Whatever was seen before the entry was stored is seen again, differently."""
    with scene() as (world, books):
        papers = prepare(world, books=books)
        books.die, seen = "before", set()
        with suppress(CleanroomError, Killed), ThreadEngine(papers, books) as engine:
            engine.open()
            engine.send(messages.Ask("A01", MATCH))
            said = engine._receive()
            while isinstance(said, messages.Piece):
                said = engine._receive()
            if isinstance(said, messages.Answer):
                seen.add(said.release.vectors)
            raise Killed
        books.die = ""
        return beyond_one(seen | again(world, books))


def killed_after_it_was_stored() -> int:
    with scene() as (world, books):
        books.die = "after"
        seen = asked(prepare(world, books=books), books)
        books.die = ""
        first = again(world, books)
        return beyond_one(seen | first | again(world, books)) + (not first)


def forked() -> int:
    """The owners got their receipts; then books from before the session are put back."""
    with scene() as (world, books):
        old, papers = books.copy(), prepare(world, books=books)
        with ThreadEngine(papers, books) as engine:
            engine.open()
            seen = {engine.ask("A01", MATCH).vectors}
            engine.close()
            world.settle(engine.receipts())
        return beyond_one(seen | again(world, old))


def left_out() -> int:
    """The owners wait for their receipts; the next request shows books without the session."""
    with scene() as (world, books):
        old, seen = books.copy(), asked(prepare(world, books=books), books)
        with suppress(CleanroomError):
            seen |= asked(prepare(world, books=old), old)
        return beyond_one(seen)


def deleted_blob() -> int:
    with scene() as (world, books):
        seen = asked(prepare(world, books=books), books)
        return beyond_one(seen | again(world, books, blobs=(), count=None))


def grant_twice() -> int:
    """The same grants for a second engine, after the books were put back."""
    with scene() as (world, books):
        old, papers = books.copy(), prepare(world, books=books)
        seen = asked(papers, books)
        keys = (SealingKey.generate(), SealingKey.generate())
        return beyond_one(seen | asked(_for_another(papers, keys[0]), old))


def _for_another(papers: Papers, sealing: SealingKey) -> Papers:
    """The papers at an engine that made its own keys."""
    return replace(papers, sealing=sealing)


def clock_set_back() -> int:
    """Nine hours pass in a session of eight; the wall clock says that none did."""
    with scene() as (world, books):
        boot = time.clock_gettime(time.CLOCK_BOOTTIME)
        with ThreadEngine(prepare(world, books=books), books) as engine:
            engine.open()
            with mock.patch("cleanroom.sandbox.inside.room.time") as hands:
                hands.clock_gettime.return_value = boot + 9 * 3600
                hands.perf_counter = time.perf_counter
                return engine.ask("A01", MATCH) is not None


def clock_before_the_grant() -> int:
    """A grant that has not been given yet by the clock of this machine."""
    with scene() as (world, books):
        later = datetime.now(UTC) + timedelta(hours=1)

        def grant(owner: str, request: bytes) -> bytes:
            return hand_grant(world, owner, request, issued=later)

        return len(asked(prepare(world, books=books, grant=grant), books))


def dropped_last_entry() -> int:
    """A receipt without the last answer asks for its price back."""
    with scene() as (world, _):
        honest = world.books()
        papers = prepare(world, books=honest)
        with ThreadEngine(papers, honest) as engine:
            engine.open()
            engine.ask("A01", MATCH)
            engine.close()
            receipt = read_receipt(engine.receipts()["brand"], None)
        shorter = msgspec.structs.replace(
            receipt, entries=(receipt.entries[0], receipt.entries[-1])
        )
        forged = sign_receipt(shorter, world.identities[world.host].signing).to_bytes()
        vault = world.vaults["brand"]
        with suppress(CleanroomError):
            granting.import_receipt(vault, world.signed, forged)
        return vault.allowances.usage("brand data").nano_rho < 10_000_000


# --- what stands in the way, taken away ----------------------------------------------------------


def _answer_first(room: Room, ask: messages.Ask) -> None:
    """An engine that shows before it has stored."""
    decision = room._gate.decide(ask.analysis, ask.question)
    wire.send(room._writer, messages.Answer(decision.release, 0))


def _unverified(receipt: Receipt, *_: object, **__: object) -> tuple[Price, str, int]:
    entries = [ledger.read(text.encode()) for text in receipt.entries]
    return ledger.spent(entries), ledger.entry_hash(receipt.entries[-1].encode()), len(entries)


def trusting(vault: Vault, signed: SignedAgreement, request: OpeningRequest) -> Head:
    """An owner who takes any books for those that it knows."""
    del request
    known = vault.heads.get(signed.agreement.id, signed.agreement.host)
    return known or Head(0, signed.genesis)


def _same_keys(papers: Papers, _sealing: SealingKey) -> Papers:
    return papers


INSIDE = "cleanroom.sandbox.inside"
ATTEMPTS: dict[str, tuple[Callable[[], int], list[tuple[str, object]]]] = {
    "killed before the entry was stored": (
        killed_before_it_was_stored,
        [(f"{INSIDE}.room.Room._answer", _answer_first)],
    ),
    "killed after the entry was stored": (
        killed_after_it_was_stored,
        [
            (f"{INSIDE}.gate.Gate.remember", lambda *_: None),
            (f"{INSIDE}.state.recall", lambda *_: {}),
        ],
    ),
    "older books put back": (forked, [("cleanroom.session.granting._head", trusting)]),
    "a session left out of the books": (
        left_out,
        [
            ("cleanroom.session.granting._head", trusting),
            ("cleanroom.vault.allowances.Allowances.open", lambda *_: []),
        ],
    ),
    "a sealed answer deleted": (
        deleted_blob,
        [(f"{INSIDE}.memory.ledger.blobs", lambda _: {})],
    ),
    "one grant for two engines": (grant_twice, [("attack_ledger._for_another", _same_keys)]),
    "the clock set back in a session": (
        clock_set_back,
        [(f"{INSIDE}.room.Room.now", lambda room: room._start)],
    ),
    "a clock before the grant": (
        clock_before_the_grant,
        [(f"{INSIDE}.opening.check_times", lambda *_: None)],
    ),
    "a receipt without the last answer": (
        dropped_last_entry,
        [("cleanroom.session.granting.settled", _unverified)],
    ),
}


def run(size: Size) -> list[Row]:
    """What each attempt gains."""
    del size  # the same in both
    rows = []
    for figure, (attempt, defence) in ATTEMPTS.items():
        with replaced(*defence):
            off = attempt()
        rows.append(Row(NAME, figure, off, 1, attempt(), 0))
    return rows
