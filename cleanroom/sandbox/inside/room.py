"""The heavy part of role ``engine``: open the session, answer questions, close.

Every answer takes the same road: decide, sign a ledger entry, have blob and entry stored, and only
then book it and hand the release out. A crash before the entry is stored has shown nothing; after
it, the same question is a replay.
"""

import time
from datetime import UTC, datetime, timedelta

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cleanroom import wire
from cleanroom.disclosure.canonical import canonical
from cleanroom.disclosure.limits import covers_all, matched_people
from cleanroom.disclosure.price import FREE
from cleanroom.disclosure.question import MatchQuestion, Question
from cleanroom.disclosure.release import Release
from cleanroom.errors import DisclosureError, TrustError
from cleanroom.sandbox import messages, wall
from cleanroom.sandbox.inside import (
    admission,
    database,
    loading,
    matching,
    memory,
    noise,
    opening,
    roster,
    state,
)
from cleanroom.sandbox.inside.books import Books
from cleanroom.sandbox.inside.earlier import People
from cleanroom.sandbox.inside.gate import Decision, Gate
from cleanroom.sandbox.inside.proof import as_signed
from cleanroom.sandbox.inside.roster import Roster
from cleanroom.trust import codec, ledger
from cleanroom.trust.agreement import Agreement
from cleanroom.trust.grant import SelfTest
from cleanroom.trust.hpke import SealingKey, seal
from cleanroom.trust.instants import instant, timestamp

OUT_OF_MEMORY = database.OUT_OF_MEMORY
_OPEN_LIMIT = 256 << 20  # the ledger of a long agreement


def warm() -> None:
    """Use DuckDB with threads, numpy and OpenDP once."""
    connection = database.connect(64, 2)
    sample = {"person": np.arange(3, dtype="<u4"), "hi": np.zeros(3, "<u8")}
    connection.register("sample", sample)
    connection.execute("CREATE TABLE t AS SELECT * FROM sample").fetchall()
    found = connection.execute(
        "SELECT t.person, COUNT(*) FROM t JOIN sample USING (hi) GROUP BY ALL"
    ).fetchnumpy()
    np.ma.is_masked(found["person"])
    connection.close()
    noise.add([0], 1)
    key = SealingKey.generate()
    key.open(seal(b"", key.public_bytes(), b""), b"", "warm")
    Ed25519PrivateKey.generate().sign(b"")
    nobody = Roster({"": "00" * 32}, "2026-01-01T00:00:00Z", {}, (np.zeros(0, "<u8"),))
    roster.unseal(roster.seal(nobody, bytes(32)), bytes(32))


def serve(reader: int, writer: int, self_test: wall.SelfTest) -> None:
    """One session from opening to the closing statement."""
    sealing, signing = SealingKey.generate(), Ed25519PrivateKey.generate()
    session_key = signing.public_key().public_bytes_raw().hex()
    proved = as_signed(self_test)
    wire.send(writer, messages.Ready(sealing.public_bytes().hex(), session_key, proved))
    job = wire.receive(reader, messages.Open, _OPEN_LIMIT)
    room = Room(reader, writer, sealing, signing, job)
    room.require_told(proved)
    room.open(job)
    while room.step():
        pass


