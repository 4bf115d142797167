"""Kind ``cohort``: when buyers came first, and how long until they came again (A15)."""

from datetime import date, timedelta
from itertools import product, takewhile
from typing import Literal

import msgspec
from msgspec import Struct

from cleanroom.disclosure.boxes import YES, Atoms, Boxes
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.questions import segments
from cleanroom.disclosure.questions.common import day, event_kinds, spelled
from cleanroom.disclosure.shapes import COUNT, MAX_CELLS, Measure, Shape
from cleanroom.errors import DisclosureError

NOT_YET = "not yet"
EVENTS_MOST = 5  # refunds, and good reviews, that one person may add
GAPS_MOST = 12
_MONTHS = {"month": 1, "quarter": 3}


class CohortQuestion(
    Struct, frozen=True, forbid_unknown_fields=True, tag="cohort", tag_field="kernel"
):
    """Buyers by segment, month or quarter of their first order, and days until the next.

    An *order* is a row of ``conversions`` of the kinds named, on a day of the data period; the
    first one lies on a day in [since, until), both the first day of a month or an end of the data.
    The next is the first on a later day; ``gaps`` are the last days of the groups: (30, 90) means
    1-30, 31-90, 91+ and not yet. ``segment``: see ``segments``; a contact counts up to the first
    order.

    ``refund_kinds`` and ``praise_kinds``, where named, add up rows of these kinds at the first
    order or up to ``quality_days`` days after it, each at most 5 per person; praise may also have
    to have one of ``praise_values`` in the column ``praise_column``.
    """

    conversions: str  # party that brings conversions
    since: str  # ISO date
    until: str
    unit: Literal["month", "quarter"] = "quarter"
    gaps: tuple[int, ...] = (30, 60, 90, 180)
    segment: str = ""
    order_kinds: tuple[str, ...] = ()  # domain values of conversions.kind that count; () = all
    refund_kinds: tuple[str, ...] = ()  # () = refunds are not asked for
    praise_kinds: tuple[str, ...] = ()  # () = praise is not asked for
    praise_column: str = ""  # a category of conversions
    praise_values: tuple[str, ...] = ()
    quality_days: int = 90


def canonical(question: CohortQuestion, catalogue: Catalogue) -> CohortQuestion:
    """The one form: no group that nobody can be in, no window longer than the data.

    Raises ``disclosure.*``.
    """
    sold = f"{question.conversions}.conversions"
    catalogue.column(f"{sold}.ts")
    segments.check(question.segment, catalogue)
    dataset = catalogue.dataset(question.conversions)
    since, until = day(question.since), day(question.until)
    start, end = day(dataset.start), day(dataset.end)
    if not start <= since < until <= end:
        raise DisclosureError("disclosure.dates")
    if not all(one.day == 1 or one in (start, end) for one in (since, until)):
        raise DisclosureError("disclosure.dates")
    gaps = sorted(set(question.gaps))
    if not gaps or len(gaps) > GAPS_MOST or gaps[0] < 1:
        raise DisclosureError("disclosure.parameter", analysis="cohort", parameter="gaps")
    if question.quality_days < 0:
        raise DisclosureError("disclosure.window")
    longest = (end - since).days - 1
    kept = tuple(gap for gap in gaps if gap < longest)
    fields = _quality(question, catalogue)
    quality = min(question.quality_days, longest + 1) if fields["watched"] else 0
    del fields["watched"]
    return msgspec.structs.replace(
        question,
        gaps=kept or (max(longest, 1),),
        order_kinds=event_kinds(question.order_kinds, sold, catalogue),
        quality_days=quality,
        **fields,
    )


def _quality(question: CohortQuestion, catalogue: Catalogue) -> dict[str, object]:
    """What is added up, in its one form; ``watched``: whether anything is."""
    table = catalogue.dataset(question.conversions).tables["conversions"]
    refunds = _chosen(question, catalogue, "kind", question.refund_kinds)
    praise = _chosen(question, catalogue, "kind", question.praise_kinds)
    column, values = question.praise_column, question.praise_values
    if bool(column) != bool(values) or (column and not praise):
        raise DisclosureError("disclosure.parameter", analysis="cohort", parameter="praise_values")
    if column:
        values = _chosen(question, catalogue, column, values)
        if set(values) == set(table[column].domain) and not table[column].missing:
            column, values = "", ()
    return {
        "refund_kinds": refunds,
        "praise_kinds": praise,
        "praise_column": column,
        "praise_values": values,
        "watched": bool(refunds or praise),
    }


