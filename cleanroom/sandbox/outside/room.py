"""The outside of one session: its workers, what is said to them, and what may come back."""

import fcntl
import os
import select
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cleanroom import wire
from cleanroom.disclosure.question import Question
from cleanroom.disclosure.release import Release
from cleanroom.errors import CleanroomError, SandboxError, TrustError
from cleanroom.sandbox import messages
from cleanroom.sandbox.outside import check
from cleanroom.sandbox.outside.process import END_SECONDS, RoleProcess
from cleanroom.sandbox.outside.record import Commit as Commit
from cleanroom.sandbox.outside.record import Record, check_recorded, require
from cleanroom.trust import ledger
from cleanroom.trust.agreement import Agreement

READY_SECONDS = 30.0
OPEN_SECONDS = 3600.0
ANSWER_SECONDS = 600.0
_PIPE_BYTES = 1 << 20
_F_SETPIPE_SZ = 1031

Report = Callable[[str, int, int], None]  # stage, done, total (0: unknown)


@dataclass(frozen=True)
class Papers:
    """What opening needs: files as bytes, requests and grants by owner, the whole ledger."""

    agreement_file: bytes
    requests: Mapping[str, bytes]
    grants: Mapping[str, bytes]
    entries: Sequence[bytes]
    blobs: Iterable[bytes]  # every sealed blob that the ledger names, in its order
    now: datetime


