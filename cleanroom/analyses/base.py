"""What an analysis is: typed parameters in, questions out; releases in, a result out.

Analyses need no trust. They see public parameters and released numbers only; the gate prices and
checks each question by itself. A new analysis is one file and one line in ``registry.py``.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from msgspec import Struct

from cleanroom.analyses import reasons
from cleanroom.analyses.needs import Need
from cleanroom.analyses.protection import attacker
from cleanroom.analyses.result import Evidence, Fact, Privacy, Result, Sampling, Text
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import Question
from cleanroom.disclosure.release import PUBLIC_REASONS, Release
from cleanroom.errors import DisclosureError
from cleanroom.statistics.verdict import Verdict

P = TypeVar("P", bound=Struct)


class Analysis(ABC, Generic[P]):
    """One analysis. ``id`` is its name in agreements, plans and text files; ``needs`` are the
    tables and columns that the catalogue lists for it.
    """

    id: ClassVar[str]
    params: ClassVar[type[Struct]]
    evidence: ClassVar[Evidence]
    sampling: ClassVar[Sampling]
    needs: ClassVar[tuple[Need, ...]] = ()

    @abstractmethod
    def questions(self, params: P, catalogue: Catalogue) -> list[Question]:
        """What to ask. Raises ``disclosure.parameter`` and what the catalogue raises."""

    @abstractmethod
    def read(
        self, params: P, catalogue: Catalogue, releases: Sequence[Release], policy: Policy
    ) -> Result:
        """What the answers say; all of them were released."""

    def result(
        self, params: P, catalogue: Catalogue, releases: Sequence[Release], policy: Policy
    ) -> Result:
        """What the answers say, in the order of ``questions``; also when one was refused."""
        for release in releases:
            if release.status == "refused":
                return self._refused(release.reason, self.privacy(releases, policy, policy.k))
        return self.read(params, catalogue, releases, policy)

    def text(self, key: str, /, **facts: Fact) -> Text:
        """A sentence of this analysis."""
        return Text(f"analyses.{self.id}.{key}", facts)

    def texts(self, kind: str, *names: str) -> tuple[Text, ...]:
        """Sentences ``kind.name`` of this analysis, without facts."""
        return tuple(self.text(f"{kind}.{name}") for name in names)

    def refuse(self, parameter: str) -> DisclosureError:
        """The error for a parameter that cannot be asked."""
        return DisclosureError("disclosure.parameter", analysis=self.id, parameter=parameter)

    def privacy(self, releases: Sequence[Release], policy: Policy, k: int) -> Privacy:
        """How the numbers are protected and what they cost."""
        vectors = [vector for release in releases for vector in release.vectors]
        values = [value for vector in vectors for value in vector.values]
        return Privacy(
            policy.mode,
            k,
            policy.sigma,
            policy.rounding if policy.mode == "threshold" else 1,
            len(values),
            sum(value is None for value in values),
            sum(release.price.nano_rho for release in releases),
            sum(release.price.cells for release in releases),
            round(1000 * attacker(policy, len(vectors))),
        )

    def _refused(self, reason: str, privacy: Privacy) -> Result:
        said = reason if reason in PUBLIC_REASONS else reasons.WITHHELD
        return Result(
            self.id,
            self.text("title"),
            self.text("purpose"),
            self.evidence,
            self.sampling,
            reasons.refused(said),
            Verdict.WITHHELD,
            privacy,
        )
