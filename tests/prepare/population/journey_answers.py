"""Questions about journeys as the truth file defines them, and its answers in their cells."""

from typing import Any

from cleanroom.disclosure.canonical import canonical
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.question import (
    PathQuestion,
    PhasesQuestion,
    StagesQuestion,
    WeeklyQuestion,
)
from cleanroom.disclosure.questions.phases import PHASES
from cleanroom.disclosure.questions.stages import StageRule

Cells = dict[tuple[str, ...], tuple[int, ...]]

_PAIR = ("platform", "brand")
_GROUPS = ("朋友圈", "视频号", "搜索", "朋友推荐")
_OTHER = "其他"
PATHS = PathQuestion(
    *(*_PAIR, "2025-10-20", "2025-11-21", tuple((name,) for name in _GROUPS), 365, "2025-10-20"),
    order_kinds=("pay",),
    unmatched_apart=False,
)
PHASED = PhasesQuestion(
    *(*_PAIR, "2025-10-20", "2025-11-01", "2025-11-12", "2025-11-21"),
    order_kinds=("pay",),
    unmatched_apart=False,
    sales="total",
)
FIRST = WeeklyQuestion(
    *(*_PAIR, "2025-01-01", 12, "month", 14), order_kinds=("pay",), unmatched_apart=False
)


def staged(catalogue: Catalogue) -> StagesQuestion:
    """AIPL: anything but an impression or a view is engagement."""
    kinds = catalogue.column("platform.exposures.kind")[3].domain
    passive = tuple(kind for kind in kinds if kind in ("imp", "view"))
    active = tuple(kind for kind in kinds if kind not in passive)
    rules = (
        StageRule(1, "exposures", passive),
        StageRule(2, "exposures", active),
        StageRule(2, "conversions", ("cart",)),
        StageRule(3, "conversions", ("pay",)),
        StageRule(4, "conversions", ("pay",), 2),
    )
    return StagesQuestion(_PAIR[:1], *_PAIR, "2025-10-01", "2026-01-01", 4, rules, 90)


def paths(cells: Cells, catalogue: Catalogue) -> dict[str, dict[str, int]]:
    """Numbers by the truth's names of paths, without empty ones."""
    form = canonical(PATHS, catalogue)
    assert isinstance(form, PathQuestion)
    names = [
        group[0] if len(group) == 1 and group[0] in _GROUPS else _OTHER for group in form.groups
    ]
    found: dict[str, dict[str, int]] = {"converted": {}, "not_converted": {}}
    for (path, outcome), (people,) in cells.items():
        if people:
            steps = [names[int(step) - 1] for step in path.split(">") if step]
            found[outcome.replace(" ", "_")][" > ".join(steps)] = people
    return found


def stages(cells: Cells, truth: dict[str, Any]) -> dict[str, dict[str, int]]:
    """The square table with the truth's names of stages."""
    names = list(truth)
    return {
        here: {there: cells[str(i), str(j)][0] for j, there in enumerate(names)}
        for i, here in enumerate(names)
    }


def phases(cells: Cells, truth: dict[str, Any]) -> dict[str, dict[str, int]]:
    """What the truth has of each strategy."""
    names = dict(zip(("预热", "爆发", "返场"), PHASES, strict=True))
    found = {}
    for label in truth:
        strategy = "+".join(names[part] for part in label.split("+") if part)
        new, existing, none = (cells[strategy, o] for o in ("new", "existing", "no order"))
        found[label] = {
            "persons": new[0] + existing[0] + none[0],
            "buyers": new[0] + existing[0],
            "new_customers": new[0],
            "sales_clipped": new[1] + existing[1] + none[1],
        }
    return found


def first_touches(cells: Cells, truth: dict[str, Any]) -> dict[str, dict[str, dict[str, int]]]:
    """Months by channel."""
    found = {}
    for month, expected in truth.items():
        pairs = {
            name: [cells[f"{month}-01", name, o][0] for o in ("converted", "not converted")]
            for name in expected["persons"]
        }
        found[month] = {
            "persons": {name: sum(pair) for name, pair in pairs.items()},
            "converted": {name: pair[0] for name, pair in pairs.items()},
        }
    return found
