"""The host's desk: one joint session from starting the workers to the receipts.

The session asks each owner for a grant through a ``Granter`` (its own vault in the same room, or
files that travel), lets the sandbox open, asks what the plan asks, and closes. Whatever happens,
the workers are gone afterwards and the ledger holds exactly what was shown.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cleanroom.disclosure.price import FREE, Price
from cleanroom.disclosure.question import Question
from cleanroom.disclosure.release import Release
from cleanroom.errors import CleanroomError, SandboxError, TrustError
from cleanroom.sandbox import messages
from cleanroom.sandbox.outside.room import Commit, Papers, Report, SandboxRoom
from cleanroom.session.books import HostBooks
from cleanroom.trust import codec, ledger, package
from cleanroom.trust.agreement import SignedAgreement, require_in_force
from cleanroom.trust.grant import OpeningRequest, SelfTest, read_grant, sign_request
from cleanroom.trust.identity import Identity
from cleanroom.trust.instants import timestamp
from cleanroom.trust.package import Manifest
from cleanroom.vault.chain import Head

CLOSING_SECONDS = 1.0  # what Ctrl-C and locking leave the engine to sign its closing statement

Granter = Callable[[str, bytes], bytes]  # owner, request file -> grant file
Collector = Callable[[Mapping[str, bytes]], Mapping[str, bytes]]  # the same for all owners


@dataclass(frozen=True)
class PlannedCost:
    """Which plan the owners are asked to pay for. An empty hash means no plan."""

    plan_sha256: str = ""
    price: Price = FREE


@dataclass(frozen=True)
class Limits:
    """What the engine may use of this machine."""

    memory_mb: int = 8192
    threads: int = 2


@dataclass
class Opened:
    """A session's public facts, for its report."""

    session_id: str
    request_hashes: dict[str, str]
    manifests: dict[str, bytes]  # signed manifests (envelopes) by owner
    self_tests: dict[str, SelfTest]  # by owner, and "engine"
    since: dict[str, Head]
    engine_ms: int = 0
    answer_ms: list[int] = field(default_factory=list)

    @property
    def level(self) -> int:
        """The weakest worker's isolation."""
        return min(test.level for test in self.self_tests.values())


