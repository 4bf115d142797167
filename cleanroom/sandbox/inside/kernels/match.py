"""Kernel ``match``: in which parties' data a person is, and by which identifiers (A01, A02)."""

from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.cells import regions
from cleanroom.disclosure.question import MatchQuestion
from cleanroom.sandbox.inside.kernels.sql import Query, party_index


def query(question: MatchQuestion, catalogue: Catalogue) -> Query:
    """One cell per person that at least one of the parties has."""
    index = {party: party_index(catalogue, party) for party in question.parties}
    if question.by == "membership":
        groups = regions(question.parties)
        tests = [_in_exactly(group, index) for group in groups]
        cell = _case(tests, [str(i) for i in range(len(groups))])
    else:
        first, second = (index[party] for party in question.parties)
        how = _winner(second) if question.by == "winner" else _pattern(second, catalogue)
        cell = _case([f"p{second} IS NULL", f"p{first} IS NULL"], ["0", "1"], how)
    present = " OR ".join(f"p{i} IS NOT NULL" for i in index.values())
    return Query(f"SELECT person, {cell} AS cell FROM persons WHERE {present}", [])


def _in_exactly(group: tuple[str, ...], index: dict[str, int]) -> str:
    return " AND ".join(
        f"p{i} IS {'NOT NULL' if party in group else 'NULL'}" for party, i in index.items()
    )


def _winner(second: int) -> str:
    """Cell 2 + rank of the kind that linked the second party's pid."""
    return f"2 + CAST(w{second} AS INTEGER)"


def _pattern(second: int, catalogue: Catalogue) -> str:
    """Cells 2... in the order of ``regions`` over the kinds."""
    kinds = tuple(identifier.kind for identifier in catalogue.identifiers)
    groups = regions(kinds)
    bits = [sum(1 << kinds.index(kind) for kind in group) for group in groups]
    return _case([f"h{second} = {bit}" for bit in bits], [str(2 + i) for i in range(len(groups))])


def _case(tests: list[str], results: list[str], otherwise: str | None = None) -> str:
    branches = " ".join(f"WHEN {t} THEN {r}" for t, r in zip(tests, results, strict=True))
    return f"CASE {branches}{f' ELSE {otherwise}' if otherwise else ''} END"
