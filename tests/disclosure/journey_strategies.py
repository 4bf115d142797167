"""Random questions about journeys, what they mean, and other spellings of them (see
``question_strategies``).
"""

import random
from datetime import date, timedelta
from typing import Any

import msgspec
from disclosure_material import BRAND, CHANNELS, KINDS, PLATFORM, SHOWN
from hypothesis import strategies as st

from cleanroom.disclosure.question import (
    PathQuestion,
    PhasesQuestion,
    StagesQuestion,
    WeeklyQuestion,
)
from cleanroom.disclosure.questions.stages import StageRule

JourneyQuestion = PathQuestion | StagesQuestion | WeeklyQuestion | PhasesQuestion
LEVELS = ("", *CHANNELS)
START, END = date.fromisoformat(PLATFORM.start), date.fromisoformat(BRAND.end)
SOLD = date.fromisoformat(BRAND.start)


def _subsets(values: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), unique=True).map(tuple)


def _days(draw: st.DrawFn, first: date, last: date) -> tuple[date, date]:
    since, until = sorted(
        draw(st.lists(st.dates(first, last), min_size=2, max_size=2, unique=True))
    )
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


@st.composite
def stages_questions(draw: st.DrawFn) -> StagesQuestion:
    """Rules of one event each: those of several days are tried on worlds."""
    start, end = _days(draw, SOLD + timedelta(1), END)
    stages = draw(st.integers(1, 4))
    rules = []
    for _ in range(draw(st.integers(1, 4))):
        source = draw(st.sampled_from(["exposures", "conversions"]))
        known = SHOWN if source == "exposures" else KINDS
        rules.append(StageRule(draw(st.integers(1, stages)), source, draw(_subsets(known))))
    return StagesQuestion(
        draw(st.sampled_from([("platform",), ("brand",), ("platform", "brand")])),
        "platform",
        "brand",
        start.isoformat(),
        end.isoformat(),
        stages,
        tuple(rules),
        draw(st.integers(1, 400)),
    )


@st.composite
def weekly_questions(draw: st.DrawFn) -> WeeklyQuestion:
    step = draw(st.sampled_from(["week", "month"]))
    first = START + timedelta(draw(st.integers(0, 200)))
    first = first.replace(day=1) if step == "month" else first
    steps = draw(st.integers(1, 5))
    return WeeklyQuestion(
        "platform",
        "brand",
        first.isoformat(),
        steps,
        step,
        draw(st.integers(0, 400)),
        draw(_subsets(SHOWN)),
        draw(_subsets(KINDS)),
        draw(st.booleans()),
    )


@st.composite
def phases_questions(draw: st.DrawFn) -> PhasesQuestion:
    days = draw(st.lists(st.dates(SOLD + timedelta(1), END), min_size=4, max_size=4, unique=True))
    sales = draw(st.sampled_from(["", "total", "phases"]))
    return PhasesQuestion(
        "platform",
        "brand",
        *(one.isoformat() for one in sorted(days)),
        draw(_subsets(SHOWN)),
        draw(_subsets(KINDS)),
        draw(st.booleans()),
        sales,
        SOLD.isoformat() if sales == "phases" else "",
    )


journeys = st.one_of(path_questions(), stages_questions(), weekly_questions(), phases_questions())


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
    if isinstance(question, StagesQuestion):
        return _stages_meaning(question)
    orders = _all(question.order_kinds, KINDS)
    if isinstance(question, PhasesQuestion):
        days = (question.lead_since, question.event_since, question.out_since, question.out_until)
        kinds = _all(question.touch_kinds, SHOWN)
        return ("phases", days, kinds, orders, question.unmatched_apart, question.sales)
    if isinstance(question, WeeklyQuestion):
        window = min(question.window_days, _to_the_end(question))
        steps = (question.since, question.steps, question.step, window)
        kinds = _all(question.touch_kinds, SHOWN)
        return ("weekly", *steps, kinds, orders, question.unmatched_apart)
    groups = {frozenset(group) for group in question.groups if group}
    rest = frozenset(LEVELS) - frozenset(name for group in groups for name in group)
    kinds = _all(question.touch_kinds, SHOWN)
    days = (question.since, question.until, *_path_window(question))
    split = frozenset(groups | {rest} - {frozenset()})
    return ("path", *days, split, kinds, orders, question.unmatched_apart)