class JointSession:
    """One opening of an agreement's packages on this workstation."""

    def __init__(
        self,
        books: HostBooks,
        identity: Identity,
        signed: SignedAgreement,
        packages: Mapping[str, Path],
        report: Report,
        limits: Limits | None = None,
    ) -> None:
        """Check agreement and packages before anything is started.

        Raises ``trust.*``, ``vault.*``.
        """
        self._now = datetime.now(UTC).replace(microsecond=0)
        self._agreement = require_in_force(signed, self._now)
        self._signed, self._books, self._identity = signed, books, identity
        self._packages, self._report = packages, report
        if identity.card() != self._agreement.party(self._agreement.host).card:
            raise TrustError("trust.not_the_host")
        self._manifests = {owner: self._manifest(owner) for owner in self._agreement.data_parties}
        books.start()
        self._room: SandboxRoom | None = None
        self._limits = limits or Limits()
        self.opened: Opened | None = None

    def _manifest(self, owner: str) -> tuple[Manifest, bytes, str]:
        path = self._packages.get(owner)
        if path is None or not path.is_file():
            raise TrustError("trust.package_missing", party=owner)
        with path.open("rb") as file:
            sealed, manifest = package.read_envelope(file)
        digest = package.verify(sealed, self._agreement.party(owner).card.signing)
        if (manifest.agreement_id, manifest.agreement_hash, manifest.owner) != (
            self._agreement.id,
            self._signed.hash,
            owner,
        ):
            raise TrustError("trust.package_for_another")
        return manifest, sealed.to_bytes(), digest

    @property
    def manifests(self) -> dict[str, Manifest]:
        """What the owners signed about their packages."""
        return {owner: manifest for owner, (manifest, _, _) in self._manifests.items()}

    @property
    def room(self) -> SandboxRoom:
        """The running sandbox."""
        if self._room is None:
            raise SandboxError("sandbox.failed")
        return self._room

    def open(self, granter: Granter, plan: PlannedCost) -> Opened:
        """``open_with`` grants that are asked for one after the other."""
        return self.open_with(lambda asked: {o: granter(o, r) for o, r in asked.items()}, plan)

    def open_with(self, collect: Collector, plan: PlannedCost) -> Opened:
        """Start the workers, get a grant from every owner, open and match.

        Raises ``sandbox.*``, ``trust.*``, and what the collector raises.
        """
        commit: Commit = self._books.store
        self._books.check_blobs()  # one that is missing costs no owner an allowance
        self._room = SandboxRoom(
            self._agreement,
            self._packages,
            commit,
            self._report,
            memory_mb=self._limits.memory_mb,
            threads=self._limits.threads,
        )
        ingest, engine = self._room.ready()
        level = min(r.self_test.level for r in [*ingest.values(), engine])
        if level < self._agreement.min_isolation:
            needed = self._agreement.min_isolation
            raise SandboxError("sandbox.isolation", level=level, needed=needed)
        session_id = secrets.token_hex(16)
        since = {owner: self._books.acknowledged(owner) for owner in ingest}
        shown = self._books.head()
        requests = {
            owner: self._request(owner, session_id, ready, engine, since[owner], plan)
            for owner, ready in ingest.items()
        }
        files = {owner: sign_request(r, self._identity.signing) for owner, r in requests.items()}
        self._report("grants", 0, len(files))
        grants = collect({owner: file.to_bytes() for owner, file in files.items()})
        for owner, request in requests.items():
            # only who signed has seen the ledger: the next request goes on from there
            key = self._agreement.party(owner).card.signing
            read_grant(grants[owner], key, request, codec.sha256_hex(files[owner].body))
            self._books.acknowledge(owner, shown)
        self._books.clean()
        papers = Papers(
            self._signed.envelope.to_bytes(),
            {owner: file.to_bytes() for owner, file in files.items()},
            grants,
            self._books.entries(),
            self._books.blobs(),
            datetime.now(UTC),
        )
        self.opened = Opened(
            session_id,
            {owner: codec.sha256_hex(file.body) for owner, file in files.items()},
            {owner: sealed for owner, (_, sealed, _) in self._manifests.items()},
            {**{o: r.self_test for o, r in ingest.items()}, "engine": engine.self_test},
            dict.fromkeys(ingest, shown),
        )
        self.opened.engine_ms = self._room.open(papers)
        return self.opened

    def _request(
        self,
        owner: str,
        session_id: str,
        ingest: messages.Ready,
        engine: messages.Ready,
        since: Head,
        plan: PlannedCost,
    ) -> OpeningRequest:
        manifest, _, digest = self._manifests[owner]
        return OpeningRequest(
            1,
            secrets.token_hex(16),
            session_id,
            self._agreement.id,
            self._signed.hash,
            self._agreement.host,
            owner,
            manifest.package_id,
            digest,
            timestamp(self._now),
            ingest.sealing_key,
            engine.sealing_key,
            engine.session_key,
            ingest.self_test,
            engine.self_test,
            plan.plan_sha256,
            plan.price,
            self._books.refusals_since(since),
            since.hash,
            since.seq,
            self._books.since(since),
        )

    def ask(self, analysis: str, question: Question) -> Release:
        """One question. Raises ``sandbox.session_ended`` when the engine closed the session."""
        answered = self.room.ask(analysis, question)
        if answered is None:
            raise SandboxError("sandbox.session_ended")
        release, engine_ms = answered
        if self.opened is not None:
            self.opened.answer_ms.append(engine_ms)
        return release

    def ask_all(self, asked: Sequence[tuple[str, Question]]) -> list[Release]:
        """Several questions in order."""
        return [self.ask(analysis, question) for analysis, question in asked]

    def close(self, reason: str = "done") -> dict[str, bytes]:
        """Let the engine sign its closing statement, end the workers; a receipt per owner."""
        self.room.close(reason)
        return self.receipts()

    def receipts(self) -> dict[str, bytes]:
        """A receipt per owner once the closing statement is in the ledger; none before."""
        opened = self.opened
        entries = self.entries()
        last = ledger.read(entries[-1]) if entries else None
        if opened is None or last is None or last.closed is None:
            return {}
        if last.session_id != opened.session_id:  # it ended before it was in the ledger
            return {}
        return {
            owner: self._books.receipt(
                self._identity, opened.session_id, owner, request_hash, opened.since[owner]
            )
            for owner, request_hash in opened.request_hashes.items()
        }

    def entries(self) -> list[bytes]:
        """The agreement's whole ledger, this session's entries at its end."""
        return self._books.entries()

    def abandon(self) -> None:
        """End at once. The engine gets a moment to sign the closing statement, so that owners can
        be refunded; then everything is killed. A second time does nothing.
        """
        room, self._room = self._room, None
        if room is None:
            return
        try:
            if self.opened is not None and not room.closed:
                room.close("interrupted", CLOSING_SECONDS)
        except CleanroomError:
            self._report("killed", 0, 0)
        finally:
            room.kill()

    def __enter__(self) -> "JointSession":
        return self

    def __exit__(self, *exc: object) -> None:
        self.abandon()
