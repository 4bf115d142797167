"""The segment of a person, for kernels that know a moment of each person."""

from dataclasses import dataclass

from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.questions import segments
from cleanroom.sandbox.inside.kernels.sql import level_index, party_index, people_column
from cleanroom.sandbox.inside.rare import rare_code
from cleanroom.tables import MISSING_LONG


@dataclass(frozen=True)
class Placed:
    """``place``: the position of a person's label, NULL where its value was merged; ``join``: the
    further table that it reads.
    """

    place: str
    join: str = ""


def placed(segment: str, owner: str, catalogue: Catalogue, moment: str) -> Placed:
    """The segment of people ``p`` (rows of ``persons``) of ``owner``; ``moment`` is the column with
    the moment up to which a contact counts.
    """
    if not segment:
        return Placed("0")
    who = segments.party(segment)
    index = party_index(catalogue, who)
    unmatched = len(segments.known(segment, catalogue))
    stranger = "" if who == owner else f"WHEN p.p{index} IS NULL THEN {unmatched} "
    if segments.is_contact(segment):
        join = (
            "LEFT JOIN (SELECT person AS met, MIN(ts) AS met_ts "
            f"FROM exposures_{index} WHERE ts <> {MISSING_LONG} GROUP BY person) m "
            f"ON m.met = p.p{index}"
        )
        return Placed(f"CASE {stranger}WHEN m.met_ts <= {moment} THEN 0 ELSE 1 END", join)
    column, spec = people_column(catalogue, segment)
    column = f"p.{column}"
    merged = f"WHEN {column} = {rare_code(spec)} THEN NULL "
    return Placed(f"CASE {stranger}{merged}ELSE {level_index(column, spec)} END")