class Room:
    """One open session."""

    def __init__(
        self,
        reader: int,
        writer: int,
        sealing: SealingKey,
        signing: Ed25519PrivateKey,
        job: messages.Open,
    ) -> None:
        self._reader, self._writer, self._signing = reader, writer, signing
        own = (sealing.public_bytes().hex(), signing.public_key().public_bytes_raw().hex())
        self._start = datetime.fromisoformat(job.now).astimezone(UTC)
        self._boot = time.clock_gettime(time.CLOCK_BOOTTIME)
        self._granted = opening.verify_all(
            job.agreement, job.requests, job.grants, self._start, own
        )
        self._agreement: Agreement = self._granted[0].agreement
        self._catalogue = self._agreement.catalogue()
        self._session_id = self._granted[0].request.session_id
        genesis = self._agreement.origin or self._granted[0].agreement_hash
        entries = ledger.verify_chain(list(job.entries), self._agreement.id, genesis)
        self._head = ledger.entry_hash(job.entries[-1]) if job.entries else genesis
        self._seq = len(entries)
        self._check_acknowledged(list(job.entries), genesis)
        self._state_key = opening.state_key(self._granted, sealing)
        self._memory = memory.receive(reader, entries, job.blobs, self._state_key)
        allowance = opening.allowance(self._granted)
        self._books = Books.start(self._agreement.policy, allowance, entries)
        self._connection = database.connect(job.memory_mb, job.threads)

    def _check_acknowledged(self, entries: list[bytes], genesis: str) -> None:
        """The chain is the one that each owner saw when it granted: it goes on from the head that
        the owner acknowledged with exactly the entries of the request. A shorter one would forget
        answers and what they cost. Raises ``trust.fork``.
        """
        heads = {0: genesis, **{i: ledger.entry_hash(e) for i, e in enumerate(entries, 1)}}
        for granted in self._granted:
            request = granted.request
            known = heads.get(request.since_seq) == request.since
            shown = [text.encode() for text in request.entries]
            if not known or entries[request.since_seq :] != shown:
                raise TrustError("trust.fork")

    def require_told(self, proved: SelfTest) -> None:
        """Every owner was told what this engine really proved of its wall.

        Raises ``trust.grant_for_another``.
        """
        for granted in self._granted:
            if granted.request.engine_self_test != proved:
                raise TrustError("trust.grant_for_another")

    def now(self) -> datetime:
        """Time at opening plus the boot clock: a changed wall clock has no effect."""
        passed = time.clock_gettime(time.CLOCK_BOOTTIME) - self._boot
        return self._start + timedelta(seconds=passed)

    def open(self, job: messages.Open) -> None:
        """Load and match; write the opening into the ledger."""
        began = time.perf_counter()
        rows = loading.receive_all(self._connection, self._catalogue, job.rows_fds)
        wire.send(self._writer, wire.Progress("match"))
        policy, now = self._agreement.policy, self.now()
        packages = {g.request.owner: g.request.manifest_sha256 for g in self._granted}
        earlier = self._memory.openings
        try:
            admitted = admission.admit(self._catalogue, policy, packages, rows, earlier, now)
        except DisclosureError:
            # nothing was matched or asked, so the owners get back all that they paid
            self._commit(opened=self._opening(packages, ""))
            self._commit(closed=ledger.Closed(FREE, 0, "version"))
            raise
        links = matching.link(self._connection, self._catalogue, admitted.parties)
        matching.create_persons(self._connection, self._catalogue, admitted.parties, links)
        here, blob, name = None, b"", ""
        if policy.mode == "threshold":
            here = roster.build(packages, timestamp(now), admitted.merged, admitted.parties, links)
            blob, name = self._memory.to_store(here, self._state_key)
        self._open_gate(here)
        self._commit(blob, opened=self._opening(packages, name))
        wire.send(self._writer, messages.Opened(round(1000 * (time.perf_counter() - began))))

    def _opening(self, packages: dict[str, str], roster_blob: str) -> ledger.Opened:
        first = self._granted[0]
        requests = [granted.request for granted in self._granted]
        levels = [r.ingest_self_test.level for r in requests]
        return ledger.Opened(
            first.request.session_key,
            first.agreement_hash,
            {granted.request.owner: granted.grant_hash for granted in self._granted},
            packages,
            min(levels + [r.engine_self_test.level for r in requests]),
            roster_blob,
        )

    def _open_gate(self, here: Roster | None) -> None:
        """``here``: who is in the session; None in dp mode."""
        self._gate = Gate(
            self._connection,
            self._catalogue,
            self._agreement.policy,
            tuple(item.id for item in self._agreement.analyses),
            self._books,
            self._memory.known,
            None if here is None else People(here, self._memory.by_digest()),
        )

    def step(self) -> bool:
        """Serve one message; False after closing."""
        message = wire.receive_any(self._reader, messages.Ask | messages.Close)
        if isinstance(message, messages.Ask) and not self._ended():
            self._answer(message)
            return True
        self._close(self._ended() or message.reason)
        return False

    def _ended(self) -> str:
        """Why no question is answered any more; "" while the session goes on."""
        if self._expired():
            return "expired"
        refused = self._books.refusals >= self._agreement.policy.refusals_max
        return "refusals" if refused else ""

    def _expired(self) -> bool:
        """Past a grant's expiry or the agreed length of a session."""
        now = self.now()
        if now >= self._start + timedelta(hours=self._agreement.session_hours):
            return True
        return any(now >= instant(granted.grant.expires) for granted in self._granted)

    def _answer(self, ask: messages.Ask) -> None:
        began = time.perf_counter()
        decision = self._gate.decide(ask.analysis, ask.question)
        release = decision.release
        blob = state.seal(decision.stored, self._state_key) if decision.stored else b""
        answered = ledger.Answered(
            ask.analysis,
            release.question_key,
            self._asked(ask, release),
            release.status,
            codec.sha256_hex(codec.encode(release)),
            codec.sha256_hex(blob) if blob else "",
            release.price,
            self._agreement.receivers(ask.analysis),
        )
        self._commit(blob, answered=answered)
        self._book(ask, decision)
        quiet = self._agreement.policy.answer_quantum_ms == 0
        spent_ms = round(1000 * (time.perf_counter() - began)) if quiet else 0
        wire.send(self._writer, messages.Answer(release, spent_ms))

    def _asked(self, ask: messages.Ask, release: Release) -> Question | None:
        """The question as the ledger shows it; nothing of one that names what isn't agreed."""
        return canonical(ask.question, self._catalogue) if release.question_key else None

    def _book(self, ask: messages.Ask, decision: Decision) -> None:
        release = decision.release
        self._books.charge(release.price)
        if decision.stored is not None:
            self._gate.remember(decision.stored)
        if release.status == "refused":
            # what was refused once and for all is no new attempt
            self._books.refusals += not release.replayed
            return
        question = canonical(ask.question, self._catalogue)
        if isinstance(question, MatchQuestion) and covers_all(question, self._catalogue):
            self._books.noisy_match = matched_people(question, release)

    def _close(self, reason: str) -> None:
        closed = ledger.Closed(self._books.session, self._books.refusals, reason)
        self._commit(closed=closed)
        wire.send(self._writer, messages.Closed())

    def _commit(
        self,
        blob: bytes = b"",
        *,
        opened: ledger.Opened | None = None,
        answered: ledger.Answered | None = None,
        closed: ledger.Closed | None = None,
    ) -> None:
        """Sign the next entry and wait until the outside has stored it and its blob."""
        entry = ledger.Entry(
            1,
            self._agreement.id,
            self._seq + 1,
            self._head,
            self._session_id,
            timestamp(self.now()),
            opened,
            answered,
            closed,
        )
        data = ledger.sign(entry, self._signing)
        for piece in messages.pieces(blob):
            wire.send(self._writer, piece)
        name = codec.sha256_hex(blob) if blob else ""
        wire.send(self._writer, messages.Commit(data, name, len(blob)))
        wire.receive(self._reader, messages.Committed)
        self._seq, self._head = self._seq + 1, ledger.entry_hash(data)