def rewritten(question: JourneyQuestion, draw: random.Random) -> JourneyQuestion:
    """Another spelling of the same question."""
    if isinstance(question, StagesQuestion):
        return _other_stages(question, draw)
    fields: dict[str, Any] = {"order_kinds": _kinds(question.order_kinds, KINDS, draw)}
    fields["touch_kinds"] = _kinds(question.touch_kinds, SHOWN, draw)
    if isinstance(question, PhasesQuestion):
        if question.sales != "phases":
            fields["baseline_since"] = draw.choice(["", SOLD.isoformat()])
        return msgspec.structs.replace(question, **fields)
    if isinstance(question, WeeklyQuestion):
        if question.window_days >= _to_the_end(question):
            fields["window_days"] = _to_the_end(question) + draw.randint(0, 99)
        return msgspec.structs.replace(question, **fields)
    groups = [_mixed(group, draw, False) for group in question.groups]
    named = {name for group in groups for name in group}
    groups += [tuple(sorted(set(LEVELS) - named)), ()] if draw.random() < 0.5 else []
    draw.shuffle(groups)
    begin, window = _path_window(question)
    fields["groups"] = tuple(groups)
    if draw.random() < 0.5:
        fields |= {"touch_since": begin.isoformat(), "window_days": window}
    return msgspec.structs.replace(question, **fields)


def _mixed(values: tuple[str, ...], draw: random.Random, again: bool) -> tuple[str, ...]:
    mixed = [*values, *(draw.choices(values, k=draw.randint(0, 2)) if values and again else ())]
    draw.shuffle(mixed)
    return tuple(mixed)


def _kinds(chosen: tuple[str, ...], every: tuple[str, ...], draw: random.Random) -> tuple[str, ...]:
    """The same kinds in another order, some named twice; all of them may be left out."""
    if set(chosen or every) == set(every) and draw.random() < 0.5:
        return ()
    return _mixed(chosen or every, draw, True)


def _highest(question: StagesQuestion) -> dict[tuple[str, str], int]:
    """The stage that one event of each kind reaches."""
    found: dict[tuple[str, str], int] = {}
    for rule in question.rules:
        for kind in rule.kinds or (SHOWN if rule.source == "exposures" else KINDS):
            key = (rule.source, kind)
            found[key] = max(found.get(key, 0), rule.stage)
    return found


def _stages_meaning(question: StagesQuestion) -> tuple[object, ...]:
    reached = _highest(question)
    sources = {source for source, _ in reached}
    first = START if "exposures" in sources else SOLD
    window = min(question.window_days, (date.fromisoformat(question.end) - first).days)
    days = (question.start, question.end, window)
    return ("stages", frozenset(question.base), *days, question.stages, frozenset(reached.items()))


def _other_stages(question: StagesQuestion, draw: random.Random) -> StagesQuestion:
    """One rule per kind, some of them with a lower one beside it, in any order."""
    rules = []
    for (source, kind), stage in _highest(question).items():
        rules.append(StageRule(stage, source, (kind,)))  # type: ignore[arg-type]
        if draw.random() < 0.3:
            rules.append(StageRule(draw.randint(1, stage), source, (kind, kind)))  # type: ignore[arg-type]
    draw.shuffle(rules)
    base = _mixed(question.base, draw, True)
    return msgspec.structs.replace(question, base=base, rules=tuple(rules))


def _to_the_end(question: WeeklyQuestion) -> int:
    return (END - date.fromisoformat(question.since)).days
