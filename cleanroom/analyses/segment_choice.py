"""How an analysis splits people: by a column of a party, by contact with it, or not at all."""

from dataclasses import dataclass
from typing import Any

from cleanroom.analyses import checks
from cleanroom.analyses.base import Analysis
from cleanroom.analyses.result import Name, Term
from cleanroom.analyses.words import column as column_term
from cleanroom.analyses.words import level as level_name
from cleanroom.analyses.words import term
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.questions.segments import CONTACT, EVERYBODY, NO_CONTACT, UNMATCHED
from cleanroom.tables import Type

Names = dict[str, Term | Name]


@dataclass(frozen=True)
class Choice:
    """``segment`` of the question, its labels with their names, and the one that is compared with
    all other known ones ("" where nothing is).
    """

    segment: str
    column: Term
    names: Names
    focus: str = ""
    sensitive: bool = False

    @property
    def others(self) -> list[str]:
        """Labels that the focus is compared with: known values only."""
        return [label for label in self.names if label not in ("", UNMATCHED, self.focus)]


def choose(
    analysis: Analysis[Any], catalogue: Catalogue, owner: str, party: str, column: str, focus: str
) -> Choice:
    """People of ``owner`` split by ``column`` of ``party``; without a column by contact with its
    exposures; without a party not at all. Raises ``disclosure.parameter``.
    """
    if not party:
        if column or focus:
            raise analysis.refuse("party")
        return Choice("", term("everybody"), {EVERYBODY: term("everybody")})
    stranger: Names = {} if party == owner else {UNMATCHED: term("unmatched")}
    if not column:
        checks.columns(analysis, catalogue, "party", party, "exposures")
        if focus:
            raise analysis.refuse("focus")
        met: Names = {CONTACT: term("yes"), NO_CONTACT: term("no")}
        return Choice(f"{party}.exposures", term("contact"), met | stranger, CONTACT)
    spec = checks.attribute(analysis, catalogue, party, column)
    levels = spec.levels()
    focus = focus or ("true" if spec.type is Type.BOOL else "")
    if not focus or focus not in levels:
        raise analysis.refuse("focus")
    names: Names = {label: level_name(label, spec) for label in levels}
    segment = f"{party}.people.{column}"
    return Choice(segment, column_term(column), names | stranger, focus, spec.sensitive)
