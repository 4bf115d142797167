"""A joint session without processes: papers, ingest and engine in threads of the test.

What the workers check themselves can be tried in milliseconds, and with papers that no honest host
would write. The processes and their wall have tests of their own.
"""

import os
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from room_material import World

from cleanroom import wire
from cleanroom.disclosure.price import FREE, Price
from cleanroom.disclosure.question import Question
from cleanroom.disclosure.release import Release
from cleanroom.errors import CleanroomError, from_code
from cleanroom.sandbox import columns, messages
from cleanroom.sandbox.columns import Array, TableHeader
from cleanroom.sandbox.inside import opening, unpack
from cleanroom.sandbox.inside.room import Room
from cleanroom.session import granting, identities
from cleanroom.session.books import HostBooks
from cleanroom.trust import package
from cleanroom.trust.grant import (
    OpeningRequest,
    SelfTest,
    make_grant,
    read_request,
    sign_request,
)
from cleanroom.trust.hpke import SealingKey
from cleanroom.trust.instants import timestamp

PROVED = SelfTest("linux", 3, {}, {})
ROOMY = Price(10**8, 10**6, 200)
Change = Callable[[OpeningRequest], OpeningRequest]


def public(key: Ed25519PrivateKey) -> str:
    """Raw public key as hex."""
    return key.public_key().public_bytes_raw().hex()


@dataclass
class Papers:
    """One opening's keys, requests and grants by owner."""

    world: World
    sealing: SealingKey
    signing: Ed25519PrivateKey
    ingest: dict[str, SealingKey]
    requests: dict[str, bytes] = field(default_factory=dict)
    grants: dict[str, bytes] = field(default_factory=dict)
    session_id: str = field(default_factory=lambda: secrets.token_hex(16))

    def verified(self, owner: str, now: datetime | None = None) -> opening.Granted:
        """One owner's papers as a worker reads them."""
        return opening.verify(
            self.world.signed.envelope.to_bytes(),
            self.requests[owner],
            self.grants[owner],
            now or datetime.now(UTC),
        )


def request_of(
    papers: Papers, owner: str, books: HostBooks, plan_price: Price = FREE
) -> OpeningRequest:
    """An honest host's opening request."""
    world = papers.world
    with world.packages[owner].open("rb") as file:
        sealed, manifest = package.read_envelope(file)
    since = books.acknowledged(owner)
    return OpeningRequest(
        1,
        secrets.token_hex(16),
        papers.session_id,
        world.signed.agreement.id,
        world.signed.hash,
        world.host,
        owner,
        manifest.package_id,
        package.codec.sha256_hex(sealed.body),
        timestamp(datetime.now(UTC)),
        papers.ingest[owner].public_bytes().hex(),
        papers.sealing.public_bytes().hex(),
        public(papers.signing),
        PROVED,
        PROVED,
        secrets.token_hex(32) if plan_price != FREE else "",
        plan_price,
        books.refusals_since(since),
        since.hash,
        since.seq,
        books.since(since),
    )


def prepare(
    world: World,
    *,
    books: HostBooks | None = None,
    change: Change | None = None,
    grant: Callable[[str, bytes], bytes] | None = None,
) -> Papers:
    """Keys, signed requests and grants of one opening, as the host's desk makes them."""
    books = books or world.books()
    books.start()
    owners = world.signed.agreement.data_parties
    papers = Papers(
        world,
        SealingKey.generate(),
        Ed25519PrivateKey.generate(),
        {owner: SealingKey.generate() for owner in owners},
    )
    for owner in owners:
        request = request_of(papers, owner, books)
        request = change(request) if change else request
        papers.requests[owner] = sign_request(
            request, world.identities[world.host].signing
        ).to_bytes()
    shown = books.head()
    for owner in owners:
        papers.grants[owner] = (grant or world.grant)(owner, papers.requests[owner])
        books.acknowledge(owner, shown)
    return papers


def hand_grant(
    world: World,
    owner: str,
    request_file: bytes,
    *,
    signer: str = "",
    package_key: bytes | None = None,
    share: bytes | None = None,
    allowance: Price = ROOMY,
    issued: datetime | None = None,
    hours: float = 8,
) -> bytes:
    """A grant written by hand: no vault is charged, and anything in it may be wrong."""
    request, digest = read_request(request_file, None)
    store = world.vaults[owner].secrets
    issued = issued or datetime.now(UTC)
    key = store.get(granting.package_name(request.package_id))
    own = store.get(identities.state_share_name(request.agreement_id))
    return make_grant(
        request,
        digest,
        package_key=key if package_key is None else package_key,
        state_share=own if share is None else share,
        allowance=allowance,
        now=issued,
        expires=issued + timedelta(hours=hours),
        key=world.identities[signer or owner].signing,
    ).to_bytes()


# --- ingest --------------------------------------------------------------------------------------


def unpack_package(
    papers: Papers, owner: str, path: Path | None = None
) -> list[tuple[TableHeader, list[Array] | None]]:
    """Everything that an ingest worker would send. Raises what it refuses the package with."""
    reader, writer = os.pipe()
    received: list[tuple[TableHeader, list[Array] | None]] = []

    def receive() -> None:
        try:
            received.extend(columns.receive(reader))
        except CleanroomError:  # the pipe ended early: the sender says why
            received.clear()

    thread = threading.Thread(target=receive)
    thread.start()
    try:
        _send_rows(papers, owner, path or papers.world.packages[owner], writer)
    finally:
        os.close(writer)
        thread.join()
        os.close(reader)
    return received


