"""Questions about goods and habits, for the tests that try every kind."""

from itertools import product
from typing import Any

from cleanroom.disclosure.question import CohortQuestion, ModalQuestion, PriceQuestion, Question
from cleanroom.disclosure.questions.price import Benchmark

_DAYS = ("2026-01-02", "2026-01-08")
_YEAR = ("2026-01-01", "2027-01-01")
_QUALITY: dict[str, Any] = {
    "refund_kinds": ("refund",),
    "praise_kinds": ("visit",),
    "praise_column": "x_style",
    "praise_values": ("bold",),
    "quality_days": 3,
}
_PRICES = (Benchmark("serum", 2_000), Benchmark("phone", 3_000))


def of_pair(first: str, second: str) -> list[Question]:
    """Each kind, what ``second`` sold by what ``first`` knows."""
    found: list[Question] = []
    for segment in (f"{first}.people.is_fan", f"{first}.exposures"):
        found += [
            PriceQuestion(second, segment, *_DAYS, _PRICES, list_value=True, paid_value=True),
            CohortQuestion(second, *_YEAR, "month", (1, 3), segment, ("buy",), **_QUALITY),
        ]
    for segment in (f"{first}.conversions", first):
        found.append(
            ModalQuestion(
                f"{second}.conversions",
                ("daypart", "band", "device"),
                *_DAYS,
                band_edges=(100, 3_000),
                segment=segment,
                order_kinds=("buy",),
            )
        )
    return found


def _prices() -> list[Question]:
    segments = ("", "platform.people.a_age", "platform.exposures")
    others = (_PRICES, _PRICES[:1], (Benchmark("serum", 999), Benchmark("phone", 77)))
    return [
        PriceQuestion("brand", segment, *_DAYS, prices)
        for segment, prices in product(segments, others)
    ]


SPARK: list[Question] = [
    PriceQuestion("brand", "", *_DAYS, _PRICES),
    PriceQuestion(
        *("brand", "platform.people.a_age", *_DAYS, _PRICES[:1], "ours", ("buy", "visit")),
        list_value=True,
        paid_value=True,
    ),
    PriceQuestion("brand", "platform.exposures", *_DAYS, _PRICES),
    ModalQuestion("platform.exposures", ("daypart", "device", "place"), *_DAYS),
    ModalQuestion(
        *("brand.conversions", ("band", "x_style"), *_DAYS, ("buy",), "serum", (100, 3_000)),
        segment="platform.conversions",
        order_kinds=("buy", "visit"),
    ),
    ModalQuestion("brand.conversions", ("device",), *_DAYS, segment="platform"),
    CohortQuestion("brand", *_YEAR, gaps=(2, 5)),
    CohortQuestion(
        "brand", *_YEAR, "month", (1, 3), "platform.exposures", ("buy", "visit"), **_QUALITY
    ),
]
POOL: list[Question] = [
    *(
        CohortQuestion("brand", "2026-01-01", "2026-04-01", unit, gaps, segment)  # type: ignore[arg-type]
        for unit in ("month", "quarter")
        for gaps in ((1, 3), (3,))
        for segment in ("", "platform.people.is_fan")
    ),
    *(
        ModalQuestion("brand.conversions", dimensions, *_DAYS, segment=segment)
        for dimensions in (("device",), ("device", "place"))
        for segment in ("", "platform", "platform.conversions", "platform.exposures")
    ),
    *_prices(),
]
