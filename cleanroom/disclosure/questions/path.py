"""Kind ``path``: people by the order in which they met groups of channels (A05)."""

from itertools import permutations

import msgspec
from msgspec import Struct

from cleanroom.disclosure.boxes import NO, YES, Atoms, Boxes
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.questions.common import day, event_kinds, spelled
from cleanroom.disclosure.shapes import COUNT, Shape
from cleanroom.errors import DisclosureError

GROUPS_MOST = 5
CONVERTED, NOT_CONVERTED, UNMATCHED = "converted", "not converted", "unmatched"

Path = tuple[int, ...]  # numbers of groups from 1, in the order met


class PathQuestion(Struct, frozen=True, forbid_unknown_fields=True, tag="path", tag_field="kernel"):
    """People of the exposing party by path and outcome.

    Converted: an order on a day in [since, until); the first one counts. Path: the groups of
    channels in the order of the person's first exposure to each, of equal times the group that
    stands first. Exposures count from midnight of ``touch_since``, in the ``window_days`` up to
    the order, or before ``until`` where there is none. Channels in no group make one more group.
    ``unmatched``: not in the data of who brings conversions; with ``unmatched_apart`` false, and
    where one party brings both, these people count as not converted.
    """

    exposures: str  # party that brings exposures
    conversions: str  # party that brings conversions
    since: str  # ISO date
    until: str
    groups: tuple[tuple[str, ...], ...] = ()  # levels of exposures.channel
    window_days: int = 14
    touch_since: str = ""  # ISO date; "" = the beginning of the data
    touch_kinds: tuple[str, ...] = ()  # domain values of exposures.kind that count; () = all
    order_kinds: tuple[str, ...] = ()  # domain values of conversions.kind that count; () = all
    unmatched_apart: bool = True


def canonical(question: PathQuestion, catalogue: Catalogue) -> PathQuestion:
    """The one form of a question: every group written out, no window longer than what it spans.

    Raises ``disclosure.*``.
    """
    shown, bought = (catalogue.dataset(p) for p in (question.exposures, question.conversions))
    catalogue.column(f"{question.exposures}.exposures.ts")
    catalogue.column(f"{question.conversions}.conversions.ts")
    since, until = day(question.since), day(question.until)
    if not day(bought.start) <= since < until <= day(bought.end):
        raise DisclosureError("disclosure.dates")
    if question.window_days < 0:
        raise DisclosureError("disclosure.window")
    window = min(question.window_days, (until - day(shown.start)).days)
    if window < 0:
        raise DisclosureError("disclosure.dates")
    # an exposure can't be earlier than a window before the first day
    earliest = max(day(shown.start).toordinal(), since.toordinal() - window)
    begin = max(earliest, day(question.touch_since or shown.start).toordinal())
    if begin >= until.toordinal():
        raise DisclosureError("disclosure.dates")
    kinds = event_kinds(question.touch_kinds, f"{question.exposures}.exposures", catalogue)
    orders = event_kinds(question.order_kinds, f"{question.conversions}.conversions", catalogue)
    return msgspec.structs.replace(
        question,
        groups=_groups(question, catalogue),
        window_days=min(window, until.toordinal() - begin),
        touch_since=since.fromordinal(begin).isoformat(),
        touch_kinds=kinds,
        order_kinds=orders,
        unmatched_apart=question.unmatched_apart and question.exposures != question.conversions,
    )


def _groups(question: PathQuestion, catalogue: Catalogue) -> tuple[tuple[str, ...], ...]:
    """All groups, each in the order of the levels, and these in the order of their first."""
    levels = catalogue.column(f"{question.exposures}.exposures.channel")[3].levels()
    named = [set(group) for group in question.groups if group]
    chosen = [label for group in named for label in group]
    if not set(chosen) <= set(levels) or len(chosen) != len(set(chosen)):
        raise DisclosureError("disclosure.value", column=f"{question.exposures}.exposures.channel")
    rest = set(levels) - set(chosen)
    sets = [*named, rest] if rest else named
    if len(sets) > GROUPS_MOST:
        raise DisclosureError("disclosure.parameter", analysis="path", parameter="groups")
    found = [tuple(label for label in levels if label in group) for group in sets]
    return tuple(sorted(found, key=lambda group: levels.index(group[0])))


def paths(groups: int) -> tuple[Path, ...]:
    """Every path through so many groups, the empty one first: 326 for five."""
    numbers = range(1, groups + 1)
    return tuple(path for length in range(groups + 1) for path in permutations(numbers, length))


def label(path: Path) -> str:
    """A path as the label of its cells: numbers of groups."""
    return ">".join(map(str, path))


def shape(question: PathQuestion, catalogue: Catalogue) -> Shape:
    """Each path by outcome, then the unmatched."""
    del catalogue
    cells = [
        (label(path), outcome)
        for path in paths(len(question.groups))
        for outcome in (CONVERTED, NOT_CONVERTED)
    ]
    if question.unmatched_apart:
        cells.append(("", UNMATCHED))
    return Shape(("path", "outcome"), tuple(cells), (COUNT,))


def boxes(question: PathQuestion, catalogue: Catalogue, atoms: Atoms) -> Boxes:
    """What each cell means."""
    seen, member = atoms.member(question.exposures), atoms.member(question.conversions)
    orders = [question.conversions, question.since, question.until, *question.order_kinds]
    bought = atoms.named("order in days " + spelled(orders), 2)
    kinds = question.touch_kinds
    window = [question.touch_since, question.window_days]
    shown = [question.exposures, *window, len(kinds), *kinds, *orders]
    met = atoms.named("met before order " + spelled(shown), 2)
    groups = [item for group in question.groups for item in (len(group), *group)]
    known = paths(len(question.groups))
    path = atoms.named("path " + spelled([*shown, len(question.groups), *groups]), len(known) - 1)
    for labels in shape(question, catalogue).cells:
        steps, outcome = labels
        if outcome == UNMATCHED:
            # whatever counts as an order, those who are unknown where it is are the same people
            yield {seen: YES, member: NO}
            continue
        box = {seen: YES, met: YES if steps else NO}
        box[bought] = YES if outcome == CONVERTED else NO
        if outcome == CONVERTED or question.unmatched_apart:
            box[member] = YES  # nobody else has an order
        if steps:
            box[path] = frozenset({steps})
        yield box


def used(question: PathQuestion) -> list[str]:
    """Columns that the question looks at."""
    columns = [f"{question.exposures}.exposures.channel"]
    if question.touch_kinds:
        columns.append(f"{question.exposures}.exposures.kind")
    if question.order_kinds:
        columns.append(f"{question.conversions}.conversions.kind")
    return columns
