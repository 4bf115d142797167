"""Questions about journeys that the tests of all kernels ask, too."""

from cleanroom.disclosure.question import PathQuestion, Question

_DAYS = ("2026-01-02", "2026-01-08")
_PAIR = ("platform", "brand")

SPARK: list[Question] = [
    PathQuestion(*_PAIR, *_DAYS, (("feed",), ("search", "video")), 3),
    PathQuestion(*_PAIR, *_DAYS, (), 5, _DAYS[0], ("click",), ("buy", "visit"), False),
]
POOL: list[Question] = [
    *(
        PathQuestion(*_PAIR, *_DAYS, groups, 3, unmatched_apart=apart)
        for groups in ((), (("feed",),), (("feed",), ("search",)))
        for apart in (True, False)
    ),
    PathQuestion(*_PAIR, *_DAYS, (("feed",),), 2, order_kinds=("buy",)),
]


def between(first: str, second: str) -> list[Question]:
    """With these parties as the one that shows and the one that sells."""
    return [PathQuestion(first, second, *_DAYS, (("feed",), ("search",)), 3)]
