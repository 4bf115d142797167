"""Sets of people that everybody can name without seeing the data.

A predicate is a box: for each *atom* (membership of a party, a people column, how someone was
linked, a kernel's own split) the values that its people may have; an atom that isn't named may have
any.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from cleanroom.disclosure.catalogue import Catalogue

YES, NO = frozenset({"yes"}), frozenset({"no"})


@dataclass(frozen=True)
class Predicate:
    """A box: atoms with the values allowed, full ranges left out, and how many values each has."""

    allowed: tuple[tuple[str, frozenset[str]], ...]
    sizes: tuple[tuple[str, int], ...]

    def within(self, other: "Predicate") -> bool:
        """Whether everybody here is there too."""
        mine = dict(self.allowed)
        return all(atom in mine and mine[atom] <= values for atom, values in other.allowed)

    @property
    def nobody(self) -> bool:
        """Whether the question itself leaves nobody here."""
        return any(not values for _, values in self.allowed)


class Atoms:
    """Collects one question's atoms with their numbers of values, and makes its boxes."""

    def __init__(self) -> None:
        self._sizes: dict[str, int] = {}

    def member(self, party: str) -> str:
        """Whether a party has the person."""
        atom = f"in {party}"
        self._sizes[atom] = 2
        return atom

    def column(self, reference: str, catalogue: Catalogue) -> str:
        """The value of a people column."""
        self._sizes[reference] = len(catalogue.attribute(reference).levels())
        return reference

    def named(self, name: str, size: int) -> str:
        """A split that a kernel makes by itself, into ``size`` values."""
        self._sizes[name] = size
        return name

    def box(self, allowed: dict[str, frozenset[str]]) -> Predicate:
        """The box with these values allowed."""
        kept = {a: v for a, v in allowed.items() if len(v) < self._sizes[a]}
        return Predicate(
            tuple(sorted(kept.items())), tuple((atom, self._sizes[atom]) for atom in sorted(kept))
        )


Boxes = Iterator[dict[str, frozenset[str]]]
