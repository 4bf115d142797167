"""A session's plan, and the report of what came out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from cleanroom import __version__
from cleanroom.analyses import plan as plans
from cleanroom.analyses.plan import Planned
from cleanroom.disclosure.canonical import canonical, replay_key
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.cells import shape
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.price import Price, price, total
from cleanroom.disclosure.question import Question
from cleanroom.errors import DisclosureError, InputError, SandboxError
from cleanroom.report import build, render
from cleanroom.report.document import REPORT_TYPE, Item, LedgerExtract
from cleanroom.sandbox.outside.process import RoleProcess
from cleanroom.session.hosting import JointSession, Opened, PlannedCost
from cleanroom.trust import codec, envelope
from cleanroom.trust.agreement import Agreement, SignedAgreement
from cleanroom.trust.identity import Identity
from cleanroom.trust.instants import timestamp
from cleanroom.trust.package import MANIFEST_LIMIT, MANIFEST_TYPE

DRAW_SECONDS = 120.0


@dataclass(frozen=True)
class Plan:
    """A plan checked against an agreement: for each analysis its canonical questions."""

    sha256: str
    lines: tuple[Planned, ...]
    questions: tuple[tuple[Question, ...], ...]
    cost: Price

    def planned_cost(self) -> PlannedCost:
        """What owners are asked to pay for."""
        return PlannedCost(self.sha256, self.cost)


def load_plan(data: bytes, agreement: Agreement) -> Plan:
    """Read a plan file. Raises ``input.plan*``, ``disclosure.*``."""
    catalogue, policy = agreement.catalogue(), agreement.policy
    lines = tuple(plans.load(data))
    for line in lines:
        if line.analysis.id not in {item.id for item in agreement.analyses}:
            raise DisclosureError("disclosure.analysis", analysis=line.analysis.id)
    questions = tuple(
        tuple(canonical(q, catalogue) for q in line.analysis.questions(line.params, catalogue))
        for line in lines
    )
    return Plan(codec.sha256_hex(data), lines, questions, _cost(questions, catalogue, policy))


def _cost(questions: Sequence[Sequence[Question]], catalogue: Catalogue, policy: Policy) -> Price:
    """Each different question costs once: the second time is a replay."""
    different = {replay_key(q, catalogue): q for group in questions for q in group}
    return total([price(shape(q, catalogue), policy) for q in different.values()])


@dataclass
class Outcome:
    """What a session produced so far."""

    items: list[Item] = field(default_factory=list)
    cut_short: bool = False  # the engine closed the session before the plan was through


def run_plan(session: JointSession, plan: Plan, agreement: Agreement) -> Outcome:
    """Ask every question of the plan, in order, until the engine closes the session by itself:
    what was released before is charged, so it is kept. Raises what ``JointSession.ask`` raises.
    """
    outcome = Outcome()
    catalogue, policy = agreement.catalogue(), agreement.policy
    for line, questions in zip(plan.lines, plan.questions, strict=True):
        name = line.analysis.id
        try:
            releases = session.ask_all([(name, question) for question in questions])
        except SandboxError as error:
            if error.code != "sandbox.session_ended" or not outcome.items:
                raise
            outcome.cut_short = True
            break
        result = line.analysis.result(line.params, catalogue, releases, policy)
        params: dict[str, Any] = msgspec.to_builtins(line.params)
        receivers = agreement.receivers(name)
        outcome.items.append(Item(name, params, questions, tuple(releases), receivers, result))
    return outcome


def write_report(
    signed: SignedAgreement,
    identity: Identity,
    opened: Opened,
    entries: Sequence[bytes],
    outcome: Outcome,
    folder: Path,
) -> Path:
    """Make the report's folder. Raises ``input.report_exists``, ``input.cannot_write``,
    ``sandbox.*``.
    """
    order = signed.agreement.data_parties
    inputs = build.ReportInputs(
        signed.envelope.to_bytes(),
        tuple(_manifest(opened.manifests[owner]) for owner in order),
        tuple(outcome.items),
        LedgerExtract(
            1,
            signed.agreement.id,
            signed.genesis,
            0,
            tuple(entry.decode() for entry in entries),
        ),
        opened.session_id,
        opened.self_tests,
        f"cleanroom {__version__}",
        timestamp(datetime.now(UTC)),
    )
    try:
        return build.build(inputs, folder, lambda body: _sign(body, identity), draw)
    except OSError:
        raise InputError("input.cannot_write", file=folder.name) from None


def _manifest(data: bytes) -> envelope.Envelope:
    return envelope.parse(data, MANIFEST_TYPE, "package", MANIFEST_LIMIT)


def _sign(body: bytes, identity: Identity) -> envelope.Envelope:
    return envelope.sign(REPORT_TYPE, body, [identity.signing])


def draw(specs: Sequence[dict[str, Any]]) -> Sequence[str]:
    """Charts as SVG, drawn in a process of their own."""
    if not specs:
        return []
    with RoleProcess("render", inside=False) as worker:
        worker.send(render.Job(tuple(specs)))
        drawn = worker.receive(render.FromRender, DRAW_SECONDS, 64 << 20)
        return list(drawn.svgs)