class SandboxRoom:
    """Workers of one session. Use as a context manager: leaving kills them all."""

    def __init__(
        self,
        agreement: Agreement,
        packages: Mapping[str, Path],
        commit: Commit,
        report: Report,
        *,
        memory_mb: int,
        threads: int,
    ) -> None:
        """Start one ingest worker per data party and the engine. Raises ``input.no_file``."""
        self._agreement, self._report = agreement, report
        self._memory_mb, self._threads = memory_mb, threads
        self.closed = False
        self._record = Record(agreement, commit)
        self._waiting: messages.Commit | None = None  # the engine waits until this is stored
        self._matching = False  # the engine has said so, which it does once
        self._asked = False  # the engine owes an answer
        self._files: dict[str, int] = {}
        self._row_ends: dict[str, tuple[int, int]] = {}
        self._ingest: dict[str, RoleProcess] = {}
        self._engine: RoleProcess | None = None
        try:
            for owner in agreement.data_parties:
                self._files[owner] = _open(packages[owner])
                self._row_ends[owner] = _pipe()
            for owner in agreement.data_parties:
                fds = (self._files[owner], self._row_ends[owner][1])
                self._ingest[owner] = RoleProcess("ingest", fds, inside=True)
            reads = [ends[0] for ends in self._row_ends.values()]
            self._engine = RoleProcess("engine", reads, inside=True)
        except BaseException:
            self.kill()
            raise

    @property
    def engine(self) -> RoleProcess:
        """The engine's process."""
        if self._engine is None:
            raise SandboxError("sandbox.failed")
        return self._engine

    def ready(self) -> tuple[dict[str, messages.Ready], messages.Ready]:
        """Keys and self-tests of the ingest workers by owner, and of the engine."""
        self._report("start", 0, 0)
        ingest = {
            owner: worker.receive(messages.Ready | wire.Failed, READY_SECONDS)
            for owner, worker in self._ingest.items()
        }
        return ingest, self.engine.receive(messages.Ready | wire.Failed, READY_SECONDS)

    def open(self, papers: Papers) -> int:
        """Let the workers open the packages and match. Engine time in milliseconds."""
        with self._or_kill():
            return self._open(papers)

    @contextmanager
    def _or_kill(self) -> Iterator[None]:
        """After a failure, a lie or silence nothing more is said to any worker."""
        try:
            yield
        except CleanroomError:
            self.kill()
            raise

    def _open(self, papers: Papers) -> int:
        entries = [ledger.read(entry) for entry in papers.entries]
        self._record.begin(entries)
        now = papers.now.isoformat()
        for owner, worker in self._ingest.items():
            job = messages.Ingest(
                papers.agreement_file,
                papers.requests[owner],
                papers.grants[owner],
                self._files[owner],
                self._row_ends[owner][1],
                now,
            )
            worker.send(job)
        owners = self._agreement.data_parties
        self.engine.send(
            messages.Open(
                papers.agreement_file,
                tuple(papers.requests[owner] for owner in owners),
                tuple(papers.grants[owner] for owner in owners),
                tuple(self._row_ends[owner][0] for owner in owners),
                tuple(papers.entries),
                len(ledger.blobs(entries)),
                now,
                self._memory_mb,
                self._threads,
            )
        )
        self._close_row_ends()
        self._send_blobs(papers.blobs)
        return self._until_open()

    def _send_blobs(self, blobs: Iterable[bytes]) -> None:
        """One piece after the other; an engine that stopped reading has said why."""
        for piece in (piece for blob in blobs for piece in messages.pieces(blob)):
            try:
                self.engine.send(piece)
            except SandboxError:
                self.engine.poll(messages.FromEngine, END_SECONDS)
                raise

    def _until_open(self) -> int:
        """Follow all workers until the engine says that the session is open."""
        began = time.monotonic()
        deadline = began + OPEN_SECONDS
        busy = dict(self._ingest)
        while time.monotonic() < deadline:
            workers = [self.engine, *busy.values()]
            ready, _, _ = select.select([w.reader for w in workers], [], [], 1.0)
            for owner, worker in list(busy.items()):
                if worker.reader in ready and self._ingest_said(owner, worker, deadline):
                    del busy[owner]
                    worker.end()
            if self.engine.reader in ready:
                opened = self._engine_said(busy)
                if opened is not None:
                    return _possible_ms(opened.engine_ms, began)
        raise SandboxError("sandbox.timeout")

    def _ingest_said(self, owner: str, worker: RoleProcess, deadline: float) -> bool:
        """Whether an ingest worker is done."""
        said = worker.poll(messages.FromIngest, 0.0)
        while said is not None and time.monotonic() < deadline:
            if isinstance(said, messages.Done):
                return True
            if not isinstance(said, wire.Progress):
                raise SandboxError("sandbox.lied")
            self._report(f"ingest {owner}", said.done, said.total)
            said = worker.poll(messages.FromIngest, 0.0)
        return False

    def _engine_said(self, busy: Mapping[str, RoleProcess]) -> messages.Opened | None:
        """Serve everything that the engine has said; its last word when the session is open."""
        while (said := self._engine_message(busy)) is not None:
            if isinstance(said, messages.Opened) and self._record.admitted:
                return said
            if said == messages.MATCHING and not self._matching:
                self._matching = True
                self._report(messages.MATCHING.stage, 0, 0)
            elif isinstance(said, messages.Commit):
                self._store(said)
            elif not isinstance(said, messages.Piece):
                raise SandboxError("sandbox.lied")
        return None

    def _engine_message(self, busy: Mapping[str, RoleProcess]) -> object:
        try:
            said = self.engine.poll(messages.FromEngine, 0.0)
            return said if said is None else self._heard(said)
        except SandboxError:
            self._blame(busy)
            raise

    def _heard(self, said: object) -> object:
        """What the engine said. Pieces of a blob are kept: nothing but their commit comes next."""
        if isinstance(said, messages.Piece):
            self._record.keep(said)
        else:
            require(isinstance(said, messages.Commit) or not self._record.keeps)
        return said

    def _blame(self, busy: Mapping[str, RoleProcess]) -> None:
        """When an ingest worker refused its package, the engine only sees a broken pipe: raise the
        ingest worker's error instead.
        """
        for worker in busy.values():
            deadline = time.monotonic() + END_SECONDS
            said = worker.poll(messages.FromIngest, END_SECONDS)
            while isinstance(said, wire.Progress) and time.monotonic() < deadline:
                said = worker.poll(messages.FromIngest, END_SECONDS)

    def _store(self, said: messages.Commit) -> ledger.Entry:
        """Have an entry stored, and let the engine go on."""
        self._waiting = said
        entry = self._record.store(said)
        self.engine.send(messages.Committed())
        self._waiting = None
        return entry

    def ask(self, analysis: str, question: Question) -> tuple[Release, int] | None:
        """The checked answer and the engine's time (0 unless the policy's quantum is 0).

        None when the engine closed the session instead: expired, or too many refusals.
        Answers are handed out at multiples of the agreed quantum, however long they took.
        """
        if self.closed:
            return None
        with self._or_kill():
            return self._ask(analysis, question)

    def _ask(self, analysis: str, question: Question) -> tuple[Release, int] | None:
        began = time.monotonic()
        catalogue, policy = self._agreement.catalogue(), self._agreement.policy
        self._record.ask(analysis, question)
        self._asked = True
        self.engine.send(messages.Ask(analysis, question))
        limit = min(check.frame_limit(question, catalogue), wire.FRAME_LIMIT)
        recorded: ledger.Answered | None = None
        while True:
            said = self._heard(self.engine.receive(messages.FromEngine, ANSWER_SECONDS, limit))
            if isinstance(said, messages.Commit):
                recorded = self._store(said).answered
            elif isinstance(said, messages.Piece):
                continue
            elif isinstance(said, messages.Closed):
                self._end()
                return None
            elif isinstance(said, messages.Answer) and recorded is not None:
                self._asked = False
                release = check.check(said.release, question, catalogue, policy)
                check_recorded(release, recorded)
                _wait_for_quantum(began, policy.answer_quantum_ms)
                require(not (policy.answer_quantum_ms and said.engine_ms))
                return release, _possible_ms(said.engine_ms, began)
            else:
                raise SandboxError("sandbox.lied")

    def close(self, reason: str, seconds: float = ANSWER_SECONDS) -> None:
        """Let the engine sign the closing statement, then end it.

        An answer that was interrupted may come first; it stays in the ledger and is not shown.
        """
        if self.closed:
            return
        with self._or_kill():
            self._close(reason, time.monotonic() + seconds)

    def _close(self, reason: str, deadline: float) -> None:
        if self._waiting is not None:
            self._store(self._waiting)
        # at work, the engine takes nothing but the confirmation of its commit
        while self._asked and not self.closed:
            self._finish(deadline)
        if not self.closed:
            self.engine.send(messages.Close(reason), max(0.0, deadline - time.monotonic()))
        while not self.closed:
            self._finish(deadline)

    def _finish(self, deadline: float) -> None:
        """Serve one message of an engine that is asked nothing more."""
        said = self._heard(self.engine.receive(messages.FromEngine, deadline - time.monotonic()))
        if isinstance(said, messages.Commit):
            self._store(said)
        elif isinstance(said, messages.Closed):
            self._end()
        elif isinstance(said, messages.Answer):
            self._asked = False
        elif not isinstance(said, wire.Progress | messages.Piece):
            raise SandboxError("sandbox.lied")
        if not self.closed and time.monotonic() > deadline:
            raise SandboxError("sandbox.timeout")

    def _end(self) -> None:
        """The engine says that all is stored; without the closing statement that is a lie."""
        require(self._record.closed)
        self.closed = True
        self.engine.end()

    def kill(self) -> None:
        """End every worker now; keys that lived in them are gone."""
        for worker in [*self._ingest.values(), *([self._engine] if self._engine else [])]:
            worker.kill()
        self._ingest.clear()
        self._engine, self._waiting = None, None
        for fd in self._files.values():
            os.close(fd)
        self._files.clear()
        self._close_row_ends()

    def _close_row_ends(self) -> None:
        for ends in self._row_ends.values():
            for fd in ends:
                os.close(fd)
        self._row_ends.clear()

    def __enter__(self) -> "SandboxRoom":
        return self

    def __exit__(self, *exc: object) -> None:
        self.kill()


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        raise TrustError("trust.package_missing", file=path.name) from None


def _pipe() -> tuple[int, int]:
    """A pipe for rows; larger than usual where the system allows it, which saves switches."""
    reader, writer = os.pipe()
    try:
        fcntl.fcntl(writer, _F_SETPIPE_SZ, _PIPE_BYTES)
    except OSError:
        return reader, writer
    return reader, writer


def _possible_ms(engine_ms: int, began: float) -> int:
    """Time that the engine says it took, if it can have. Raises ``sandbox.lied``: any number that
    is not checked could carry rows.
    """
    require(0 <= engine_ms <= 1000 * (time.monotonic() - began) + 1)
    return engine_ms


def _wait_for_quantum(began: float, quantum_ms: int) -> None:
    if quantum_ms:
        quantum = quantum_ms / 1000
        time.sleep(quantum - (time.monotonic() - began) % quantum)
