"""A joint session from the host's desk to the signed report, in one call."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cleanroom.errors import InputError, TrustError
from cleanroom.sandbox.outside.room import Report
from cleanroom.session import granting, identities, reporting, sessions
from cleanroom.session.books import HostBooks
from cleanroom.session.hosting import JointSession, Limits
from cleanroom.session.travel import read_file, write_file
from cleanroom.trust import package
from cleanroom.trust.agreement import SignedAgreement
from cleanroom.trust.agreement_rules import read_checked
from cleanroom.vault.vault import Vault

_POLL_SECONDS = 0.5

Passphrase = Callable[[str], bytes]  # party ("" = the host's own vault)


@dataclass(frozen=True)
class Room:
    """Everything a session needs to know before it starts."""

    vault: Path
    agreement: bytes
    packages: Sequence[Path]
    plan: bytes
    out: Path
    vaults: Mapping[str, Path]  # other parties' vaults that are in the same room
    passphrase: Passphrase
    wait_seconds: float
    limits: Limits


@dataclass
class Done:
    """What a finished session leaves."""

    report: Path
    level: int
    engine_ms: int
    answer_ms: list[int]
    receipts: list[Path] = field(default_factory=list)


def run(room: Room, progress: Report) -> Done:
    """Open, ask the plan, close, write the report. Raises any error of the tree."""
    signed = read_checked(room.agreement)
    packages = _by_owner(room.packages, signed)
    report = room.out / "report"
    if report.exists():
        raise InputError("input.report_exists", folder=report.name)
    with Vault.open(room.vault, room.passphrase("")) as vault, sessions.running(room.vault):
        identity = identities.load(vault)
        plan = reporting.load_plan(room.plan, signed.agreement)
        books = HostBooks(vault, signed)
        with JointSession(books, identity, signed, packages, progress, room.limits) as session:
            desk = _Desk(room, signed, vault, progress)
            opened = session.open(desk.grant, plan.planned_cost())
            progress("ask", 0, len(plan.lines))
            outcome = reporting.run_plan(session, plan, signed.agreement)
            receipts = session.close()
            written = desk.settle(receipts)
            progress("report", 0, 0)
            reporting.write_report(signed, identity, opened, session.entries(), outcome, report)
    return Done(report, opened.level, opened.engine_ms, opened.answer_ms, written)


def _by_owner(paths: Sequence[Path], signed: SignedAgreement) -> dict[str, Path]:
    """Which party each package file says it is from; checked later by its signature."""
    found: dict[str, Path] = {}
    for path in paths:
        try:
            with path.open("rb") as file:
                owner = package.read_envelope(file)[1].owner
        except OSError:
            raise TrustError("trust.package_missing", party=path.name) from None
        if owner in found or owner not in signed.agreement.data_parties:
            raise TrustError("trust.package_for_another")
        found[owner] = path
    return found


class _Desk:
    """How this session gets grants and hands out receipts: same room, or files that travel."""

    def __init__(self, room: Room, signed: SignedAgreement, vault: Vault, progress: Report) -> None:
        self._room, self._signed, self._vault, self._progress = room, signed, vault, progress
        self._own = identities.party_of(signed.agreement, identities.load(vault))

    @contextlib.contextmanager
    def _vault_of(self, owner: str) -> Iterator[Vault | None]:
        """The owner's vault, if it is in the room; the host's own stays open, others are opened for
        this one act.
        """
        if owner == self._own:
            yield self._vault
        elif owner in self._room.vaults:
            with Vault.open(self._room.vaults[owner], self._room.passphrase(owner)) as opened:
                yield opened
        else:
            yield None

    def grant(self, owner: str, request: bytes) -> bytes:
        """The owner's grant file."""
        with self._vault_of(owner) as vault:
            if vault is not None:
                return granting.grant(vault, self._signed, request, datetime.now(UTC))
        return self._wait_for_grant(owner, request)

    def _wait_for_grant(self, owner: str, request: bytes) -> bytes:
        asked = write_file(self._room.out / "requests" / f"{owner}.request.json", request)
        answer = self._room.out / "grants" / f"{owner}.grant.json"
        answer.parent.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + self._room.wait_seconds
        self._progress(f"waiting for {answer.parent.name}/{answer.name}", 0, 0)
        while time.monotonic() < deadline:
            if answer.is_file():
                return read_file(answer)
            time.sleep(_POLL_SECONDS)
        raise TrustError("trust.no_grant", party=owner, request=asked.name)

    def settle(self, receipts: Mapping[str, bytes]) -> list[Path]:
        """Settle in the room where possible; write every receipt to a file."""
        written = []
        for owner, data in receipts.items():
            written.append(write_file(self._room.out / "receipts" / f"{owner}.receipt.json", data))
            with self._vault_of(owner) as vault:
                if vault is not None:
                    granting.import_receipt(vault, self._signed, data)
        return written
