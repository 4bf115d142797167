"""Questions about recommendations that the tests of kernels ask."""

from cleanroom.disclosure.question import EdgeQuestion, Question

_DAYS = ("2026-01-01", "2026-01-08")
_PAIR = ("platform", "brand")

SPARK: list[Question] = [
    EdgeQuestion(*_PAIR, *_DAYS),
    EdgeQuestion(*_PAIR, *_DAYS, "referrers", 2, 3, ("share",), ("buy", "visit")),
    EdgeQuestion(*_PAIR, *_DAYS, "referees", 5, 30, ("share",), ("buy",), 4, True),
    EdgeQuestion(*_PAIR, *_DAYS, "referees"),
]
POOL: list[Question] = [
    *(
        EdgeQuestion(*_PAIR, *_DAYS, count, most, 4)
        for count in ("referrers", "referees")
        for most in (1, 2)
    ),
    EdgeQuestion(*_PAIR, *_DAYS, "referees", 2, 4, repeat_days=3),
]


def of_pair(first: str, second: str) -> list[EdgeQuestion]:
    """With these parties as the one that knows referrals and the one that sells."""
    return [EdgeQuestion(first, second, *_DAYS, "referrers", most, 4) for most in (1, 2)] + [
        EdgeQuestion(
            first, second, *_DAYS, "referees", most, 4, repeat_days=3, first_order_value=True
        )
        for most in (1, 2)
    ]
