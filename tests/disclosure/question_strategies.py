"""Random questions, other spellings of the same question, and other questions.

A *meaning* is written down independently of the code under test: plain sets and numbers that say
what a question asks. Two questions must have the same key exactly when they mean the same.
"""

import random
from datetime import date, timedelta

import edge_strategies
import goods_strategies
import journey_strategies
from campaign_strategies import campaigns
from campaign_strategies import meaning as campaign_meaning
from campaign_strategies import rewritten as campaign_rewritten
from disclosure_material import AGE, ARMS, BRAND, CATALOGUE, CITY, KINDS, PLATFORM, TESTS
from hypothesis import strategies as st

from cleanroom.disclosure.question import (
    ArmQuestion,
    AttributeQuestion,
    EdgeQuestion,
    Filter,
    FirstChannelQuestion,
    FrequencyQuestion,
    MatchQuestion,
    Question,
    SuppressionQuestion,
)

LEVELS = {
    "platform.people.a_age": ("", *AGE),
    "platform.people.a_city": CITY,
    "platform.people.is_fan": ("false", "true"),
    "brand.people.stage": ("", "new", "loyal"),
    "brand.people.is_customer": ("", "false", "true"),
    "partner.people.a_age": ("", *AGE),
}
PARTIES = CATALOGUE.parties
PERIOD = date.fromisoformat(BRAND.start), date.fromisoformat(BRAND.end)
LONGEST = (PERIOD[1] - date.fromisoformat(PLATFORM.start)).days


def subsets(values: tuple[str, ...], least: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), min_size=least, unique=True).map(tuple)


@st.composite
def matches(draw: st.DrawFn) -> MatchQuestion:
    by = draw(st.sampled_from(["membership", "winner", "pattern"]))
    parties = draw(subsets(PARTIES, 2))
    return MatchQuestion(parties if by == "membership" else parties[:2], by)  # type: ignore[arg-type]


@st.composite
def filters(draw: st.DrawFn, columns: list[str]) -> Filter:
    column = draw(st.sampled_from(columns))
    return Filter(column, draw(subsets(LEVELS[column])))


@st.composite
def attributes(draw: st.DrawFn) -> AttributeQuestion:
    bringing = sorted({column.partition(".")[0] for column in LEVELS})
    some = draw(st.sampled_from(bringing))
    base = tuple(dict.fromkeys((*draw(subsets(PARTIES)), some)))
    theirs = [column for column in sorted(LEVELS) if column.partition(".")[0] in base]
    columns = draw(st.lists(st.sampled_from(theirs), min_size=1, max_size=3, unique=True))
    others = ["", *(p for p in PARTIES if p not in base)]
    where = draw(st.lists(filters(theirs), max_size=3))
    return AttributeQuestion(base, tuple(columns), draw(st.sampled_from(others)), tuple(where))


@st.composite
def first_channels(draw: st.DrawFn) -> FirstChannelQuestion:
    days = sorted(draw(st.lists(st.dates(*PERIOD), min_size=2, max_size=2, unique=True)))
    return FirstChannelQuestion(
        "platform",
        "brand",
        days[0].isoformat(),
        days[1].isoformat(),
        draw(st.sampled_from(["first", "last"])),  # type: ignore[arg-type]
        draw(st.integers(0, LONGEST + 30)),
        draw(st.booleans()),
        draw(subsets(KINDS)),
        draw(st.booleans()),
    )


@st.composite
def arms(draw: st.DrawFn) -> ArmQuestion:
    return ArmQuestion(
        "platform",
        "brand",
        draw(st.sampled_from(TESTS)),
        draw(subsets(ARMS)),
        draw(st.integers(0, LONGEST + 30)),
        draw(subsets(KINDS)),
        draw(st.booleans()),
    )


questions = st.one_of(
    matches(),
    attributes(),
    first_channels(),
    arms(),
    campaigns(),
    goods_strategies.goods,
    journey_strategies.journeys,
    edge_strategies.edges(),
)


