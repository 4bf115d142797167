"""The tables of coming back: counts that add up, rates of complete cohorts, and groups."""

from collections.abc import Sequence
from typing import Any

from cleanroom.analyses.base import Analysis
from cleanroom.analyses.loyalty_lines import Loyalty
from cleanroom.analyses.result import Column, Fact, Name, Row, Table, Unit, Value
from cleanroom.analyses.segment_choice import Choice
from cleanroom.analyses.words import number, term
from cleanroom.disclosure.questions.cohort import NOT_YET

QUALITY = ("refunds", "praise")


def _column(analysis: Analysis[Any], key: str, unit: Unit, **facts: Fact) -> Column:
    return Column(key, analysis.text(f"column.{key.partition('_')[0]}", **facts), unit)


def cohorts(analysis: Analysis[Any], found: Loyalty) -> Table:
    """Everybody in one cell: the groups of days add up to the first-time buyers."""
    columns = [_column(analysis, "buyers", "people")]
    for gap in found.gaps:
        said = analysis.text("column.gap", span=Name(gap))
        heading = analysis.text("column.notyet") if gap == NOT_YET else said
        columns.append(Column(f"gap_{gap}".replace(" ", "_"), heading, "people"))

    def line(some: Sequence[int]) -> tuple[Value, ...]:
        counts = [found.count(found.everyone, some, i) for i in range(len(found.gaps))]
        return (found.buyers(found.everyone, some), *counts)

    rows = [Row(Name(label), line([i])) for i, label in enumerate(found.cohorts)]
    rows.append(Row(term("total"), line(range(len(found.cohorts))), total=True))
    title, head = analysis.text("table.cohorts"), analysis.text("head.cohort")
    return Table("cohorts", title, head, tuple(columns), tuple(rows))


def rates(analysis: Analysis[Any], found: Loyalty, quality_days: int) -> Table:
    """Share that came back within each number of days, and quality, by cohort."""
    columns = [
        _column(analysis, f"within_{days}", "share", days=number(days)) for days in found.edges
    ]
    mature = found.complete(quality_days)
    measures = _measures(found, mature)
    columns += [_column(analysis, measure, "number") for measure in measures]
    rows = []
    for i, label in enumerate(found.cohorts):
        values = [found.back(found.everyone, [i], days) for days in found.edges]
        values += _quality(found, measures, found.everyone, [i] if i in mature else [])
        rows.append(Row(Name(label), tuple(values)))
    title, head = analysis.text("table.rates"), analysis.text("head.cohort")
    return Table("rates", title, head, tuple(columns), tuple(rows))


def by_segment(
    analysis: Analysis[Any],
    found: Loyalty,
    choice: Choice,
    days: int,
    quality_days: int,
    names: dict[str, Fact],
) -> Table:
    """The rate of complete cohorts and quality, by segment."""
    complete, mature = found.complete(days), found.complete(quality_days)
    measures = _measures(found, mature)
    columns = [
        _column(analysis, "buyers", "people"),
        _column(analysis, f"within_{days}", "share", days=number(days)),
        *(_column(analysis, measure, "number") for measure in measures),
    ]
    rows = []
    for place, label in enumerate(found.segments):
        everything = range(len(found.cohorts))
        values = [found.buyers([place], everything), found.back([place], complete, days)]
        values += _quality(found, measures, [place], mature)
        rows.append(Row(choice.names[label], tuple(values)))
    title, head = analysis.text("table.segments", **names), analysis.text("head.segment", **names)
    return Table("segments", title, head, tuple(columns), tuple(rows))


def _measures(found: Loyalty, mature: Sequence[int]) -> list[str]:
    """What of quality was asked for."""
    return [m for m in QUALITY if found.per_hundred(m, found.everyone, mature) is not None]


def _quality(
    found: Loyalty, measures: Sequence[str], segments: Sequence[int], some: Sequence[int]
) -> list[Value]:
    values = [found.per_hundred(measure, segments, some) for measure in measures]
    return [value for value in values if value is not None]
