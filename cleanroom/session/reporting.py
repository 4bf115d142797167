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
from cleanroom.disclosure.limits import check_limits
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.price import Price, price, total
from cleanroom.disclosure.question import Question
from cleanroom.disclosure.release import Release
from cleanroom.errors import DisclosureError, InputError, SandboxError
from cleanroom.report import build, drawing, render
from cleanroom.report.document import REPORT_TYPE, Item, LedgerExtract
from cleanroom.sandbox.outside.process import RoleProcess
from cleanroom.session import quality
from cleanroom.session.hosting import JointSession, Opened, PlannedCost
from cleanroom.session.standing import overlaps
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


@dataclass(frozen=True)
class Step:
    """One line of a plan: its questions, or why it has none."""

    line: Planned
    questions: tuple[Question, ...] = ()
    error: DisclosureError | None = None


def read_steps(data: bytes, agreement: Agreement) -> tuple[Step, ...]:
    """Every line of a plan file, whether it can be asked or not. Raises ``input.plan*``."""
    catalogue = agreement.catalogue()
    return tuple(_step(line, agreement, catalogue) for line in plans.load(data))


def _step(line: Planned, agreement: Agreement, catalogue: Catalogue) -> Step:
    if line.analysis.id not in {item.id for item in agreement.analyses}:
        error = DisclosureError("disclosure.analysis", analysis=line.analysis.id)
        return Step(line, error=error)
    try:
        return Step(line, tuple(line.analysis.questions(line.params, catalogue)))
    except DisclosureError as error:
        return Step(line, error=error)


def load_plan(data: bytes, agreement: Agreement) -> Plan:
    """Read a plan file all of whose lines can be asked. Raises ``input.plan*``, ``disclosure.*``
    of the first that can't.
    """
    catalogue, policy = agreement.catalogue(), agreement.policy
    steps = read_steps(data, agreement)
    asked = []
    for step in steps:
        if step.error is not None:
            raise step.error
        questions = tuple(canonical(question, catalogue) for question in step.questions)
        for question in questions:
            check_limits(question, policy)
        asked.append(questions)
    lines, cost = tuple(step.line for step in steps), _cost(asked, catalogue, policy)
    return Plan(codec.sha256_hex(data), lines, tuple(asked), cost)


def _cost(questions: Sequence[Sequence[Question]], catalogue: Catalogue, policy: Policy) -> Price:
    """Each different question costs once: the second time is a replay."""
    different = {replay_key(q, catalogue): q for group in questions for q in group}
    return total([price(shape(q, catalogue), policy) for q in different.values()])


@dataclass
class Outcome:
    """What a session produced so far."""

    items: list[Item] = field(default_factory=list)
    cut_short: bool = False  # the engine closed the session before the plan was through

    @property
    def answered(self) -> list[tuple[Question, Release]]:
        """Every question with what came out for it."""
        pairs = (zip(item.questions, item.releases, strict=True) for item in self.items)
        return [pair for item in pairs for pair in item]


def run_plan(session: JointSession, plan: Plan, agreement: Agreement) -> Outcome:
    """Ask every question of the plan, in order, until the engine closes the session by itself:
    what was released before is charged, so it is kept. Raises what ``JointSession.ask`` raises.
    """
    outcome, noted = Outcome(), False
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
        found = overlaps(list(zip(questions, releases, strict=True)), catalogue)
        if found and not noted:
            # what may be wrong with the datasets stands where the join is judged
            (matched, *_), noted = found.values(), True
            said = quality.warnings(agreement, session.manifests, matched, datetime.now(UTC).date())
            result = msgspec.structs.replace(result, notes=(*said, *result.notes))
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


def draw(job: drawing.Job) -> drawing.Drawn:
    """Charts and pages, drawn in a process of their own."""
    with RoleProcess("render", inside=False) as worker:
        worker.send(job)
        drawn: drawing.Drawn = worker.receive(render.FromRender, DRAW_SECONDS, drawing.ANSWER_MOST)
        return drawn
