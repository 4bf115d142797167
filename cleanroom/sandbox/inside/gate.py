"""The gate: the only way out. It prices a question, refuses or answers it, and withholds cells.

Order for a new question: rules that need no data; earlier answers that hold this one; the kernel on
true numbers; noise; then, in threshold mode, which cells may be shown (``rules.py``). What leaves
is made from noisy numbers only. The ledger entry and the sealed blob are stored by the outside
before the release is handed out.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from cleanroom.disclosure import kernels as agreed_kernels
from cleanroom.disclosure.canonical import canonical, replay_key
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.cells import Shape, shape
from cleanroom.disclosure.limits import check_limits, covers_all
from cleanroom.disclosure.policy import Policy, tau
from cleanroom.disclosure.price import FREE, Price, price, sigma
from cleanroom.disclosure.question import Question, used
from cleanroom.disclosure.release import Release, Vector
from cleanroom.errors import DisclosureError
from cleanroom.sandbox.inside import kernels, noise, rules
from cleanroom.sandbox.inside.books import Books
from cleanroom.sandbox.inside.database import Connection
from cleanroom.sandbox.inside.earlier import People
from cleanroom.sandbox.inside.kernels import Exact
from cleanroom.sandbox.inside.reuse import Given
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
        people: People | None,
    ) -> None:
        """``people``: None with differential privacy."""
        self._connection = connection
        self._catalogue = catalogue
        self._policy = policy
        self._analyses = analyses
        self._books = books
        self._known = known
        self._given = Given(catalogue, known.values())
        self._people = people

    def decide(self, analysis: str, asked: Question) -> Decision:
        """Answer, replay or refuse. Charging the books is the caller's step after the commit."""
        try:
            agreed_kernels.check(analysis, asked, self._analyses)
            question = canonical(asked, self._catalogue)
            wanted = shape(question, self._catalogue)
            check_limits(question, self._policy)
            key = replay_key(question, self._catalogue)
        except DisclosureError as error:
            return self._refusal("", error.code.removeprefix("disclosure."))
        known = self._known.get(key)
        if known is not None:
            return Decision(self._publish(known, FREE, replayed=True), None)
        found = self._given.added_up(question, self._counts)
        if found is not None:
            mode = self._policy.mode
            return Decision(Release(key, mode, "released", (found,), FREE, replayed=True), None)
        cost = price(wanted, self._policy)
        objection = self._books.objection(cost, is_match=covers_all(question, self._catalogue))
        if objection:
            return self._refusal(key, objection)
        stored = self._compute(key, question, wanted)
        return Decision(self._publish(stored, cost, replayed=False), stored)

    def remember(self, stored: Stored) -> None:
        """From now on this question is a replay."""
        self._known[stored.question_key] = stored
        self._given.add(stored)

    def _refusal(self, key: str, reason: str) -> Decision:
        return Decision(Release(key, self._policy.mode, "refused", (), FREE, reason=reason), None)

    def _counts(self, stored: Stored) -> Vector:
        return self._vector(stored, 0)

    def _compute(self, key: str, question: Question, wanted: Shape) -> Stored:
        """The noisy numbers of a new question and, in threshold mode, what may be shown of them."""
        given = self._given.of(question)
        if self._people is None:
            exact = kernels.run(self._connection, question, self._catalogue)
            noisy = self._noisy(exact, wanted, given)
            nothing = tuple(False for _ in wanted.cells)
            return Stored(key, question, tuple(_stored(*n, nothing) for n in noisy))
        persons = kernels.run_by_person(
            self._connection, question, self._catalogue, self._people.count
        )
        noisy = self._noisy(persons.exact, wanted, given)
        settled = {cell: withheld for cell, (_, withheld) in given.items()}
        least = least_people(question, self._catalogue, self._policy)
        spreads = [spread for _, _, spread in noisy[1:]]
        candidate = rules.Candidate(persons, noisy[0][1], settled, least, spreads)
        verdict = rules.judge(candidate, self._people.shown(self._known.values()), self._policy)
        vectors = [_stored(*n, w) for n, w in zip(noisy, verdict.withheld, strict=True)]
        # where a cell is of edges, the rest may hold several that lead to one and the same person
        rest = None if wanted.people_moved > 1 else verdict.rest
        vectors[0] = msgspec.structs.replace(vectors[0], rest=rest)
        return Stored(key, question, tuple(vectors), self._people.members(persons.columns))

    def _noisy(
        self, exact: Exact, wanted: Shape, given: Mapping[int, tuple[int, bool]]
    ) -> list[tuple[str, list[int], int]]:
        """Name, noisy numbers and sigma of each measure; cells given before keep their count."""
        found = []
        for measure, values in zip(wanted.measures, exact.vectors, strict=True):
            spread = sigma(measure, wanted, self._policy)
            found.append((measure.name, noise.add(values, spread), spread))
        counts = found[0][1]
        for cell, (noisy, _) in given.items():
            counts[cell] = noisy
        return found

    def _publish(self, stored: Stored, cost: Price, *, replayed: bool) -> Release:
        """Today's policy applied to remembered noisy numbers; what was withheld stays withheld."""
        key, mode = stored.question_key, self._policy.mode
        vectors = tuple(self._vector(stored, number) for number in range(len(stored.vectors)))
        counts = vectors[0]
        if counts.rest is None and all(value is None for value in counts.values):
            return Release(key, mode, "refused", (), cost, replayed, "withheld")
        return Release(key, mode, "released", vectors, cost, replayed)

    def _vector(self, stored: Stored, number: int) -> Vector:
        """One measure as it is published: rounded, and by its counts large enough today."""
        vector, counts = stored.vectors[number], stored.vectors[0]
        if self._policy.mode == "dp":
            return Vector(vector.measure, vector.noisy, vector.sigma, 1)
        k = least_people(stored.question, self._catalogue, self._policy)
        limit = tau(k, self._policy.threshold_sigma)
        base = self._policy.rounding if number == 0 else 1
        values = tuple(
            None if withheld or count < limit else rounded(noisy, base)
            for noisy, withheld, count in zip(
                vector.noisy, vector.withheld, counts.noisy, strict=True
            )
        )
        rest = vector.rest
        if rest is not None:
            rest = rounded(rest, base) if rest >= limit else None
        return Vector(vector.measure, values, vector.sigma, base, rest)


def _stored(name: str, noisy: list[int], spread: int, withheld: tuple[bool, ...]) -> StoredVector:
    return StoredVector(name, tuple(noisy), spread, withheld)


def rounded(value: int, base: int) -> int:
    """The nearest multiple of ``base``; halves go up."""
    return (2 * value + base) // (2 * base) * base


def least_people(question: Question, catalogue: Catalogue, policy: Policy) -> int:
    """k, or the higher k where a sensitive column is involved."""
    sensitive = any(catalogue.column(column)[3].sensitive for column in used(question))
    return policy.k_sensitive if sensitive else policy.k
