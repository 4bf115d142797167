"""Kernel ``attribute``: people by their attributes, with or without a split by membership (A03)."""

from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.question import AttributeQuestion
from cleanroom.sandbox.inside.kernels.sql import (
    Query,
    condition,
    level_index,
    party_index,
    people_column,
)
from cleanroom.sandbox.inside.rare import rare_code


def query(question: AttributeQuestion, catalogue: Catalogue) -> Query:
    """One cell per person that all base parties have: the mixed-radix number of its levels. People
    with a merged value are in the question and in none of its public cells: in the one after.
    """
    cell, cells, merged = "0", 1, []
    for reference in question.columns:
        column, spec = people_column(catalogue, reference)
        cell = f"({cell}) * {len(spec.levels())} + {level_index(column, spec)}"
        cells *= len(spec.levels())
        merged.append(f"{column} = {rare_code(spec)}")
    if question.versus:
        other = party_index(catalogue, question.versus)
        cell = f"({cell}) * 2 + CASE WHEN p{other} IS NULL THEN 1 ELSE 0 END"
        cells *= 2
    cell = f"CASE WHEN {' OR '.join(merged)} THEN {cells} ELSE {cell} END"
    tests = [f"p{party_index(catalogue, party)} IS NOT NULL" for party in question.base]
    values: list[object] = []
    for item in question.where:
        kept = condition(item, catalogue)
        tests.append(kept.text)
        values += kept.values
    where = " AND ".join(tests)
    return Query(f"SELECT person, {cell} AS cell FROM persons WHERE {where}", values)
