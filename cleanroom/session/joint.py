"""A joint session from the host's desk to the signed report, in one call."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cleanroom.analyses.result import Text
from cleanroom.errors import InputError, TrustError
from cleanroom.sandbox.outside.room import Report
from cleanroom.session import costing, identities, quality, reporting, sessions, standing
from cleanroom.session.books import HostBooks
from cleanroom.session.desk import Desk
from cleanroom.session.desk import Room as Room
from cleanroom.session.hosting import JointSession, PlannedCost
from cleanroom.session.travel import make_folder
from cleanroom.trust import package
from cleanroom.trust.agreement import SignedAgreement
from cleanroom.trust.agreement_rules import read_checked
from cleanroom.vault.vault import Vault

Warn = Callable[[tuple[Text, ...]], None]


def _unheard(warnings: tuple[Text, ...]) -> None:
    """Where nobody looks at the screen; the report says them, too."""


@dataclass
class Done:
    """What a finished session leaves."""

    report: Path
    level: int
    engine_ms: int
    answer_ms: list[int]
    receipts: list[Path] = field(default_factory=list)
    cut_short: bool = False  # the report holds only what was released before the engine closed


def run(room: Room, progress: Report, warn: Warn = _unheard) -> Done:
    """Open, ask the plan, close, write the report. ``warn`` is told what may be wrong with the
    datasets before anything is opened. Raises any error of the tree.
    """
    signed = read_checked(room.agreement)
    packages = _by_owner(room.packages, signed)
    report = room.out / "report"
    if report.exists():
        raise InputError("input.report_exists", folder=report.name)
    make_folder(room.out)
    with Vault.open(room.vault, room.passphrase("")) as vault, sessions.running(room.vault):
        identity = identities.load(vault)
        plan = reporting.load_plan(room.plan, signed.agreement)
        books = HostBooks(vault, signed)
        with JointSession(books, identity, signed, packages, progress, room.limits) as session:
            price = costing.require_fits(vault, signed, plan)
            desk = Desk(room, signed, vault, progress)
            desk.enter()
            warn(_warnings(vault, signed, session))
            with desk.settling(session):
                opened = session.open_with(desk.grants, PlannedCost(plan.sha256, price))
                progress("ask", 0, len(plan.lines))
                outcome = reporting.run_plan(session, plan, signed.agreement)
                session.close()
                standing.remember(vault, signed, outcome.answered)
                progress("report", 0, 0)
                reporting.write_report(signed, identity, opened, session.entries(), outcome, report)
    return Done(
        report, opened.level, opened.engine_ms, opened.answer_ms, desk.written, outcome.cut_short
    )


def _warnings(vault: Vault, signed: SignedAgreement, session: JointSession) -> tuple[Text, ...]:
    """By what is known before the session: the overlap of an earlier one, if there was one."""
    known = list(standing.remembered(vault, signed).values())
    matched = known[-1] if known else None
    today = datetime.now(UTC).date()
    return quality.warnings(signed.agreement, session.manifests, matched, today)


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
