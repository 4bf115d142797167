"""Random questions about recommendations, what they mean, and other spellings of them (see
``question_strategies``).
"""

import random
from datetime import date

import msgspec
from disclosure_material import BRAND, KINDS, TOLD
from hypothesis import strategies as st

from cleanroom.disclosure.question import EdgeQuestion

_START, _END = date.fromisoformat(BRAND.start), date.fromisoformat(BRAND.end)


def _subsets(values: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), unique=True).map(tuple)


@st.composite
def edges(draw: st.DrawFn) -> EdgeQuestion:
    days = sorted(draw(st.lists(st.dates(_START, _END), min_size=2, max_size=2, unique=True)))
    return EdgeQuestion(
        "platform",
        "brand",
        days[0].isoformat(),
        days[1].isoformat(),
        draw(st.sampled_from(["referrers", "referees"])),  # type: ignore[arg-type]
        draw(st.integers(1, 5)),
        draw(st.integers(0, 400)),
        draw(_subsets(TOLD)),
        draw(_subsets(KINDS)),
        draw(st.integers(0, 400)),
        draw(st.booleans()),
    )


def _longest(question: EdgeQuestion) -> int:
    return (_END - date.fromisoformat(question.since)).days


def meaning(question: EdgeQuestion) -> tuple[object, ...]:
    """What a question asks, in plain Python."""
    longest = _longest(question)
    asked: tuple[object, ...] = (
        *("edge", question.since, question.until, question.count, question.most),
        min(question.window_days, longest),
        frozenset(question.edge_kinds) or frozenset(TOLD),
        frozenset(question.order_kinds) or frozenset(KINDS),
    )
    if question.count == "referrers":
        return asked
    # a day after the first order is at most the last of the data
    repeat = min(question.repeat_days, max(longest - 1, 1))
    return (*asked, repeat, question.first_order_value)


def rewritten(question: EdgeQuestion, draw: random.Random) -> EdgeQuestion:
    """Another spelling of the same question."""
    longest = _longest(question)
    window, repeat = question.window_days, question.repeat_days
    if window >= longest:
        window = draw.randint(longest, longest + 99)
    if repeat >= max(longest - 1, 1):
        repeat = draw.randint(max(longest - 1, 1), longest + 99)
    value = question.first_order_value
    if question.count == "referrers":
        repeat, value = draw.randint(0, 400), draw.random() < 0.5
    return msgspec.structs.replace(
        question,
        window_days=window,
        edge_kinds=_kinds(question.edge_kinds, TOLD, draw),
        order_kinds=_kinds(question.order_kinds, KINDS, draw),
        repeat_days=repeat,
        first_order_value=value,
    )


def _kinds(chosen: tuple[str, ...], every: tuple[str, ...], draw: random.Random) -> tuple[str, ...]:
    """The same kinds in another order, some named twice; all of them may be left out."""
    if set(chosen or every) == set(every) and draw.random() < 0.5:
        return ()
    mixed = [*(chosen or every), *draw.choices(chosen or every, k=draw.randint(0, 2))]
    draw.shuffle(mixed)
    return tuple(mixed)
