"""Questions about goods and habits, for the tests that try every kind."""

from itertools import product

from cleanroom.disclosure.question import PriceQuestion, Question
from cleanroom.disclosure.questions.price import Benchmark

_DAYS = ("2026-01-02", "2026-01-08")
_PRICES = (Benchmark("serum", 2_000), Benchmark("phone", 3_000))


def of_pair(first: str, second: str) -> list[Question]:
    """Each kind, what ``second`` sold by what ``first`` knows."""
    return [
        PriceQuestion(second, segment, *_DAYS, _PRICES, list_value=True, paid_value=True)
        for segment in (f"{first}.people.is_fan", f"{first}.exposures")
    ]


SPARK: list[Question] = [
    PriceQuestion("brand", "", *_DAYS, _PRICES),
    PriceQuestion(
        *("brand", "platform.people.a_age", *_DAYS, _PRICES[:1], "ours", ("buy", "visit")),
        list_value=True,
        paid_value=True,
    ),
    PriceQuestion("brand", "platform.exposures", *_DAYS, _PRICES),
]
POOL: list[Question] = [
    PriceQuestion("brand", segment, *_DAYS, prices)
    for segment, prices in product(
        ("", "platform.people.a_age", "platform.exposures"),
        (_PRICES, _PRICES[:1], (Benchmark("serum", 999), Benchmark("phone", 77))),
    )
]
