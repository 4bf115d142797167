"""What a plan would cost, as far as this desk can see. Nothing is asked, opened or spent."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cleanroom.analyses.plan import Planned
from cleanroom.analyses.protection import attacker_so_far
from cleanroom.disclosure.canonical import canonical, replay_key
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.course import Line, Standing
from cleanroom.disclosure.forecast import Forecast, Foreseen, Wish, forecast
from cleanroom.disclosure.limits import covers_all
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.price import Price, total
from cleanroom.disclosure.question import Question
from cleanroom.errors import BudgetError, CleanroomError, DisclosureError
from cleanroom.session import identities
from cleanroom.session.reporting import Plan, Step, read_steps
from cleanroom.session.standing import known_entries, remembered, reported, standing
from cleanroom.trust.agreement import Agreement, SignedAgreement
from cleanroom.vault.allowances import Limits
from cleanroom.vault.datasets import Period
from cleanroom.vault.vault import Vault

# What the counters object, as the error with which a session refuses to start.
REFUSED = {
    "match_first": "disclosure.match_first",
    "min_match": "disclosure.min_match",
    "budget": "disclosure.budget",
    "analyses": "disclosure.analyses",
    "cells": "disclosure.cells",
}


@dataclass(frozen=True)
class Desk:
    """What there is to look at. ``report``: of an earlier session; ``matched``: what the overlap
    said, by the user's word.
    """

    vault: Vault | None = None
    report: Path | None = None
    matched: int | None = None


@dataclass(frozen=True)
class Left:
    """What an owner may still grant under differential privacy, and what was ever spent on its
    people, in nano-rho. ``pair``: towards the partner with the least left.
    """

    party: str
    owner: int
    pair: int
    lifetime: int


@dataclass(frozen=True)
class Cost:
    """A plan foreseen. ``steps``: its lines in order, each with what becomes of its questions.
    ``entries``: of the ledger that were seen; None where there was nothing to look at. ``left``:
    None where the vault is no owner's, or without a privacy budget.
    """

    steps: tuple[tuple[Planned, tuple[Foreseen, ...]], ...]
    forecast: Forecast
    entries: int | None
    left: Left | None

    @property
    def attacker(self) -> float:
        """Share of right guesses of the best attacker after the plan, by all that will have been
        released under the agreement. A bound with differential privacy only.
        """
        course = self.forecast.course
        spent = total([course.standing.lifetime, self.forecast.price])
        answered = [known.question for known in course.standing.answers.values()]
        planned = [line.question for line in course.planned.values() if line.question is not None]
        return attacker_so_far(
            course.policy, spent.nano_rho, [*answered, *planned], course.catalogue
        )


def foresee(plan: bytes, signed: SignedAgreement, desk: Desk) -> Cost:
    """Foresee a plan file.

    Raises ``input.plan*``, ``input.other_report``, ``trust.agreement_draft``,
    ``trust.not_a_party``, ``vault.*``.
    """
    agreement = signed.agreement
    steps = read_steps(plan, agreement)
    wishes = [(step.line.analysis.id, asked) for step in steps for asked in _asked(step)]
    entries = known_entries(desk.vault, signed) if desk.vault else []
    matched = _matched(desk, signed, wishes)
    found = _forecast(wishes, agreement, standing(entries, matched, agreement.catalogue()))
    questions = iter(found.questions)
    by_step = tuple((step.line, tuple(next(questions) for _ in _asked(step))) for step in steps)
    left = _left(desk.vault, agreement) if desk.vault else None
    return Cost(by_step, found, len(entries) if desk.vault else None, left)


def _asked(step: Step) -> Sequence[Question | DisclosureError]:
    return [step.error] if step.error is not None else step.questions


def _forecast(wishes: Sequence[Wish], agreement: Agreement, where: Standing) -> Forecast:
    analyses = tuple(item.id for item in agreement.analyses)
    return forecast(wishes, agreement.catalogue(), agreement.policy, analyses, where)


def _matched(desk: Desk, signed: SignedAgreement, wishes: Sequence[Wish]) -> dict[str, int]:
    """What is known of the overlap; the user's word counts most."""
    found = remembered(desk.vault, signed) if desk.vault is not None else {}
    if desk.report is not None:
        found |= reported(desk.report, signed)
    if desk.matched is not None:
        found |= dict.fromkeys(_overlaps(wishes, signed.agreement.catalogue()), desk.matched)
    return found


