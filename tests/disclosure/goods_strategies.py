"""Random questions about goods and habits (``price``, ``cohort``, ``modal``), what they mean, and
other spellings (see ``question_strategies``).
"""

import random
from datetime import date
from typing import Any

import msgspec
from disclosure_material import BRAND, BRANDS, CATEGORIES, KINDS, STYLES
from hypothesis import strategies as st

from cleanroom.disclosure.question import CohortQuestion, ModalQuestion, PriceQuestion
from cleanroom.disclosure.questions.price import Benchmark

GoodsQuestion = PriceQuestion | CohortQuestion | ModalQuestion
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


@st.composite
def cohorts(draw: st.DrawFn) -> CohortQuestion:
    firsts = [BRAND.start, "2025-06-01", "2025-12-01", BRAND.end]
    since, until = sorted(
        draw(st.lists(st.sampled_from(firsts), min_size=2, max_size=2, unique=True))
    )
    praise = draw(subsets(KINDS))
    column = bool(praise) and draw(st.booleans())
    return CohortQuestion(
        conversions="brand",
        since=since,
        until=until,
        unit=draw(st.sampled_from(["month", "quarter"])),  # type: ignore[arg-type]
        gaps=tuple(draw(st.lists(st.integers(1, 330), min_size=1, max_size=4))),
        segment=draw(st.sampled_from(SEGMENTS)),
        order_kinds=draw(subsets(KINDS)),
        refund_kinds=draw(subsets(KINDS)),
        praise_kinds=praise,
        praise_column="x_style" if column else "",
        praise_values=draw(subsets(STYLES, 1)) if column else (),
        quality_days=draw(st.integers(0, 400)),
    )


@st.composite
def modals(draw: st.DrawFn) -> ModalQuestion:
    return ModalQuestion(
        events="brand.conversions",
        dimensions=draw(subsets(("daypart", "band", "device", "place", "x_style"), 1))[:3],
        **period(draw),
        kinds=draw(subsets(KINDS)),
        category=draw(st.sampled_from(("", *CATEGORIES))),
        band_edges=tuple(draw(st.lists(st.integers(1, 20_000), min_size=1, max_size=4))),
        segment=draw(st.sampled_from((*SEGMENTS, "platform", "brand.conversions"))),
        order_kinds=draw(subsets(KINDS)),
    )


goods = st.one_of(prices(), cohorts(), modals())


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
    if isinstance(question, ModalQuestion):
        dimensions = frozenset(question.dimensions)
        edges = frozenset(map(three_digits, question.band_edges)) if "band" in dimensions else None
        events = (question.since, question.until, question.category, dimensions, edges)
        orders = kinds if question.segment.endswith(".conversions") else None
        counted = frozenset(question.kinds) or frozenset(KINDS)
        return ("modal", *events, counted, question.segment, orders)
    if isinstance(question, CohortQuestion):
        longest = _longest(question)
        gaps = frozenset(gap for gap in question.gaps if gap < longest) or None
        refunds, praise = frozenset(question.refund_kinds), frozenset(question.praise_kinds)
        values = frozenset(question.praise_values)
        quality = min(question.quality_days, longest + 1) if refunds or praise else None
        span = (question.since, question.until, question.unit, gaps)
        return ("cohort", *span, question.segment, kinds, refunds, praise, values, quality)
    prices = frozenset((one.category, three_digits(one.price)) for one in question.benchmarks)
    asked = (question.segment, question.since, question.until, kinds, prices, question.brand)
    return ("price", *asked, question.list_value, question.paid_value)


def _longest(question: CohortQuestion) -> int:
    """Most days between two orders."""
    return (_END - date.fromisoformat(question.since)).days - 1


def rewritten(question: GoodsQuestion, draw: random.Random) -> GoodsQuestion:
    """Another spelling of the same question."""
    fields: dict[str, Any] = {"order_kinds": _kinds(question.order_kinds, draw)}
    if isinstance(question, ModalQuestion):
        fields["kinds"] = _kinds(question.kinds, draw)
        fields["dimensions"] = _mixed(question.dimensions, draw)
        edges = tuple(map(three_digits, question.band_edges))
        fields["band_edges"] = _mixed(edges, draw) if "band" in question.dimensions else (7,)
        return msgspec.structs.replace(question, **fields)
    if isinstance(question, CohortQuestion):
        return msgspec.structs.replace(question, **(fields | _other_cohorts(question, draw)))
    prices = [Benchmark(one.category, three_digits(one.price)) for one in question.benchmarks]
    draw.shuffle(prices)
    fields["benchmarks"] = tuple(prices)
    return msgspec.structs.replace(question, **fields)


def _other_cohorts(question: CohortQuestion, draw: random.Random) -> dict[str, Any]:
    longest = _longest(question)
    late = draw.randint(longest, longest + 99)
    fields: dict[str, Any] = {
        "gaps": _mixed((*question.gaps, late), draw),
        "refund_kinds": _mixed(question.refund_kinds, draw),
        "praise_kinds": _mixed(question.praise_kinds, draw),
        "praise_values": _mixed(question.praise_values, draw),
    }
    nothing = not (question.refund_kinds or question.praise_kinds)
    if nothing or question.quality_days > longest:
        fields["quality_days"] = draw.randint(longest + 1, 999)
    return fields


def _mixed(values: tuple[Any, ...], draw: random.Random) -> tuple[Any, ...]:
    """Another order, with one named twice."""
    mixed = [*values, *values[:1]]
    draw.shuffle(mixed)
    return tuple(mixed)


def _kinds(chosen: tuple[str, ...], draw: random.Random) -> tuple[str, ...]:
    """The same kinds in another order, some named twice; all of them may be left out."""
    if set(chosen or KINDS) == set(KINDS) and draw.random() < 0.5:
        return ()
    mixed = [*(chosen or KINDS)]
    mixed += draw.choices(mixed, k=draw.randint(0, 2))
    draw.shuffle(mixed)
    return tuple(mixed)
