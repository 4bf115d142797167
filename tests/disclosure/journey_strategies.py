"""Random questions about journeys, what they mean, and other spellings of them (see
``question_strategies``).
"""

import random
from datetime import date, timedelta
from typing import Any

import msgspec
from disclosure_material import BRAND, CHANNELS, KINDS, PLATFORM, SHOWN
from hypothesis import strategies as st

from cleanroom.disclosure.question import PathQuestion

JourneyQuestion = PathQuestion
LEVELS = ("", *CHANNELS)
START, END = date.fromisoformat(PLATFORM.start), date.fromisoformat(BRAND.end)
SOLD = date.fromisoformat(BRAND.start)


def _subsets(values: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), unique=True).map(tuple)


def _days(draw: st.DrawFn, first: date, last: date) -> tuple[date, date]:
    since, until = sorted(draw(st.lists(st.dates(first, last), min_size=2, max_size=2, unique=True)))
    return since, until


@st.composite
def path_questions(draw: st.DrawFn) -> PathQuestion:
    since, until = _days(draw, SOLD, END)
    levels = draw(st.permutations(LEVELS))
    cuts = sorted(draw(st.lists(st.integers(0, len(LEVELS)), max_size=3)))
    groups = tuple(tuple(levels[a:b]) for a, b in zip([0, *cuts], cuts, strict=False))
    begin = draw(st.one_of(st.none(), st.dates(START, until - timedelta(1))))
    return PathQuestion(
        "platform",
        "brand",
        since.isoformat(),
        until.isoformat(),
        groups,
        draw(st.integers(0, 400)),
        begin.isoformat() if begin else "",
        draw(_subsets(SHOWN)),
        draw(_subsets(KINDS)),
        draw(st.booleans()),
    )


journeys = path_questions()


def _all(chosen: tuple[str, ...], known: tuple[str, ...]) -> frozenset[str]:
    return frozenset(chosen) or frozenset(known)


def _path_window(question: PathQuestion) -> tuple[date, int]:
    """The first day whose exposures may count, and the days before an order that do."""
    since, until = date.fromisoformat(question.since), date.fromisoformat(question.until)
    begin = date.fromisoformat(question.touch_since) if question.touch_since else START
    begin = max(begin, since - timedelta(question.window_days))
    return begin, min(question.window_days, (until - begin).days)


def meaning(question: JourneyQuestion) -> tuple[object, ...]:
    """What a question asks, in plain Python."""
    orders = _all(question.order_kinds, KINDS)
    groups = {frozenset(group) for group in question.groups if group}
    rest = frozenset(LEVELS) - frozenset(name for group in groups for name in group)
    kinds = _all(question.touch_kinds, SHOWN)
    days = (question.since, question.until, *_path_window(question))
    split = frozenset(groups | {rest} - {frozenset()})
    return ("path", *days, split, kinds, orders, question.unmatched_apart)


def rewritten(question: JourneyQuestion, draw: random.Random) -> JourneyQuestion:
    """Another spelling of the same question."""
    fields: dict[str, Any] = {"order_kinds": _kinds(question.order_kinds, KINDS, draw)}
    groups = [_mixed(group, draw, False) for group in question.groups]
    named = {name for group in groups for name in group}
    groups += [tuple(sorted(set(LEVELS) - named)), ()] if draw.random() < 0.5 else []
    draw.shuffle(groups)
    begin, window = _path_window(question)
    fields |= {"groups": tuple(groups), "touch_kinds": _kinds(question.touch_kinds, SHOWN, draw)}
    if draw.random() < 0.5:
        fields |= {"touch_since": begin.isoformat(), "window_days": window}
    return msgspec.structs.replace(question, **fields)


def _mixed(values: tuple[str, ...], draw: random.Random, again: bool) -> tuple[str, ...]:
    mixed = [*values, *(draw.choices(values, k=draw.randint(0, 2)) if values and again else ())]
    draw.shuffle(mixed)
    return tuple(mixed)


def _kinds(
    chosen: tuple[str, ...], every: tuple[str, ...], draw: random.Random
) -> tuple[str, ...]:
    """The same kinds in another order, some named twice; all of them may be left out."""
    if set(chosen or every) == set(every) and draw.random() < 0.5:
        return ()
    return _mixed(chosen or every, draw, True)
