"""Random questions about goods and habits (``price``), what they mean, and other spellings of them
(see ``question_strategies``).
"""

import random
from datetime import date
from typing import Any

import msgspec
from disclosure_material import BRAND, BRANDS, CATEGORIES, KINDS
from hypothesis import strategies as st

from cleanroom.disclosure.question import PriceQuestion
from cleanroom.disclosure.questions.price import Benchmark

GoodsQuestion = PriceQuestion
SEGMENTS = ("", "platform.people.a_age", "brand.people.stage", "platform.exposures")
_START, _END = date.fromisoformat(BRAND.start), date.fromisoformat(BRAND.end)


def subsets(values: tuple[str, ...], least: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), min_size=least, unique=True).map(tuple)


def period(draw: st.DrawFn) -> dict[str, str]:
    days = sorted(draw(st.lists(st.dates(_START, _END), min_size=2, max_size=2, unique=True)))
    return {"since": days[0].isoformat(), "until": days[1].isoformat()}


@st.composite
def prices(draw: st.DrawFn) -> PriceQuestion:
    chosen = draw(subsets(CATEGORIES, 1))
    return PriceQuestion(
        conversions="brand",
        segment=draw(st.sampled_from(SEGMENTS)),
        **period(draw),
        benchmarks=tuple(Benchmark(name, draw(st.integers(1, 20_000))) for name in chosen),
        brand=draw(st.sampled_from(("", *BRANDS))),
        order_kinds=draw(subsets(KINDS)),
        list_value=draw(st.booleans()),
        paid_value=draw(st.booleans()),
    )


goods = prices()


def three_digits(price: int) -> int:
    """As people would write it down: 12949 becomes 12900."""
    digits = str(price)
    if len(digits) <= 3:
        return price
    unit = 10 ** (len(digits) - 3)
    return unit * (price // unit + (price % unit >= unit / 2))


def meaning(question: GoodsQuestion) -> tuple[object, ...]:
    """What a question asks, in plain Python."""
    kinds = frozenset(question.order_kinds) or frozenset(KINDS)
    prices = frozenset((one.category, three_digits(one.price)) for one in question.benchmarks)
    asked = (question.segment, question.since, question.until, kinds, prices, question.brand)
    return ("price", *asked, question.list_value, question.paid_value)


def rewritten(question: GoodsQuestion, draw: random.Random) -> GoodsQuestion:
    """Another spelling of the same question."""
    fields: dict[str, Any] = {"order_kinds": _kinds(question.order_kinds, draw)}
    prices = [Benchmark(one.category, three_digits(one.price)) for one in question.benchmarks]
    draw.shuffle(prices)
    fields["benchmarks"] = tuple(prices)
    return msgspec.structs.replace(question, **fields)


def _kinds(chosen: tuple[str, ...], draw: random.Random) -> tuple[str, ...]:
    """The same kinds in another order, some named twice; all of them may be left out."""
    if set(chosen or KINDS) == set(KINDS) and draw.random() < 0.5:
        return ()
    mixed = [*(chosen or KINDS)]
    mixed += draw.choices(mixed, k=draw.randint(0, 2))
    draw.shuffle(mixed)
    return tuple(mixed)