def meaning(question: Question) -> tuple[object, ...]:
    """What a question asks, in plain Python."""
    if isinstance(question, MatchQuestion):
        return ("match", frozenset(question.parties), question.by)
    if isinstance(question, AttributeQuestion):
        kept = {column: frozenset(levels) for column, levels in LEVELS.items()}
        for item in question.where:
            kept[item.column] &= frozenset(item.values)
        return (
            "attribute",
            frozenset(question.base),
            frozenset(question.columns),
            question.versus,
            frozenset(kept.items()),
        )
    if isinstance(question, FrequencyQuestion | SuppressionQuestion):
        return campaign_meaning(question)
    if isinstance(question, goods_strategies.GoodsQuestion):
        return goods_strategies.meaning(question)
    if isinstance(question, journey_strategies.JourneyQuestion):
        return journey_strategies.meaning(question)
    if isinstance(question, EdgeQuestion):
        return edge_strategies.meaning(question)
    kinds = frozenset(question.order_kinds) or frozenset(KINDS)
    if isinstance(question, ArmQuestion):
        between = frozenset(question.between) or frozenset(ARMS)
        window = min(question.window_days, LONGEST)
        return ("arm", question.test, between, window, kinds, question.sales_value)
    window = None if question.while_active else min(question.window_days, LONGEST)
    return (
        "first channel",
        question.new_since,
        question.new_until,
        question.touch,
        window,
        kinds,
        question.first_order_value,
    )


def _shuffled(values: tuple[str, ...], draw: random.Random) -> tuple[str, ...]:
    """Another order, with some named twice."""
    again = draw.choices(values, k=draw.randint(0, 2)) if values else []
    mixed = [*values, *again]
    draw.shuffle(mixed)
    return tuple(mixed)


def rewritten(question: Question, draw: random.Random) -> Question:
    """Another spelling of the same question."""
    if isinstance(question, MatchQuestion):
        return MatchQuestion(_shuffled(question.parties, draw), question.by)
    if isinstance(question, AttributeQuestion):
        return AttributeQuestion(
            _shuffled(question.base, draw),
            _shuffled(question.columns, draw),
            question.versus,
            _other_filters(question.where, draw),
        )
    if isinstance(question, ArmQuestion):
        return _other_arms(question, draw)
    if isinstance(question, FrequencyQuestion | SuppressionQuestion):
        return campaign_rewritten(question, draw)
    if isinstance(question, goods_strategies.GoodsQuestion):
        return goods_strategies.rewritten(question, draw)
    if isinstance(question, journey_strategies.JourneyQuestion):
        return journey_strategies.rewritten(question, draw)
    if isinstance(question, EdgeQuestion):
        return edge_strategies.rewritten(question, draw)
    every = question.order_kinds or KINDS
    whole = set(every) == set(KINDS) and draw.random() < 0.5
    window = question.window_days
    if question.while_active:
        window = draw.randint(0, 999)
    elif window >= LONGEST:
        window = draw.randint(LONGEST, LONGEST + 999)
    return FirstChannelQuestion(
        question.exposures,
        question.conversions,
        question.new_since,
        question.new_until,
        question.touch,
        window,
        question.while_active,
        () if whole else _shuffled(every, draw),
        question.first_order_value,
    )


def _other_arms(question: ArmQuestion, draw: random.Random) -> ArmQuestion:
    def chosen(values: tuple[str, ...], known: tuple[str, ...]) -> tuple[str, ...]:
        every = values or known
        whole = set(every) == set(known) and draw.random() < 0.5
        return () if whole else _shuffled(every, draw)

    window = question.window_days
    if window >= LONGEST:
        window = draw.randint(LONGEST, LONGEST + 999)
    return ArmQuestion(
        question.arms,
        question.conversions,
        question.test,
        chosen(question.between, ARMS),
        window,
        chosen(question.order_kinds, KINDS),
        question.sales_value,
    )


def _other_filters(where: tuple[Filter, ...], draw: random.Random) -> tuple[Filter, ...]:
    """The same people: values in another order, filters split in two, and some that keep all."""
    found = []
    for item in where:
        found.append(Filter(item.column, _shuffled(item.values, draw)))
        if draw.random() < 0.5:
            rest = [v for v in LEVELS[item.column] if v not in item.values and draw.random() < 0.5]
            found.append(Filter(item.column, _shuffled((*item.values, *rest), draw)))
    for column, levels in LEVELS.items():
        if draw.random() < 0.2:
            found.append(Filter(column, _shuffled(levels, draw)))
    draw.shuffle(found)
    return tuple(found)


def one_day_later(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
