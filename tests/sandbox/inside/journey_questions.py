"""Questions about journeys that the tests of all kernels ask, too."""

from cleanroom.disclosure.question import (
    PathQuestion,
    PhasesQuestion,
    Question,
    StagesQuestion,
    WeeklyQuestion,
)
from cleanroom.disclosure.questions.stages import StageRule

_DAYS = ("2026-01-02", "2026-01-08")
_PAIR = ("platform", "brand")
_RULES = (
    StageRule(1, "exposures"),
    StageRule(2, "exposures", ("", "click")),
    StageRule(2, "conversions", ("visit",)),
    StageRule(3, "conversions", ("buy",)),
    StageRule(4, "conversions", ("buy",), 2),
    StageRule(4, "conversions", (), 3),
)
_STAGES = ("2026-01-04", "2026-01-07", 4, _RULES, 3)
_PHASES = ("2026-01-02", "2026-01-04", "2026-01-06", "2026-01-08")

SPARK: list[Question] = [
    PathQuestion(*_PAIR, *_DAYS, (("feed",), ("search", "video")), 3),
    PathQuestion(*_PAIR, *_DAYS, (), 5, _DAYS[0], ("click",), ("buy", "visit"), False),
    StagesQuestion(_PAIR[:1], *_PAIR, *_STAGES),
    StagesQuestion(_PAIR, "", "brand", *_STAGES[:3], _RULES[3:5], 2),
    WeeklyQuestion(*_PAIR, "2026-01-01", 2, window_days=3),
    WeeklyQuestion(*_PAIR, "2026-01-01", 1, "month", 2, ("imp",), ("buy",), False),
    PhasesQuestion(*_PAIR, *_PHASES, ("imp",), ("buy",), sales="total"),
    PhasesQuestion(
        *(*_PAIR, *_PHASES), unmatched_apart=False, sales="phases", baseline_since="2026-01-01"
    ),
]
POOL: list[Question] = [
    *(
        PathQuestion(*_PAIR, *_DAYS, groups, 3, unmatched_apart=apart)
        for groups in ((), (("feed",),), (("feed",), ("search",)))
        for apart in (True, False)
    ),
    PathQuestion(*_PAIR, *_DAYS, (("feed",),), 2, order_kinds=("buy",)),
    *(StagesQuestion(base, *_PAIR, *_STAGES) for base in (_PAIR, _PAIR[:1])),
    StagesQuestion(_PAIR[:1], *_PAIR, "2026-01-04", "2026-01-06", *_STAGES[2:]),
    *(
        WeeklyQuestion(*_PAIR, "2026-01-01", 2, window_days=days, unmatched_apart=apart)
        for days in (2, 4)
        for apart in (True, False)
    ),
    *(PhasesQuestion(*_PAIR, *_PHASES, unmatched_apart=apart) for apart in (True, False)),
    PhasesQuestion(*_PAIR, _PHASES[0], "2026-01-03", *_PHASES[2:]),
]


def of_pair(first: str, second: str) -> list[Question]:
    """With these parties as the one that shows and the one that sells."""
    return [
        PathQuestion(first, second, *_DAYS, (("feed",), ("search",)), 3),
        StagesQuestion((first,), first, second, *_STAGES),
        StagesQuestion((second,), first, second, *_STAGES),
        WeeklyQuestion(first, second, "2026-01-01", 2, window_days=3),
        PhasesQuestion(first, second, *_PHASES, sales="phases", baseline_since="2026-01-01"),
    ]
