"""Kind ``match``: who is in which dataset (A01, A02)."""

from typing import Literal

from msgspec import Struct

from cleanroom.disclosure.boxes import NO, YES, Atoms, Boxes
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.questions.common import in_order
from cleanroom.disclosure.shapes import COUNT, Shape, regions
from cleanroom.errors import DisclosureError


class MatchQuestion(
    Struct, frozen=True, forbid_unknown_fields=True, tag="match", tag_field="kernel"
):
    """Who is in which dataset. ``by``: membership regions only; ``winner`` splits people in both of
    two parties by the first identifier that linked them; ``pattern`` by every kind that hit.
    """

    parties: tuple[str, ...]
    by: Literal["membership", "winner", "pattern"] = "winner"


def canonical(question: MatchQuestion, catalogue: Catalogue) -> MatchQuestion:
    """The one form of a question. Raises ``disclosure.two_parties``, ``disclosure.party``."""
    parties = in_order(question.parties, catalogue.parties)
    if len(parties) < 2 or (question.by != "membership" and len(parties) > 2):
        raise DisclosureError("disclosure.two_parties")
    # With one kind of identifier the pattern is the winner, cell by cell.
    alike = question.by == "pattern" and len(catalogue.identifiers) == 1
    return MatchQuestion(parties, "winner" if alike else question.by)


def shape(question: MatchQuestion, catalogue: Catalogue) -> Shape:
    """Regions of membership, alone first; people in both by how they were linked."""
    named = regions(question.parties)
    if question.by == "membership":
        return Shape(("parties",), tuple(("+".join(group),) for group in named), (COUNT,))
    alone = tuple((group[0], "") for group in named[:2])
    both = "+".join(named[2])
    kinds = tuple(identifier.kind for identifier in catalogue.identifiers)
    if question.by == "winner":
        linked = tuple((both, kind) for kind in kinds)
    else:
        linked = tuple((both, "+".join(group)) for group in regions(kinds))
    return Shape(("parties", "identifier"), alone + linked, (COUNT,))


def boxes(question: MatchQuestion, catalogue: Catalogue, atoms: Atoms) -> Boxes:
    """What each cell means."""
    named = regions(question.parties)
    inside = [
        {atoms.member(p): YES if p in group else NO for p in question.parties} for group in named
    ]
    if question.by == "membership":
        yield from inside
        return
    yield from inside[:2]
    kinds = tuple(identifier.kind for identifier in catalogue.identifiers)
    patterns = regions(kinds)
    how = atoms.named("linked " + "+".join(question.parties), len(patterns))
    by_pattern = [frozenset({"+".join(pattern)}) for pattern in patterns]
    # The kind that linked two people is the first of those that hit.
    by_winner = [frozenset("+".join(p) for p in patterns if p[0] == kind) for kind in kinds]
    for values in by_pattern if question.by == "pattern" else by_winner:
        yield inside[2] | {how: values}


def used(question: MatchQuestion) -> list[str]:
    """Columns that the question looks at: none."""
    del question
    return []