def _chosen(
    question: CohortQuestion, catalogue: Catalogue, column: str, values: tuple[str, ...]
) -> tuple[str, ...]:
    """Values of a column as a set, in the order of its domain."""
    if not values:
        return ()
    reference = f"{question.conversions}.conversions.{column}"
    domain = catalogue.column(reference)[3].domain
    if not set(values) <= set(domain):
        raise DisclosureError("disclosure.value", column=reference)
    return tuple(value for value in domain if value in values)


def months(since: str, until: str) -> list[str]:
    """All months that days in [since, until) lie in, as 2025-01."""
    last = day(until) - timedelta(days=1)
    first = day(since)
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    numbers = range(first.year * 12 + first.month - 1, first.year * 12 + first.month - 1 + count)
    return [f"{number // 12}-{number % 12 + 1:02}" for number in numbers]


def cohorts(question: CohortQuestion) -> dict[str, list[str]]:
    """Labels of the cohorts, each with its months."""
    found: dict[str, list[str]] = {}
    for month in months(question.since, question.until):
        year, _, number = month.partition("-")
        label = month if question.unit == "month" else f"{year}-Q{(int(number) + 2) // 3}"
        found.setdefault(label, []).append(month)
    return found


def begins(question: CohortQuestion) -> list[date]:
    """The first day of each cohort; the first one begins at ``since``."""
    firsts = [date.fromisoformat(f"{found[0]}-01") for found in cohorts(question).values()]
    return [day(question.since), *firsts[1:]]


def gap_labels(question: CohortQuestion) -> tuple[str, ...]:
    """The groups of days until the next order, and not yet."""
    starts = [1, *(gap + 1 for gap in question.gaps)]
    spans = [f"{a}-{b}" for a, b in zip(starts, question.gaps, strict=False)]
    return (*spans, f"{starts[-1]}+", NOT_YET)


def shape(question: CohortQuestion, catalogue: Catalogue) -> Shape:
    """Each segment by cohort by gap. Raises ``disclosure.too_many_cells``."""
    known = segments.labels(question.segment, question.conversions, catalogue)
    cells = tuple(product(known, cohorts(question), gap_labels(question)))
    if len(cells) > MAX_CELLS:
        raise DisclosureError("disclosure.too_many_cells", most=MAX_CELLS)
    measures = [COUNT]
    if question.refund_kinds:
        measures.append(Measure("refunds", EVENTS_MOST, "events"))
    if question.praise_kinds:
        measures.append(Measure("praise", EVENTS_MOST, "events"))
    return Shape(("segment", "cohort", "gap"), cells, tuple(measures))


def boxes(question: CohortQuestion, catalogue: Catalogue, atoms: Atoms) -> Boxes:
    """What each cell means: months and days, so that quarters and wider gaps are sums."""
    dataset = catalogue.dataset(question.conversions)
    ordered = spelled([question.conversions, *question.order_kinds])
    longest = (day(dataset.end) - day(dataset.start)).days - 1
    first = atoms.named("first order " + ordered, len(months(dataset.start, dataset.end)) + 1)
    again = atoms.named("days to next order " + ordered, longest + 1)  # or never
    groups = _groups(question, longest)
    by_cohort = cohorts(question)
    for segment, cohort, gap in shape(question, catalogue).cells:
        yield {
            atoms.member(question.conversions): YES,
            first: frozenset(by_cohort[cohort]),
            again: groups[gap],
        } | segments.box(question.segment, segment, "first order " + ordered, catalogue, atoms)


def _groups(question: CohortQuestion, longest: int) -> dict[str, frozenset[str]]:
    """The days of each group, as far as the data reach."""
    found: dict[str, frozenset[str]] = {}
    begin = 1
    labels = iter(gap_labels(question))
    for end in [*takewhile(lambda gap: gap < longest, question.gaps), longest]:
        found[next(labels)] = frozenset(str(number) for number in range(begin, end + 1))
        begin = end + 1
    for label in labels:
        found[label] = frozenset({"never"}) if label == NOT_YET else frozenset()
    return found


def used(question: CohortQuestion) -> list[str]:
    """Columns that the question looks at."""
    sold = f"{question.conversions}.conversions"
    kinds = question.order_kinds or question.refund_kinds or question.praise_kinds
    columns = [*segments.used(question.segment), *([f"{sold}.kind"] if kinds else [])]
    return [*columns, *([f"{sold}.{question.praise_column}"] if question.praise_column else [])]
