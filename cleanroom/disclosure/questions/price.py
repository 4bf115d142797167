"""Kind ``price``: what buyers of each segment pay for a piece, against public prices (A11)."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from cleanroom.disclosure.boxes import YES, Atoms, Boxes
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.questions import segments
from cleanroom.disclosure.questions.common import day, event_kinds, spelled
from cleanroom.disclosure.shapes import COUNT, Measure, Shape
from cleanroom.errors import DisclosureError
from cleanroom.tables import Type

MILLI = 1000  # logarithms are counted in thousandths, and lie in [-MILLI, MILLI] per person
DIGITS = 3  # of a benchmark: a finer one would ask the same again
BENCHMARK_MOST = 10**12

Hundredths = Annotated[int, Meta(ge=1, le=BENCHMARK_MOST)]


class Benchmark(Struct, frozen=True, forbid_unknown_fields=True):
    """The public price of one piece of a category, in hundredths."""

    category: str
    price: Hundredths


class PriceQuestion(
    Struct, frozen=True, forbid_unknown_fields=True, tag="price", tag_field="kernel"
):
    """Buyers by segment, and how far their prices lie from public ones.

    A *purchase* is a row of ``conversions`` on a day in [since, until) of the brand and the kinds
    named, in a category with a benchmark, with ``paid`` above 0 and ``qty`` (a missing one is 1)
    above 0; with ``list_value`` also with a list price above 0. ``segment``: see ``segments``; a
    contact counts up to the first purchase.

    ``ratio`` is the mean over a buyer's purchases of ln(paid / qty / benchmark) in thousandths,
    brought into [-1000, 1000] and shifted by 1000; ``ratio_squared`` is its square before the shift
    in thousandths. ``discount`` and ``discount_squared`` are the same of ln(paid / qty / list
    price): what is paid for the same goods. ``paid`` adds up what was paid, up to the agreed cap.
    """

    conversions: str  # party that brings conversions
    segment: str
    since: str  # ISO date
    until: str
    benchmarks: tuple[Benchmark, ...]
    brand: str = ""  # domain value of conversions.brand; "" = all
    order_kinds: tuple[str, ...] = ()  # domain values of conversions.kind that count; () = all
    list_value: bool = False
    paid_value: bool = False


def canonical(question: PriceQuestion, catalogue: Catalogue) -> PriceQuestion:
    """The one form: benchmarks in the order of the domain, with three digits.

    Raises ``disclosure.*``.
    """
    sold = f"{question.conversions}.conversions"
    for name in ("ts", "paid", *(["list_price"] if question.list_value else [])):
        catalogue.column(f"{sold}.{name}")
    segments.check(question.segment, catalogue)
    dataset = catalogue.dataset(question.conversions)
    since, until = day(question.since), day(question.until)
    if not day(dataset.start) <= since < until <= day(dataset.end):
        raise DisclosureError("disclosure.dates")
    brands = dataset.tables["conversions"].get("brand")
    if question.brand and (brands is None or question.brand not in brands.domain):
        raise DisclosureError("disclosure.value", column=f"{sold}.brand")
    return msgspec.structs.replace(
        question,
        benchmarks=_benchmarks(question, catalogue),
        order_kinds=event_kinds(question.order_kinds, sold, catalogue),
    )


def _benchmarks(question: PriceQuestion, catalogue: Catalogue) -> tuple[Benchmark, ...]:
    """One per category, in the order of the domain."""
    reference = f"{question.conversions}.conversions.category"
    domain = catalogue.column(reference)[3].domain
    prices = {one.category: coarse(one.price) for one in question.benchmarks}
    if not set(prices) <= set(domain):
        raise DisclosureError("disclosure.value", column=reference)
    if not prices or len(set(question.benchmarks)) != len(prices):
        raise DisclosureError("disclosure.parameter", analysis="price", parameter="benchmarks")
    return tuple(Benchmark(name, prices[name]) for name in domain if name in prices)


def coarse(price: int) -> int:
    """A price with three digits, halves upwards."""
    unit = int(10 ** max(0, len(str(price)) - DIGITS))
    return (price + unit // 2) // unit * unit


def shape(question: PriceQuestion, catalogue: Catalogue) -> Shape:
    """One cell for each segment. Raises ``disclosure.cap``."""
    found = segments.labels(question.segment, question.conversions, catalogue)
    measures = [COUNT, *_logarithms("ratio")]
    if question.list_value:
        measures += _logarithms("discount")
    if question.paid_value:
        paid = catalogue.column(f"{question.conversions}.conversions.paid")[3]
        if paid.type is not Type.MONEY or paid.cap <= 0:
            raise DisclosureError("disclosure.cap", column="paid")
        measures.append(Measure("paid", paid.cap, "money"))
    return Shape(("segment",), tuple((label,) for label in found), tuple(measures))


def _logarithms(name: str) -> list[Measure]:
    return [
        Measure(name, 2 * MILLI, "thousandths"),
        Measure(f"{name}_squared", MILLI, "thousandths"),
    ]


def boxes(question: PriceQuestion, catalogue: Catalogue, atoms: Atoms) -> Boxes:
    """What each cell means. Who bought doesn't depend on how high the benchmarks are."""
    categories = [one.category for one in question.benchmarks]
    bought = spelled(
        [
            *(question.conversions, question.since, question.until, question.brand),
            *(question.list_value, len(question.order_kinds), *question.order_kinds, *categories),
        ]
    )
    buyer = {
        atoms.member(question.conversions): YES,
        atoms.named("priced buyer " + bought, 2): YES,
    }
    for (label,) in shape(question, catalogue).cells:
        yield buyer | segments.box(question.segment, label, "priced " + bought, catalogue, atoms)


def used(question: PriceQuestion) -> list[str]:
    """Columns that the question looks at."""
    chosen = {
        "category": True,
        "paid": True,
        "list_price": question.list_value,
        "brand": bool(question.brand),
        "kind": bool(question.order_kinds),
    }
    sold = f"{question.conversions}.conversions"
    return [*segments.used(question.segment), *(f"{sold}.{c}" for c, on in chosen.items() if on)]
