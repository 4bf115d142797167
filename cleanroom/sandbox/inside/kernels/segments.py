"""The segment of a person, for kernels that know a moment of each person."""

from dataclasses import dataclass

from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.questions import segments
from cleanroom.sandbox.inside.kernels.campaign import seconds
from cleanroom.sandbox.inside.kernels.sql import (
    kinds_condition,
    level_index,
    party_index,
    people_column,
)
from cleanroom.sandbox.inside.rare import rare_code
from cleanroom.tables import MISSING_LONG


@dataclass(frozen=True)
class Placed:
    """``place``: the position of a person's label, NULL where its value was merged; ``join``: the
    further table that it reads, with ``values`` for its question marks.
    """

    place: str
    join: str = ""
    values: tuple[object, ...] = ()


def placed(
    segment: str,
    owner: str,
    catalogue: Catalogue,
    moment: str,
    order_kinds: tuple[str, ...] = (),
) -> Placed:
    """The segment of people ``p`` (rows of ``persons``) of ``owner``; ``moment`` is the column with
    the moment up to which a contact counts, and from which on an order does.
    """
    if not segment:
        return Placed("0")
    who = segments.party(segment)
    index = party_index(catalogue, who)
    if segments.is_member(segment):
        return Placed(f"CASE WHEN p.p{index} IS NULL THEN 1 ELSE 0 END")
    unmatched = len(segments.known(segment, catalogue))
    stranger = "" if who == owner else f"WHEN p.p{index} IS NULL THEN {unmatched} "
    if segments.is_contact(segment):
        join = (
            "LEFT JOIN (SELECT person AS met, MIN(ts) AS met_ts "
            f"FROM exposures_{index} WHERE ts <> {MISSING_LONG} GROUP BY person) m "
            f"ON m.met = p.p{index}"
        )
        return Placed(f"CASE {stranger}WHEN m.met_ts <= {moment} THEN 0 ELSE 1 END", join)
    if segments.is_order(segment):
        counted = kinds_condition(order_kinds, who, catalogue)
        dataset = catalogue.dataset(who)
        # the last order says whether there is one from the moment on
        join = (
            "LEFT JOIN (SELECT c.person AS met, MAX(c.ts) AS met_ts "
            f"FROM conversions_{index} c WHERE c.ts >= ? AND c.ts < ?{counted.text} "
            f"GROUP BY c.person) m ON m.met = p.p{index}"
        )
        values = (seconds(dataset.start), seconds(dataset.end), *counted.values)
        return Placed(f"CASE {stranger}WHEN m.met_ts >= {moment} THEN 0 ELSE 1 END", join, values)
    column, spec = people_column(catalogue, segment)
    column = f"p.{column}"
    merged = f"WHEN {column} = {rare_code(spec)} THEN NULL "
    return Placed(f"CASE {stranger}{merged}ELSE {level_index(column, spec)} END")
