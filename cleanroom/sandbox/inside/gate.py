"""The gate: the only way out. It prices a question, refuses or answers it, and withholds cells.

Order for a new question: rules that need no data; the kernel on true numbers; noise; then, in
threshold mode, which cells may be shown. What leaves is made from noisy numbers only. The ledger
entry and the sealed blob are stored by the outside before the release is handed out.

Places for rules to come (they need true numbers, so they belong in ``_withheld``): dominance of
sums, difference to earlier answers, complements, small values. A rule that looks at one owner's
rows before matching (dataset version) belongs in the ingest worker.
"""

from dataclasses import dataclass

from cleanroom.disclosure import kernels as agreed_kernels
from cleanroom.disclosure.canonical import canonical, replay_key
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.cells import Shape, shape
from cleanroom.disclosure.policy import Policy, tau
from cleanroom.disclosure.price import FREE, Price, price, sigma
from cleanroom.disclosure.question import (
    AttributeQuestion,
    FirstChannelQuestion,
    MatchQuestion,
    Question,
)
from cleanroom.disclosure.release import Release, Vector
from cleanroom.errors import DisclosureError
from cleanroom.sandbox.inside import kernels, noise
from cleanroom.sandbox.inside.books import Books
from cleanroom.sandbox.inside.database import Connection
from cleanroom.sandbox.inside.kernels import Exact
from cleanroom.sandbox.inside.state import Stored, StoredVector


@dataclass(frozen=True)
class Decision:
    """What the gate decided: the release, and for a new answer what to remember of it."""

    release: Release
    stored: Stored | None


class Gate:
    """Decides one question after the other."""

    def __init__(
        self,
        connection: Connection,
        catalogue: Catalogue,
        policy: Policy,
        analyses: tuple[str, ...],
        books: Books,
        known: dict[str, Stored],
    ) -> None:
        self._connection = connection
        self._catalogue = catalogue
        self._policy = policy
        self._analyses = analyses
        self._books = books
        self._known = known

    def decide(self, analysis: str, asked: Question) -> Decision:
        """Answer, replay or refuse. Charging the books is the caller's step after the commit."""
        try:
            agreed_kernels.check(analysis, asked, self._analyses)
            question = canonical(asked, self._catalogue)
            wanted = shape(question, self._catalogue)
            self._check_limits(question)
            key = replay_key(question, self._catalogue)
        except DisclosureError as error:
            return self._refusal("", error.code.removeprefix("disclosure."))
        known = self._known.get(key)
        if known is not None:
            return Decision(self._publish(question, wanted, known, FREE, replayed=True), None)
        cost = price(wanted, self._policy)
        objection = self._books.objection(cost, is_match=covers_all(question, self._catalogue))
        if objection:
            return self._refusal(key, objection)
        stored = self._compute(key, question, wanted)
        return Decision(self._publish(question, wanted, stored, cost, replayed=False), stored)

    def remember(self, stored: Stored) -> None:
        """From now on this question is a replay."""
        self._known[stored.question_key] = stored

    def _check_limits(self, question: Question) -> None:
        if isinstance(question, AttributeQuestion):
            if len(question.columns) > self._policy.group_columns_max:
                raise DisclosureError("disclosure.columns", most=self._policy.group_columns_max)
            if len(question.where) > self._policy.filter_columns_max:
                raise DisclosureError("disclosure.filters", most=self._policy.filter_columns_max)

    def _refusal(self, key: str, reason: str) -> Decision:
        return Decision(Release(key, self._policy.mode, "refused", (), FREE, reason=reason), None)

    def _compute(self, key: str, question: Question, wanted: Shape) -> Stored:
        exact = kernels.run(self._connection, question, self._catalogue)
        vectors = tuple(
            StoredVector(measure.name, tuple(noise.add(values, spread)), spread)
            for measure, values, spread in (
                (measure, values, sigma(measure, wanted, self._policy))
                for measure, values in zip(wanted.measures, exact.vectors, strict=True)
            )
        )
        withheld = self._withheld(question, exact, vectors)
        return Stored(key, vectors, withheld)

    def _withheld(
        self, question: Question, exact: Exact, vectors: tuple[StoredVector, ...]
    ) -> tuple[bool, ...]:
        """Cells that must not be shown. Differential privacy never looks at true numbers."""
        if self._policy.mode == "dp":
            return tuple(False for _ in exact.people)
        k = least_people(question, self._catalogue, self._policy)
        limit = tau(k, self._policy.threshold_sigma)
        noisy = vectors[0].noisy
        return tuple(n < k or z < limit for n, z in zip(exact.people, noisy, strict=True))

    def _publish(
        self, question: Question, wanted: Shape, stored: Stored, cost: Price, *, replayed: bool
    ) -> Release:
        """Today's policy applied to remembered noisy numbers; what was withheld stays withheld."""
        hidden = list(stored.withheld)
        if self._policy.mode == "threshold":
            k = least_people(question, self._catalogue, self._policy)
            limit = tau(k, self._policy.threshold_sigma)
            counts = stored.vectors[0].noisy
            hidden = [h or z < limit for h, z in zip(hidden, counts, strict=True)]
        vectors = tuple(
            self._vector(vector, measure.unit == "people", hidden)
            for vector, measure in zip(stored.vectors, wanted.measures, strict=True)
        )
        return Release(stored.question_key, self._policy.mode, "released", vectors, cost, replayed)

    def _vector(self, vector: StoredVector, counts: bool, hidden: list[bool]) -> Vector:
        base = self._policy.rounding if counts and self._policy.mode == "threshold" else 1
        values = tuple(
            None if h else rounded(z, base) for h, z in zip(hidden, vector.noisy, strict=True)
        )
        return Vector(vector.measure, values, vector.sigma, base)


def rounded(value: int, base: int) -> int:
    """The nearest multiple of ``base``; halves go up."""
    return (2 * value + base) // (2 * base) * base


def covers_all(question: Question, catalogue: Catalogue) -> bool:
    """Whether this is the overlap of all data parties, which must come first."""
    return isinstance(question, MatchQuestion) and question.parties == catalogue.parties


def matched_people(question: MatchQuestion, release: Release) -> int:
    """Released people who are in at least two parties' data: the base of all later limits.

    The first cells of an overlap are the people of one party alone.
    """
    together = release.vectors[0].values[len(question.parties) :]
    return sum(value or 0 for value in together)


def least_people(question: Question, catalogue: Catalogue, policy: Policy) -> int:
    """k, or the higher k where a sensitive column is involved."""
    used: list[str] = []
    if isinstance(question, AttributeQuestion):
        used = [*question.columns, *(item.column for item in question.where)]
    elif isinstance(question, FirstChannelQuestion):
        used = [f"{question.exposures}.exposures.channel"]
        if question.order_kinds:
            used.append(f"{question.conversions}.conversions.kind")
        if question.first_order_value:
            used.append(f"{question.conversions}.conversions.paid")
    sensitive = any(catalogue.column(column)[3].sensitive for column in used)
    return policy.k_sensitive if sensitive else policy.k
