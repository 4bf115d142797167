"""Random questions of the kinds ``frequency`` and ``suppression``, what they mean, and other
spellings of them (see ``question_strategies``).
"""

import random
from datetime import date, timedelta
from typing import Any

import msgspec
from disclosure_material import BRAND, CAMPAIGNS, KINDS, PLATFORM, SHOWN, VIEWS_CAP
from hypothesis import strategies as st

from cleanroom.disclosure.question import FrequencyQuestion, SuppressionQuestion

CampaignQuestion = FrequencyQuestion | SuppressionQuestion
START, END = date.fromisoformat(PLATFORM.start), date.fromisoformat(PLATFORM.end)


def _subsets(values: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), unique=True).map(tuple)


def _shared(draw: st.DrawFn) -> dict[str, Any]:
    since, until = sorted(draw(st.lists(st.dates(START, END), min_size=2, max_size=2, unique=True)))
    late = max(since, date.fromisoformat(BRAND.start))
    bought = [draw(st.one_of(st.none(), st.dates(late, END))) for _ in range(2)]
    first, last = (found.isoformat() if found else "" for found in bought)
    first = first if (first or since.isoformat()) < (last or BRAND.end) else ""
    last = last if last > (first or since.isoformat()) else ""
    return {
        "exposures": "platform",
        "conversions": "brand",
        "since": since.isoformat(),
        "until": until.isoformat(),
        "campaign": draw(st.sampled_from(("", *CAMPAIGNS))),
        "shown_kinds": draw(_subsets(SHOWN)),
        "by_n": draw(st.booleans()),
        "order_kinds": draw(_subsets(KINDS)),
        "bought_since": first,
        "bought_until": last,
    }


@st.composite
def frequencies(draw: st.DrawFn) -> FrequencyQuestion:
    return FrequencyQuestion(
        **_shared(draw),
        window_days=draw(st.integers(0, 400)),
        top=draw(st.integers(2, 20)),
        customers=draw(st.booleans()),
        impressions=draw(st.booleans()),
    )


@st.composite
def suppressions(draw: st.DrawFn) -> SuppressionQuestion:
    return SuppressionQuestion(
        **_shared(draw),
        recent_days=draw(st.one_of(st.just(0), st.integers(0, 400))),
        existing=draw(st.booleans()),
        cap=draw(st.integers(0, VIEWS_CAP - 1)),
        no_response_after=draw(st.integers(0, VIEWS_CAP)),
        response_kinds=draw(_subsets(SHOWN)),
        outcome=draw(st.booleans()),
    )


def campaigns() -> st.SearchStrategy[CampaignQuestion]:
    return st.one_of(frequencies(), suppressions())


def _days(question: CampaignQuestion) -> tuple[str, str]:
    """From and until when a purchase counts."""
    since = max(question.since, question.bought_since)
    return since, question.bought_until or BRAND.end


def _span(question: CampaignQuestion) -> int:
    """Days from the first possible view to the last thing that counts."""
    last = max(question.until, _days(question)[1])
    return (date.fromisoformat(last) - date.fromisoformat(question.since)).days


def _back(question: CampaignQuestion) -> int:
    """Days from the first possible order to the end of the views."""
    return (date.fromisoformat(question.until) - date.fromisoformat(BRAND.start)).days


def meaning(question: CampaignQuestion) -> tuple[object, ...]:
    """What a question asks, in plain Python."""
    shown = frozenset(question.shown_kinds) or frozenset(SHOWN)
    ordered = frozenset(question.order_kinds) or frozenset(KINDS)
    views = (question.since, question.until, question.campaign, shown, question.by_n)
    if isinstance(question, FrequencyQuestion):
        window = question.window_days
        window = None if not window or window >= _span(question) else window
        split = (question.top, question.customers, question.impressions)
        return ("frequency", *views, ordered, *_days(question), window, *split)
    customers: object = question.existing
    recent = question.recent_days
    if _back(question) <= 0:
        recent, customers = 0, False
    elif recent >= _back(question):
        recent, customers = 0, True
    responses = frozenset(question.response_kinds)
    after = question.no_response_after
    if shown <= responses or 0 < question.cap < after:
        after = 0
    purchases = _days(question) if after or question.outcome else None
    orders = ordered if purchases or recent or customers else None
    silent = (after, responses) if after else None
    return (
        "suppression",
        *views,
        *(orders, purchases, recent, customers, question.cap, silent, question.outcome),
    )


def rewritten(question: CampaignQuestion, draw: random.Random) -> CampaignQuestion:
    """Another spelling of the same question."""
    fields: dict[str, Any] = {
        "shown_kinds": _kinds(question.shown_kinds, SHOWN, draw),
        "order_kinds": _kinds(question.order_kinds, KINDS, draw),
    }
    first, last = _days(question)
    if first == question.since:
        earlier = date.fromisoformat(first) - timedelta(draw.randint(0, 99))
        fields["bought_since"] = draw.choice(["", earlier.isoformat()])
    if last == BRAND.end:
        fields["bought_until"] = draw.choice(["", BRAND.end])
    if isinstance(question, FrequencyQuestion):
        if not question.window_days or question.window_days >= _span(question):
            fields["window_days"] = draw.choice([0, _span(question), _span(question) + 77])
        return msgspec.structs.replace(question, **fields)
    return msgspec.structs.replace(question, **(fields | _other_classes(question, draw)))


def _other_classes(question: SuppressionQuestion, draw: random.Random) -> dict[str, Any]:
    """Fields that ask for the same classes."""
    fields: dict[str, Any] = {}
    said = meaning(question)
    orders, purchases, recent, customers, _, silent = said[6:12]
    if purchases is None:
        fields |= {"bought_since": "", "bought_until": draw.choice(["", BRAND.end])}
    if orders is None:
        fields["order_kinds"] = draw.choice([(), KINDS[:1], KINDS])
    if silent is None:
        fields["no_response_after"] = draw.choice([0, question.no_response_after])
        if 0 < question.cap < VIEWS_CAP:
            fields["no_response_after"] = draw.randint(question.cap + 1, VIEWS_CAP)
            fields["response_kinds"] = draw.choice([(), SHOWN])
    if _back(question) <= 0:
        fields |= {"recent_days": draw.randint(0, 99), "existing": draw.random() < 0.5}
    elif customers and not recent:
        every = draw.random() < 0.5
        fields["recent_days"] = _back(question) + draw.randint(0, 9) if every else 0
        fields["existing"] = not every or draw.random() < 0.5
    return fields


def _kinds(chosen: tuple[str, ...], every: tuple[str, ...], draw: random.Random) -> tuple[str, ...]:
    """The same kinds in another order, some named twice; all of them may be left out."""
    if set(chosen or every) == set(every) and draw.random() < 0.5:
        return ()
    mixed = [*(chosen or every)]
    mixed += draw.choices(mixed, k=draw.randint(0, 2))
    draw.shuffle(mixed)
    return tuple(mixed)
