"""Kernel ``stages``: the highest stage of everybody before each of two days (A14)."""

from datetime import date

from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.questions.stages import Source, StageRule, StagesQuestion, levels
from cleanroom.sandbox.inside.kernels.sql import DAY, Query, day_of, party_index
from cleanroom.tables import MISSING_LONG


def query(question: StagesQuestion, catalogue: Catalogue) -> Query:
    """One cell per person of all base parties: stage before, stage after."""
    tables: list[str] = []
    joins: list[str] = []
    values: list[object] = []
    stages: dict[int, list[str]] = {0: ["0"], 1: ["0"]}
    sources: tuple[Source, Source] = ("exposures", "conversions")
    for source in sources:
        party = getattr(question, source)
        if not party:
            continue
        reached = _reached(question, source, catalogue)
        tables.append(f"{source} AS ({reached.text})")
        joins.append(f"LEFT JOIN {source} ON {source}.pid = p.p{party_index(catalogue, party)}")
        values += reached.values
        for time, found in stages.items():
            found.append(f"COALESCE({source}.stage{time}, 0)")
    before, after = (f"GREATEST({', '.join(found)})" for found in stages.values())
    here = " AND ".join(
        f"p.p{party_index(catalogue, party)} IS NOT NULL" for party in question.base
    )
    text = (
        f"WITH {', '.join(tables)} "
        f"SELECT p.person, CAST({before} * {question.stages + 1} + {after} AS BIGINT) AS cell "
        f"FROM persons p {' '.join(joins)} WHERE {here}"
    )
    return Query(text, values)


def _reached(question: StagesQuestion, source: Source, catalogue: Catalogue) -> Query:
    """The highest stage by one table, before each day: ``pid``, ``stage0``, ``stage1``."""
    party = getattr(question, source)
    rules = [rule for rule in question.rules if rule.source == source]
    columns: list[str] = []
    values: list[object] = []
    window = question.window_days * DAY
    ends = [_seconds(question.start), _seconds(question.end)]
    for time, end in enumerate(ends):
        single = _single(rules, question, source, catalogue, (end - window, end))
        parts, values = [single.text], [*values, *single.values]
        for rule in rules:
            if rule.days > 1:
                several = _several(rule, question, catalogue, (end - window, end))
                parts.append(several.text)
                values += several.values
        columns.append(f"GREATEST({', '.join([*parts, '0'])}) AS stage{time}")
    text = (
        f"SELECT e.person AS pid, {', '.join(columns)} "
        f"FROM {source}_{party_index(catalogue, party)} e "
        f"WHERE e.ts <> {MISSING_LONG} AND e.ts >= ? AND e.ts < ? GROUP BY e.person"
    )
    return Query(text, [*values, ends[0] - window, ends[1]])


def _single(
    rules: list[StageRule],
    question: StagesQuestion,
    source: Source,
    catalogue: Catalogue,
    span: tuple[int, int],
) -> Query:
    """The highest stage that one event reaches."""
    stage_of = {
        kind: rule.stage
        for rule in rules
        if rule.days == 1
        for kind in (rule.kinds or levels(question, source, catalogue))
    }
    tests, values = [], []
    for stage in sorted(set(stage_of.values())):
        kinds = tuple(kind for kind, reached in stage_of.items() if reached == stage)
        test = _of_kinds(kinds, question, source, catalogue)
        tests.append(f"WHEN {test.text} THEN {stage}")
        values += test.values
    if not tests:
        return Query("0", [])
    inside = f"CASE {' '.join(tests)} ELSE 0 END"
    return Query(
        f"MAX(CASE WHEN e.ts >= ? AND e.ts < ? THEN {inside} ELSE 0 END)", [*span, *values]
    )


def _several(
    rule: StageRule, question: StagesQuestion, catalogue: Catalogue, span: tuple[int, int]
) -> Query:
    """The stage of a rule that wants events on several days."""
    test = _of_kinds(rule.kinds, question, rule.source, catalogue)
    event = f"CASE WHEN e.ts >= ? AND e.ts < ? AND {test.text} THEN {day_of('e.ts')} END"
    values = [*span, *test.values]
    if rule.days == 2:  # cheaper than to tell all days apart
        return Query(
            f"CASE WHEN MIN({event}) < MAX({event}) THEN {rule.stage} ELSE 0 END", values * 2
        )
    found = f"CASE WHEN COUNT(DISTINCT {event}) >= {rule.days} THEN {rule.stage} ELSE 0 END"
    return Query(found, values)


def _of_kinds(
    kinds: tuple[str, ...], question: StagesQuestion, source: Source, catalogue: Catalogue
) -> Query:
    kind = catalogue.dataset(getattr(question, source)).tables[source].get("kind")
    if kind is None or not kinds or set(kinds) == set(kind.levels()):
        return Query("1 = 1", [])
    code_of = dict(zip(kind.levels(), kind.codes(), strict=True))
    return Query(f"e.kind IN ({', '.join('?' for _ in kinds)})", [code_of[name] for name in kinds])


def _seconds(day: str) -> int:
    return (date.fromisoformat(day) - date(1970, 1, 1)).days * DAY
