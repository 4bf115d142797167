"""What could be asked instead of a question that does not fit: the smallest change that would pass.

Computed from agreement, policy and public counters only, by trying simpler questions on the same
course, so a suggestion gives nothing away that the refusal did not.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product
from typing import Any

import msgspec

from cleanroom.disclosure.cells import shape
from cleanroom.disclosure.course import Course, Line
from cleanroom.disclosure.limits import covers_all
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.price import price, total
from cleanroom.disclosure.question import Question
from cleanroom.errors import DisclosureError

SIMPLER = ("columns", "filters", "too_many_cells", "cap", "cells", "budget")
_COLUMNS_MOST = 12  # of a question whose subsets are tried
_OTHERS_MOST = 3  # columns named as an alternative


@dataclass(frozen=True)
class Remedy:
    """``kind`` names its sentence; ``facts`` are names and whole numbers."""

    kind: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def remedies(line: Line, asked: Question, course: Course) -> tuple[Remedy, ...]:
    """What would help a question that is refused at this point of a course, smallest change first.

    Empty when nothing can be computed.
    """
    if line.refused == "match_first":
        return (Remedy("overlap_first"),)
    found = []
    if line.refused in SIMPLER:
        found += _simpler(line, asked, course) or _shorter_columns(line, asked, course)
    if line.refused == "dates":
        found += _period(asked, course)
    return (*found, *_less_before(line, course))


def _simpler(line: Line, asked: Question, course: Course) -> list[Remedy]:
    """The variant with most cells that passes."""
    sized = []
    for change, variant in _variants(asked, course.policy):
        cells = _numbers(variant, course)
        if cells:
            sized.append((cells, change, variant))
    for cells, change, variant in sorted(sized, key=lambda one: -one[0]):
        if course.judge(line.analysis, variant).fate != "refused":
            return [Remedy(kind, {**facts, "cells": cells}) for kind, facts in change.items()]
    return []


def _numbers(question: Question, course: Course) -> int:
    """Public numbers of a question, 0 when it can't be asked."""
    try:
        wanted = shape(question, course.catalogue)
    except DisclosureError:
        return 0
    return len(wanted.cells) * len(wanted.measures)


Change = dict[str, dict[str, Any]]


def _variants(asked: Question, policy: Policy) -> Iterator[tuple[Change, Question]]:
    """Every simpler question: fields that may be left out, in all combinations."""
    ways = [list(_ways(asked, name, policy)) for name in asked.__struct_fields__]
    for chosen in product(*ways):
        change: Change = {}
        fields: dict[str, Any] = {}
        for name, (kind, facts, value) in zip(asked.__struct_fields__, chosen, strict=True):
            fields[name] = value
            if kind:
                change[kind] = facts
        if change:
            yield change, msgspec.structs.replace(asked, **fields)


def _ways(asked: Question, name: str, policy: Policy) -> Iterator[tuple[str, dict[str, Any], Any]]:
    """One field as it is, and simpler: (kind of change or "", facts, value)."""
    value = getattr(asked, name)
    yield "", {}, value
    if name == "columns" and len(value) <= _COLUMNS_MOST:
        for size in _fewer(value, 1, policy.group_columns_max):
            for kept in combinations(value, size):
                dropped = [column for column in value if column not in kept]
                yield "drop_columns", {"columns": dropped}, kept
    elif name == "where":
        for size in _fewer(value, 0, policy.filter_columns_max):
            yield "fewer_filters", {"most": size}, value[:size]
    elif name == "by" and value == "pattern":
        yield "by_winner", {}, "winner"
    elif value is True and (name.endswith("_value") or name == "impressions"):
        yield "drop_amounts", {}, False


def _fewer(value: Sequence[object], least: int, most: int) -> range:
    """Sizes below that of a field, largest first."""
    return range(min(len(value) - 1, most), least - 1, -1)


def _shorter_columns(line: Line, asked: Question, course: Course) -> list[Remedy]:
    """Where one column is too long: how long it may be, and which others of its party are not."""
    columns: tuple[str, ...] = getattr(asked, "columns", ())
    if len(columns) != 1 or line.question is None:
        return []
    party, table, name, spec = course.catalogue.column(columns[0])
    others = []
    for other in sorted(course.catalogue.dataset(party).tables[table]):
        variant = msgspec.structs.replace(asked, columns=(f"{party}.{table}.{other}",))
        cells = _numbers(variant, course)
        if other != name and cells and course.judge(line.analysis, variant).fate != "refused":
            others.append((cells, other))
    found = []
    left = _cells_left(course)
    if left is not None:
        levels = len(spec.levels())
        each = line.cells // levels
        if 2 <= left // each < levels:
            found.append(Remedy("fewer_levels", {"most": left // each, "levels": levels}))
    if others:
        longest = sorted(others, key=lambda one: (-one[0], one[1]))[:_OTHERS_MOST]
        found.append(Remedy("other_columns", {"columns": [name for _, name in longest]}))
    return found


def _cells_left(course: Course) -> int | None:
    """Cells that may still be asked for, where that is known."""
    if course.policy.mode != "threshold" or course.matched is None:
        return None
    spent = total([course.standing.lifetime, course.spent.most])
    return course.policy.cell_budget(course.matched) - spent.cells


def _period(asked: Question, course: Course) -> list[Remedy]:
    """The days that may be asked for."""
    party = getattr(asked, "conversions", "")
    if party not in course.catalogue.parties:
        return []
    dataset = course.catalogue.dataset(party)
    return [Remedy("dates", {"start": dataset.start, "end": dataset.end})]


def _less_before(line: Line, course: Course) -> list[Remedy]:
    """How many earlier questions of the plan would have to go, and whether a session of its own
    would do.
    """
    if line.question is None or line.refused not in ("budget", "analyses", "cells"):
        return []
    cost = price(shape(line.question, course.catalogue), course.policy)
    before = total([course.standing.lifetime, course.spent.most])
    if line.refused == "budget":
        limit = course.policy.rho_session_nano
        over = course.spent.most.nano_rho + cost.nano_rho - limit
        freed = [one.price.nano_rho for one in _optional(course)]
    elif line.refused == "analyses":
        over = before.analyses + cost.analyses - course.policy.analyses_max
        freed = [one.price.analyses for one in _optional(course)]
    else:
        over = cost.cells - (_cells_left(course) or 0)
        freed = [one.price.cells for one in _optional(course)]
    found = []
    count = _fewest(sorted(freed, reverse=True), over)
    if count:
        found.append(Remedy("leave_out", {"count": count}))
    if line.refused == "budget" and cost.nano_rho <= course.policy.rho_session_nano:
        found.append(Remedy("another_session"))
    return found


def _optional(course: Course) -> list[Line]:
    """Earlier questions that could be left out: all but the overlap, which has to be asked."""
    return [
        line
        for line in course.lines
        if line.question is not None and not covers_all(line.question, course.catalogue)
    ]


def _fewest(freed: list[int], over: int) -> int:
    """How many of these amounts, largest first, are at least ``over``; 0 when all are not."""
    so_far = 0
    for count, amount in enumerate(freed, 1):
        so_far += amount
        if so_far >= over:
            return count
    return 0