def _send_rows(
    papers: Papers, owner: str, path: Path, rows_fd: int, now: datetime | None = None
) -> None:
    granted = papers.verified(owner, now)
    key = granted.package_key(papers.ingest[owner])
    progress = os.open(os.devnull, os.O_WRONLY)
    try:
        with path.open("rb") as file:
            unpack._Unpacker(granted, key, file, progress).send_all(rows_fd)
    finally:
        os.close(progress)


# --- engine --------------------------------------------------------------------------------------


class ThreadEngine:
    """The engine in a thread, and the honest outside of it. Use as a context manager."""

    def __init__(
        self,
        papers: Papers,
        books: HostBooks,
        *,
        entries: Sequence[bytes] | None = None,
        blobs: Sequence[bytes] | None = None,
        count: int | None = None,
        paths: Mapping[str, Path] | None = None,
        now: datetime | None = None,
    ) -> None:
        """``blobs``: what is sent in place of the books' own; ``count``: how many are announced."""
        self._papers, self._books = papers, books
        self._blobs = list(books.blobs() if blobs is None else blobs)
        self._pieces = messages.Pieces()
        self._now = now or datetime.now(UTC)
        owners = papers.world.signed.agreement.data_parties
        pipes = {owner: os.pipe() for owner in owners}
        self._down, self._up = os.pipe(), os.pipe()
        self.room: Room | None = None
        job = messages.Open(
            papers.world.signed.envelope.to_bytes(),
            tuple(papers.requests[owner] for owner in owners),
            tuple(papers.grants[owner] for owner in owners),
            tuple(pipes[owner][0] for owner in owners),
            tuple(books.entries() if entries is None else entries),
            len(self._blobs) if count is None else count,
            self._now.isoformat(),
            512,
            1,
        )
        self._threads = [threading.Thread(target=self._serve, args=(job,))]
        self._threads.append(threading.Thread(target=self._send_blobs))
        for owner, (_, writer) in pipes.items():
            path = (paths or {}).get(owner, papers.world.packages[owner])
            feeding = threading.Thread(target=self._feed, args=(owner, path, writer))
            self._threads.append(feeding)
        self._row_ends = [end for end, _ in pipes.values()]

    def _feed(self, owner: str, path: Path, writer: int) -> None:
        try:
            _send_rows(self._papers, owner, path, writer, self._now)
        except (CleanroomError, OSError):  # refused, or the engine is gone: it sees a closed pipe
            return
        finally:
            os.close(writer)

    def _send_blobs(self) -> None:
        try:
            for blob in self._blobs:
                for piece in messages.pieces(blob):
                    self.send(piece)
        except OSError:  # refused: nobody reads any more
            return

    def _serve(self, job: messages.Open) -> None:
        """What ``room.serve`` does after its keys, with errors as the role reports them."""
        reader, writer = self._down[0], self._up[1]
        try:
            keys = (self._papers.sealing, self._papers.signing)
            self.room = Room(reader, writer, *keys, job)
            self.room.open(job)
            while self.room.step():
                pass
        except CleanroomError as error:
            wire.send(writer, wire.Failed(error.code))
        finally:
            for end in self._row_ends:
                os.close(end)
            os.close(reader)
            os.close(writer)

    def _receive(self) -> Any:
        said = wire.receive_any(self._up[0], messages.FromEngine)
        if isinstance(said, wire.Failed):
            raise from_code(said.code)
        return said

    def _until(self, *kinds: type) -> Any:
        """The next message of one of these kinds; commits before it are stored."""
        while not isinstance(said := self._receive(), kinds):
            if isinstance(said, messages.Piece):
                self._pieces.add(said)
            if isinstance(said, messages.Commit):
                self._books.store(said.entry, self._pieces.whole())
                self._pieces.clear()
                self.send(messages.Committed())
        return said

    def send(self, message: object) -> None:
        """Say something to the engine."""
        wire.send(self._down[1], message)

    def open(self) -> messages.Opened:
        """Start everything. Raises what the engine refuses with."""
        for thread in self._threads:
            thread.start()
        opened: messages.Opened = self._until(messages.Opened)
        return opened

    def ask(self, analysis: str, question: Question) -> Release | None:
        """The release, or None when the engine closed the session instead."""
        self.send(messages.Ask(analysis, question))
        said = self._until(messages.Answer, messages.Closed)
        return said.release if isinstance(said, messages.Answer) else None

    def close(self, reason: str = "done") -> None:
        """Let it sign the closing statement."""
        self.send(messages.Close(reason))
        self._until(messages.Closed)

    def receipts(self) -> dict[str, bytes]:
        """Receipts of the closed session."""
        world = self._papers.world
        files = {}
        for owner, request in self._papers.requests.items():
            _, digest = read_request(request, None)
            host, since = world.identities[world.host], self._books.acknowledged(owner)
            files[owner] = self._books.receipt(host, self._papers.session_id, owner, digest, since)
        return files

    def __enter__(self) -> "ThreadEngine":
        return self

    def __exit__(self, *exc: object) -> None:
        os.close(self._down[1])
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()
        if self._threads[0].ident is None:
            os.close(self._down[0])
        os.close(self._up[0])


def session_in_threads(
    world: World, asked: Sequence[tuple[str, Question]]
) -> tuple[list[Release | None], dict[str, bytes]]:
    """One whole session; its releases and receipts."""
    books = world.books()
    papers = prepare(world, books=books)
    with ThreadEngine(papers, books) as engine:
        engine.open()
        releases = [engine.ask(analysis, question) for analysis, question in asked]
        engine.close()
    return releases, engine.receipts()