def _overlaps(wishes: Sequence[Wish], catalogue: Catalogue) -> list[str]:
    """Replay keys of the overlaps that a plan asks for."""
    keys = []
    for _, asked in wishes:
        if isinstance(asked, DisclosureError):
            continue
        try:
            question = canonical(asked, catalogue)
        except DisclosureError:  # foreseen as refused
            continue
        if covers_all(question, catalogue):
            keys.append(replay_key(question, catalogue))
    return keys


def require_fits(vault: Vault, signed: SignedAgreement, plan: Plan) -> Price:
    """The most that a plan will cost, before its session starts.

    Raises ``disclosure.*`` for the first question that would be refused whatever the data, and
    ``budget.allowance`` when the vault's own owner could not grant it.
    """
    wishes: list[Wish] = []
    numbers = []
    for number, (line, questions) in enumerate(zip(plan.lines, plan.questions, strict=True), 1):
        wishes += [(line.analysis.id, question) for question in questions]
        numbers += [number] * len(questions)
    agreement = signed.agreement
    entries, matched = known_entries(vault, signed), remembered(vault, signed)
    found = _forecast(wishes, agreement, standing(entries, matched, agreement.catalogue()))
    for number, foreseen in zip(numbers, found.questions, strict=True):
        if foreseen.line.fate == "refused":
            raise _refusal(number, foreseen.line, agreement.policy)
    left = _left(vault, agreement)
    if left is not None:
        require_left(found.price, left, agreement)
    return found.price


def _refusal(number: int, line: Line, policy: Policy) -> CleanroomError:
    if line.error is not None:
        return line.error
    facts = {
        "limit": rho(policy.rho_session_nano),
        "most": policy.analyses_max,
        "least": policy.min_match,
    }
    return DisclosureError(REFUSED[line.refused], number=number, analysis=line.analysis, **facts)


def require_left(price: Price, left: Left, agreement: Agreement) -> None:
    """Raises ``budget.allowance`` when an owner could not grant a price."""
    limits = Limits.of(agreement.policy)
    for scope, has, limit in (
        ("pair", left.pair, limits.pair),
        ("owner", left.owner, limits.owner),
    ):
        if price.nano_rho > has:
            facts = {"asked": rho(price.nano_rho), "left": rho(has), "limit": rho(limit)}
            raise BudgetError("budget.allowance", scope=scope, **facts)


def rho(nano: int) -> str:
    """Nano-rho as a decimal number, as short as it can be."""
    whole, rest = divmod(nano, 10**9)
    return f"{whole}.{rest:09}".rstrip("0").rstrip(".")


def _left(vault: Vault, agreement: Agreement) -> Left | None:
    """The budget of the owner whose vault it is."""
    policy = agreement.policy
    own = identities.party_of(agreement, identities.load(vault))
    if policy.mode != "dp" or own not in agreement.data_parties:
        return None
    dataset = agreement.catalogue().dataset(own)
    period, limits = Period.of(dataset.start, dataset.end), Limits.of(policy)
    usage = vault.allowances.usage
    others = [party.name for party in agreement.parties if party.name != own]
    towards = [usage(dataset.name, period, party).nano_rho for party in others]
    return Left(
        own,
        max(0, limits.owner - usage(dataset.name, period).nano_rho),
        max(0, limits.pair - max(towards)),
        usage(dataset.name).nano_rho,
    )
